package sde

import "math"

// LogSNRGrid gives the steps+1 times of a sampler from t = 1 down to 0, evenly in the log-SNR (as DPM-Solver does, Lu et al. 2022) from
// the noise level of t = 1 (at most maxLevel) to minLevel, then 0. It is [KarrasGrid] with rho to infinity.
func LogSNRGrid(p Process, steps int, minLevel, maxLevel float64) []float64 {
	high := min(NoiseLevel(p, 1), maxLevel)
	return byLevel(p, steps, func(u float64) float64 { return high * math.Pow(minLevel/high, u) })
}
