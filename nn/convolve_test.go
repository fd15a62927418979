package nn

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// TestConvolve: values and gradients by the definition, and no gradient node larger than a convolution's own operands.
func TestConvolve(t *testing.T) {
	const b, side, in, out = 2, 6, 3, 4
	for _, stride := range []int{1, 2} {
		t.Run(fmt.Sprint("stride ", stride), func(t *testing.T) {
			to := side / stride
			x, k, weight := randoms(41, b*side*side*in), randoms(42, 9*in*out), randoms(43, b*to*to*out)
			want, dx, dk := make([]float32, b*to*to*out), make([]float32, len(x)), make([]float32, len(k))
			const pad = 1
			for n := range b * to * to * out * 9 * in {
				i, v, u, o, kv, ku, c := n/(to*to*out*9*in), n/(to*out*9*in)%to, n/(out*9*in)%to, n/(9*in)%out, n/(3*in)%3, n/in%3, n%in
				row, column := v*stride+kv-pad, u*stride+ku-pad
				if row < 0 || row >= side || column < 0 || column >= side {
					continue
				}
				at, from, w := ((i*to+v)*to+u)*out+o, ((i*side+row)*side+column)*in+c, ((kv*3+ku)*in+c)*out+o
				want[at] += x[from] * k[w]
				dx[from] += weight[at] * k[w]
				dk[w] += weight[at] * x[from]
			}
			layout, err := engine(t).Declare(func(s *Scope, g *graph.Graph) {
				Convolve(s, "c", graph.Parameter(g, "x", shapes.Make(dtypes.Float32, b, side, side, in)), out, stride, 1)
			})
			if err != nil {
				t.Fatal(err)
			}
			largest := 0
			got := run(t, func(nodes []*Node) []*Node {
				s := NewScope(layout, nodes[0])
				y := Convolve(s, "c", nodes[1], out, stride, 1)
				loss := graph.ReduceAllSum(graph.Mul(y, nodes[2]))
				all := []*Node{y, graph.Gradient(loss, nodes[1])[0], s.Gradient(loss)}
				for _, n := range y.Graph().Nodes() {
					if n.NumOutputs() == 1 {
						largest = max(largest, n.Shape().Size())
					}
				}
				return all
			}, FromFloats(append(append([]float32(nil), k...), make([]float32, out)...), len(k)+out), FromFloats(x, b, side, side, in), FromFloats(weight, b, to, to, out))
			compare(t, "output", got[0], want, 1e-4)
			compare(t, "gradient of x", got[1], dx, 1e-4)
			compare(t, "gradient of the kernel", got[2][:len(k)], dk, 1e-4)
			if limit := max(len(x), len(k)+out, len(want)); largest > limit {
				t.Errorf("the gradient holds a node of %d values; the operands and the result have at most %d: it is a broadcast", largest, limit)
			}
		})
	}
}
