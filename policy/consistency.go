package policy

import (
	"math"
	"math/rand/v2"

	"keel/sde"
)

// An SDE is consistent with its perturbation process when x_t on the way back has the law of alpha_t x_0 + sigma_t eps, x_0 from the SDE
// itself, at every t (Zhou et al. 2024). A [Measure] compares the two laws at one time; a new one takes one file.

// Pair are equally large samples of two laws on states. Rows of one index may depend on one another, for both come from one finished
// sample; rows of different indices are independent.
type Pair struct {
	Dims int
	X, Y []float64 // [size, Dims]; 0 where Mask is 0
	Mask []float32 // [size, Dims] the dimensions that are compared, alike in X and Y
}

// Measure is a distance of two laws, estimated from samples.
type Measure interface {
	Name() string
	// Distance is about 0 where the laws are equal; one that is unbiased may be negative. What it draws comes from rng.
	Distance(p Pair, rng *rand.Rand) float64
}

// Gap is the distance of the two laws at one time.
type Gap struct {
	Time  float64
	Value float64
	// Floor is what sampling alone gives for a batch of this size: the root mean square of the distances between two perturbations of the
	// same finished samples, over a few draws. A consistent SDE's Value is of that size.
	Floor float64
}

// Gaps are resolved in time, with their means over the times. Errors at different times are not independent, so the mean's floor is no
// smaller than those it averages.
type Gaps struct {
	At           []Gap
	Value, Floor float64
}

// floorDraws is the number of draws of a floor.
const floorDraws = 4

// Consistency measures a rollout at the states nearest to the given times; nil takes four states spread evenly over the steps. x_0 is
// perturbed from the time at which the last step ends, so that a grid that ends above t = 0 is measured exactly. Fixed dimensions are left
// out, and samples that restart: their x_0 does not come from the states before. It panics when the trajectories were not kept.
func Consistency(r *Rollout, p sde.Process, m Measure, times []float64, rng *rand.Rand) Gaps {
	if len(r.States) != len(r.Steps)+1 {
		panic("policy: Consistency needs a rollout whose trajectories were kept")
	}
	fresh := r.fresh()
	free, x0 := rowsIn(fresh, r.Free(), r.Dims), rowsIn(fresh, r.X0(), r.Dims)
	var all Gaps
	for _, i := range r.statesAt(times) {
		t := r.Steps[i].From
		alpha, sigma := sde.Transition(p, r.end(), t)
		perturbed := func() []float64 {
			out := make([]float64, len(x0))
			for k, on := range free {
				if on != 0 {
					out[k] = alpha*float64(x0[k]) + sigma*rng.NormFloat64()
				}
			}
			return out
		}
		seed := rng.Uint64() // one for all distances at this time, so that they are taken along the same directions
		distance := func(x, y []float64) float64 {
			return m.Distance(Pair{r.Dims, x, y, free}, rand.New(rand.NewPCG(seed, uint64(i))))
		}
		g := Gap{Time: t, Value: distance(selected(rowsIn(fresh, r.States[i], r.Dims), free), perturbed())}
		for range floorDraws {
			d := distance(perturbed(), perturbed())
			g.Floor += d * d / floorDraws
		}
		g.Floor = math.Sqrt(g.Floor)
		all.At = append(all.At, g)
		all.Value, all.Floor = all.Value+g.Value, all.Floor+g.Floor
	}
	all.Value, all.Floor = all.Value/float64(len(all.At)), all.Floor/float64(len(all.At))
	return all
}

// ConsistencyGap is the figure to log: the sliced Wasserstein distance, in units of the state, and its floor, as means over four times.
func ConsistencyGap(r *Rollout, p sde.Process, rng *rand.Rand) (gap, floor float64) {
	all := Consistency(r, p, SlicedWasserstein{}, nil, rng)
	return all.Value, all.Floor
}

// statesAt gives for each time the index of the state that is nearest to it and has a step after it; of several at that time
// the last, which correctors have been over.
func (r *Rollout) statesAt(times []float64) []int {
	var list []int
	if times == nil {
		const n = 4
		for k := range n {
			list = append(list, (k+1)*len(r.Steps)/(n+1))
		}
		return list
	}
	for _, t := range times {
		best := 0
		for i, step := range r.Steps {
			if math.Abs(step.From-t) <= math.Abs(r.Steps[best].From-t) {
				best = i
			}
		}
		list = append(list, best)
	}
	return list
}

// end is the time at which the last step ends.
func (r *Rollout) end() float64 { return r.Steps[len(r.Steps)-1].To }

// selected is the state in the dimensions of the mask, 0 elsewhere.
func selected(state, mask []float32) []float64 {
	out := make([]float64, len(state))
	for k, on := range mask {
		if on != 0 {
			out[k] = float64(state[k])
		}
	}
	return out
}
