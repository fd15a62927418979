package policy

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

// inpainted fixes the middle dimension to a value of the sample's own; of [prior], some samples lack their last dimension.
func inpainted(size int) Prior {
	p := prior(size)
	p.Fixed, p.Known = make([]float32, size*dims), make([]float32, size*dims)
	for b := range size {
		p.Fixed[b*dims+1], p.Known[b*dims+1] = 1, float32(b%5)-2
	}
	return p
}

func TestInpainting(t *testing.T) {
	const size = 4000
	s, p := sampler(t, 60), inpainted(size)
	r, err := s.Roll(context.Background(), scalar(1), p, true, source(1))
	if err != nil {
		t.Fatal(err)
	}
	plain := roll(t, s, size, true, 2)
	for b := range size {
		if got := r.X0()[b*dims+1]; got != p.Known[b*dims+1] {
			t.Fatalf("sample %d has %v in a dimension fixed at %v", b, got, p.Known[b*dims+1])
		}
		if b%2 == 1 && r.X0()[b*dims+2] != 0 {
			t.Fatalf("sample %d has %v in padding", b, r.X0()[b*dims+2])
		}
	}
	// On the way the fixed dimension follows the perturbation of its known value.
	for _, i := range []int{0, 20, 59} {
		alpha, sigma := sde.VP{}.Kernel(r.Steps[i].From)
		var u []float64
		for b := range size {
			u = append(u, (float64(r.States[i][b*dims+1])-alpha*float64(p.Known[b*dims+1]))/sigma)
		}
		if mean, std := moments(u); math.Abs(mean) > 0.07 || math.Abs(std-1) > 0.05 {
			t.Errorf("step %d: the noise of a fixed dimension is N(%v, %v²)", i, mean, std)
		}
	}
	// The data's dimensions are independent: the first is what it was.
	a, errA := column(r, 0)
	b, errB := column(plain, 0)
	if math.Abs(a-b) > 4*math.Hypot(errA, errB) || math.Abs(errA/errB-1) > 0.06 {
		t.Errorf("a free dimension is %v ± %v, without inpainting %v ± %v", a, errA, b, errB)
	}
}

// TestInpaintingCorrelated holds the free dimension's mean against the chain's exact one. With resampling it comes to the conditional mean.
func TestInpaintingCorrelated(t *testing.T) {
	const size, known = 4000, 1.5
	net, p := pair{correlation: 0.8}, sde.VP{}
	single := solver.Ancestral{}.Steps(p, sde.LogSNRGrid(p, 60, 0.01, 100))
	for _, c := range []struct {
		repeats   int
		low, high float64 // of the mean, relative to the conditional one
	}{{1, 0.5, 0.9}, {10, 0.93, 1.02}} {
		steps, err := Resampled(p, single, c.repeats)
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSampler(open(t), net, declare(t, net, 2, 0), p, steps)
		if err != nil {
			t.Fatal(err)
		}
		start := every(size, 2)
		start.Fixed, start.Known = slices.Repeat([]float32{0, 1}, size), slices.Repeat([]float32{0, known}, size)
		r, err := s.Roll(context.Background(), nn.FromFloats(nil, 0), start, false, source(3))
		if err != nil {
			t.Fatal(err)
		}
		mean := 0.0
		for _, step := range s.Steps {
			alpha, sigma := p.Kernel(step.From)
			sum, difference := net.gains(alpha, sigma)
			mean = step.X*mean + step.D*(sum*(mean+alpha*known)+difference*(mean-alpha*known))/2
		}
		got, stdErr := column(r, 0)
		share := mean / (known * net.correlation)
		t.Logf("%d times: mean %.3f ± %.3f, of the chain %.3f, conditional %.3f", c.repeats, got, stdErr, mean, net.correlation*known)
		if math.Abs(got-mean) > 4*stdErr {
			t.Errorf("%d times: the free dimension's mean is %v ± %v, that of the chain %v", c.repeats, got, stdErr, mean)
		}
		if share < c.low || share > c.high {
			t.Errorf("%d times: the chain's mean is %v times the conditional one, expected between %v and %v", c.repeats, share, c.low, c.high)
		}
	}
}

func TestResampled(t *testing.T) {
	steps := solver.Ancestral{}.Steps(sde.VP{}, []float64{1, 0.5, 0.2, 0})
	same, err := Resampled(sde.VP{}, steps, 1)
	if err != nil || !slices.Equal(same, steps) {
		t.Errorf("once is %v (%v)", same, err)
	}
	more, err := Resampled(sde.VP{}, steps, 3)
	if err != nil {
		t.Fatal(err)
	}
	var times []float64
	policies := 0
	for _, s := range more {
		times = append(times, s.To)
		if s.Policy() {
			policies++
		}
	}
	if !slices.Equal(times, []float64{0.5, 1, 0.5, 1, 0.5, 0.2, 0.5, 0.2, 0.5, 0.2, 0}) || policies != 6 {
		t.Errorf("steps to %v, %d of them policies", times, policies)
	}
	if _, err := Resampled(sde.VP{}, []solver.Step{{From: 1, To: 0.5, D: 1, Prev: 0.1}}, 2); err == nil {
		t.Error("a multistep solver's steps are repeated")
	}
}

// TestFixedCarryNothing: KL and log-probabilities of a step do not see what estimates and noises hold in fixed dimensions.
func TestFixedCarryNothing(t *testing.T) {
	const size = 6
	s, p := sampler(t, 10), inpainted(size)
	r, err := s.Roll(context.Background(), scalar(1), p, true, source(4))
	if err != nil {
		t.Fatal(err)
	}
	program, err := open(t).Compile("ratio", func(in []*nn.Node) []*nn.Node {
		n, clean := Nodes(in), in[NumTransitionInputs]
		return []*nn.Node{n.LogRatio(clean, true), n.LogRatio(clean, false), n.LogProb(clean, true), n.LogProb(clean, false),
			n.KL(clean, n.Ref), n.Draw(n.Mean(clean))}
	})
	if err != nil {
		t.Fatal(err)
	}
	const at = 4
	// figures puts a value into all that the fixed dimensions of a transition hold.
	figures := func(v float32) (kl []float64, rest [][]float32) {
		tr := NewTransitions(size, dims)
		copy(tr.X, r.States[at])
		copy(tr.Mask, r.Free())
		copy(tr.Eps, r.Eps[at])
		copy(tr.Old, r.Clean[at])
		clean := make([]float32, size*dims)
		for k := range clean {
			clean[k], tr.Ref[k] = tr.Old[k]+0.1, tr.Old[k]-0.2
			if p.Fixed[k] != 0 {
				tr.Eps[k], tr.Old[k], tr.Ref[k], clean[k] = v, 2*v, 3*v, -v
			}
		}
		for i := range size {
			tr.SetStep(i, r.Steps[at], s.Process.Kernel)
		}
		out, err := program.Call(append(tr.Inputs(), nn.FromFloats(clean, size, dims))...)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out {
			rest = append(rest, nn.Floats(o))
		}
		return StepKL(r, at, tr.Ref), rest
	}
	kl, rest := figures(0.5)
	klOther, restOther := figures(-7)
	if !slices.Equal(kl, klOther) || !slices.EqualFunc(rest, restOther, slices.Equal) {
		t.Errorf("what fixed dimensions hold changes %v, %v into %v, %v", kl, rest, klOther, restOther)
	}
	for b := range size { // 2 free dimensions where there is no padding, else 1
		n := float64(2 - b%2)
		u := r.Steps[at].D * 0.2 / r.Steps[at].Std
		if math.Abs(kl[b]-n*u*u/2) > 1e-4*kl[b] || math.Abs(float64(rest[1][b]/rest[0][b])-n) > 1e-4 {
			t.Errorf("sample %d: KL %v, log-ratios %v and %v; expected those of %v dimensions", b, kl[b], rest[0][b], rest[1][b], n)
		}
		if k := b*dims + 1; rest[5][k] != r.States[at][k] {
			t.Errorf("sample %d: a fixed dimension is drawn as %v from %v", b, rest[5][k], r.States[at][k])
		}
	}
}

func TestPriorIsChecked(t *testing.T) {
	s := sampler(t, 3)
	for want, spoil := range map[string]func(*Prior){
		"mask":            func(p *Prior) { p.Mask = p.Mask[1:] },
		"groups":          func(p *Prior) { p.Group = []int{1} },
		"expected both":   func(p *Prior) { p.Known = nil },
		"nothing to draw": func(p *Prior) { p.Fixed = p.Mask },
	} {
		p := inpainted(4)
		spoil(&p)
		if _, err := s.Roll(context.Background(), scalar(1), p, false, source(1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// TestReplayKeepsMasks: what is fixed, and how often a sample was found again, comes back from the memory and from a checkpoint.
func TestReplayKeepsMasks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := every(rapid.IntRange(1, 5).Draw(t, "size"), rapid.IntRange(1, 4).Draw(t, "dims"))
		p.Fixed, p.Known = make([]float32, len(p.Mask)), make([]float32, len(p.Mask))
		for k := range p.Mask {
			p.Mask[k] = float32(rapid.IntRange(0, 1).Draw(t, "mask"))
			p.Fixed[k] = float32(rapid.IntRange(0, 1).Draw(t, "fixed"))
		}
		r := &Rollout{Prior: p, States: [][]float32{slices.Clone(p.Known)}}
		kept, back := &Replay{Capacity: 10}, &Replay{Capacity: 10}
		kept.Add(r, make([]float64, p.Size))
		for i := range kept.Samples {
			kept.Samples[i].Found = rapid.IntRange(0, exhausted).Draw(t, "found")
		}
		w := &nn.Weights{Tensors: map[string]nn.WeightTensor{}}
		kept.Save(w)
		if err := back.Load(w); err != nil {
			t.Fatal(err)
		}
		for b, s := range back.Samples {
			from, to := b*p.Dims, (b+1)*p.Dims
			if !slices.Equal(s.Mask, p.Mask[from:to]) || !slices.Equal(s.Free, r.Free()[from:to]) {
				t.Fatalf("sample %d: masks %v and %v, expected %v and %v", b, s.Mask, s.Free, p.Mask[from:to], r.Free()[from:to])
			}
			if s.Found != kept.Samples[b].Found {
				t.Fatalf("sample %d: found again %d times, kept %d", b, s.Found, kept.Samples[b].Found)
			}
		}
	})
}
