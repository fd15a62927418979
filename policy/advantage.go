package policy

import "math"

// Standardise gives (r - mean) / std over the finite rewards. A reward that is not finite is a failed one: its sample gets the
// advantage 0 and counts as failed.
func Standardise(rewards []float64) (advantages []float64, mean, std float64, failed int) {
	var n, sum, sq float64
	for _, r := range rewards {
		if Finite(r) {
			n, sum = n+1, sum+r
		} else {
			failed++
		}
	}
	if n > 0 {
		mean = sum / n
	}
	for _, r := range rewards {
		if Finite(r) {
			sq += (r - mean) * (r - mean)
		}
	}
	if n > 0 {
		std = math.Sqrt(sq / n)
	}
	advantages = make([]float64, len(rewards))
	for i, r := range rewards {
		if Finite(r) {
			advantages[i] = (r - mean) / (std + 1e-8)
		}
	}
	return advantages, mean, std, failed
}

// Finite says whether a reward is one; what is not finite is a failed reward.
func Finite(r float64) bool { return !math.IsNaN(r) && !math.IsInf(r, 0) }
