package quality

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

var nan = math.NaN()

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func mean(list []float64) float64 { return stat.Mean(list, nil) } // NaN of nothing

// deviation is the sample standard deviation, NaN of fewer than two.
func deviation(list []float64) float64 {
	if len(list) < 2 {
		return nan
	}
	return stat.StdDev(list, nil)
}

// median is the middle value, or the mean of the two in the middle; NaN of nothing.
func median(list []float64) float64 {
	if len(list) == 0 {
		return nan
	}
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
