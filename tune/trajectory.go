package tune

import (
	"math/rand/v2"

	"keel/nn"
	"keel/policy"
	"keel/solver"
)

// trajectories are an iteration's own transitions, for the estimators that learn from those.
type trajectories struct {
	setting *Setting
	it      *Iteration
	at      []int       // the steps that are policies
	ref     [][]float32 // the pre-trained model's estimates at each of them; nil without an anchor
	kl      [][]float64 // [policy step][sample] KL(policy || pre-trained); nil without an anchor
}

// place is one transition: a sample of the rollout, and the index of a policy step.
type place struct{ sample, step int }

// newTrajectories asks the pre-trained model for its estimates where there is an anchor. who is the estimator, for the error
// where the solver's steps are no policies.
func newTrajectories(s *Setting, it *Iteration, who string) (*trajectories, error) {
	at, err := solver.Policies(it.Rollout.Steps, who)
	if err != nil {
		return nil, err
	}
	t := &trajectories{setting: s, it: it, at: at}
	if s.Beta == 0 {
		return t, nil
	}
	for _, i := range at {
		ref, err := s.Sampler.Denoise(s.pre, it.Rollout.States[i], it.Rollout.Steps[i].From, it.Rollout.Prior)
		if err != nil {
			return nil, err
		}
		t.ref = append(t.ref, ref)
		t.kl = append(t.kl, policy.StepKL(it.Rollout, i, ref))
	}
	return t, nil
}

// returns are what the objective still holds after each policy step [policy step][sample]: R - Beta * sum of the KLs of the later
// steps. The KL of the step itself is the parameters' own and is differentiated directly.
func (t *trajectories) returns() [][]float64 {
	all := make([][]float64, len(t.at))
	togo := append([]float64(nil), t.it.Rewards...)
	for k := len(t.at) - 1; k >= 0; k-- {
		all[k] = append([]float64(nil), togo...)
		if t.kl != nil {
			for b := range togo {
				togo[b] -= t.setting.Beta * t.kl[k][b]
			}
		}
	}
	return all
}

// standardised are the returns less their step's mean over the samples, divided by the standard deviation of the rewards, which is
// also given: the weight of a KL next to such an advantage is Beta divided by it. A failed reward has the advantage 0.
func (t *trajectories) standardised() (advantages [][]float64, scale float64) {
	_, _, scale, _ = policy.Standardise(t.it.Rewards)
	scale += 1e-8
	advantages = t.returns()
	for _, row := range advantages {
		_, mean, _, _ := policy.Standardise(row)
		for b, g := range row {
			row[b] = 0
			if policy.Finite(g) {
				row[b] = (g - mean) / scale
			}
		}
	}
	return advantages, scale
}

// split cuts transitions into the given number of updates, and each update into chunks of equal size: one shape, one program. What does
// not fill a chunk is left out; the transitions come shuffled.
func split(all []place, updates, chunk int) [][][]place {
	updates = min(updates, len(all))
	var out [][][]place
	for u := range updates {
		part := all[u*len(all)/updates : (u+1)*len(all)/updates]
		n := min(chunk, len(all)/updates)
		var chunks [][]place
		for from := 0; from+n <= len(part); from += n {
			chunks = append(chunks, part[from:from+n])
		}
		out = append(out, chunks)
	}
	return out
}

// figures adds up what the steps of an iteration log.
type figures struct {
	sums map[string]float64
	n    float64
}

func (f *figures) add(m map[string]float64) {
	if f.sums == nil {
		f.sums = map[string]float64{}
	}
	for k, v := range m {
		f.sums[k] += v
	}
	f.n++
}

func (f *figures) means() map[string]float64 {
	for k := range f.sums {
		f.sums[k] /= f.n
	}
	return f.sums
}

// places are all transitions of the samples that have a reward, shuffled.
func (t *trajectories) places(rng *rand.Rand) []place {
	var all []place
	for b, r := range t.it.Rewards {
		if policy.Finite(r) {
			for k := range t.at {
				all = append(all, place{b, k})
			}
		}
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// batch gathers transitions, with scalar[step][sample] as their Scalar, and their samples' conditions.
func (t *trajectories) batch(list []place, scalar [][]float64) (*policy.Transitions, []any) {
	r := t.it.Rollout
	free := r.Free()
	out := policy.NewTransitions(len(list), r.Dims)
	samples := make([]int, len(list))
	for i, p := range list {
		samples[i] = p.sample
		at := t.at[p.step]
		copyState(out.X, i, r.States[at], p.sample, r.Dims)
		copyState(out.Mask, i, free, p.sample, r.Dims)
		copyState(out.Eps, i, r.Eps[at], p.sample, r.Dims)
		copyState(out.Old, i, r.Clean[at], p.sample, r.Dims)
		if t.ref != nil {
			copyState(out.Ref, i, t.ref[p.step], p.sample, r.Dims)
		}
		out.SetStep(i, r.Steps[at], t.setting.Process.Kernel)
		out.Scalar[i] = float32(scalar[p.step][p.sample])
	}
	return out, pick(r.Prior, samples)
}

func copyState(to []float32, i int, from []float32, j, dims int) {
	copy(to[i*dims:(i+1)*dims], from[j*dims:(j+1)*dims])
}

// pick gathers the conditions of the given samples; what the batch shares stays shared.
func pick(p policy.Prior, samples []int) []any {
	var out []any
	for _, c := range p.Cond {
		dims := c.Shape().Dimensions
		if dims[0] != p.Size {
			out = append(out, c)
			continue
		}
		values := nn.Floats(c)
		row := len(values) / dims[0]
		picked := make([]float32, 0, row*len(samples))
		for _, s := range samples {
			picked = append(picked, values[s*row:(s+1)*row]...)
		}
		out = append(out, nn.FromFloats(picked, append([]int{len(samples)}, dims[1:]...)...))
	}
	return out
}

func join(lists ...[]any) []any {
	var out []any
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}
