package pocket

import (
	"math"
	"math/rand/v2"

	"keel/chem"
)

// SizeModel predicts how many heavy atoms a ligand has from how much protein surrounds its centre: a straight line with
// Gaussian scatter, fitted by least squares to the training complexes.
type SizeModel struct {
	Intercept float64 `json:"intercept"`
	Slope     float64 `json:"slope"` // heavy atoms of the ligand per protein atom within sizeRadius
	Std       float64 `json:"std"`
}

const sizeRadius = 7.0 // Å

func crowding(p *Pocket, centre chem.Vec) float64 {
	n := 0
	for _, i := range p.atoms {
		if p.Protein.Atoms[i].Pos.Dist(centre) < sizeRadius {
			n++
		}
	}
	return float64(n)
}

// FitSizes fits the line to training complexes. Fewer than three give their mean.
func FitSizes(complexes []Example) SizeModel {
	var n, sx, sy, sxx, sxy, syy float64
	for _, e := range complexes {
		x, y := crowding(e.Pocket, e.Ligand.Centroid()), float64(len(e.Ligand.Atoms))
		n, sx, sy, sxx, sxy, syy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y, syy+y*y
	}
	if n == 0 {
		return SizeModel{Intercept: 22, Std: 4}
	}
	var m SizeModel
	if d := n*sxx - sx*sx; n >= 3 && d > 0 {
		m.Slope = (n*sxy - sx*sy) / d
	}
	m.Intercept = (sy - m.Slope*sx) / n
	rest := syy - m.Intercept*sy - m.Slope*sxy
	m.Std = math.Sqrt(max(rest, 0) / n)
	return m
}

// Mean is the expected number of heavy atoms about the centre.
func (m SizeModel) Mean(p *Pocket, centre chem.Vec) float64 {
	return m.Intercept + m.Slope*crowding(p, centre)
}

// Draw gives n numbers of heavy atoms within [low, high], in order of drawing.
func (m SizeModel) Draw(rng *rand.Rand, mean float64, n, low, high int) []int {
	sizes := make([]int, n)
	for i := range sizes {
		v := int(math.Round(mean + m.Std*rng.NormFloat64()))
		sizes[i] = min(max(v, low), high)
	}
	return sizes
}
