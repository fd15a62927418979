package tune

import (
	"context"
	"errors"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/policy"
	"keel/solver"
)

// DRaFTConfig are the settings of DRaFT.
type DRaFTConfig struct {
	LearningRate float64 `toml:"learning_rate"`
	LastSteps    int     `toml:"last_steps"` // to differentiate: K; 0 for all, which is exact
	Chunk        int     `toml:"chunk"`      // samples that go through the network at once: memory, not mathematics
}

// DefaultDRaFT differentiates the whole chain.
func DefaultDRaFT() DRaFTConfig { return DRaFTConfig{LearningRate: 1e-4, Chunk: 64} }

// Check says what is wrong with the settings.
func (c DRaFTConfig) Check() error {
	switch {
	case !(c.LearningRate > 0):
		return errors.New("learning_rate: expected a positive number")
	case c.LastSteps < 0 || c.Chunk < 1:
		return errors.New("last_steps: expected 0 (all) or more, and chunk at least 1")
	}
	return nil
}

var _ = Register("draft", "DRaFT, AlignProp: back-propagation of a differentiable reward (Clark et al. 2023, Prabhudesai et al. 2023)",
	DefaultDRaFT, NewDRaFT)

// DRaFT back-propagates a differentiable reward through the last steps of its own trajectories, their noise fixed (DRaFT-K, Clark et al. 2023;
// AlignProp, Prabhudesai et al. 2023, mihirp1998/AlignProp, main.py), and the anchor's KL along these steps with it, so that with all
// steps it follows the pathwise gradient of the objective. Any solver will do without an anchor; with one its noisy steps must be
// policies, or there is no KL.
//
// It goes backwards one step at a time from the states that were drawn, with one program for every step: memory is that of one evaluation of
// the network however many steps there are, as with the reference's checkpoints, and nothing is computed twice but that evaluation.
type DRaFT struct {
	actor
	setting *Setting
	config  DRaFTConfig
	reward  *nn.Program
	pull    *nn.Program
	apply   *nn.Program
}

// NewDRaFT prepares the estimator.
func NewDRaFT(s *Setting, c DRaFTConfig) (*DRaFT, error) {
	d := &DRaFT{actor: newActor(s), setting: s, config: c}
	if s.Beta != 0 {
		if _, err := solver.Policies(s.Steps, "draft with an anchor (beta > 0)"); err != nil {
			return nil, err
		}
	}
	var errs [3]error
	d.reward, errs[0] = newRewardGradient(s, d.Name())
	d.pull, errs[1] = s.Engine.Compile("pullback", d.buildPull)
	d.apply, errs[2] = s.Engine.Compile("apply", func(in []*nn.Node) []*nn.Node {
		next, norm := s.Adam.Update(in[:nn.NumOptInputs], in[nn.NumOptInputs])
		return append(next, norm)
	})
	return d, errors.Join(errs[:]...)
}

// buildPull takes the parameters, the pre-trained ones, the gradient so far, a state, its kernel, the dimensions that exist and those that
// the policy moves, what the loss changes by with the estimate there, and the weight of the estimate's squared distance from the
// pre-trained one, which is the anchor's KL of the step. It gives what the loss changes by with the state, the gradient with this
// evaluation's part, and the sum of the weighted distances.
func (d *DRaFT) buildPull(in []*nn.Node) []*nn.Node {
	params, pre, sum, x, kernel := in[0], in[1], in[2], in[3], in[4]
	mask, free, asked, weight, cond := in[5], in[6], in[7], in[8], in[9:]
	scope := nn.NewScope(d.layout, params)
	clean := d.net.Denoise(scope, x, kernel, cond)
	loss := graph.ReduceAllSum(graph.Mul(graph.Mul(clean, asked), mask))
	cost := graph.Zeros(x.Graph(), shapes.Make(dtypes.Float32))
	if d.setting.Beta != 0 { // the pre-trained estimate has no parameters to move, but it moves with the state
		far := graph.Mul(graph.Sub(clean, d.net.Denoise(nn.NewScope(d.layout, pre), x, kernel, cond)), free)
		cost = graph.Mul(weight, graph.ReduceAllSum(graph.Square(far)))
		loss = graph.Add(loss, cost)
	}
	back := graph.Mul(graph.Gradient(loss, x)[0], mask)
	return []*nn.Node{back, graph.Add(sum, scope.Gradient(loss)), cost}
}

// Name is "draft".
func (*DRaFT) Name() string { return "draft" }

// Update takes one step along the batch's gradient.
func (d *DRaFT) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	var n float64 // rewards to learn from
	for _, r := range it.Rewards {
		if policy.Finite(r) {
			n++
		}
	}
	size := d.layout.Size()
	b := &backward{d: d, samples: n, sum: nn.FromFloats(make([]float32, size), size)}
	defer func() { nn.Free(b.sum) }()
	for _, p := range parts(it.Rollout, d.config.Chunk) {
		seeds, err := p.seeds(d.reward, it.Rewards, -1/n) // of the loss -J
		if err == nil {
			err = b.through(ctx, p, seeds, it.Rewards)
		}
		if err != nil {
			return nil, err
		}
	}
	out, err := d.apply.Call(append(d.policy.Inputs(it.rate(d.config.LearningRate)), b.sum)...)
	if err != nil {
		return nil, err
	}
	d.policy.Take(out[:4])
	defer nn.Free(out[4])
	values := map[string]float64{"policy_grad_norm": float64(nn.Floats(out[4])[0])}
	if d.setting.Beta != 0 {
		values["kl_anchor"] = b.cost / d.setting.Beta
	}
	return values, nil
}

// backward goes back through trajectories and adds up the gradient of the loss.
type backward struct {
	d       *DRaFT
	samples float64
	sum     *nn.Tensor
	cost    float64   // of the anchor
	mask    []float32 // of the part at hand, without the samples whose reward failed
	free    []float32 // the dimensions of it that the policy moves
}

// through takes what the loss changes by with the finished samples back to the first differentiated step.
//
// A multistep solver's step asks for the estimate of the step before as well: early is what the loss changes by with that. A step that asks
// for no estimate hands it on, for there the estimate of the step before stays the latest.
func (b *backward) through(ctx context.Context, p part, late []float32, rewards []float64) error {
	steps := p.r.Steps
	first := 0
	if k := b.d.config.LastSteps; k > 0 {
		first = max(0, len(steps)-k)
	}
	b.mask, b.free = p.alive(p.r.Mask, rewards), p.alive(p.r.Free(), rewards)
	var early []float32
	for k := len(steps) - 1; k >= first; k-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		step := steps[k]
		direct, asked, before := combine(step.X, late, 0, nil), combine(step.D, late, 1, early), combine(step.Prev, late, 0, nil)
		if step.Second != nil {
			second := step.Second
			ahead, err := b.pull(p, b.predicted(p, k), step.To, combine(second.D2, late, 0, nil), 0)
			if err != nil {
				return err
			}
			direct = combine(second.X, late, step.X, ahead)
			asked = combine(1, combine(second.D, late, step.D, ahead), 1, early)
			before = combine(step.Prev, ahead, 0, nil)
		} else if step.D == 0 && k > 0 { // no estimate was made here
			late, early = masked(direct, b.free), combine(1, before, 1, early)
			continue
		}
		var weight float64
		if b.d.setting.Beta != 0 && step.Policy() {
			weight = b.d.setting.Beta * step.D * step.D / (step.Std * step.Std) / 2 / b.samples
		}
		back, err := b.pull(p, p.rows(p.r.States[k]), step.From, asked, weight)
		if err != nil {
			return err
		}
		late, early = masked(combine(1, direct, 1, back), b.free), before // a fixed dimension was drawn anew
	}
	return nil
}

// predicted is the state x' of a second stage.
func (b *backward) predicted(p part, k int) []float32 {
	step := p.r.Steps[k]
	x := combine(step.X, p.rows(p.r.States[k]), step.D, p.rows(p.r.Clean[k]))
	if step.Prev != 0 {
		x = combine(1, x, step.Prev, p.rows(p.r.Clean[k-1]))
	}
	return x
}

// pull adds one evaluation's part of the gradient, and gives what the loss changes by with its state.
func (b *backward) pull(p part, x []float32, t float64, asked []float32, weight float64) ([]float32, error) {
	d := b.d
	out, err := d.pull.Call(join([]any{d.policy.Params, d.setting.pre, b.sum, p.state(x), p.kernel(d.setting.Process, t), p.state(b.mask),
		p.state(b.free), p.state(asked), float32(weight)}, p.cond)...)
	if err != nil {
		return nil, err
	}
	nn.Free(b.sum)
	b.sum = out[1]
	defer nn.Free(out[0], out[2])
	b.cost += float64(nn.Floats(out[2])[0])
	return nn.Floats(out[0]), nil
}
