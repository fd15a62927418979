package solver

import (
	"math"

	"keel/sde"
)

// DDIM is Song, Meng & Ermon (2021), eq. 12 and 16, in continuous time and for any linear process: x_s = alpha_s x̂_0 +
// sqrt(sigma_s² - Std²) ê + Std z, with ê = (x_t - alpha_t x̂_0) / sigma_t. Std is Eta times the posterior's: 0 gives a deterministic
// step, 1 [Ancestral]. Any Eta keeps the marginals. One so large that Std would exceed sigma_s draws x_s afresh about alpha_s x̂_0.
//
// With Eta = 0 the step is exact where x̂_0 does not change over it, and equals Euler's step of dy/dl = (y - x̂_0)/l in y = x/alpha and
// the noise level l = sigma/alpha.
type DDIM struct {
	Eta float64 // share of the posterior's standard deviation
}

func init() { Register(DDIM{}, Facts{Order: 1}) }

// Name is "ddim".
func (DDIM) Name() string { return "ddim" }

// Steps go along the grid.
func (v DDIM) Steps(p sde.Process, grid []float64) []Step {
	return each(grid, func(t, s float64) Step {
		if s == 0 {
			return denoise(t, s)
		}
		return renoise(p, t, s, v.Eta*posterior(p, t, s).Std)
	})
}

// renoise is the step to s > 0 that keeps the marginals with noise of the given deviation, sigma_s at most.
func renoise(p sde.Process, t, s, std float64) Step {
	at, st := p.Kernel(t)
	as, ss := p.Kernel(s)
	std = min(std, ss)
	x := math.Sqrt((ss-std)*(ss+std)) / st
	return Step{From: t, To: s, X: x, D: as - at*x, Std: std}
}
