package solver

import (
	"math"

	"keel/sde"
)

// A deterministic flow and a whole family of SDEs share their marginals: with any noise rate e(t), dx = [flow - e²/2 score] dt + e dw run
// backwards (Song et al. 2021, eq. 13; Albergo et al. 2023). That makes a flow model a stochastic policy.

// flowSDE takes Euler's steps of that SDE, with e² at the start of each: Std = e sqrt(t - s), and a mean of alpha_s x̂_0 + (sigma_s -
// Std²/(2 sigma_t)) ê. On a straight line this is the step of both reference codes; elsewhere the flow's part is [DDIM]'s.
//
// Deviations from the codes, each where their step is not small. Std is sigma_s at most: where the data are nearly points, constant e near
// t = 0 makes many steps explode. From t = 1 the coefficient of ê is sqrt(sigma_s² - Std²), which keeps the marginal; theirs adds a⁴/4 of it
// with Flow-GRPO's a. The step to t = 0 has no noise; theirs adds Std.
func flowSDE(p sde.Process, grid []float64, e2 func(t float64) float64) []Step {
	return each(grid, func(t, s float64) Step {
		if s == 0 {
			return denoise(t, s)
		}
		if atEdge(p, t, s) { // e may be infinite here: its value at the next time stands in, as in Flow-GRPO's code
			return renoise(p, t, s, math.Sqrt(e2(s)*(t-s)))
		}
		at, st := p.Kernel(t)
		as, ss := p.Kernel(s)
		std := min(math.Sqrt(e2(t)*(t-s)), ss)
		x := (ss - std*std/(2*st)) / st
		return Step{From: t, To: s, X: x, D: as - at*x, Std: std}
	})
}
