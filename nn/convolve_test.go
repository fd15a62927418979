package nn

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// TestConvolve: values and gradients by the definition, in sizes of one tile, of several, of many, and of none; and no gradient node larger than the operands as they
// are multiplied: the places' neighbours side by side, or the transformed tiles.
func TestConvolve(t *testing.T) {
	const batch, in, out, pad = 3, 5, 4, 1
	for _, c := range []struct{ h, w, stride int }{{4, 4, 1}, {8, 8, 1}, {8, 4, 1}, {12, 16, 1}, {16, 16, 1}, {6, 5, 1}, {1, 1, 1}, {8, 8, 2}, {6, 7, 2}, {16, 4, 2}} {
		t.Run(fmt.Sprintf("%dx%d, stride %d", c.h, c.w, c.stride), func(t *testing.T) {
			h, w := (c.h+c.stride-1)/c.stride, (c.w+c.stride-1)/c.stride
			x, k, weight := randoms(41, c.h*c.w*batch*in), randoms(42, 9*in*out), randoms(43, h*w*batch*out)
			want, dx, dk := make([]float32, len(weight)), make([]float32, len(x)), make([]float32, len(k))
			for n := range h * w * batch * out * 9 * in {
				v, u, b, o, kv, ku, f := n/(w*batch*out*9*in), n/(batch*out*9*in)%w, n/(out*9*in)%batch, n/(9*in)%out, n/(3*in)%3, n/in%3, n%in
				row, column := v*c.stride+kv-pad, u*c.stride+ku-pad
				if row < 0 || row >= c.h || column < 0 || column >= c.w {
					continue
				}
				at, from, weighs := ((v*w+u)*batch+b)*out+o, ((row*c.w+column)*batch+b)*in+f, ((kv*3+ku)*in+f)*out+o
				want[at] += x[from] * k[weighs]
				dx[from] += weight[at] * k[weighs]
				dk[weighs] += weight[at] * x[from]
			}
			layout, err := engine(t).Declare(func(s *Scope, g *graph.Graph) {
				Convolve(s, "c", graph.Parameter(g, "x", shapes.Make(dtypes.Float32, c.h, c.w, batch, in)), out, c.stride, 1)
			})
			if err != nil {
				t.Fatal(err)
			}
			largest := 0
			got := run(t, func(nodes []*Node) []*Node {
				s := NewScope(layout, nodes[0])
				y := Convolve(s, "c", nodes[1], out, c.stride, 1)
				loss := graph.ReduceAllSum(graph.Mul(y, nodes[2]))
				all := []*Node{y, graph.Gradient(loss, nodes[1])[0], s.Gradient(loss)}
				for _, n := range y.Graph().Nodes() {
					if n.NumOutputs() == 1 {
						largest = max(largest, n.Shape().Size())
					}
				}
				return all
			}, FromFloats(append(append([]float32(nil), k...), make([]float32, out)...), len(k)+out), FromFloats(x, c.h, c.w, batch, in), FromFloats(weight, h, w, batch, out))
			compare(t, "output", got[0], want, 1e-4)
			compare(t, "gradient of x", got[1], dx, 1e-4)
			compare(t, "gradient of the kernel", got[2][:len(k)], dk, 1e-4)
			limit := max(9*h*w*batch*in, 9*in*out+out)
			if c.stride == 1 && c.h%tile == 0 && c.w%tile == 0 {
				tiles := h / tile * w / tile
				limit = taps * taps * tiles * max(batch*in, batch*out, in*out, c.h, c.w)
			}
			if largest > limit {
				t.Errorf("the gradient holds a node of %d values; the operands as they are multiplied have at most %d: it is a broadcast", largest, limit)
			}
		})
	}
}
