package policy

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/sde"
)

// Likelihood computes log-densities of states under a denoiser by the probability-flow ODE (Song et al. 2021, section 4.3 and
// appendix D.2): the ODE dx/dt = F(x, t) carries the law at t_min to the prior's at t = 1, and along a path
// d log p_t(x_t) / dt = -div F. For a consistent SDE this is the density of its samples; for another it is that of the ODE's.
type Likelihood struct {
	process sde.Process
	program *nn.Program
}

// NewLikelihood compiles the network's estimate and its derivative along a probe.
func NewLikelihood(e *nn.Engine, net nn.Denoiser, layout *nn.Layout, p sde.Process) (*Likelihood, error) {
	program, err := e.Compile("likelihood", func(in []*nn.Node) []*nn.Node {
		x, probe := in[1], in[3]
		clean := net.Denoise(nn.NewScope(layout, in[0]), x, in[2], in[4:])
		// Samples do not see one another, so the gradient of the sum is each one's own.
		pull := graph.Gradient(graph.ReduceAllSum(graph.Mul(clean, probe)), x)[0]
		return []*nn.Node{clean, graph.ReduceSum(graph.Mul(pull, probe), -1)}
	})
	if err != nil {
		return nil, err
	}
	return &Likelihood{process: p, program: program}, nil
}

// LogDensity is what [Likelihood.Exact] and [Likelihood.Estimate] give.
type LogDensity struct {
	Value  []float64 // [Size] log p at t_min, in nats, over the dimensions that exist
	StdErr []float64 // [Size] standard error of the divergence's estimate; zeros where it is exact
	Latent []float64 // [Size, Dims] where the flow carries the states at t = 1
}

// Exact takes the divergence exactly, at the price of one pass of the network and its gradient for every dimension. x [Size, Dims] are states at the
// time at which the grid ends; the grid falls from 1 to t_min > 0, and the ODE is solved by one step of the classical Runge-Kutta method
// (order 4) in each interval. prior gives masks and conditions; the prior's own variance is the process's.
func (l *Likelihood) Exact(ctx context.Context, params *nn.Tensor, x []float32, prior Prior, grid []float64) (*LogDensity, error) {
	probes := make([][]float32, prior.Dims)
	for d := range probes {
		probes[d] = make([]float32, len(prior.Mask))
		for k := d; k < len(prior.Mask); k += prior.Dims {
			probes[d][k] = prior.Mask[k]
		}
	}
	flow, err := l.flow(ctx, params, x, prior, grid, probes)
	if err != nil {
		return nil, err
	}
	return flow.density(l.process.Prior(), func(each []float64) (trace, stdErr float64) {
		for _, v := range each {
			trace += v
		}
		return trace, 0
	})
}

// Estimate takes the divergence by Hutchinson's estimator v'Jv with n >= 2 Rademacher probes v (Hutchinson 1990), one pass each. A probe is
// kept along the whole path, so each gives an unbiased estimate of the log-density, and their spread its standard error. The rest is as in
// [Likelihood.Exact].
func (l *Likelihood) Estimate(ctx context.Context, params *nn.Tensor, x []float32, prior Prior, grid []float64, n int,
	rng *rand.Rand) (*LogDensity, error) {
	if n < 2 {
		return nil, fmt.Errorf("%d probes of the divergence: expected at least 2, for their spread is the error", n)
	}
	probes := make([][]float32, n)
	for i := range probes {
		probes[i] = make([]float32, len(prior.Mask))
		for k, m := range prior.Mask {
			probes[i][k] = m * float32(2*rng.IntN(2)-1)
		}
	}
	flow, err := l.flow(ctx, params, x, prior, grid, probes)
	if err != nil {
		return nil, err
	}
	return flow.density(l.process.Prior(), meanError)
}

// path is where the flow has got to.
type path struct {
	prior  Prior
	x      []float64   // [Size, Dims]
	linear float64     // the integral of the drift's coefficient of x, of which each dimension has one in the divergence
	traces [][]float64 // [Size][probe] the integral of that of x̂_0 times v'Jv
}

// slope is the path's derivative.
type slope struct {
	x      []float64
	linear float64
	traces [][]float64
}

// flow carries states from the grid's end up to t = 1.
func (l *Likelihood) flow(ctx context.Context, params *nn.Tensor, x []float32, prior Prior, grid []float64, probes [][]float32) (*path, error) {
	if err := checkFlow(x, prior, grid); err != nil {
		return nil, err
	}
	p := &path{prior: prior, x: selected(x, prior.Mask), traces: make([][]float64, prior.Size)}
	for b := range p.traces {
		p.traces[b] = make([]float64, len(probes))
	}
	for i := len(grid) - 1; i > 0; i-- {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := l.step(params, p, grid[i], grid[i-1], probes); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func checkFlow(x []float32, prior Prior, grid []float64) error {
	if err := prior.check(); err != nil {
		return err
	}
	switch {
	case prior.Fixed != nil:
		return errors.New("likelihood: the flow knows no fixed dimensions; leave Fixed and Known out for the density of whole states")
	case len(x) != len(prior.Mask):
		return fmt.Errorf("likelihood: %d values: expected %d states of %d dimensions", len(x), prior.Size, prior.Dims)
	case len(grid) < 2 || grid[0] != 1:
		return errors.New("likelihood: expected a grid that falls from 1")
	case !(grid[len(grid)-1] > 0):
		return fmt.Errorf("likelihood: the grid ends at %v, where there is no noise and no score: expected a time above 0", grid[len(grid)-1])
	}
	return nil
}

// step is the classical Runge-Kutta step from time s up to t.
func (l *Likelihood) step(params *nn.Tensor, p *path, s, t float64, probes [][]float32) error {
	h := t - s
	start, at := p.x, p.x
	add := make([]float64, len(start))
	for _, stage := range []struct{ time, ahead, weight float64 }{{s, 0, 1. / 6}, {s + h/2, h / 2, 1. / 3}, {s + h/2, h / 2, 1. / 3}, {t, h, 1. / 6}} {
		if stage.ahead > 0 {
			at = ahead(start, at, stage.ahead)
		}
		k, err := l.slope(params, at, stage.time, p.prior, probes)
		if err != nil {
			return err
		}
		for i, v := range k.x {
			add[i] += h * stage.weight * v
		}
		p.linear += h * stage.weight * k.linear
		for b, row := range k.traces {
			for i, v := range row {
				p.traces[b][i] += h * stage.weight * v
			}
		}
		at = k.x
	}
	p.x = ahead(start, add, 1)
	return nil
}

// ahead is x + h k.
func ahead(x, k []float64, h float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		out[i] = x[i] + h*k[i]
	}
	return out
}

// slope evaluates the flow's drift and its divergence along each probe at x and time t.
func (l *Likelihood) slope(params *nn.Tensor, x []float64, t float64, prior Prior, probes [][]float32) (*slope, error) {
	cx, cd := sde.FlowDrift(l.process, t)
	out := &slope{x: make([]float64, len(x)), linear: cx, traces: make([][]float64, prior.Size)}
	state := make([]float32, len(x))
	for i, v := range x {
		state[i] = float32(v)
	}
	for n, probe := range probes {
		clean, traces, err := l.evaluate(params, state, t, prior, probe)
		if err != nil {
			return nil, err
		}
		for b, v := range traces {
			out.traces[b] = append(out.traces[b], cd*float64(v))
		}
		if n > 0 {
			continue
		}
		for i, m := range prior.Mask {
			if m != 0 {
				out.x[i] = cx*x[i] + cd*float64(clean[i])
			}
		}
	}
	return out, nil
}

// evaluate gives x̂_0 [Size, Dims] and v'Jv [Size] of its Jacobian.
func (l *Likelihood) evaluate(params *nn.Tensor, x []float32, t float64, prior Prior, probe []float32) (clean, trace []float32, err error) {
	in := []any{params, nn.FromFloats(x, prior.Size, prior.Dims), kernelTensor(l.process, t, prior.Size), nn.FromFloats(probe, prior.Size, prior.Dims)}
	for _, c := range prior.Cond {
		in = append(in, c)
	}
	out, err := l.program.Call(in...)
	if err != nil {
		return nil, nil, err
	}
	defer nn.Free(out...)
	return nn.Floats(out[0]), nn.Floats(out[1]), nil
}

// density adds the divergence's integral to the log-density of N(0, std² I) at t = 1.
func (p *path) density(std float64, combine func(each []float64) (trace, stdErr float64)) (*LogDensity, error) {
	out := &LogDensity{Latent: p.x}
	for b := range p.traces {
		trace, stdErr := combine(p.traces[b])
		value := trace
		for k := b * p.prior.Dims; k < (b+1)*p.prior.Dims; k++ {
			if p.prior.Mask[k] != 0 {
				u := p.x[k] / std
				value += p.linear - u*u/2 - math.Log(std*math.Sqrt(2*math.Pi))
			}
		}
		if !Finite(value) {
			return nil, fmt.Errorf("the log-density of sample %d is %v: the grid is too coarse, or the model's weights are broken", b, value)
		}
		out.Value, out.StdErr = append(out.Value, value), append(out.StdErr, stdErr)
	}
	return out, nil
}
