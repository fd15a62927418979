package policy

import "math"

// Standardise gives (r - mean) / std over the finite rewards. A reward that is not finite is a failed one: its sample gets the
// advantage 0 and counts as failed.
func Standardise(rewards []float64) (advantages []float64, mean, std float64, failed int) {
	var finite []float64
	for _, r := range rewards {
		if Finite(r) {
			finite = append(finite, r)
		}
	}
	mean, std = moments(finite)
	advantages = make([]float64, len(rewards))
	for i, r := range rewards {
		if Finite(r) {
			advantages[i] = (r - mean) / (std + 1e-8)
		}
	}
	return advantages, mean, std, len(rewards) - len(finite)
}

// moments are the mean and the standard deviation (of the values themselves, not of what they were drawn from); 0 of nothing.
func moments(v []float64) (mean, std float64) {
	if len(v) == 0 {
		return 0, 0
	}
	var sum, sq float64
	for _, x := range v {
		sum += x
	}
	mean = sum / float64(len(v))
	for _, x := range v {
		sq += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(sq / float64(len(v)))
}

// Finite says whether a reward is one; what is not finite is a failed reward.
func Finite(r float64) bool { return !math.IsNaN(r) && !math.IsInf(r, 0) }
