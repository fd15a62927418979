package solver

import "keel/sde"

// ProbabilityFlow is Euler's method on the probability-flow ODE dx/dt = f x - g²/2 score (Song et al. 2021, eq. 13). On the straight-line
// process this is the usual sampler of flow matching and equals [DDIM]; elsewhere DDIM errs less. From a time where x_t says nothing of x_0 the
// step is DDIM's.
type ProbabilityFlow struct{}

func init() { Register(ProbabilityFlow{}, Facts{Order: 1}) }

// Name is "probability-flow".
func (ProbabilityFlow) Name() string { return "probability-flow" }

// Steps go along the grid.
func (ProbabilityFlow) Steps(p sde.Process, grid []float64) []Step {
	return each(grid, func(t, s float64) Step {
		switch {
		case s == 0:
			return denoise(t, s)
		case atEdge(p, t, s):
			return renoise(p, t, s, 0)
		}
		x, d := sde.FlowDrift(p, t)
		h := t - s
		return Step{From: t, To: s, X: 1 - h*x, D: -h * d}
	})
}
