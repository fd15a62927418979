// Package gauss holds tuning problems whose answers are known: linear ones in closed form, mixtures of Gaussians by their optimum.
package gauss

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
	"gonum.org/v1/gonum/mat"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
)

// Linear is a [keel/tune.Task] in which nothing needs sampling: data N(Mean, Std² I), a denoiser that is linear in the state, and the
// reward R(x) = Offset - (x - Target)' Curvature (x - Target) / 2. Every state of the chain is Gaussian, every value a quadratic, and
// [Linear.Path] gives both, and the gradient of the objective, in float64.
type Linear struct {
	Process       sde.Process
	Steps         []solver.Step // of the chain; none with a second stage or an estimate of the step before
	Mean          []float64     // of the data [dims]
	Std           float64
	Target        []float64   // [dims]
	Curvature     [][]float64 // [dims][dims] symmetric and positive definite
	Offset        float64
	actor, critic *nn.Layout
	values        []float32 // of an exact critic [levels, dims² + dims + 1]; nil for one that is learned from nothing
}

// Open checks the problem and declares its networks.
func (l Linear) Open(e *nn.Engine) (*Linear, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	declare := func(build func(*nn.Scope, *nn.Node, *nn.Node, []*nn.Node) *nn.Node) (*nn.Layout, error) {
		return e.Declare(func(s *nn.Scope, g *graph.Graph) {
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, 1, l.Dims()))
			build(s, x, graph.Parameter(g, "noise", shapes.Make(dtypes.Float32, 1, 2)), nil)
		})
	}
	var err1, err2 error
	l.actor, err1 = declare(linearNet{&l}.Denoise)
	l.critic, err2 = declare(linearNet{&l}.Value)
	return &l, errors.Join(err1, err2)
}

func (l Linear) check() error {
	d := len(l.Mean)
	if d == 0 || len(l.Target) != d || len(l.Curvature) != d || !(l.Std > 0) {
		return fmt.Errorf("linear task: mean, target and curvature of %d, %d and %d dimensions, std %v; expected equal ones and a positive std",
			d, len(l.Target), len(l.Curvature), l.Std)
	}
	for i, row := range l.Curvature {
		for j := range i {
			if len(row) != d || len(l.Curvature[j]) != d || row[j] != l.Curvature[j][i] {
				return errors.New("linear task: the curvature is not a symmetric matrix")
			}
		}
	}
	if len(flatten(l.Curvature)) != d*d || !new(mat.Cholesky).Factorize(mat.NewSymDense(d, flatten(l.Curvature))) {
		return errors.New("linear task: the curvature is not positive definite")
	}
	if len(l.Steps) == 0 {
		return errors.New("linear task: no steps")
	}
	for i, s := range l.Steps {
		if s.Prev != 0 || s.Second != nil {
			return fmt.Errorf("linear task: step %d takes more than one estimate; expected a solver of single evaluations, such as ancestral", i)
		}
	}
	return nil
}

// Dims is the number of dimensions.
func (l *Linear) Dims() int { return len(l.Mean) }

// Size is the number of the denoiser's parameters.
func (l *Linear) Size() int { return numFeatures * (l.Dims()*l.Dims() + l.Dims()) }

// Network is the exact denoiser with a learned linear part, zero at first.
func (l *Linear) Network() (nn.Denoiser, *nn.Layout) { return linearNet{l}, l.actor }

// Critic is a quadratic of the state at each of the chain's noise levels; see [Linear.WithCritic].
func (l *Linear) Critic() (nn.Denoiser, *nn.Layout) { return linearNet{l}, l.critic }

// Prior has every dimension and no condition.
func (l *Linear) Prior(_ *rand.Rand, size int) (policy.Prior, error) {
	p := policy.Prior{Size: size, Dims: l.Dims(), Mask: make([]float32, size*l.Dims())}
	for i := range p.Mask {
		p.Mask[i] = 1
	}
	return p, nil
}

// Reward is the quadratic of each sample.
func (l *Linear) Reward(_ context.Context, r *policy.Rollout) ([]float64, map[string]float64, error) {
	rewards, x := make([]float64, r.Size), make([]float64, r.Dims)
	form := l.reward()
	for b := range rewards {
		for k := range x {
			x[k] = float64(r.X0()[b*r.Dims+k])
		}
		rewards[b] = form.At(x)
	}
	return rewards, nil, nil
}

// RewardNode builds the rewards [batch] of samples x0 [batch, dims].
func (l *Linear) RewardNode(x0, _ *nn.Node, _ []*nn.Node) *nn.Node {
	g, d := x0.Graph(), l.Dims()
	u := graph.Sub(x0, graph.Reshape(graph.Const(g, singles(l.Target)), 1, d))
	q := graph.Reshape(graph.Const(g, singles(flatten(l.Curvature))), d, d)
	return graph.AddScalar(graph.MulScalar(graph.ReduceSum(graph.Mul(u, nn.MatMul(u, q)), -1), -0.5), l.Offset)
}

// reward is R as a form.
func (l *Linear) reward() Form {
	d := l.Dims()
	q, a := mat.NewDense(d, d, flatten(l.Curvature)), mat.NewVecDense(d, append([]float64(nil), l.Target...))
	slope := apply(q, a)
	return Form{Curve: q, Slope: slope, Level: l.Offset - mat.Dot(a, slope)/2}
}

func flatten(rows [][]float64) []float64 {
	var out []float64
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}

func singles(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}
