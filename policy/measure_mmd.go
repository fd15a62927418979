package policy

import (
	"math"
	"math/rand/v2"
	"slices"
)

// MMD is the squared maximum mean discrepancy of the Gaussian kernel exp(-|x - y|²/2h²), estimated without bias (Gretton et al. 2012,
// lemma 6): negative values are sampling error. It has no unit and is at most 2.
type MMD struct {
	// Bandwidth is h in units of the state; where zero it is the median distance between samples of the two laws, which makes the measure
	// blind to the state's unit, and leaves a bias of the order of 1/samples of the value.
	Bandwidth float64
	Samples   int // at most so many of the batch are compared, for the cost grows with their square; 512 where zero
}

// Name is "mmd".
func (MMD) Name() string { return "mmd" }

// Distance is the unbiased estimate. It draws nothing.
func (m MMD) Distance(p Pair, _ *rand.Rand) float64 {
	p = p.first(orDefault(m.Samples, 512))
	scale := m.Bandwidth * m.Bandwidth
	if scale == 0 {
		scale = p.medianSquare()
	}
	if scale == 0 { // more than half of the samples are the same state
		scale = 1
	}
	return p.discrepancy(func(sq float64) float64 { return math.Exp(-sq / (2 * scale)) })
}

// medianSquare is the median squared distance of rows of X from rows of Y with another index.
func (p Pair) medianSquare() float64 {
	n := len(p.X) / p.Dims
	list := make([]float64, 0, n*(n-1))
	for i := range n {
		for j := range n {
			if i != j {
				list = append(list, p.square(p.X, i, p.Y, j))
			}
		}
	}
	slices.Sort(list)
	return list[len(list)/2]
}
