package solver

import (
	"math"

	"keel/sde"
)

// A deterministic flow and a whole family of SDEs share their marginals: with any noise rate e(t), dx = [flow - e²/2 score] dt + e dw run
// backwards (Song et al. 2021, eq. 13; Albergo et al. 2023, section 2.4). That makes a flow model a stochastic policy.

// flowSDE steps that SDE with Std = e sqrt(t - s), e² taken constant over the step, in the form that keeps the marginals at any step size: the flow's own
// part is DDIM's step, which on a straight line is the reference codes' Euler step, and the coefficient of the noise ê in x_t is
// sqrt(sigma_s² - Std²).
//
// Deviation: the reference codes have sigma_s - Std²/(2 sigma_t) there, the first terms of the same thing. It agrees to second order in the
// step, but where e² (t - s) is not small beside sigma² it adds variance and, with many steps, explodes: constant e near t = 0, where Std is at most
// sigma_s here, and Flow-GRPO's e near t = 1. (Flow-GRPO's code has this form as an option too, "cps", for another choice of Std.) The step to t = 0
// has no noise here; theirs adds Std.
func flowSDE(p sde.Process, grid []float64, e2 func(t float64) float64) []Step {
	return each(grid, func(t, s float64) Step {
		if s == 0 {
			return denoise(t, s)
		}
		at := t
		if atEdge(p, t, s) {
			at = s // e may be infinite at t = 1: its value at the next time stands in, as in Flow-GRPO's code
		}
		return renoise(p, t, s, math.Sqrt(e2(at)*(t-s)))
	})
}
