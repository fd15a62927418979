package policy

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

// TestRestart: the asked share of the rows becomes copies of the best samples of the same group, spread over the batch, with their masks and conditions; the other rows stay.
func TestRestart(t *testing.T) {
	const size = 8
	steps := solver.Ancestral{}.Steps(sde.VP{}, sde.KarrasGrid(sde.VP{}, 20, 5, 0.01, 40))
	batch := func() Prior {
		p := Prior{Size: size, Dims: dims, Mask: make([]float32, size*dims), Group: make([]int, size), Covariate: make([]float64, size)}
		cond := make([]float32, 2*size)
		for i := range size {
			p.Group[i], p.Covariate[i] = i*2/size, float64(i)
			cond[2*i] = float32(i)
			for k := range dims {
				p.Mask[i*dims+k] = 1
			}
		}
		p.Cond = []*nn.Tensor{nn.FromFloats(cond, size, 2), nn.FromFloats([]float32{7}, 1, 1)}
		return p
	}
	memory := Replay{Capacity: 100}
	for k := range 6 { // rewards 0 to 5, group 0 alone has any
		s := Sample{X0: []float32{float32(k), 2, 0}, Mask: []float32{1, 1, 0}, Free: []float32{1, 1, 0}, Cond: [][]float32{{float32(10 + k), 1}},
			Reward: float64(k), Covariate: float64(20 + k)}
		memory.Samples = append(memory.Samples, s)
	}
	p, was := batch(), batch()
	memory.Restart(&p, 0.5, 2, steps, sde.VP{}, 0.3, 1.5, rand.New(rand.NewPCG(1, 2)))
	rows := rowsOf(p)
	if !slices.Equal(rows, []int{1, 3}) {
		t.Fatalf("rows %v were replaced: every other one of the group that has samples was expected", rows)
	}
	got, before := nn.Floats(p.Cond[0]), nn.Floats(was.Cond[0])
	for i := range size {
		if !slices.Contains(rows, i) {
			if !slices.Equal(got[2*i:2*i+2], before[2*i:2*i+2]) || p.Covariate[i] != was.Covariate[i] || !slices.Equal(p.Mask[i*dims:(i+1)*dims], was.Mask[i*dims:(i+1)*dims]) {
				t.Errorf("row %d was changed", i)
			}
			continue
		}
		if k := got[2*i] - 10; k != 4 && k != 5 {
			t.Errorf("row %d has the condition of sample %v, which is none of the best two", i, k)
		}
		if p.Mask[i*dims+2] != 0 || p.Covariate[i] != float64(got[2*i])+10 {
			t.Errorf("row %d: mask %v and covariate %v are not its sample's", i, p.Mask[i*dims:(i+1)*dims], p.Covariate[i])
		}
	}
	for _, r := range p.Restarts {
		alpha, sigma := sde.VP{}.Kernel(steps[r.Step].From)
		if level := sigma / alpha; level < 0.3 || level > 1.5 {
			t.Errorf("row %d starts at the noise level %v", r.Row, level)
		}
		if got[2*r.Row] != r.X0[0]+10 {
			t.Errorf("row %d starts from the sample %v with the conditions of %v", r.Row, r.X0[0], got[2*r.Row]-10)
		}
	}
	again := &Rollout{Prior: p, Again: make([]bool, size)}
	memory.FoundAgain(again) // all is new
	again.Again[p.Restarts[0].Row] = true
	for range exhausted {
		memory.FoundAgain(again)
	}
	left := batch()
	memory.Restart(&left, 0.5, 1, steps, sde.VP{}, 0.3, 1.5, rand.New(rand.NewPCG(1, 2)))
	want := float32(5)
	if p.Restarts[0].X0[0] == want {
		want = 4
	}
	for _, r := range left.Restarts {
		if r.X0[0] != want {
			t.Errorf("starts from sample %v, the best that is not exhausted is %v", r.X0[0], want)
		}
	}
	memory.Restart(&was, 0.5, 2, steps, sde.VP{}, 1e6, 2e6, rand.New(rand.NewPCG(1, 2)))
	if rows := rowsOf(was); len(rows) != 0 {
		t.Errorf("no step starts at such levels, and rows %v were replaced", rows)
	}
}

// rowsOf are the rows that restart.
func rowsOf(p Prior) (rows []int) {
	for i, again := range p.Restarted() {
		if again {
			rows = append(rows, i)
		}
	}
	return rows
}

// TestRestartLaw: under the exact denoiser, which is consistent, samples that restart from perturbed samples of the policy have the policy's law again.
func TestRestartLaw(t *testing.T) {
	const size = 6000
	s := sampler(t, 60)
	r := roll(t, s, size, false, 5)
	again := prior(size)
	for i := range size {
		again.Restarts = append(again.Restarts, Restart{Row: i, Step: 30 + i%10, X0: r.X0()[i*dims : (i+1)*dims]})
	}
	back, err := s.Roll(t.Context(), nn.FromFloats([]float32{1}, 1), again, false, rand.New(rand.NewPCG(6, 7)))
	if err != nil {
		t.Fatal(err)
	}
	of := func(r *Rollout) (mean, std float64) {
		var list []float64
		for k, m := range r.Mask {
			if m != 0 {
				list = append(list, float64(r.X0()[k]))
			}
		}
		return moments(list)
	}
	mean, std := of(r)
	meanAgain, stdAgain := of(back)
	t.Logf("%.4f ± %.4f from noise, %.4f ± %.4f from restarts", mean, std, meanAgain, stdAgain)
	if math.Abs(mean-meanAgain) > 0.02 || math.Abs(std/stdAgain-1) > 0.03 {
		t.Errorf("%.4f ± %.4f from noise, %.4f ± %.4f from restarts", mean, std, meanAgain, stdAgain)
	}
	for i := range size {
		if i%2 == 1 && back.X0()[i*dims+dims-1] != 0 {
			t.Fatalf("sample %d has a value where it has no dimension", i)
		}
	}
}

// TestEarly: until the first restart only the other rows are drawn, as without restarts, and rows to make up a quarter of the batch.
func TestEarly(t *testing.T) {
	const size, first = 12, 20
	s := sampler(t, 30)
	plain := roll(t, s, size, true, 5)
	p := prior(size)
	cond := make([]float32, size)
	for i := range cond {
		cond[i] = float32(i)
	}
	p.Cond = append(p.Cond, nn.FromFloats(cond, size, 1))
	for _, row := range []int{0, 3, 4, 8, 11} {
		p.Restarts = append(p.Restarts, Restart{Row: row, Step: first + row/4, X0: plain.X0()[row*dims : (row+1)*dims]})
	}
	e := p.early(s.Steps)
	if want := []int{1, 2, 5, 6, 7, 9, 10, 0, 3}; !slices.Equal(e.rows, want) || e.before != first {
		t.Fatalf("rows %v are drawn before step %d, expected %v before %d", e.rows, e.before, want, first)
	}
	if got := nn.Floats(e.Cond[len(e.Cond)-1]); !slices.Equal(got, []float32{1, 2, 5, 6, 7, 9, 10, 0, 3}) {
		t.Errorf("with the conditions of %v", got)
	}
	p.Cond = p.Cond[:len(p.Cond)-1]
	r, err := s.Roll(t.Context(), nn.FromFloats([]float32{1}, 1), p, true, rand.New(rand.NewPCG(5, 0)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range size {
		drawn := slices.Contains(e.rows, i)
		var moved float64
		for k := range dims {
			if got, want := r.States[first-1][i*dims+k], plain.States[first-1][i*dims+k]; drawn && got != want {
				t.Errorf("row %d: %v is drawn, without restarts %v", i, got, want)
			}
			moved += math.Abs(float64(r.Clean[first-1][i*dims+k]))
		}
		if drawn != (moved > 0) {
			t.Errorf("row %d: drawn %v, estimate %v", i, drawn, moved)
		}
	}
	if (Prior{Size: 4, Restarts: []Restart{{Row: 1}}}).early(s.Steps) != nil || prior(4).early(s.Steps) != nil {
		t.Error("there is nothing to save before step 0, nor without restarts")
	}
	again := *r
	for i := range again.States[:len(again.States)-1] { // what rows were before their restart is not asked about
		again.States[i] = slices.Clone(again.States[i])
		for _, row := range rowsOf(p) {
			again.States[i][row*dims] = 1e6
		}
	}
	gap := func(r *Rollout) float64 {
		return Consistency(r, s.Process, SlicedWasserstein{}, nil, rand.New(rand.NewPCG(1, 1))).Value
	}
	if a, b := gap(r), gap(&again); a != b || !Finite(a) {
		t.Errorf("gaps of %v and %v", a, b)
	}
}
