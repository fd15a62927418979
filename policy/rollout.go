// Package policy is the decision-process view of a reverse SDE: rollouts, log-probabilities, advantages and consistency measures.
package policy

import (
	"context"
	"fmt"
	"math/rand/v2"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

// Prior is what a batch starts from: which dimensions exist, and the network's conditions.
type Prior struct {
	Size, Dims int
	Mask       []float32    // [Size, Dims] 1 where the state has a dimension, 0 for padding
	Cond       []*nn.Tensor // leading axis Size, or 1 where the batch shares a condition
}

// Rollout is a batch of trajectories of the reverse SDE.
type Rollout struct {
	Prior
	Steps  []solver.Step
	States [][]float32 // len(Steps)+1 states [Size, Dims], from noise to x_0; only the last where trajectories were not kept
}

// X0 are the finished samples [Size, Dims].
func (r *Rollout) X0() []float32 { return r.States[len(r.States)-1] }

// Sampler rolls a denoiser out.
type Sampler struct {
	Process sde.Process
	Steps   []solver.Step
	program *nn.Program
}

// NewSampler compiles a sampler of the network along the steps.
func NewSampler(e *nn.Engine, net nn.Denoiser, layout *nn.Layout, p sde.Process, steps []solver.Step) (*Sampler, error) {
	prog, err := e.Compile("denoise", func(in []*nn.Node) []*nn.Node {
		return []*nn.Node{net.Denoise(nn.NewScope(layout, in[0]), in[1], in[2], in[3:])}
	})
	if err != nil {
		return nil, err
	}
	return &Sampler{Process: p, Steps: steps, program: prog}, nil
}

// Roll draws a batch under the parameters [layout.Size()]. keep says whether to keep every state. Everything random comes
// from rng. A cancelled context ends it between two steps.
func (s *Sampler) Roll(ctx context.Context, params *nn.Tensor, prior Prior, keep bool, rng *rand.Rand) (*Rollout, error) {
	r := &Rollout{Prior: prior, Steps: s.Steps}
	x := make([]float32, len(prior.Mask))
	for i, m := range prior.Mask {
		if m != 0 {
			x[i] = float32(rng.NormFloat64())
		}
	}
	r.States = append(r.States, x)
	for _, step := range s.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		clean, err := s.denoise(params, x, step.From, prior)
		if err != nil {
			return nil, err
		}
		next := make([]float32, len(x))
		for i, m := range prior.Mask {
			if m != 0 {
				mean := step.X*float64(x[i]) + step.D*float64(clean[i])
				if step.Std > 0 {
					mean += step.Std * rng.NormFloat64()
				}
				next[i] = float32(mean)
			}
		}
		x = next
		if keep {
			r.States = append(r.States, x)
		} else {
			r.States[0] = x
		}
	}
	for i, v := range x {
		if v != v {
			return nil, fmt.Errorf("sample %d is not a number: the model's weights are broken", i/prior.Dims)
		}
	}
	return r, nil
}

func (s *Sampler) denoise(params *nn.Tensor, x []float32, t float64, prior Prior) ([]float32, error) {
	alpha, sigma := s.Process.Kernel(t)
	noise := make([]float32, 0, 2*prior.Size)
	for range prior.Size {
		noise = append(noise, float32(alpha), float32(sigma))
	}
	in := []any{params, nn.FromFloats(x, prior.Size, prior.Dims), nn.FromFloats(noise, prior.Size, 2)}
	for _, c := range prior.Cond {
		in = append(in, c)
	}
	out, err := s.program.Call(in...)
	if err != nil {
		return nil, err
	}
	defer nn.Free(out...)
	return nn.Floats(out[0]), nil
}
