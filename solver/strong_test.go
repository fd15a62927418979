package solver

import (
	"math"
	"math/rand/v2"
	"testing"

	"keel/sde"
)

// TestEulerMaruyamaConvergesStrongly runs the same Brownian paths through ever finer steps, against a path of 16 times finer
// steps of the equation written with the marginal's own score. The noise is additive, so that the strong order is 1, not 1/2.
func TestEulerMaruyamaConvergesStrongly(t *testing.T) {
	const paths, fine, high, low = 400, 4096, 0.9, 0.1
	d := data{Mean: 1.3, Std: 0.6}
	p := sde.VP{}
	rng := rand.New(rand.NewPCG(7, 11))
	counts := []int{64, 128, 256}
	chains := make([][]Step, len(counts))
	for i, n := range counts {
		grid := make([]float64, n+1)
		for k := range grid {
			grid[k] = high + (low-high)*float64(k)/float64(n)
		}
		chains[i] = EulerMaruyama{}.Steps(p, grid)
	}
	square := make([]float64, len(counts))
	for range paths {
		dw := make([]float64, fine)
		for k := range dw {
			dw[k] = rng.NormFloat64() * math.Sqrt((high-low)/fine)
		}
		start := rng.NormFloat64()
		exact := pathOfTheEquation(p, d, start, high, low, dw)
		for i, steps := range chains {
			x := start
			for k, s := range steps {
				var w float64
				for _, v := range dw[k*fine/len(steps) : (k+1)*fine/len(steps)] {
					w += v
				}
				slope, shift := d.denoiser(p, s.From)
				x = s.at(x, slope*x+shift) + s.Std*w/math.Sqrt(s.From-s.To)
			}
			square[i] += (x - exact) * (x - exact) / paths
		}
	}
	for i := range counts[1:] {
		order := math.Log2(square[i]/square[i+1]) / 2
		t.Logf("%d to %d steps: error %.2g to %.2g, strong order %.2f", counts[i], counts[i+1], math.Sqrt(square[i]), math.Sqrt(square[i+1]), order)
		if math.Abs(order-1) > 0.15 {
			t.Errorf("from %d to %d steps the strong order is %v, expected 1", counts[i], counts[i+1], order)
		}
	}
}

// pathOfTheEquation steps dx = [f x - g² score] dt + g dw from high down to low, with the score of the Gaussian marginal, and drift and
// diffusion at the middle of each interval.
func pathOfTheEquation(p sde.Process, d data, x, high, low float64, dw []float64) float64 {
	h := (high - low) / float64(len(dw))
	for k, w := range dw {
		t := high - (float64(k)+0.5)*h
		f, g2 := p.Coefficients(t)
		mean, variance := d.marginal(p, t)
		x += -h*(f*x+g2*(x-mean)/variance) + math.Sqrt(g2)*w
	}
	return x
}
