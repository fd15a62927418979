package tune

import (
	"context"
	"math/rand/v2"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
)

// Task is a problem to tune on.
type Task interface {
	// Network is the denoiser that is tuned, and the layout of its parameters.
	Network() (nn.Denoiser, *nn.Layout)
	// Critic is the network of the value function.
	Critic() (nn.Denoiser, *nn.Layout)
	// Prior draws the masks and conditions of a batch.
	Prior(rng *rand.Rand, size int) (policy.Prior, error)
	// Reward scores finished samples: one reward each, NaN where it could not be had, and figures to log.
	Reward(ctx context.Context, r *policy.Rollout) (rewards []float64, figures map[string]float64, err error)
}

// Remembering is a task whose rewards depend on the samples before. What it remembers is part of a checkpoint.
type Remembering interface {
	// Save writes it into a checkpoint.
	Save(w *nn.Weights) error
	// Load is the inverse.
	Load(w *nn.Weights) error
}

// Refining is a task that knows better states of its finished samples: the same things where they are worth most, such as a molecule at the nearest
// minimum of its energy. Estimators that perturb finished samples can learn from those; a trajectory does not lead there.
type Refining interface {
	// Refine gives the samples that were rewarded last with other finished states, and what goes with them.
	Refine(r *policy.Rollout) (*policy.Rollout, error)
}

// Differentiable is a task whose reward can be built as a graph, which estimators that differentiate it ask for.
type Differentiable interface {
	// RewardNode builds the rewards [batch] of finished samples x0 [batch, dims].
	RewardNode(x0, mask *nn.Node, cond []*nn.Node) *nn.Node
}

// Setting is what estimators are built from. The objective of all of them is
//
//	J = E[R(x_0)] - Beta * KL(path of the policy || path of the pre-trained model).
type Setting struct {
	Engine  *nn.Engine
	Task    Task
	Process sde.Process
	Steps   []solver.Step
	Params  []float32 // of the pre-trained model [layout.Size()]
	Seed    uint64
	Beta    float64         // weight of the anchor to the pre-trained model; 0 for none
	Adam    nn.Adam         // the policy's optimiser
	Sampler *policy.Sampler // along Steps
	pre     *nn.Tensor      // Params on the device
}

// Open completes the setting with its sampler.
func (s Setting) Open() (*Setting, error) {
	net, layout := s.Task.Network()
	var err error
	if s.Sampler, err = policy.NewSampler(s.Engine, net, layout, s.Process, s.Steps); err != nil {
		return nil, err
	}
	s.pre = nn.FromFloats(s.Params, len(s.Params))
	return &s, nil
}

// Grid gives the sampler's steps for a process: ancestral, Karras spacing, noise levels from 0.01 to at most 40.
func Grid(p sde.Process, steps int) []solver.Step {
	return solver.Ancestral{}.Steps(p, sde.KarrasGrid(p, steps, 5, 0.01, 40))
}
