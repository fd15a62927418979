package solver

import (
	"math"

	"keel/sde"
)

// multistep raises the order of one-step solvers that are exact for a constant x̂_0: it puts in its place the line through this
// estimate and the one before in the log-SNR lambda = ln(alpha/sigma), taken at the middle of the step (Lu et al. 2022b, "DPM-Solver++",
// algorithm 2): x̂_0 + q (x̂_0 - x̂_0'), q = h / (2 h'), with h and h' this and the last step's length in lambda. The first step has none before
// it and the one to t = 0 is infinitely long in lambda: both stay of first order.
func multistep(p sde.Process, steps []Step) []Step {
	for i := 1; i < len(steps); i++ {
		v := &steps[i]
		if v.To == 0 {
			continue
		}
		h := math.Log(sde.NoiseLevel(p, v.From) / sde.NoiseLevel(p, v.To))
		before := math.Log(sde.NoiseLevel(p, steps[i-1].From) / sde.NoiseLevel(p, v.From)) // +Inf from the straight line's t = 1: q = 0
		q := h / (2 * before)
		v.Prev = -q * v.D
		v.D += q * v.D
	}
	return steps
}
