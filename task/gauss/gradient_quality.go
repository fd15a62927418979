package gauss

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// Measure is a number with its standard error.
type Measure struct {
	Value float64 `json:"value"`
	Error float64 `json:"error"`
}

// GradientPoint is the quality of gradient estimates from a number of samples each. Lengths are relative to the exact gradient's.
type GradientPoint struct {
	Samples  int     `json:"samples"`
	Cosine   Measure `json:"cosine"`   // mean, of single updates, of the cosine to the exact gradient
	Spread   float64 `json:"spread"`   // standard deviation of the cosine of single updates
	Variance Measure `json:"variance"` // mean squared distance of single updates from their mean
	Bias     Measure `json:"bias"`     // distance of the mean update from the exact gradient
}

// newGradientPoint measures independent estimates [update][parameter], at least 3.
//
// The squared distance of a mean of N updates from the exact gradient is too large, by the variance over N. The mean of e_i . e_j over
// all pairs of updates, e their errors, is not: the bias is its square root, 0 where it comes out negative.
func newGradientPoint(samples int, estimates [][]float64, exact []float64) GradientPoint {
	n, norm := float64(len(estimates)), floats.Norm(exact, 2)
	mean := make([]float64, len(exact))
	for _, e := range estimates {
		floats.AddScaled(mean, 1/n, e)
	}
	cosines, squares := make([]float64, len(estimates)), make([]float64, len(estimates))
	for i, e := range estimates {
		if size := floats.Norm(e, 2); size > 0 { // an estimate of zero has no direction: a cosine of 0
			cosines[i] = floats.Dot(e, exact) / size / norm
		}
		d := floats.Distance(e, mean, 2) / norm
		squares[i] = d * d * n / (n - 1)
	}
	p := GradientPoint{Samples: samples, Cosine: meanOf(cosines), Variance: meanOf(squares), Bias: bias(estimates, exact)}
	p.Spread = stat.StdDev(cosines, nil)
	return p
}

func meanOf(v []float64) Measure {
	mean, std := stat.MeanStdDev(v, nil)
	return Measure{Value: mean, Error: std / math.Sqrt(float64(len(v)))}
}

// bias has as its error how far one standard error of the squared bias, by the jackknife, would raise it.
func bias(estimates [][]float64, exact []float64) Measure {
	n, norm := float64(len(estimates)), floats.Norm(exact, 2)
	sum := make([]float64, len(exact))
	own := make([]float64, len(estimates)) // |e_i|²
	errs := make([][]float64, len(estimates))
	for i, e := range estimates {
		errs[i] = make([]float64, len(exact))
		floats.SubTo(errs[i], e, exact)
		floats.Scale(1/norm, errs[i])
		floats.Add(sum, errs[i])
		own[i] = floats.Dot(errs[i], errs[i])
	}
	total, owns := floats.Dot(sum, sum), floats.Sum(own)
	square := (total - owns) / n / (n - 1)
	without := make([]float64, len(estimates))
	for i, e := range errs {
		without[i] = (total - 2*floats.Dot(sum, e) + own[i] - (owns - own[i])) / (n - 1) / (n - 2)
	}
	_, std := stat.MeanStdDev(without, nil)
	wide := std * (n - 1) / math.Sqrt(n)
	value := math.Sqrt(max(square, 0))
	return Measure{Value: value, Error: math.Sqrt(value*value+wide) - value}
}
