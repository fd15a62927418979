package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
)

// mean is the arithmetic mean, NaN of nothing.
func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

// median is the middle value, or the mean of the two in the middle; NaN of nothing.
func median(list []float64) float64 { return quantile(list, 0.5) }

// quantile interpolates linearly between order statistics, as numpy does by default; NaN of nothing.
func quantile(list []float64, q float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(list))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	part := at - float64(i)
	return sorted[i]*(1-part) + sorted[i+1]*part
}

// deviation is the sample standard deviation (n - 1); NaN of fewer than two.
func deviation(list []float64) float64 {
	if len(list) < 2 {
		return math.NaN()
	}
	m, sum := mean(list), 0.0
	for _, v := range list {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(list)-1))
}

const (
	resamples = 1000 // of pockets, for an interval
	coverage  = 0.95
)

// bootstrap is the percentile interval of a statistic of the groups' values pooled, the groups being drawn with replacement (Efron and
// Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). NaN where fewer than two groups have values.
func bootstrap(groups [][]float64, statistic func([]float64) float64, seed uint64) (low, high float64) {
	groups = slices.DeleteFunc(slices.Clone(groups), func(g []float64) bool { return len(g) == 0 })
	if len(groups) < 2 {
		return math.NaN(), math.NaN()
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	results := make([]float64, resamples)
	var pool []float64
	for i := range results {
		pool = pool[:0]
		for range groups {
			pool = append(pool, groups[rng.IntN(len(groups))]...)
		}
		results[i] = statistic(pool)
	}
	return quantile(results, (1-coverage)/2), quantile(results, (1+coverage)/2)
}

// jackknife is the normal interval about a statistic of n groups from its values with each left out (Efron and Tibshirani, chapter 11). Statistics
// that repeated groups would bias, as a distance of histograms, have this in the bootstrap's place. NaN where a value is.
func jackknife(value float64, n int, without func(i int) float64) (low, high float64) {
	if n < 2 {
		return math.NaN(), math.NaN()
	}
	list := make([]float64, n)
	for i := range list {
		list[i] = without(i)
	}
	m, sum := mean(list), 0.0
	for _, v := range list {
		sum += (v - m) * (v - m)
	}
	const z = 1.959964 // of 95 %
	half := z * math.Sqrt(sum*float64(n-1)/float64(n))
	return value - half, value + half
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
