package tune

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
	"keel/sde"
)

// newRewardGradient compiles the rewards [batch] and their gradients [batch, dims] of finished samples, masks and conditions, for the named
// estimator.
func newRewardGradient(s *Setting, who string) (*nn.Program, error) {
	task, ok := s.Task.(Differentiable)
	if !ok {
		return nil, fmt.Errorf("%s differentiates the reward, and this task's reward is no graph (tune.Differentiable): "+
			"use an estimator that takes rewards as they are", who)
	}
	return s.Engine.Compile("reward-gradient", func(in []*nn.Node) []*nn.Node {
		rewards := task.RewardNode(in[0], in[1], in[2:])
		return []*nn.Node{rewards, graph.Gradient(graph.ReduceAllSum(rewards), in[0])[0]}
	})
}

// part are some neighbouring samples of a rollout: what goes through the network at once.
type part struct {
	r        *policy.Rollout
	from, to int
	cond     []any
}

// parts cuts a rollout into parts of at most chunk samples.
func parts(r *policy.Rollout, chunk int) []part {
	var list []part
	for from := 0; from < r.Size; from += chunk {
		p := part{r: r, from: from, to: min(from+chunk, r.Size)}
		samples := make([]int, p.to-p.from)
		for i := range samples {
			samples[i] = from + i
		}
		p.cond = pick(r.Prior, samples)
		list = append(list, p)
	}
	return list
}

// rows are the part's own of a state of the rollout.
func (p part) rows(v []float32) []float32 { return v[p.from*p.r.Dims : p.to*p.r.Dims] }

// state is a tensor of states of the part.
func (p part) state(v []float32) *nn.Tensor { return nn.FromFloats(v, p.to-p.from, p.r.Dims) }

// kernel is the process's at a time.
func (p part) kernel(process sde.Process, t float64) *nn.Tensor {
	alpha, sigma := process.Kernel(t)
	v := make([]float32, 0, 2*(p.to-p.from))
	for range p.to - p.from {
		v = append(v, float32(alpha), float32(sigma))
	}
	return nn.FromFloats(v, p.to-p.from, 2)
}

// seeds are scale times the gradients of the rewards at the finished samples [part, dims]; 0 where the reward failed.
func (p part) seeds(program *nn.Program, rewards []float64, scale float64) ([]float32, error) {
	out, err := program.Call(join([]any{p.state(p.rows(p.r.X0())), p.state(p.rows(p.r.Mask))}, p.cond)...)
	if err != nil {
		return nil, err
	}
	defer nn.Free(out...)
	grad := nn.Floats(out[1])
	return masked(combine(scale, grad, 0, nil), p.alive(p.r.Free(), rewards)), nil
}

// alive are the part's rows of a mask without the samples whose reward failed.
func (p part) alive(mask []float32, rewards []float64) []float32 {
	rows := append([]float32(nil), p.rows(mask)...)
	for i := range rows {
		if !policy.Finite(rewards[p.from+i/p.r.Dims]) {
			rows[i] = 0
		}
	}
	return rows
}

// masked is v where the mask is not 0, else 0.
func masked(v, mask []float32) []float32 {
	for i, m := range mask {
		if m == 0 {
			v[i] = 0
		}
	}
	return v
}

// combine is a x + b y; a nil stands for zeros.
func combine(a float64, x []float32, b float64, y []float32) []float32 {
	out := make([]float32, max(len(x), len(y)))
	for i := range out {
		var v float64
		if x != nil {
			v = a * float64(x[i])
		}
		if y != nil {
			v += b * float64(y[i])
		}
		out[i] = float32(v)
	}
	return out
}
