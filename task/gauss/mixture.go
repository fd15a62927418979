package gauss

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Mixture is the law sum_i Weights_i N(Means_i, Std² I).
type Mixture struct {
	Weights []float64   // [modes], sum to 1
	Means   [][]float64 // [modes][dims]
	Std     float64
}

// Ring has equal modes evenly on a circle of that radius in the first two of the dimensions; in one dimension, evenly on a line from
// -radius to radius.
func Ring(dims, modes int, radius, std float64) Mixture {
	m := Mixture{Std: std}
	for i := range modes {
		mean := make([]float64, dims)
		if dims == 1 {
			mean[0] = radius * (2*float64(i)/float64(max(modes-1, 1)) - 1)
		} else {
			angle := 2 * math.Pi * float64(i) / float64(modes)
			mean[0], mean[1] = radius*math.Cos(angle), radius*math.Sin(angle)
		}
		m.Means, m.Weights = append(m.Means, mean), append(m.Weights, 1/float64(modes))
	}
	return m
}

// Dims is the number of dimensions.
func (m Mixture) Dims() int { return len(m.Means[0]) }

// Check says what is wrong with the mixture.
func (m Mixture) Check() error {
	var sum float64
	for _, w := range m.Weights {
		if !(w >= 0) {
			return fmt.Errorf("mixture: weight %v: expected 0 or more", w)
		}
		sum += w
	}
	for _, mean := range m.Means {
		if len(mean) == 0 || len(mean) != len(m.Means[0]) {
			return fmt.Errorf("mixture: means of %d and %d dimensions; expected equally many, and at least 1", len(m.Means[0]), len(mean))
		}
	}
	switch {
	case len(m.Means) == 0 || len(m.Means) != len(m.Weights):
		return fmt.Errorf("mixture: %d means and %d weights; expected one of each for every mode", len(m.Means), len(m.Weights))
	case !(m.Std > 0) || math.Abs(sum-1) > 1e-9:
		return fmt.Errorf("mixture: standard deviation %v and weights that sum to %v; expected a positive one, and 1", m.Std, sum)
	}
	return nil
}

// Perturbed is the law of alpha x + sigma eps.
func (m Mixture) Perturbed(alpha, sigma float64) Mixture {
	out := Mixture{Weights: m.Weights, Std: math.Hypot(alpha*m.Std, sigma)}
	for _, mean := range m.Means {
		scaled := make([]float64, len(mean))
		for k, v := range mean {
			scaled[k] = alpha * v
		}
		out.Means = append(out.Means, scaled)
	}
	return out
}

// Sample draws n points, [n, dims] row-major.
func (m Mixture) Sample(rng *rand.Rand, n int) []float64 {
	out := make([]float64, 0, n*m.Dims())
	for range n {
		u, i := rng.Float64(), 0
		for i < len(m.Weights)-1 && u >= m.Weights[i] {
			u -= m.Weights[i]
			i++
		}
		for _, v := range m.Means[i] {
			out = append(out, v+m.Std*rng.NormFloat64())
		}
	}
	return out
}

// LogDensity is log p(x).
func (m Mixture) LogDensity(x []float64) float64 {
	terms := make([]float64, len(m.Means))
	for i, mean := range m.Means {
		var sq float64
		for k, v := range mean {
			sq += (x[k] - v) * (x[k] - v)
		}
		terms[i] = math.Log(m.Weights[i]) - sq/(2*m.Std*m.Std) - float64(len(x))*math.Log(m.Std*math.Sqrt(2*math.Pi))
	}
	return logSumExp(terms)
}

// Denoise is E[x_0 | x_t] for x_0 of this law, and the score follows from it.
func (m Mixture) Denoise(x []float64, alpha, sigma float64) []float64 {
	variance := alpha*alpha*m.Std*m.Std + sigma*sigma
	terms := make([]float64, len(m.Means))
	for i, mean := range m.Means {
		var dot, sq float64
		for k, v := range mean {
			dot, sq = dot+x[k]*v, sq+v*v
		}
		terms[i] = math.Log(m.Weights[i]) + (alpha*dot-alpha*alpha*sq/2)/variance
	}
	total := logSumExp(terms)
	shrink := alpha * m.Std * m.Std / variance
	out := make([]float64, len(x))
	for k := range out {
		out[k] = shrink * x[k]
		for i, mean := range m.Means {
			out[k] += math.Exp(terms[i]-total) * (1 - alpha*shrink) * mean[k]
		}
	}
	return out
}

func logSumExp(terms []float64) float64 {
	top := math.Inf(-1)
	for _, t := range terms {
		top = max(top, t)
	}
	if math.IsInf(top, -1) {
		return top
	}
	var sum float64
	for _, t := range terms {
		sum += math.Exp(t - top)
	}
	return top + math.Log(sum)
}
