package pocket

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"keel/chem"
)

// SizeModel predicts how many heavy atoms a ligand has from the room about a centre in the protein: a ridge regression on the counts of sizeFeatures, with
// Gaussian scatter. It needs no ligand.
type SizeModel struct {
	Intercept float64    `json:"intercept"`
	Weights   []float64  `json:"weights,omitempty"` // heavy atoms of the ligand per point of each count
	Range     [2]float64 `json:"range"`             // of the training ligands: no mean lies outside of it
	Std       float64    `json:"std"`               // heavy atoms
}

const (
	sizeJitter = 1.0  // Å along each axis, from the ligand's centroid to the second centre of a training complex: a user's centre is not the centroid
	sizeShrink = 0.02 // the ridge, by the weight of all examples; counts in units of their deviations
)

// FitSizes fits the model to training complexes, each by its weight and with two centres: its centroid, and a place near it. Fewer than three give their mean.
func FitSizes(complexes []Example) SizeModel {
	if len(complexes) == 0 {
		return SizeModel{Intercept: 22, Std: 4, Range: [2]float64{smallest, 45}}
	}
	rng := rand.New(rand.NewPCG(1, uint64(len(complexes))))
	m := SizeModel{Range: [2]float64{math.Inf(1), math.Inf(-1)}}
	var r regression
	for _, e := range complexes {
		y, weight := float64(len(e.Ligand.Atoms)), e.Weight
		if weight == 0 {
			weight = 1
		}
		m.Range = [2]float64{min(m.Range[0], y), max(m.Range[1], y)}
		centre := e.Ligand.Centroid()
		off := chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}.Scale(sizeJitter)
		r.add(room(e.Pocket, centre), y, weight/2)
		r.add(room(e.Pocket, centre.Add(off)), y, weight/2)
	}
	m.Intercept, m.Weights, m.Std = r.fit(len(complexes) >= 3)
	return m
}

// Mean is the expected number of heavy atoms about the centre.
func (m SizeModel) Mean(p *Pocket, centre chem.Vec) float64 {
	if len(m.Weights) != len(sizeFeatures) { // fitted to nothing
		return m.Intercept
	}
	mean := m.Intercept
	for i, count := range room(p, centre) {
		mean += m.Weights[i] * count
	}
	return min(max(mean, m.Range[0]), m.Range[1])
}

// Explains measures the model on complexes, at their ligands' centroids: the share of the variance of sizes that it explains (R², which is below 0 where
// their mean would do better), and the root mean square of its errors in heavy atoms.
func (m SizeModel) Explains(complexes []Example) (r2, rms float64) {
	var n, sum, squares, errors float64
	for _, e := range complexes {
		y := float64(len(e.Ligand.Atoms))
		d := y - m.Mean(e.Pocket, e.Ligand.Centroid())
		n, sum, squares, errors = n+1, sum+y, squares+y*y, errors+d*d
	}
	return 1 - errors/(squares-sum*sum/n), math.Sqrt(errors / n)
}

// Draw gives n numbers of heavy atoms in order of drawing: normal about the mean, those beyond low and high at these, and the probability of each size k
// times exp(tilt k). The same noise gives sizes in the same order whatever the tilt.
func (m SizeModel) Draw(rng *rand.Rand, mean float64, n, low, high int, tilt float64) []int {
	below := func(size float64) float64 { return distuv.UnitNormal.CDF((size - mean) / m.Std) }
	upTo, all := make([]float64, 0, high-low+1), 0.0 // weights of the sizes up to each
	for k := low; k <= high; k++ {
		from, to := 0.0, 1.0
		if k > low {
			from = below(float64(k) - 0.5)
		}
		if k < high {
			to = below(float64(k) + 0.5)
		}
		all += (to - from) * math.Exp(tilt*float64(k-high))
		upTo = append(upTo, all)
	}
	sizes := make([]int, n)
	for i := range sizes {
		k, _ := slices.BinarySearch(upTo, all*distuv.UnitNormal.CDF(rng.NormFloat64()))
		sizes[i] = min(low+k, high)
	}
	return sizes
}

// regression holds the examples of a ridge regression.
type regression struct {
	x         [][]float64
	y, weight []float64
}

func (r *regression) add(x []float64, y, weight float64) {
	r.x, r.y, r.weight = append(r.x, x), append(r.y, y), append(r.weight, weight)
}

// fit returns the intercept, the weights and the scatter of what is left; with no use of x, the mean.
func (r *regression) fit(useX bool) (intercept float64, weights []float64, std float64) {
	k, all := len(r.x[0]), 0.0
	for _, w := range r.weight {
		all += w
	}
	average := func(of func(i int) float64) (sum float64) {
		for i, w := range r.weight {
			sum += w * of(i) / all
		}
		return sum
	}
	meanY := average(func(i int) float64 { return r.y[i] })
	means, scales, weights := make([]float64, k), make([]float64, k), make([]float64, k)
	for a := range k {
		means[a] = average(func(i int) float64 { return r.x[i][a] })
		scales[a] = math.Sqrt(average(func(i int) float64 { return (r.x[i][a] - means[a]) * (r.x[i][a] - means[a]) }))
	}
	z := func(i, a int) float64 { // 0 of a count that never varies
		if scales[a] == 0 {
			return 0
		}
		return (r.x[i][a] - means[a]) / scales[a]
	}
	if useX {
		normal, right := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
		for a := range k {
			for b := a; b < k; b++ {
				normal.SetSym(a, b, average(func(i int) float64 { return z(i, a) * z(i, b) }))
			}
			normal.SetSym(a, a, normal.At(a, a)+sizeShrink)
			right.SetVec(a, average(func(i int) float64 { return z(i, a) * (r.y[i] - meanY) }))
		}
		var c mat.Cholesky
		var solved mat.VecDense
		if c.Factorize(normal) && c.SolveVecTo(&solved, right) == nil { // the ridge makes it positive definite
			for a := range k {
				if scales[a] > 0 {
					weights[a] = solved.AtVec(a) / scales[a]
				}
			}
		}
	}
	intercept = meanY
	for a := range k {
		intercept -= weights[a] * means[a]
	}
	std = math.Sqrt(average(func(i int) float64 {
		d := r.y[i] - intercept
		for a, w := range weights {
			d -= w * r.x[i][a]
		}
		return d * d
	}))
	return intercept, weights, std
}
