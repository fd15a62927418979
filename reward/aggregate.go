package reward

import "math"

// aggregates make one number of the components' values by their weights. As reinvent/scoring/aggregators/means.py, but for NaN,
// which is not left out there but makes the whole NaN here.
var aggregates = map[string]func(values, weights []float64) float64{
	"sum":     arithmeticMean,
	"product": geometricMean,
}

// arithmeticMean is sum(w v) / sum(w).
func arithmeticMean(values, weights []float64) float64 {
	sum, all := 0.0, 0.0
	for i, w := range weights {
		if w > 0 { // a component without weight may have failed
			sum, all = sum+w*values[i], all+w
		}
	}
	return sum / all
}

// leastFactor stands for a value of 0 or less in a product, as in REINVENT: a molecule that fails one wish is still worth more when
// it meets the others.
const leastFactor = 1e-8

// geometricMean is the product of v^(w / sum(w)).
func geometricMean(values, weights []float64) float64 {
	sum, all := 0.0, 0.0
	for i, w := range weights {
		if w > 0 {
			sum, all = sum+w*math.Log(max(values[i], leastFactor)), all+w
		}
	}
	return math.Exp(sum / all)
}
