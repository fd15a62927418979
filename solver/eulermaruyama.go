package solver

import (
	"math"

	"keel/sde"
)

// EulerMaruyama steps the reverse SDE dx = [f x - g² score] dt + g dw (Anderson 1982; Song et al. 2021, eq. 6) with drift and diffusion
// as they are at the start of each interval. From a time where x_t says nothing of x_0 (f is infinite at t = 1 of the straight-line
// process) the step is the posterior's, which is exact there but for alpha_s² of variance, the square of a step.
type EulerMaruyama struct{}

func init() { Register(EulerMaruyama{}, Facts{Order: 1, Noisy: true}) }

// Name is "euler-maruyama".
func (EulerMaruyama) Name() string { return "euler-maruyama" }

// Steps go along the grid.
func (EulerMaruyama) Steps(p sde.Process, grid []float64) []Step {
	return each(grid, func(t, s float64) Step {
		if atEdge(p, t, s) {
			return posterior(p, t, s)
		}
		x, d := sde.ReverseDrift(p, t)
		_, g2 := p.Coefficients(t)
		h := t - s
		return Step{From: t, To: s, X: 1 - h*x, D: -h * d, Std: math.Sqrt(g2 * h)}
	})
}
