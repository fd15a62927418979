package tune

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
)

// DDPOConfig are the settings of DDPO-IS; zero values take the reference code's.
type DDPOConfig struct {
	LearningRate float64 `toml:"learning_rate"` // 1e-4 where zero: the reference's 3e-4 is for low-rank adapters
	Clip         float64 `toml:"clip"`          // of the ratio; 1e-4 where zero
	ClipAdv      float64 `toml:"clip_advantage"`
	Epochs       int     `toml:"epochs"`    // passes over the batch's transitions; 1 where zero
	Minibatch    int     `toml:"minibatch"` // transitions in an update; 64 where zero
}

// DDPO is DDPO-IS (Black et al. 2023, kvablack/ddpo-pytorch): every step of the policy's own trajectories, the clipped
// importance ratio of PPO, log-probabilities as the mean over dimensions.
type DDPO struct {
	setting Setting
	config  DDPOConfig
	layout  *nn.Layout
	state   *nn.OptState
	old     *nn.Program // log-probabilities under the sampling policy
	step    *nn.Program
}

// NewDDPO prepares the estimator.
func NewDDPO(s Setting, c DDPOConfig) (*DDPO, error) {
	c.LearningRate = orDefault(c.LearningRate, 1e-4)
	c.Clip = orDefault(c.Clip, 1e-4)
	c.ClipAdv = orDefault(c.ClipAdv, 5)
	c.Epochs, c.Minibatch = orDefault(c.Epochs, 1), orDefault(c.Minibatch, 64)
	net, layout := s.Task.Network()
	d := &DDPO{setting: s, config: c, layout: layout, state: nn.NewOptState(s.Params)}
	logProb := func(params *nn.Node, in []*nn.Node) (*nn.Node, *nn.Scope) {
		t, scope := policy.Nodes(in), nn.NewScope(layout, params)
		clean := net.Denoise(scope, t.X, t.Noise, in[policy.NumTransitionInputs+1:])
		return t.LogProb(t.Next, t.Mean(clean), true), scope
	}
	var err error
	d.old, err = s.Engine.Compile("ddpo-old", func(in []*nn.Node) []*nn.Node {
		lp, _ := logProb(in[0], in[1:])
		return []*nn.Node{lp}
	})
	if err != nil {
		return nil, err
	}
	d.step, err = s.Engine.Compile("ddpo-step", func(in []*nn.Node) []*nn.Node {
		opt, rest := in[:nn.NumOptInputs], in[nn.NumOptInputs:]
		lp, scope := logProb(opt[0], rest)
		adv, before := policy.Nodes(rest).Scalar, rest[policy.NumTransitionInputs]
		ratio := graph.Exp(graph.Sub(lp, before))
		plain := graph.Neg(graph.Mul(adv, ratio))
		clipped := graph.Neg(graph.Mul(adv, graph.ClipScalar(ratio, 1-c.Clip, 1+c.Clip)))
		loss := graph.ReduceAllMean(graph.Max(plain, clipped))
		fired := graph.ReduceAllMean(graph.ConvertDType(graph.GreaterThan(graph.Abs(graph.MinusOne(ratio)), graph.Scalar(loss.Graph(), ratio.DType(), c.Clip)), ratio.DType()))
		next, norm := nn.Adam{}.Update(opt, scope.Gradient(loss))
		return append(next, loss, fired, norm)
	})
	return d, err
}

func orDefault[T int | float64](v, d T) T {
	if v == 0 {
		return d
	}
	return v
}

// Name is "ddpo-is".
func (*DDPO) Name() string { return "ddpo-is" }

// Params are the current policy's.
func (d *DDPO) Params() *nn.Tensor { return d.state.Params }

// Update goes over all transitions of the batch, shuffled.
func (d *DDPO) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	type place struct{ sample, step int }
	var all []place
	for b := range it.Rollout.Size {
		for s, step := range it.Rollout.Steps {
			if step.Std > 0 { // a step without variance has no log-probability
				all = append(all, place{b, s})
			}
		}
	}
	old := nn.FromFloats(append([]float32(nil), nn.Floats(d.state.Params)...), d.layout.Size())
	defer nn.Free(old)
	sums, updates := map[string]float64{}, 0
	size := min(d.config.Minibatch, len(all))
	if size == 0 {
		return nil, errors.New("ddpo-is: not one step of the solver has variance, so none has a log-probability: use a stochastic solver")
	}
	for range d.config.Epochs {
		it.RNG.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		// The last transitions that do not fill a minibatch wait for the next shuffle: one shape, one program.
		for from := 0; from+size <= len(all); from += size {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			t := policy.NewTransitions(size, it.Rollout.Dims)
			samples := make([]int, t.Size)
			for i, p := range all[from : from+t.Size] {
				samples[i] = p.sample
				copyState(t.X, i, it.Rollout.States[p.step], p.sample, t.Dims)
				copyState(t.Next, i, it.Rollout.States[p.step+1], p.sample, t.Dims)
				copyState(t.Mask, i, it.Rollout.Mask, p.sample, t.Dims)
				t.SetStep(i, it.Rollout.Steps[p.step], d.setting.Process.Kernel)
				t.Scalar[i] = float32(max(-d.config.ClipAdv, min(d.config.ClipAdv, it.Advantages[p.sample])))
			}
			cond := pick(it.Rollout.Prior, samples)
			inputs := t.Inputs()
			before, err := d.old.Call(join([]any{old}, inputs, []any{nn.FromFloats(make([]float32, t.Size), t.Size)}, cond)...)
			if err != nil {
				return nil, err
			}
			out, err := d.step.Call(join(d.state.Inputs(d.config.LearningRate), inputs, []any{before[0]}, cond)...)
			if err != nil {
				return nil, err
			}
			d.state.Take(out[:4])
			for k, name := range []string{"policy_loss", "clip_fraction", "policy_grad_norm"} {
				sums[name] += float64(nn.Floats(out[4+k])[0])
			}
			nn.Free(append(out[4:], before...)...)
			updates++
		}
	}
	for k := range sums {
		sums[k] /= float64(max(updates, 1))
	}
	return sums, nil
}

func copyState(to []float32, i int, from []float32, j, dims int) {
	copy(to[i*dims:(i+1)*dims], from[j*dims:(j+1)*dims])
}

// pick gathers the conditions of the given samples; what the batch shares stays shared.
func pick(p policy.Prior, samples []int) []any {
	var out []any
	for _, c := range p.Cond {
		dims := c.Shape().Dimensions
		if dims[0] != p.Size {
			out = append(out, c)
			continue
		}
		values := nn.Floats(c)
		row := len(values) / dims[0]
		picked := make([]float32, 0, row*len(samples))
		for _, s := range samples {
			picked = append(picked, values[s*row:(s+1)*row]...)
		}
		out = append(out, nn.FromFloats(picked, append([]int{len(samples)}, dims[1:]...)...))
	}
	return out
}

func join(lists ...[]any) []any {
	var out []any
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// Save keeps the policy and its optimiser.
func (d *DDPO) Save(w *nn.Weights) { saveOpt(w, "policy", d.state) }

// Load is the inverse of Save.
func (d *DDPO) Load(w *nn.Weights) (err error) {
	state, err := loadOpt(w, "policy", d.layout.Size())
	if err != nil {
		return fmt.Errorf("ddpo-is: %w", err)
	}
	d.state = state
	return nil
}
