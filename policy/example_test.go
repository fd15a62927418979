package policy_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
)

// point is the denoiser of data that are one learnable number.
type point struct{}

func (point) Denoise(s *nn.Scope, x, _ *nn.Node, _ []*nn.Node) *nn.Node {
	return graph.Add(graph.ZerosLike(x), graph.Reshape(s.Param("number", 0, 3, 1), 1, 1))
}

func (n point) Loss(s *nn.Scope, x0, xt, noise *nn.Node, cond []*nn.Node) (*nn.Node, []*nn.Node) {
	loss := graph.ReduceSum(graph.Square(graph.Sub(n.Denoise(s, xt, noise, cond), x0)), -1)
	return loss, []*nn.Node{loss}
}

func (point) LossTerms() []string { return []string{"square"} }

func (point) Value(*nn.Scope, *nn.Node, *nn.Node, []*nn.Node) *nn.Node { panic("there is no critic") }

// A rollout keeps, for each step, the state before it, the estimate x̂_0 there and the noise drawn: all that a log-probability is made of.
func ExampleSampler_Roll() {
	engine, err := nn.Open()
	if err != nil {
		panic(err)
	}
	layout, err := engine.Declare(func(s *nn.Scope, g *graph.Graph) {
		point{}.Denoise(s, graph.Parameter(g, "x", shapes.Make(dtypes.Float32, 1, 1)), nil, nil)
	})
	if err != nil {
		panic(err)
	}
	process := sde.VP{}
	sampler, err := policy.NewSampler(engine, point{}, layout, process, solver.Ancestral{}.Steps(process, sde.UniformGrid(10)))
	if err != nil {
		panic(err)
	}
	prior := policy.Prior{Size: 2, Dims: 1, Mask: []float32{1, 1}}
	r, err := sampler.Roll(context.Background(), nn.FromFloats(layout.Init(1), 1), prior, true, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		panic(err)
	}
	fmt.Println(len(r.Steps), len(r.States), r.Clean[4], r.X0())
	step := r.Steps[4]
	fmt.Printf("%.4f\n", r.States[5][0]-float32(step.X)*r.States[4][0]-float32(step.D)*r.Clean[4][0]-float32(step.Std)*r.Eps[4][0])
	fmt.Println(r.Steps[9].Std, r.Eps[9] == nil)
	// Output:
	// 10 11 [3 3] [3 3]
	// 0.0000
	// 0 true
}

// Each reward is compared with the others of its condition; a failed one has no say and no advantage.
func ExampleLeaveOneOut() {
	rewards := []float64{1, 2, 6, 10, math.NaN(), 30}
	condition := []int{0, 0, 0, 1, 1, 1}
	fmt.Println(policy.LeaveOneOut(rewards, condition))
	// Output: [-3 -1.5 4.5 -20 0 20]
}

// Ranks keep the order of the rewards and nothing of their scale.
func ExampleRankAdvantages() {
	fmt.Println(policy.RankAdvantages([]float64{-1e9, 0.1, 0.2, 0.2, 7}, nil))
	// Output: [-1 -0.5 0.25 0.25 1]
}
