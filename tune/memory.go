package tune

import (
	"fmt"
	"math/rand/v2"

	"keel/nn"
	"keel/policy"
	"keel/pretrain"
)

// memory holds the finished samples of the latest iterations with their rewards: score matching, critic and actor draw
// any number of perturbed states from them, without a trajectory.
type memory struct {
	capacity int      // samples
	samples  []sample // oldest first
	shared   []*nn.Tensor
	own      []int   // which conditions are a sample's own
	ownDims  [][]int // their dimensions without the leading axis
}

type sample struct {
	x0, mask []float32
	cond     [][]float32 // its own conditions
	reward   float64
}

// add takes a batch in; failed rewards stay out.
func (m *memory) add(it *Iteration) {
	r := it.Rollout
	m.adopt(r.Prior)
	var values [][]float32
	for _, k := range m.own {
		values = append(values, nn.Floats(r.Cond[k]))
	}
	for b := range r.Size {
		if !policy.Finite(it.Rewards[b]) {
			continue
		}
		// In the precision of a checkpoint, so that a resumed run does not drift from an uninterrupted one.
		s := sample{reward: float64(float32(it.Rewards[b])),
			x0: append([]float32(nil), r.X0()[b*r.Dims:(b+1)*r.Dims]...), mask: append([]float32(nil), r.Mask[b*r.Dims:(b+1)*r.Dims]...)}
		for _, v := range values {
			row := len(v) / r.Size
			s.cond = append(s.cond, append([]float32(nil), v[b*row:(b+1)*row]...))
		}
		m.samples = append(m.samples, s)
	}
	m.samples = m.samples[max(0, len(m.samples)-m.capacity):]
}

// adopt learns which conditions the batch shares, and keeps those.
func (m *memory) adopt(p policy.Prior) {
	m.shared, m.own, m.ownDims = make([]*nn.Tensor, len(p.Cond)), nil, nil
	for k, c := range p.Cond {
		if dims := c.Shape().Dimensions; dims[0] == p.Size {
			m.own, m.ownDims = append(m.own, k), append(m.ownDims, dims[1:])
		} else {
			m.shared[k] = c
		}
	}
}

// draw picks n samples uniformly.
func (m *memory) draw(rng *rand.Rand, n int) []sample {
	out := make([]sample, n)
	for i := range out {
		out[i] = m.samples[rng.IntN(len(m.samples))]
	}
	return out
}

// conditions are the network's inputs for the given samples.
func (m *memory) conditions(list []sample) []any {
	out := make([]any, len(m.shared))
	for k, c := range m.shared {
		out[k] = c
	}
	for n, k := range m.own {
		var v []float32
		for _, s := range list {
			v = append(v, s.cond[n]...)
		}
		out[k] = nn.FromFloats(v, append([]int{len(list)}, m.ownDims[n]...)...)
	}
	return out
}

// batch makes a score-matching batch of the given samples.
func (m *memory) batch(net nn.Denoiser, list []sample) *pretrain.Batch {
	b := &pretrain.Batch{Shape: fmt.Sprint(len(list)), Net: net, Size: len(list)}
	for _, s := range list {
		b.X0, b.Mask = append(b.X0, s.x0...), append(b.Mask, s.mask...)
	}
	for _, c := range m.conditions(list) {
		b.Cond = append(b.Cond, c.(*nn.Tensor))
	}
	return b
}

// moments are the mean and standard deviation of the rewards.
func (m *memory) moments() (mean, std float64) {
	rewards := make([]float64, len(m.samples))
	for i, s := range m.samples {
		rewards[i] = s.reward
	}
	_, mean, std, _ = policy.Standardise(rewards)
	return mean, max(std, 1e-6)
}

func (m *memory) save(w *nn.Weights) {
	for i, s := range m.samples {
		row := append(append([]float32{float32(s.reward), float32(len(s.x0))}, s.x0...), s.mask...)
		for _, c := range s.cond {
			row = append(append(row, float32(len(c))), c...)
		}
		w.Tensors[fmt.Sprintf("memory.%05d", i)] = nn.WeightTensor{Dims: []int{len(row)}, Values: row}
	}
}

func (m *memory) load(w *nn.Weights) error {
	m.samples = nil
	for i := 0; ; i++ {
		t, ok := w.Tensors[fmt.Sprintf("memory.%05d", i)]
		if !ok {
			return nil
		}
		v := t.Values
		if len(v) < 2 || len(v) < 2+2*int(v[1]) {
			return fmt.Errorf("memory of sample %d is cut off", i)
		}
		n := int(v[1])
		s := sample{reward: float64(v[0]), x0: v[2 : 2+n], mask: v[2+n : 2+2*n]}
		for rest := v[2+2*n:]; len(rest) > 0; {
			k := int(rest[0])
			if k < 0 || 1+k > len(rest) {
				return fmt.Errorf("memory of sample %d is cut off", i)
			}
			s.cond, rest = append(s.cond, rest[1:1+k]), rest[1+k:]
		}
		m.samples = append(m.samples, s)
	}
}
