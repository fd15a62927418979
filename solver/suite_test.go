package solver

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"keel/sde"
)

// everyPair runs a test for each registered solver on each registered process.
func everyPair(t *testing.T, test func(t *testing.T, v Solver, facts Facts, p sde.Process)) {
	for _, name := range Names() {
		v, err := ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		facts := registered[name].facts
		for _, process := range sde.Names() {
			p, err := sde.ByName(process)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(name+"/"+process, func(t *testing.T) { test(t, v, facts, p) })
		}
	}
}

// TestEveryChainConverges: mean and variance of x_0 tend to the data's, at the stated order.
func TestEveryChainConverges(t *testing.T) {
	everyPair(t, func(t *testing.T, v Solver, facts Facts, p sde.Process) {
		d := data{Mean: 1.3, Std: 0.6}
		coarse, fine := d.errorAt(v, p, 800), d.errorAt(v, p, 1600)
		if order := math.Log2(coarse / fine); math.Abs(order-facts.Order) > 0.16 {
			t.Errorf("from 800 to 1600 steps the error falls from %.2g to %.2g, with order %.2f; %v is stated", coarse, fine, order, facts.Order)
		} else {
			t.Logf("order %.2f, error %.2g", order, fine)
		}
		if fine > 0.02 {
			t.Errorf("1600 steps: the error of mean and variance is %v", fine)
		}
		mean, variance := d.walk(p, v.Steps(p, sde.KarrasGrid(p, 1600, 7, 0.002, 1000)))
		if math.Abs(mean-d.Mean) > 0.02 || math.Abs(variance-d.Std*d.Std) > 0.02 {
			t.Errorf("1600 steps: mean %v and variance %v, the data's are %v and %v", mean, variance, d.Mean, d.Std*d.Std)
		}
	})
}

// TestEveryChainIsWhole: on any grid the steps follow each other from the first time to the last, are finite, and end with the denoised estimate.
func TestEveryChainIsWhole(t *testing.T) {
	everyPair(t, func(t *testing.T, v Solver, facts Facts, p sde.Process) {
		for _, name := range sde.Grids() {
			grid, err := sde.GridByName(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{1, 2, 7, 40, 1000} {
				times := grid(p, n, 0.01, 40)
				checkChain(t, v.Steps(p, times), times)
			}
		}
	})
}

// floored has noise left at t = 0, as Song et al.'s VE has.
type floored struct{ sde.VP }

func (p floored) Kernel(t float64) (alpha, sigma float64) {
	alpha, sigma = p.VP.Kernel(t)
	return alpha, math.Hypot(sigma, 0.05)
}

// TestEveryVariantIsWhole: settings that are not defaults, and a process that is not clean at its end.
func TestEveryVariantIsWhole(t *testing.T) {
	variants := []Solver{
		Heun{Churn: 40}, Heun{Churn: 1e3}, DDIM{Eta: 1}, DDIM{Eta: 10}, FlowGRPO{Level: 10}, DanceGRPO{Eta: 10},
		PC{Predictor: EulerMaruyama{}, Corrector: AnnealedLangevin{}, Repeats: 3}, PC{Predictor: Heun{Churn: 40}},
	}
	for _, name := range Names() {
		v, _ := ByName(name)
		variants = append(variants, v)
	}
	for _, v := range variants {
		for _, p := range []sde.Process{sde.Flow{}, sde.VE{}, floored{}} {
			t.Run(v.Name()+"/"+p.Name(), func(t *testing.T) {
				for _, n := range []int{1, 5, 50} {
					grid := sde.UniformGrid(n)
					checkChain(t, v.Steps(p, grid), grid)
				}
			})
		}
	}
}

func checkChain(t *testing.T, steps []Step, grid []float64) {
	t.Helper()
	now := grid[0]
	reached := map[float64]bool{now: true}
	for i, s := range steps {
		if s.From != now {
			t.Fatalf("step %d begins at %v, the one before ended at %v", i, s.From, now)
		}
		now = s.To
		reached[now] = true
		values := []float64{s.X, s.D, s.Prev, s.Std}
		if s.Second != nil {
			values = append(values, s.Second.X, s.Second.D, s.Second.D2)
			if s.Std != 0 {
				t.Fatalf("step %d has two stages and noise", i)
			}
		}
		for _, c := range values {
			if math.IsNaN(c) || math.IsInf(c, 0) {
				t.Fatalf("%d intervals, step %d: %+v %+v", len(grid)-1, i, s, s.Second)
			}
		}
		if s.Std < 0 || s.From < 0 || s.From > 1 {
			t.Fatalf("step %d: %+v", i, s)
		}
	}
	for _, at := range grid {
		if !reached[at] {
			t.Errorf("no step leads to the grid's %v", at)
		}
	}
	if last := steps[len(steps)-1]; last.To != 0 || last != (Step{From: last.From, D: 1}) {
		t.Errorf("the last step is %+v", last)
	}
}

// TestNoiseIsStated: a noisy solver that has policies gives one for every step that moves by the denoiser and ends above t = 0; a
// deterministic one has no variance anywhere.
func TestNoiseIsStated(t *testing.T) {
	everyPair(t, func(t *testing.T, v Solver, facts Facts, p sde.Process) {
		steps := v.Steps(p, sde.KarrasGrid(p, 20, 7, 0.01, 40))
		var noisy int
		for _, s := range steps {
			if s.Std > 0 {
				noisy++
			}
		}
		if (noisy > 0) != facts.Noisy {
			t.Errorf("%d of %d steps are noisy, Noisy = %v is stated", noisy, len(steps), facts.Noisy)
		}
		if list, err := Policies(steps, "a test"); err == nil && noisy < len(steps)-1 {
			t.Errorf("%d of %d steps are noisy, %d are policies", noisy, len(steps), len(list))
		}
	})
}

// TestOneEstimateIsExact: where the data are one point, x̂_0 never changes, and solvers that are exact for a constant
// x̂_0 keep the marginals on any grid.
func TestOneEstimateIsExact(t *testing.T) {
	exact := []Solver{Ancestral{}, DDIM{}, DDIM{Eta: 0.5}, DDIM{Eta: 1}, DDIM{Eta: 4}, DPM2M{}, SDEDPM2M{}, Heun{}, Heun{Churn: 40}}
	rapid.Check(t, func(t *rapid.T) {
		p, v := anyProcess(t), rapid.SampledFrom(exact).Draw(t, "solver")
		d := data{Mean: rapid.Float64Range(-3, 3).Draw(t, "x_0")}
		grid := []float64{1}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			grid = append(grid, grid[len(grid)-1]*rapid.Float64Range(0.3, 0.95).Draw(t, "ratio"))
		}
		mean, variance := d.walk(p, v.Steps(p, grid))
		wantMean, want := d.marginal(p, grid[len(grid)-1])
		if math.Abs(mean-wantMean) > 1e-9 || math.Abs(variance/want-1) > 1e-9 {
			t.Fatalf("%s on %s: mean %v and variance %v, the marginal has %v and %v", v.Name(), p.Name(), mean, variance, wantMean, want)
		}
	})
}

// TestFewSteps measures what docs/solvers.md tells of 20 and 100 steps, and that a second order pays there already.
func TestFewSteps(t *testing.T) {
	d := data{Mean: 1.3, Std: 0.6}
	for _, p := range []sde.Process{sde.VP{}, sde.Flow{}} {
		errors := map[string]float64{}
		for _, name := range Names() {
			v, _ := ByName(name)
			var variance [2]float64
			for i, n := range []int{20, 100} {
				_, variance[i] = d.walk(p, v.Steps(p, sde.KarrasGrid(p, n, 7, 0.01, 40)))
			}
			errors[name] = math.Abs(variance[0]/0.36 - 1)
			t.Logf("%s %s: variance off by %+.1f %% and %+.1f %%", p.Name(), name, 100*(variance[0]/0.36-1), 100*(variance[1]/0.36-1))
		}
		for _, pair := range [][2]string{{"dpm++2m", "ddim"}, {"heun", "ddim"}, {"sde-dpm++2m", "ancestral"}} {
			if errors[pair[0]] > errors[pair[1]]/2 {
				t.Errorf("%s, 20 steps: %s errs by %v, %s by %v", p.Name(), pair[0], errors[pair[0]], pair[1], errors[pair[1]])
			}
		}
	}
}
