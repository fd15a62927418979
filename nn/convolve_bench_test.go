package nn

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// BenchmarkConvolve is a convolution, and one with its gradients, in the shapes of the picture model, and XLA's own beside it, the batch first. Rates are of the operations
// that the definition has.
func BenchmarkConvolve(b *testing.B) {
	const batch = 64
	own := func(s *Scope, name string, x *Node, out, stride int, gain float64) *Node {
		in := x.Shape().Dim(-1)
		kernel := s.Param(name+".w", gain/math.Sqrt(9*float64(in)), 0, 3, 3, in, out)
		return AddBias(s, name, graph.Convolve(x, kernel).Strides(stride).PadSame().Done())
	}
	for _, c := range []struct{ side, in, out, stride int }{
		{16, 12, 48, 1}, {16, 48, 48, 1}, {16, 96, 48, 1}, {16, 48, 12, 1}, {16, 48, 96, 2}, {8, 96, 96, 1}, {8, 216, 96, 1}, {8, 96, 120, 2}, {4, 120, 120, 1},
	} {
		for _, way := range []string{"products", "XLA"} {
			convolve, dims := Convolve, []int{c.side, c.side, batch, c.in}
			if way == "XLA" {
				convolve, dims = own, []int{batch, c.side, c.side, c.in}
			}
			for _, passes := range []int{1, 3} {
				b.Run(fmt.Sprintf("%dx%d/%d-%d/%d passes/%s", c.side, c.side, c.in, c.out, passes, way), func(b *testing.B) {
					e := engine(b)
					layout, err := e.Declare(func(s *Scope, g *graph.Graph) {
						convolve(s, "c", graph.Parameter(g, "x", shapes.Make(dtypes.Float32, dims...)), c.out, c.stride, 1)
					})
					if err != nil {
						b.Fatal(err)
					}
					program, err := e.Compile("convolve", func(in []*Node) []*Node {
						s := NewScope(layout, in[0])
						y := convolve(s, "c", in[1], c.out, c.stride, 1)
						if passes == 1 {
							return []*Node{y}
						}
						loss := graph.ReduceAllSum(graph.Square(y))
						return []*Node{graph.Gradient(loss, in[1])[0], s.Gradient(loss)}
					})
					if err != nil {
						b.Fatal(err)
					}
					params, x := FromFloats(layout.Init(1), layout.Size()), FromFloats(randoms(2, batch*c.side*c.side*c.in), dims...)
					step := func() {
						out, err := program.Call(params, x)
						if err != nil {
							b.Fatal(err)
						}
						Free(out...)
					}
					step() // compiles
					for b.Loop() {
						step()
					}
					flops := float64(passes * 2 * 9 * batch * c.side * c.side / c.stride / c.stride * c.in * c.out)
					b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
