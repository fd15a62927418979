package policy

import (
	"math"
	"math/rand/v2"
	"slices"
)

// SlicedWasserstein is the sliced Wasserstein-2 distance (Bonneel et al. 2015) in units of the state: the root of the mean over random
// directions of the squared W2 distance of the projections. A direction is scaled to unit length in the dimensions that a sample has. It is
// never negative: equal laws have its floor.
type SlicedWasserstein struct {
	Directions int // 32 where zero
}

// Name is "sliced-wasserstein".
func (SlicedWasserstein) Name() string { return "sliced-wasserstein" }

// Distance is the root of the mean of the squared distances.
func (m SlicedWasserstein) Distance(p Pair, rng *rand.Rand) float64 {
	directions := orDefault(m.Directions, 32)
	var sum float64
	for range directions {
		dir := make([]float64, p.Dims)
		for d := range dir {
			dir[d] = rng.NormFloat64()
		}
		sum += wasserstein(p.project(dir))
	}
	return math.Sqrt(sum / float64(directions))
}

// project gives the samples along a direction.
func (p Pair) project(dir []float64) (x, y []float64) {
	for from := 0; from < len(p.X); from += p.Dims {
		var dx, dy, norm float64
		for d, u := range dir {
			if p.Mask[from+d] != 0 {
				dx, dy, norm = dx+u*p.X[from+d], dy+u*p.Y[from+d], norm+u*u
			}
		}
		norm = math.Sqrt(norm)
		x, y = append(x, dx/norm), append(y, dy/norm)
	}
	return x, y
}

// wasserstein is the squared W2 distance of two equally large samples on the line.
func wasserstein(a, b []float64) float64 {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	var sum float64
	for i := range a {
		sum += (a[i] - b[i]) * (a[i] - b[i])
	}
	return sum / float64(len(a))
}
