package tune

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
	"keel/solver"
)

// AdjointConfig are the settings of Adjoint Matching.
type AdjointConfig struct {
	LearningRate float64 `toml:"learning_rate"`
	Multiplier   float64 `toml:"reward_multiplier"` // of the reward against the KL, where there is no anchor's beta, whose inverse it is
	Epochs       int     `toml:"epochs"`            // passes over the batch's transitions
	Updates      int     `toml:"updates"`           // optimiser steps in a pass
	Chunk        int     `toml:"chunk"`             // samples or transitions that go through the network at once: memory, not mathematics
}

// DefaultAdjoint takes one optimiser step on each batch of trajectories, as the reference code does without its buffer.
func DefaultAdjoint() AdjointConfig {
	return AdjointConfig{LearningRate: 1e-4, Multiplier: 1, Epochs: 1, Updates: 1, Chunk: 64}
}

// Check says what is wrong with the settings.
func (c AdjointConfig) Check() error {
	switch {
	case !(c.LearningRate > 0) || !(c.Multiplier > 0):
		return errors.New("learning_rate and reward_multiplier: expected positive numbers")
	case c.Epochs < 1 || c.Updates < 1 || c.Chunk < 1:
		return errors.New("epochs, updates and chunk: expected at least 1")
	}
	return nil
}

var _ = Register("adjoint-matching", "Adjoint Matching: regression of the steps on the lean adjoint (Domingo-Enrich et al. 2024)",
	DefaultAdjoint, NewAdjoint)

// Adjoint is Adjoint Matching (Domingo-Enrich et al. 2024, algorithm 2; microsoft/soc-fine-tuning-sd, am_trainer.py). The gradient of the
// reward at a finished sample is taken back through the PRE-TRAINED model's step means along the policy's own trajectory,
// a_k = (d mu_pre,k / d x_k)' a_k+1, and every noisy step is regressed on the shift of its mean that this asks for:
//
//	loss = beta/2 |(mu - mu_pre) / Std - Std a_k+1 / beta|²
//
// Where mu - mu_pre = Std² E[a_k+1 | x_k] / beta for every step, a_k+1 is in expectation the gradient of the value function of J, by the
// envelope theorem: its step down the chain is that same recursion. That holds for any step size, so that the fixed point is the
// optimum of J among chains with these variances, for any noisy solver. That the law of x_0 is then p_pre exp(R / beta) takes
// noise that is memoryless, x_0 independent of the first state: that of the reverse SDE, which are the ancestral steps.
type Adjoint struct {
	actor
	setting *Setting
	config  AdjointConfig
	at      []int   // the steps that are policies
	beta    float64 // of the anchor, or the inverse of the multiplier
	reward  *nn.Program
	pull    *nn.Program
	learner *learner
}

// NewAdjoint prepares the estimator.
func NewAdjoint(s *Setting, c AdjointConfig) (*Adjoint, error) {
	d := &Adjoint{actor: newActor(s), setting: s, config: c, beta: s.Beta}
	if d.beta == 0 {
		d.beta = 1 / c.Multiplier
	}
	var err error
	if d.at, err = solver.Policies(s.Steps, d.Name()); err != nil {
		return nil, err
	}
	for _, step := range s.Steps {
		if step.Prev != 0 || step.Second != nil {
			return nil, fmt.Errorf("%s needs steps that depend on their state alone, and take one evaluation: use the ancestral solver", d.Name())
		}
	}
	var errs [3]error
	d.reward, errs[0] = newRewardGradient(s, d.Name())
	d.pull, errs[1] = s.Engine.Compile("lean-pullback", func(in []*nn.Node) []*nn.Node {
		x, kernel, asked, cond := in[1], in[2], in[3], in[4:]
		clean := d.net.Denoise(nn.NewScope(d.layout, in[0]), x, kernel, cond)
		return []*nn.Node{graph.Gradient(graph.ReduceAllSum(graph.Mul(clean, asked)), x)[0], clean}
	})
	d.learner, errs[2] = newLearner(s.Engine, "policy", d.layout, s.Adam, []string{"policy_loss"},
		func(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
			t := policy.Nodes(in)
			clean := d.denoise(scope, t, in[policy.NumTransitionInputs:])
			loss := graph.MulScalar(graph.ReduceAllMean(t.KL(clean, t.Ref)), d.beta)
			return loss, []*nn.Node{loss}
		})
	return d, errors.Join(errs[:]...)
}

// Name is "adjoint-matching".
func (*Adjoint) Name() string { return "adjoint-matching" }

// Update goes over all transitions of the batch, shuffled.
func (d *Adjoint) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	t := &trajectories{setting: d.setting, it: it, at: d.at}
	pre, err := d.targets(ctx, t)
	if err != nil {
		return nil, err
	}
	nothing := make([][]float64, len(t.at))
	for k := range nothing {
		nothing[k] = make([]float64, it.Rollout.Size)
	}
	var all figures
	for range d.config.Epochs {
		for _, part := range split(t.places(it.RNG), d.config.Updates, d.config.Chunk) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var batches [][]any
			for _, list := range part {
				tr, cond := t.batch(list, nothing)
				batches = append(batches, join(tr.Inputs(), cond))
			}
			f, err := d.learner.update(d.policy, it.rate(d.config.LearningRate), batches...)
			if err != nil {
				return nil, err
			}
			all.add(f)
		}
	}
	values := all.means()
	values["kl_anchor"] = 0
	for k, i := range d.at {
		for _, kl := range policy.StepKL(it.Rollout, i, pre[k]) {
			values["kl_anchor"] += kl / float64(it.Rollout.Size)
		}
	}
	return values, nil
}

// targets writes into t.ref, for every policy step, the estimate that gives the asked-for mean, x̂_pre + Std² a / (beta D): the loss is then
// beta times the KL of the step from the one with this estimate. It gives the pre-trained model's own estimates [policy step].
func (d *Adjoint) targets(ctx context.Context, t *trajectories) (pre [][]float32, err error) {
	r := t.it.Rollout
	index := make(map[int]int, len(d.at))
	for k, i := range d.at {
		index[i] = k
		t.ref = append(t.ref, make([]float32, len(r.Mask)))
		pre = append(pre, make([]float32, len(r.Mask)))
	}
	free := r.Free()
	for _, p := range parts(r, d.config.Chunk) {
		a, err := p.seeds(d.reward, t.it.Rewards, 1)
		if err != nil {
			return nil, err
		}
		for i := len(r.Steps) - 1; i >= 0; i-- {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			step := r.Steps[i]
			if step.D == 0 {
				a = combine(step.X, a, 0, nil)
				continue
			}
			back, clean, err := d.back(p, i, combine(step.D, a, 0, nil))
			if err != nil {
				return nil, err
			}
			if k, ok := index[i]; ok {
				copy(p.rows(pre[k]), clean)
				copy(p.rows(t.ref[k]), combine(1, clean, step.Std*step.Std/(d.beta*step.D), a))
			}
			a = masked(combine(step.X, a, 1, back), p.rows(free)) // a fixed dimension was drawn anew
		}
	}
	return pre, nil
}

// back pulls what is asked of the pre-trained model's estimate before step i back to the state there, and gives that estimate.
func (d *Adjoint) back(p part, i int, asked []float32) (back, clean []float32, err error) {
	out, err := d.pull.Call(join([]any{d.setting.pre, p.state(p.rows(p.r.States[i])), p.kernel(d.setting.Process, p.r.Steps[i].From), p.state(asked)},
		p.cond)...)
	if err != nil {
		return nil, nil, err
	}
	defer nn.Free(out...)
	return nn.Floats(out[0]), nn.Floats(out[1]), nil
}
