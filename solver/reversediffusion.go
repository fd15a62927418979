package solver

import (
	"math"

	"keel/sde"
)

// ReverseDiffusion reverses the discretised forward process with the same f and G (Song et al. 2021, appendix E, eq. 46): where forward x_t =
// x_s + f(x_s) + G z, backward x_s = x_t - f(x_t) + G² score + G z. Forward is the exact transition x_t = a x_s + sqrt(v) z, which
// for VP is DDPM's and for VE is SMLD's discretisation, those of the paper. From a time where x_t says nothing of x_0 the step is
// the posterior's, as in [EulerMaruyama].
type ReverseDiffusion struct{}

func init() { Register(ReverseDiffusion{}, Facts{Order: 1, Noisy: true}) }

// Name is "reverse-diffusion".
func (ReverseDiffusion) Name() string { return "reverse-diffusion" }

// Steps go along the grid.
func (ReverseDiffusion) Steps(p sde.Process, grid []float64) []Step {
	return each(grid, func(t, s float64) Step {
		if atEdge(p, t, s) {
			return posterior(p, t, s)
		}
		alpha, sigma := p.Kernel(t)
		a, v := transition(p, t, s)
		w := v / (sigma * sigma) // G² score = w (alpha x̂_0 - x_t)
		return Step{From: t, To: s, X: 2 - a - w, D: w * alpha, Std: math.Sqrt(v)}
	})
}
