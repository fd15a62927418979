package image

import "slices"

// median of values, of which there is at least one; of an even number the upper one of the middle two.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
