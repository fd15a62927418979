package policy

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keel/sde"
	"keel/solver"
)

var measures = []Measure{SlicedWasserstein{}, Energy{}, MMD{}}

// reach are the exact samples' states: rollouts of the data's own perturbation, consistent without a discretisation's error. The
// steps end at the given time.
func reach(size int, end float64, seed uint64) *Rollout {
	rng, p := source(seed), sde.VP{}
	grid := append(slices.DeleteFunc([]float64{1, 0.8, 0.6, 0.4, 0.2, 0.1}, func(t float64) bool { return t <= end }), end)
	r := &Rollout{Prior: every(size, dims), Steps: solver.Ancestral{}.Steps(p, grid)}
	r.States = make([][]float32, len(grid))
	for i := range r.States {
		r.States[i] = make([]float32, size*dims)
	}
	for k := range size * dims {
		x, at := mean0+std0*rng.NormFloat64(), 0.0
		for i := len(grid) - 1; i >= 0; i-- {
			alpha, sigma := sde.Transition(p, at, grid[i])
			x, at = alpha*x+sigma*rng.NormFloat64(), grid[i]
			r.States[i][k] = float32(x)
		}
	}
	return r
}

// change applies a map to all states but the finished ones.
func change(r *Rollout, f func(k int, v float32) float32) {
	for i := range r.States[:len(r.States)-1] {
		r.States[i] = slices.Clone(r.States[i])
		for k, v := range r.States[i] {
			r.States[i][k] = f(k, v)
		}
	}
}

func TestConsistency(t *testing.T) {
	const size = 400
	for _, m := range measures {
		for _, end := range []float64{0, 0.05} {
			true0 := Consistency(reach(size, end, 1), sde.VP{}, m, nil, source(2))
			if len(true0.At) != 4 || true0.Value > 2.5*true0.Floor || true0.Value < -2.5*true0.Floor || !(true0.Floor > 0) {
				t.Errorf("%s, end %v: a consistent rollout has the gap %v over the floor %v", m.Name(), end, true0.Value, true0.Floor)
			}
			for what, f := range map[string]func(int, float32) float32{
				"inflated by 1.4": func(_ int, v float32) float32 { return 1.4 * v },
				"shifted by 0.4":  func(k int, v float32) float32 { return v + 0.4*float32(1-k%dims%2) },
			} {
				r := reach(size, end, 1)
				change(r, f)
				if wrong := Consistency(r, sde.VP{}, m, nil, source(2)); wrong.Value < 3*wrong.Floor {
					t.Errorf("%s, end %v: states %s have the gap %v over the floor %v", m.Name(), end, what, wrong.Value, wrong.Floor)
				}
			}
		}
	}
}

// TestConsistencyNeedsTheEnd: finished samples of a grid that ends at t_e > 0 are not clean, and to perturb them as if they were is seen.
func TestConsistencyNeedsTheEnd(t *testing.T) {
	r := reach(500, 0.3, 3)
	good := Consistency(r, sde.VP{}, Energy{}, []float64{0.4}, source(4))
	r.Steps[len(r.Steps)-1].To = 0
	bad := Consistency(r, sde.VP{}, Energy{}, []float64{0.4}, source(4))
	if good.Value > 3*good.Floor || bad.Value < 4*bad.Floor {
		t.Errorf("from its end %v over %v, from 0 %v over %v", good.Value, good.Floor, bad.Value, bad.Floor)
	}
}

func TestConsistencyTimes(t *testing.T) {
	r := reach(50, 0, 5)
	all := Consistency(r, sde.VP{}, SlicedWasserstein{Directions: 4}, []float64{1, 0.41, 0}, source(6))
	want := []float64{1, 0.4, 0.1}
	var value, floor float64
	for i, g := range all.At {
		if g.Time != want[i] {
			t.Errorf("time %d is %v, expected %v", i, g.Time, want[i])
		}
		value, floor = value+g.Value/3, floor+g.Floor/3
	}
	if math.Abs(value-all.Value) > 1e-12 || math.Abs(floor-all.Floor) > 1e-12 {
		t.Errorf("means %v and %v, given are %v and %v", value, floor, all.Value, all.Floor)
	}
	gap, _ := ConsistencyGap(r, sde.VP{}, source(7))
	if got := Consistency(r, sde.VP{}, SlicedWasserstein{}, nil, source(7)).Value; got != gap {
		t.Errorf("the figure to log is %v, the measure gives %v", gap, got)
	}
	defer func() {
		if err, _ := recover().(string); !strings.Contains(err, "trajectories") {
			t.Errorf("a rollout without trajectories: %q", err)
		}
	}()
	r.States = r.States[len(r.States)-1:]
	Consistency(r, sde.VP{}, Energy{}, nil, source(6))
}

// normals are samples of N(m, s²) in every dimension.
func normals(rng *rand.Rand, size, dims int, m, s float64) []float64 {
	out := make([]float64, size*dims)
	for i := range out {
		out[i] = m + s*rng.NormFloat64()
	}
	return out
}

// absolute is E|N(m, s²)|.
func absolute(m, s float64) float64 {
	return s*math.Sqrt(2/math.Pi)*math.Exp(-m*m/(2*s*s)) + m*math.Erf(m/(s*math.Sqrt2))
}

// TestUnbiased holds the mean over many small samples against the closed forms of two Gaussians, equal and different ones. That the rows
// depend on one another, as those of a rollout do, must not matter.
func TestUnbiased(t *testing.T) {
	const repeats, n = 3000, 8
	kernel := func(m, variance, h float64, dims int) float64 {
		return math.Pow(h*h/(h*h+variance), float64(dims)/2) * math.Exp(-float64(dims)*m*m/(2*(h*h+variance)))
	}
	for _, c := range []struct{ m, s float64 }{{0, 1}, {0.7, 1}, {0, 1.8}, {-0.5, 0.6}} {
		energy := 2*absolute(c.m, math.Sqrt(1+c.s*c.s)) - absolute(0, math.Sqrt2) - absolute(0, math.Sqrt2*c.s)
		const h = 1.3
		mmd := kernel(0, 2, h, 2) + kernel(0, 2*c.s*c.s, h, 2) - 2*kernel(c.m, 1+c.s*c.s, h, 2)
		for _, m := range []struct {
			measure Measure
			dims    int
			want    float64
		}{{Energy{}, 1, energy}, {MMD{Bandwidth: h}, 2, mmd}} {
			rng := source(8)
			mask := make([]float32, n*m.dims)
			for i := range mask {
				mask[i] = 1
			}
			values := make([]float64, repeats)
			for i := range values {
				x := normals(rng, n, m.dims, 0, 1)
				y := make([]float64, len(x))
				for k := range y { // half of its variance is the row's x
					y[k] = c.m + c.s*(x[k]+rng.NormFloat64())/math.Sqrt2
				}
				values[i] = m.measure.Distance(Pair{m.dims, x, y, mask}, rng)
			}
			mean, stdErr := meanError(values)
			if math.Abs(mean-m.want) > 4*stdErr || stdErr > 0.01 {
				t.Errorf("%s of N(0, 1) and N(%v, %v²) is %v ± %v, expected %v", m.measure.Name(), c.m, c.s, mean, stdErr, m.want)
			}
		}
	}
}

// TestSliced: a shift by a vector v has the mean squared distance |v|²/dims over directions, whatever the samples.
func TestSliced(t *testing.T) {
	x := normals(source(9), 40, 2, 0, 1)
	y, mask := slices.Clone(x), make([]float32, len(x))
	for i := range y {
		y[i], mask[i] = y[i]+3, 1
	}
	got := SlicedWasserstein{Directions: 20000}.Distance(Pair{2, x, y, mask}, source(10))
	if math.Abs(got-3) > 0.05 {
		t.Errorf("a shift by (3, 3) has the distance %v, expected 3", got)
	}
}

// TestMeasureProperties: samples in another order, moved, or exchanged have the same distance; scaled ones as the unit says; and
// padding does not count.
func TestMeasureProperties(t *testing.T) {
	power := map[string]float64{"sliced-wasserstein": 1, "energy": 1, "mmd": 0}
	for _, m := range measures {
		rapid.Check(t, func(t *rapid.T) {
			n, dims := rapid.IntRange(2, 12).Draw(t, "n"), rapid.IntRange(1, 4).Draw(t, "dims")
			rng := source(rapid.Uint64().Draw(t, "seed"))
			p := Pair{dims, normals(rng, n, dims, 0, 1), normals(rng, n, dims, 1, 2), nil}
			p.Mask = slices.Repeat([]float32{1}, n*dims)
			scale := rapid.SampledFrom([]float64{0.5, 1, 4}).Draw(t, "scale")
			other := Pair{dims + 1, nil, nil, nil}
			for _, i := range rng.Perm(n) {
				for d := range dims {
					other.X = append(other.X, scale*(p.X[i*dims+d]+2))
					other.Y = append(other.Y, scale*(p.Y[i*dims+d]+2))
				}
				other.X, other.Y = append(other.X, 0), append(other.Y, 0)
				other.Mask = append(append(other.Mask, slices.Repeat([]float32{1}, dims)...), 0)
			}
			if m.Name() == "sliced-wasserstein" { // directions are drawn for every dimension: compare without the padding
				other = Pair{dims, nil, nil, p.Mask}
				for k := range p.X {
					other.X, other.Y = append(other.X, scale*(p.X[k]+2)), append(other.Y, scale*(p.Y[k]+2))
				}
			}
			a, b := m.Distance(p, source(1)), m.Distance(other, source(1))
			swapped := m.Distance(Pair{other.Dims, other.Y, other.X, other.Mask}, source(1))
			if want := a * math.Pow(scale, power[m.Name()]); math.Abs(b-want) > 1e-9*(1+math.Abs(want)) || math.Abs(b-swapped) > 1e-9*(1+math.Abs(b)) {
				t.Fatalf("%s: %v, then %v, exchanged %v; expected %v", m.Name(), a, b, swapped, want)
			}
		})
	}
}

// TestScoreGaps holds the excess of a scaled denoiser c D* against E|c D* - D*|² = (c-1)² E[D*²], for clean samples and for ones that
// the steps leave with noise.
func TestScoreGaps(t *testing.T) {
	s := sampler(t, 5)
	const size, c = 4000, 1.3
	for _, end := range []float64{0, 0.1} {
		all, err := s.ScoreGaps(scalar(c), scalar(1), reach(size, end, 11), []float64{0.9, 0.4, 0.2}, source(12))
		if err != nil {
			t.Fatal(err)
		}
		var mean float64
		for _, g := range all.At {
			alpha, sigma := sde.VP{}.Kernel(g.Time)
			v := std0 * std0
			total := alpha*alpha*v + sigma*sigma
			want := (c - 1) * (c - 1) * (mean0*mean0 + alpha*alpha*v*v/total)
			if math.Abs(g.Excess-want) > 4*g.StdErr || g.StdErr > 0.02 || math.Abs(g.Policy-g.Reference-g.Excess) > 1e-9 {
				t.Errorf("end %v, t = %v: excess %v ± %v, expected %v", end, g.Time, g.Excess, g.StdErr, want)
			}
			if floor := v * sigma * sigma / total; end == 0 && math.Abs(g.Reference-floor) > 0.02 {
				t.Errorf("t = %v: the exact denoiser's loss is %v, expected %v", g.Time, g.Reference, floor)
			}
			mean += g.Excess / 3
		}
		if math.Abs(mean-all.Excess) > 1e-9 || !(all.StdErr > 0) {
			t.Errorf("mean %v ± %v, expected %v", all.Excess, all.StdErr, mean)
		}
	}
	same, err := s.ScoreGaps(scalar(1), scalar(1), reach(50, 0, 11), nil, source(12))
	if err != nil || same.Excess != 0 || len(same.At) != 4 {
		t.Errorf("against itself: %+v, %v", same, err)
	}
	if _, err := s.ScoreGaps(scalar(1), scalar(1), reach(50, 0.1, 11), []float64{0.1}, source(12)); err == nil {
		t.Error("a time at which the samples are finished is taken")
	}
}
