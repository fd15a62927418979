// Package policy is the decision-process view of a reverse SDE: rollouts and what conditions them, log-probabilities and likelihoods, advantages,
// and consistency measures.
package policy

import (
	"context"
	"fmt"
	"math/rand/v2"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

// Prior is what a batch starts from: which dimensions exist, which of them are given, and the network's conditions.
type Prior struct {
	Size, Dims int
	Mask       []float32    // [Size, Dims] 1 where the state has a dimension, 0 for padding
	Cond       []*nn.Tensor // leading axis Size, or 1 where the batch shares a condition
	Group      []int        // [Size] which condition each sample has, for advantages; nil where all have one
	Covariate  []float64    // [Size] a number of each sample's condition that explains rewards, as a size; nil for none: see [Baseline]
	Fixed      []float32    // [Size, Dims] 1 where the state is given and not drawn (inpainting); nil for nowhere
	Known      []float32    // [Size, Dims] the values there; nil with Fixed
	Restarts   []Restart    // samples that start on the way; their states before that mean nothing
}

// Rollout is a batch of trajectories of the reverse SDE.
type Rollout struct {
	Prior
	Steps  []solver.Step
	Again  []bool      // [Size] samples that the run has had before, as the task's Reward finds them; nil where it does not say
	States [][]float32 // len(Steps)+1 states [Size, Dims], from noise to x_0; only the last where trajectories were not kept
	Clean  [][]float32 // len(Steps) estimates x̂_0 [Size, Dims] at the states they were made for; kept with the trajectories
	Eps    [][]float32 // len(Steps) standard normal noises [Size, Dims]; nil for a deterministic step; kept with the trajectories
}

// X0 are the finished samples [Size, Dims].
func (r *Rollout) X0() []float32 { return r.States[len(r.States)-1] }

// Sampler rolls a denoiser out.
type Sampler struct {
	Process sde.Process
	Steps   []solver.Step
	program *nn.Program
	guided  *Guidance      // nil where the denoiser is no guided one; else the program is of the network that it guides
	Watch   func(step int) // told when a step of a batch is done, from 1 on; may be nil
}

// NewSampler compiles a sampler of the network along the steps. Of a guided network it compiles the network itself, and asks it once or twice, as the noise level wants:
// one program of half the size.
func NewSampler(e *nn.Engine, net nn.Denoiser, layout *nn.Layout, p sde.Process, steps []solver.Step) (*Sampler, error) {
	s := &Sampler{Process: p, Steps: steps}
	if g, ok := net.(*Guidance); ok {
		s.guided, net = g, g.net
	}
	var err error
	s.program, err = e.Compile("denoise", func(in []*nn.Node) []*nn.Node {
		return []*nn.Node{net.Denoise(nn.NewScope(layout, in[0]), in[1], in[2], in[3:])}
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close releases the compiled program, which copies of the sampler share.
func (s *Sampler) Close() { s.program.Close() }

// Roll draws a batch under the parameters [layout.Size()]. keep says whether to keep the trajectories. Everything random comes
// from rng, of which each sample takes two numbers, in their order, for a generator of its own: drawn in batches of another size, samples are the same but for rounding.
// A cancelled context ends it between two steps.
func (s *Sampler) Roll(ctx context.Context, params *nn.Tensor, prior Prior, keep bool, rng *rand.Rand) (*Rollout, error) {
	if err := prior.check(); err != nil {
		return nil, err
	}
	r := &Rollout{Prior: prior, Steps: s.Steps}
	rows := make([]*rand.Rand, prior.Size)
	for i := range rows {
		rows[i] = rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
	}
	x := noise(prior, rows)
	for i := range x {
		x[i] *= float32(s.Process.Prior())
	}
	prior.fix(x, s.Process, s.Steps[0].From, rows)
	r.States = append(r.States, x)
	var before []float32 // the estimate of the step before
	e := prior.early(s.Steps)
	if e != nil {
		defer nn.Free(e.own...)
	}
	for i, step := range s.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		prior.restart(x, i, s.Process, step.From, rows)
		var clean, mean []float32
		var err error
		if e != nil && i < e.before {
			clean, mean, err = e.mean(s, params, x, step)
		} else {
			clean, mean, err = s.mean(params, x, before, step, prior)
		}
		if err != nil {
			return nil, err
		}
		var eps []float32
		if step.Std > 0 {
			eps = noise(prior, rows)
			for i, e := range eps {
				mean[i] += float32(step.Std) * e
			}
		}
		x, before = mean, clean
		if i < len(s.Steps)-1 {
			prior.fix(x, s.Process, step.To, rows)
		} else {
			prior.finish(x)
		}
		if keep {
			r.States, r.Clean, r.Eps = append(r.States, x), append(r.Clean, clean), append(r.Eps, eps)
		} else {
			r.States[0] = x
		}
		if s.Watch != nil {
			s.Watch(i + 1)
		}
	}
	for i, v := range x {
		if v != v {
			return nil, fmt.Errorf("sample %d is not a number: the model's weights are broken", i/prior.Dims)
		}
	}
	return r, nil
}

// noise is standard normal where the prior has a dimension, each row by its own generator.
func noise(prior Prior, rows []*rand.Rand) []float32 {
	x := make([]float32, len(prior.Mask))
	for i, m := range prior.Mask {
		if m != 0 {
			x[i] = float32(rows[i/prior.Dims].NormFloat64())
		}
	}
	return x
}

// mean is the step's mean, and the estimate x̂_0 at x; a step that does not ask for an estimate keeps the one before.
func (s *Sampler) mean(params *nn.Tensor, x, before []float32, step solver.Step, prior Prior) (clean, mean []float32, err error) {
	clean = before
	if step.D != 0 || step.Second != nil || clean == nil {
		if clean, err = s.Denoise(params, x, step.From, prior); err != nil {
			return nil, nil, err
		}
	}
	mean = make([]float32, len(x))
	for i, m := range prior.Mask {
		if m == 0 {
			continue
		}
		v := step.X*float64(x[i]) + step.D*float64(clean[i])
		if step.Prev != 0 {
			v += step.Prev * float64(before[i])
		}
		mean[i] = float32(v)
	}
	if step.Second == nil {
		return clean, mean, nil
	}
	again, err := s.Denoise(params, mean, step.To, prior)
	if err != nil {
		return nil, nil, err
	}
	for i, m := range prior.Mask {
		if m != 0 {
			mean[i] = float32(step.Second.X*float64(x[i]) + step.Second.D*float64(clean[i]) + step.Second.D2*float64(again[i]))
		}
	}
	return clean, mean, nil
}

// Denoise gives the estimate x̂_0 [Size, Dims] at states x [Size, Dims] and time t.
func (s *Sampler) Denoise(params *nn.Tensor, x []float32, t float64, prior Prior) ([]float32, error) {
	states, kernel := nn.FromFloats(x, prior.Size, prior.Dims), kernelTensor(s.Process, t, prior.Size)
	defer nn.Free(states, kernel)
	estimate := func(cond []*nn.Tensor) ([]float32, error) {
		in := []any{params, states, kernel}
		for _, c := range cond {
			in = append(in, c)
		}
		out, err := s.program.Call(in...)
		if err != nil {
			return nil, err
		}
		defer nn.Free(out...)
		return nn.Floats(out[0]), nil
	}
	if s.guided == nil {
		return estimate(prior.Cond)
	}
	return s.guided.estimate(t, s.Process, prior.Cond, estimate)
}

// kernelTensor is the network's noise input [size, 2] for a batch at one time.
func kernelTensor(p sde.Process, t float64, size int) *nn.Tensor {
	alpha, sigma := p.Kernel(t)
	kernel := make([]float32, 0, 2*size)
	for range size {
		kernel = append(kernel, float32(alpha), float32(sigma))
	}
	return nn.FromFloats(kernel, size, 2)
}
