package evaluate

import (
	"math"
	"math/bits"
)

// Tanimoto is the similarity of two fingerprints of equal length: shared bits by bits in either; 0 where neither has any, as RDKit has it.
func Tanimoto(a, b []byte) float64 {
	both, either := 0, 0
	for i := range a {
		both += bits.OnesCount8(a[i] & b[i])
		either += bits.OnesCount8(a[i] | b[i])
	}
	if either == 0 {
		return 0
	}
	return float64(both) / float64(either)
}

// diversity is 1 minus the mean similarity over all pairs; NaN of fewer than two.
func diversity(prints [][]byte) float64 {
	total, pairs := 0.0, 0
	for i := range prints {
		for k := range i {
			total += Tanimoto(prints[i], prints[k])
			pairs++
		}
	}
	if pairs == 0 {
		return math.NaN()
	}
	return 1 - total/float64(pairs)
}
