package gauss

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/policy"
)

// MixtureTask is a [keel/tune.Task]: a model that is exact on a mixture of Gaussians, tuned for a reward of known optimum.
type MixtureTask struct {
	Data          Mixture
	Goal          Reward
	net           residual
	actor, critic *nn.Layout
}

// NewMixtureTask declares the networks: perceptrons of that width and number of hidden layers.
func NewMixtureTask(e *nn.Engine, data Mixture, goal Reward, width, depth int) (*MixtureTask, error) {
	if err := data.Check(); err != nil {
		return nil, err
	}
	t := &MixtureTask{Data: data, Goal: goal, net: newResidual(data, width, depth)}
	declare := func(build func(*nn.Scope, *nn.Node, *nn.Node, []*nn.Node) *nn.Node) (*nn.Layout, error) {
		return e.Declare(func(s *nn.Scope, g *graph.Graph) {
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, 1, data.Dims()))
			build(s, x, graph.Parameter(g, "noise", shapes.Make(dtypes.Float32, 1, 2)), nil)
		})
	}
	var err1, err2 error
	t.actor, err1 = declare(t.net.Denoise)
	t.critic, err2 = declare(t.net.Value)
	return t, errors.Join(err1, err2)
}

// Network is the exact denoiser with a learned residual.
func (t *MixtureTask) Network() (nn.Denoiser, *nn.Layout) { return t.net, t.actor }

// Critic is a perceptron of the same size.
func (t *MixtureTask) Critic() (nn.Denoiser, *nn.Layout) { return t.net, t.critic }

// Prior has every dimension and no condition.
func (t *MixtureTask) Prior(_ *rand.Rand, size int) (policy.Prior, error) {
	p := policy.Prior{Size: size, Dims: t.Data.Dims(), Mask: make([]float32, size*t.Data.Dims())}
	for i := range p.Mask {
		p.Mask[i] = 1
	}
	return p, nil
}

// Reward is the goal's of each sample.
func (t *MixtureTask) Reward(_ context.Context, r *policy.Rollout) ([]float64, map[string]float64, error) {
	rewards, x := make([]float64, r.Size), make([]float64, r.Dims)
	for b := range rewards {
		for k := range x {
			x[k] = float64(r.X0()[b*r.Dims+k])
		}
		rewards[b] = t.Goal.At(x)
	}
	return rewards, nil, nil
}

// RewardNode builds a smooth goal as a graph, for the estimators that differentiate it.
func (t *MixtureTask) RewardNode(x0, _ *nn.Node, _ []*nn.Node) *nn.Node {
	q, ok := t.Goal.(Quadratic)
	if !ok {
		panic("gauss: the reward " + t.Goal.Name() + " has no gradient everywhere: take \"smooth\"")
	}
	return q.Node(x0)
}
