package nn

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// BenchmarkConvolve is a convolution, and one with its gradients, in the shapes of the picture model. XLA_FLAGS=--xla_cpu_experimental_ynn_fusion_type=+INDIVIDUAL_CONVOLUTION
// has YNNPACK do it.
func BenchmarkConvolve(b *testing.B) {
	const batch = 64
	for _, c := range []struct{ side, in, out int }{{16, 48, 48}, {16, 96, 48}, {8, 96, 96}, {8, 216, 96}, {4, 120, 120}} {
		dims := []int{batch, c.side, c.side, c.in}
		for what, passes := range map[string]float64{"forward": 1, "gradients": 3} {
			b.Run(fmt.Sprintf("%dx%d/%d-%d/%s", c.side, c.side, c.in, c.out, what), func(b *testing.B) {
				e := engine(b)
				layout, err := e.Declare(func(s *Scope, g *graph.Graph) {
					Convolve(s, "c", graph.Parameter(g, "x", shapes.Make(dtypes.Float32, dims...)), c.out, 1, 1)
				})
				if err != nil {
					b.Fatal(err)
				}
				program, err := e.Compile("convolve", func(in []*Node) []*Node {
					s := NewScope(layout, in[0])
					y := Convolve(s, "c", in[1], c.out, 1, 1)
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
				flops := passes * 2 * 9 * batch * float64(c.side*c.side*c.in*c.out)
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
