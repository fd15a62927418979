package policy

import (
	"math"
	"math/rand/v2"
)

// Energy is the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| (Székely & Rizzo 2013, eq. 5; without the root that some take) in units of the
// state, estimated without bias: negative values are sampling error. It sees every difference of two laws and has no scale to choose.
type Energy struct {
	Samples int // at most so many of the batch are compared, for the cost grows with their square; 512 where zero
}

// Name is "energy".
func (Energy) Name() string { return "energy" }

// Distance is the unbiased estimate. It draws nothing.
func (m Energy) Distance(p Pair, _ *rand.Rand) float64 {
	return p.first(orDefault(m.Samples, 512)).discrepancy(func(sq float64) float64 { return -math.Sqrt(sq) })
}

// first is the pair's first n samples, or all where it has fewer.
func (p Pair) first(n int) Pair {
	k := min(n*p.Dims, len(p.X))
	return Pair{p.Dims, p.X[:k], p.Y[:k], p.Mask[:k]}
}

// discrepancy is the unbiased estimate of E k(X, X') + E k(Y, Y') - 2 E k(X, Y) for a kernel of the squared distance (Gretton et al. 2012, lemma 6,
// second form). Rows of one index are never paired, so it is unbiased though those of X and Y depend on one another. It needs two rows.
func (p Pair) discrepancy(kernel func(sq float64) float64) float64 {
	var sum float64
	n := len(p.X) / p.Dims
	for i := range n {
		for j := range i {
			sum += kernel(p.square(p.X, i, p.X, j)) + kernel(p.square(p.Y, i, p.Y, j)) -
				kernel(p.square(p.X, i, p.Y, j)) - kernel(p.square(p.Y, i, p.X, j))
		}
	}
	return sum / (float64(n) * float64(n-1) / 2)
}

// square is the squared distance of two rows.
func (p Pair) square(a []float64, i int, b []float64, j int) float64 {
	u, v := a[i*p.Dims:(i+1)*p.Dims], b[j*p.Dims:(j+1)*p.Dims]
	var sum float64
	for d := range u {
		sum += (u[d] - v[d]) * (u[d] - v[d])
	}
	return sum
}
