package sde

import "math"

// KarrasGrid gives the steps+1 times of a sampler from t = 1 down to 0, spaced as Karras et al. (2022), eq. 5: noise
// levels to the power 1/rho evenly between that of t = 1 (at most maxLevel) and minLevel, then 0. Larger rho puts more steps at low
// noise; the paper has 7.
func KarrasGrid(p Process, steps int, rho, minLevel, maxLevel float64) []float64 {
	high := math.Pow(min(NoiseLevel(p, 1), maxLevel), 1/rho)
	low := math.Pow(minLevel, 1/rho)
	return byLevel(p, steps, func(u float64) float64 { return math.Pow(high+u*(low-high), rho) })
}
