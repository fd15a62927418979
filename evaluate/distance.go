package evaluate

import (
	"math"
	"sort"
)

// histogram counts values in the bins that edges part: bin i holds edges[i-1] < v <= edges[i], and the two at the ends are open. This is
// numpy.searchsorted's rule, by which TargetDiff counts (utils/evaluation/eval_bond_length.py).
func histogram(values, edges []float64) []float64 {
	counts := make([]float64, len(edges)+1)
	for _, v := range values {
		counts[sort.SearchFloat64s(edges, v)]++
	}
	return counts
}

// steps are numbers from start, n of them.
func steps(start, step float64, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = start + float64(i)*step
	}
	return list
}

// jensenShannon is the Jensen-Shannon distance of two histograms: the square root of the divergence to the base e, as
// scipy.spatial.distance.jensenshannon has it. It is 0 of equal shapes and at most sqrt(ln 2) = 0.8326; NaN where one is empty.
func jensenShannon(p, q []float64) float64 {
	totalP, totalQ := sum(p), sum(q)
	if totalP == 0 || totalQ == 0 {
		return math.NaN()
	}
	divergence := 0.0
	for i := range p {
		a, b := p[i]/totalP, q[i]/totalQ
		middle := (a + b) / 2
		divergence += (relative(a, middle) + relative(b, middle)) / 2
	}
	return math.Sqrt(max(divergence, 0)) // rounding may take it below 0
}

// relative is a term of the relative entropy in nats; 0 log 0 is 0.
func relative(a, b float64) float64 {
	if a == 0 {
		return 0
	}
	return a * math.Log(a/b)
}

func sum(list []float64) (total float64) {
	for _, v := range list {
		total += v
	}
	return total
}
