package policy

import (
	"math"
	"math/rand/v2"
	"slices"

	"keel/sde"
)

// ConsistencyGap measures how far a rollout is from its own perturbation process: the sliced Wasserstein-2 distance between
// the law of x_t on the way back and that of alpha_t x_0 + sigma_t eps with the rollout's own x_0, averaged over steps at
// a few times and over random directions, in units of the state. It is 0 for a consistent SDE and infinite data; the
// sampling error for this batch is the distance of two perturbations of the same x_0, given as floor.
func ConsistencyGap(r *Rollout, p sde.Process, rng *rand.Rand) (gap, floor float64) {
	const times, directions = 4, 32
	x0 := r.X0()
	for k := range times {
		i := (k + 1) * len(r.Steps) / (times + 1)
		alpha, sigma := p.Kernel(r.Steps[i].From)
		for range directions {
			dir := make([]float64, r.Dims)
			for d := range dir {
				dir[d] = rng.NormFloat64()
			}
			back, fresh, again := make([]float64, r.Size), make([]float64, r.Size), make([]float64, r.Size)
			for b := range r.Size {
				mask, norm := r.Mask[b*r.Dims:(b+1)*r.Dims], 0.0
				var clean, noisy float64
				for d, m := range mask {
					if m != 0 {
						norm += dir[d] * dir[d]
						clean += dir[d] * float64(x0[b*r.Dims+d])
						noisy += dir[d] * float64(r.States[i][b*r.Dims+d])
					}
				}
				norm = math.Sqrt(norm)
				back[b] = noisy / norm
				fresh[b] = alpha*clean/norm + sigma*rng.NormFloat64() // a projection of standard noise is standard
				again[b] = alpha*clean/norm + sigma*rng.NormFloat64()
			}
			gap += wasserstein(back, fresh)
			floor += wasserstein(again, fresh)
		}
	}
	return math.Sqrt(gap / (times * directions)), math.Sqrt(floor / (times * directions))
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
