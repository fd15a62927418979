package policy

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"keel/nn"
)

// Replay holds the finished samples of the latest iterations with their rewards: score matching, critic and actor draw
// any number of perturbed states from them, without a trajectory.
type Replay struct {
	Capacity int      // samples kept
	Best     int      // of them, those with the highest rewards of their groups, however old; the others are the latest
	Samples  []Sample // oldest first
	shared   []*nn.Tensor
	own      []int   // which conditions are a sample's own
	ownDims  [][]int // their dimensions without the leading axis
}

// Sample is one finished sample.
type Sample struct {
	X0, Mask, Free []float32   // [Dims] Free is the mask of what the policy moves: see [Prior.Free]
	Cond           [][]float32 // its own conditions
	Reward         float64
	Found          int     // restarts from it that only found what the run had had: see [Replay.Restart]
	Group          int     // its condition: see [Prior.Group]
	Covariate      float64 // see [Prior.Covariate]
}

// Add takes a batch in; failed rewards stay out.
func (m *Replay) Add(r *Rollout, rewards []float64) {
	m.adopt(r.Prior)
	var values [][]float32
	for _, k := range m.own {
		values = append(values, nn.Floats(r.Cond[k]))
	}
	free := r.Free()
	for b := range r.Size {
		if !Finite(rewards[b]) {
			continue
		}
		// In the precision of a checkpoint, so that a resumed run does not drift from an uninterrupted one.
		s := Sample{Reward: float64(float32(rewards[b])), Group: groupOf(r.Group, b), Covariate: float64(float32(covariateOf(r.Covariate, b))),
			X0: own(r.X0(), b, r.Dims), Mask: own(r.Mask, b, r.Dims), Free: own(free, b, r.Dims)}
		for _, v := range values {
			row := len(v) / r.Size
			s.Cond = append(s.Cond, own(v, b, row))
		}
		m.Samples = append(m.Samples, s)
	}
	m.forget()
}

// forget drops the oldest samples beyond the capacity, the best apart.
func (m *Replay) forget() {
	beyond := len(m.Samples) - m.Capacity
	if beyond <= 0 {
		return
	}
	if m.Best == 0 {
		m.Samples = m.Samples[beyond:]
		return
	}
	order := make([]int, len(m.Samples))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(m.Samples[j].Reward, m.Samples[i].Reward) })
	// Groups take turns: what is easy in one says nothing against the best of another.
	rank, seen := make([]int, len(m.Samples)), map[int]int{}
	for _, i := range order {
		rank[i] = seen[m.Samples[i].Group]
		seen[m.Samples[i].Group]++
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(rank[i], rank[j]) })
	best := make([]bool, len(m.Samples))
	for _, i := range order[:min(m.Best, m.Capacity)] {
		best[i] = true
	}
	kept := m.Samples[:0]
	for i, s := range m.Samples {
		if beyond > 0 && !best[i] {
			beyond--
			continue
		}
		kept = append(kept, s)
	}
	clear(m.Samples[len(kept):])
	m.Samples = kept
}

// own copies row b.
func own(v []float32, b, row int) []float32 { return slices.Clone(v[b*row : (b+1)*row]) }

// adopt learns which conditions the batch shares, and keeps those.
func (m *Replay) adopt(p Prior) {
	m.shared, m.own, m.ownDims = make([]*nn.Tensor, len(p.Cond)), nil, nil
	for k, c := range p.Cond {
		if dims := c.Shape().Dimensions; dims[0] == p.Size {
			m.own, m.ownDims = append(m.own, k), append(m.ownDims, dims[1:])
		} else {
			m.shared[k] = c
		}
	}
}

// Draw picks n samples uniformly, with replacement.
func (m *Replay) Draw(rng *rand.Rand, n int) []Sample {
	out := make([]Sample, n)
	for i := range out {
		out[i] = m.Samples[rng.IntN(len(m.Samples))]
	}
	return out
}

// Conditions are the network's inputs for the given samples.
func (m *Replay) Conditions(list []Sample) []*nn.Tensor {
	out := make([]*nn.Tensor, len(m.shared))
	copy(out, m.shared)
	for n, k := range m.own {
		var v []float32
		for _, s := range list {
			v = append(v, s.Cond[n]...)
		}
		out[k] = nn.FromFloats(v, append([]int{len(list)}, m.ownDims[n]...)...)
	}
	return out
}

// Baseline is fitted to the samples' rewards.
func (m *Replay) Baseline() *Baseline {
	rewards, group, covariate := make([]float64, len(m.Samples)), make([]int, len(m.Samples)), make([]float64, len(m.Samples))
	for i, s := range m.Samples {
		rewards[i], group[i], covariate[i] = s.Reward, s.Group, s.Covariate
	}
	return FitBaseline(rewards, group, covariate)
}

// Save writes the samples into a checkpoint.
func (m *Replay) Save(w *nn.Weights) {
	for i, s := range m.Samples {
		head := []float32{float32(s.Reward), float32(s.Group), float32(s.Covariate), float32(len(s.X0))}
		row := append(append(head, s.X0...), joinMasks(s)...)
		for _, c := range s.Cond {
			row = append(append(row, float32(len(c))), c...)
		}
		w.Tensors[memoryKey(i)] = nn.WeightTensor{Dims: []int{len(row)}, Values: row}
		if s.Found > 0 {
			w.Tensors[memoryKey(i)+foundKey] = nn.WeightTensor{Dims: []int{1}, Values: []float32{float32(s.Found)}}
		}
	}
}

// Load is the inverse of Save.
func (m *Replay) Load(w *nn.Weights) error {
	m.Samples = nil
	for i := 0; ; i++ {
		t, ok := w.Tensors[memoryKey(i)]
		if !ok {
			return nil
		}
		const head = 4
		v := t.Values
		if len(v) < head || v[head-1] < 0 || len(v) < head+2*int(v[head-1]) {
			return fmt.Errorf("memory of sample %d is cut off", i)
		}
		n := int(v[head-1])
		s := Sample{Reward: float64(v[0]), Group: int(v[1]), Covariate: float64(v[2]), X0: v[head : head+n]}
		s.Mask, s.Free = splitMasks(v[head+n : head+2*n])
		for rest := v[head+2*n:]; len(rest) > 0; {
			k := int(rest[0])
			if k < 0 || 1+k > len(rest) {
				return fmt.Errorf("memory of sample %d is cut off", i)
			}
			s.Cond, rest = append(s.Cond, rest[1:1+k]), rest[1+k:]
		}
		if found, ok := w.Tensors[memoryKey(i)+foundKey]; ok && len(found.Values) == 1 {
			s.Found = int(found.Values[0])
		}
		m.Samples = append(m.Samples, s)
	}
}

// What a sample is called in a checkpoint, and what the name of its Found ends with.
func memoryKey(i int) string { return fmt.Sprintf("memory.%05d", i) }

const foundKey = ".found"

// joinMasks writes both masks of a sample as one: 0 for padding, 1 for a free dimension, 2 for a fixed one.
func joinMasks(s Sample) []float32 {
	out := make([]float32, len(s.Mask))
	for k, m := range s.Mask {
		out[k] = 2*m - s.Free[k]
	}
	return out
}

// splitMasks is the inverse of joinMasks.
func splitMasks(joint []float32) (mask, free []float32) {
	mask, free = make([]float32, len(joint)), make([]float32, len(joint))
	for k, v := range joint {
		mask[k] = min(v, 1)
		if v == 1 {
			free[k] = 1
		}
	}
	return mask, free
}
