package gauss_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keel/task/gauss"
)

func reward(t fatal, name string, target ...float64) gauss.Reward {
	r, err := gauss.RewardByName(name, target)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRewardNames(t *testing.T) {
	names := gauss.RewardNames()
	if !slices.Equal(names, []string{"non-smooth", "smooth", "sparse"}) {
		t.Errorf("rewards %v", names)
	}
	for _, name := range names {
		if got := reward(t, name, 1).Name(); got != name {
			t.Errorf("reward %q is called %q", name, got)
		}
	}
	if _, err := gauss.RewardByName("rough", nil); err == nil || err.Error() != `reward "rough": expected one of non-smooth, smooth, sparse` {
		t.Errorf("an unknown reward: %v", err)
	}
}

func TestRewardsAt(t *testing.T) {
	for name, want := range map[string]float64{"smooth": -(0.25 + 4), "non-smooth": -2.5, "sparse": 0} {
		r := reward(t, name, 1, -1)
		if got := r.At([]float64{1.5, 1}); math.Abs(got-want) > 1e-15 {
			t.Errorf("%s: %v, expected %v", name, got, want)
		}
		if got := r.At([]float64{1, -1}); got != r.Most() {
			t.Errorf("%s: %v at the target, the most is %v", name, got, r.Most())
		}
	}
	box := reward(t, "sparse", 1, -1)
	for _, c := range []struct{ x, y, want float64 }{{1.49, -1.49, 1}, {1.51, -1, 0}, {1, -0.49, 0}} {
		if got := box.At([]float64{c.x, c.y}); got != c.want {
			t.Errorf("the box has %v at %v, %v", got, c.x, c.y)
		}
	}
}

// under is E[f(x)] for x ~ N(mean, std²), by quadrature split where a reward about the target is not smooth.
func under(mean, std, target float64, f func(x float64) float64) float64 {
	const reach = 12
	cuts := []float64{mean - reach*std, mean + reach*std}
	for _, c := range []float64{target - 0.5, target, target + 0.5} {
		if c > cuts[0] && c < mean+reach*std {
			cuts = append(cuts, c)
		}
	}
	slices.Sort(cuts)
	var sum float64
	for i := 1; i < len(cuts); i++ {
		// Inside of the cuts: the reward at a cut itself belongs to one side only.
		const inside = 1e-12
		sum += integral(cuts[i-1]+inside, cuts[i]-inside, func(x float64) float64 {
			u := (x - mean) / std
			return f(x) * math.Exp(-u*u/2) / std / math.Sqrt(2*math.Pi)
		})
	}
	return sum
}

// TestRewardsUnderAGaussian: E[R] and log E[exp(R/beta)] in one dimension, by quadrature.
func TestRewardsUnderAGaussian(t *testing.T) {
	for _, name := range gauss.RewardNames() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				mean, std := rapid.Float64Range(-2, 2).Draw(t, "mean"), rapid.Float64Range(0.1, 1.5).Draw(t, "std")
				target, beta := rapid.Float64Range(0, 2).Draw(t, "target"), rapid.Float64Range(0.1, 3).Draw(t, "beta")
				r := reward(t, name, target)
				at := func(x float64) float64 { return r.At([]float64{x}) }
				if got, want := r.Mean([]float64{mean}, std), under(mean, std, target, at); math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
					t.Fatalf("E[R] = %v, by quadrature %v", got, want)
				}
				want := math.Log(under(mean, std, target, func(x float64) float64 { return math.Exp(at(x) / beta) }))
				if got := r.LogMean([]float64{mean}, std, beta); math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
					t.Fatalf("log E[exp(R/beta)] = %v, by quadrature %v", got, want)
				}
			})
		})
	}
}

// TestRewardsInThreeDimensions: the same by sampling, for how dimensions are put together.
func TestRewardsInThreeDimensions(t *testing.T) {
	const n, std, beta = 200_000, 0.5, 1.5
	mean := []float64{0.4, -0.2, 0.1}
	x := gauss.Mixture{Weights: []float64{1}, Means: [][]float64{mean}, Std: std}.Sample(rand.New(rand.NewPCG(5, 6)), n)
	for _, name := range gauss.RewardNames() {
		r := reward(t, name, 0.3, 0, 0.2)
		var sums, squares [2]float64
		for b := range n {
			v := r.At(x[3*b : 3*b+3])
			for i, y := range [2]float64{v, math.Exp(v / beta)} {
				sums[i], squares[i] = sums[i]+y/n, squares[i]+y*y/n
			}
		}
		for i, got := range [2]float64{r.Mean(mean, std), math.Exp(r.LogMean(mean, std, beta))} {
			if stdErr := math.Sqrt((squares[i] - sums[i]*sums[i]) / n); math.Abs(got-sums[i]) > 4*stdErr {
				t.Errorf("%s, %s: %v, by sampling %v ± %v", name, [2]string{"E[R]", "E[exp(R/beta)]"}[i], got, sums[i], stdErr)
			}
		}
	}
}

// TestRewardsFarOut: closed forms stay finite and right where naive ones under- or overflow.
func TestRewardsFarOut(t *testing.T) {
	for _, name := range gauss.RewardNames() {
		for _, c := range []struct{ mean, std, beta float64 }{{50, 0.3, 0.2}, {-50, 0.3, 0.01}, {0, 0.3, 1e-4}, {1, 5, 1e-3}, {1e3, 1, 1e-2}} {
			r := reward(t, name, 1)
			m, l := r.Mean([]float64{c.mean}, c.std), r.LogMean([]float64{c.mean}, c.std, c.beta)
			if math.IsNaN(m) || math.IsInf(m, 0) || math.IsNaN(l) || math.IsInf(l, 0) {
				t.Errorf("%s at %+v: %v and %v", name, c, m, l)
			}
			if low, high := m/c.beta, r.Most()/c.beta; l < low-1e-6*(1+math.Abs(low)) || l > high+1e-9 { // Jensen, and the largest reward
				t.Errorf("%s at %+v: log E[exp(R/beta)] = %v outside of [%v, %v]", name, c, l, low, high)
			}
		}
	}
	// P(1.5 < x < 2.5) for x ~ N(0, 0.1²) is P(15 < u < 25): exp(-u²/2) / (u sqrt(2 pi)) (1 - 1/u² + 3/u⁴ - ...) at 15.
	p := reward(t, "sparse", 2).Mean([]float64{0}, 0.1)
	want := math.Exp(-112.5) / 15 / math.Sqrt(2*math.Pi) * (1 - 1/225.0 + 3/50625.0 - 15/11390625.0)
	if !(math.Abs(p/want-1) < 1e-6) {
		t.Errorf("the probability 15 deviations out is %v, expected %v", p, want)
	}
	if mirrored := reward(t, "sparse", -2).Mean([]float64{0}, 0.1); mirrored != p {
		t.Errorf("%v on the left, %v on the right", mirrored, p)
	}
	// About the target of the absolute reward the tails' form and the error function's must meet: u = -30.
	r := reward(t, "non-smooth", 0)
	at := func(c float64) float64 { return r.LogMean([]float64{0}, 1, 1/c) }
	if slope, next := at(30)-at(29.99), at(30.01)-at(30); math.Abs(slope-next) > 1e-5 {
		t.Errorf("log E[exp(R/beta)] bends by %v where the forms meet", next-slope)
	}
}

// TestStartAndOptimum holds both against quadrature over a whole mixture in one and two dimensions.
func TestStartAndOptimum(t *testing.T) {
	const beta = 0.4
	for _, name := range gauss.RewardNames() {
		for _, dims := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, %d dimensions", name, dims), func(t *testing.T) {
				m, target := uneven(dims), []float64{0.7, 0.3}[:dims]
				r := reward(t, name, target...)
				start, tilted := 0.0, 0.0
				const cells = 500 // midpoints, whose cells have edges at the box's
				h := 10.0 / cells
				x := make([]float64, dims)
				var over func(k int)
				over = func(k int) {
					if k == dims {
						p, v := math.Exp(m.LogDensity(x))*math.Pow(h, float64(dims)), r.At(x)
						start, tilted = start+p*v, tilted+p*math.Exp(v/beta)
						return
					}
					for i := range cells {
						x[k] = target[k] + (float64(i)+0.5-cells/2)*h
						over(k + 1)
					}
				}
				over(0)
				if got := gauss.Start(m, r); math.Abs(got-start) > 1e-4*(1+math.Abs(start)) {
					t.Errorf("start %v, by quadrature %v", got, start)
				}
				if got, want := gauss.Optimum(m, r, beta), beta*math.Log(tilted); math.Abs(got-want) > 1e-4*(1+math.Abs(want)) {
					t.Errorf("optimum %v, by quadrature %v", got, want)
				}
			})
		}
	}
}

func TestOptimumIsAboveTheStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.IntRange(1, 64).Draw(t, "dims")
		m := gauss.Ring(dims, rapid.IntRange(1, 8).Draw(t, "modes"), rapid.Float64Range(0.1, 4).Draw(t, "radius"), rapid.Float64Range(0.05, 1).Draw(t, "std"))
		target := make([]float64, dims)
		target[0] = rapid.Float64Range(0, 5).Draw(t, "target")
		r := reward(t, rapid.SampledFrom(gauss.RewardNames()).Draw(t, "reward"), target...)
		beta := math.Exp(rapid.Float64Range(-8, 5).Draw(t, "ln beta"))
		start, optimum := gauss.Start(m, r), gauss.Optimum(m, r, beta)
		if slack := 1e-9 * (1 + math.Abs(start)); !(optimum >= start-slack) || !(optimum <= r.Most()+slack) {
			t.Fatalf("start %v, optimum %v, largest reward %v", start, optimum, r.Most())
		}
	})
}

// TestTilted: the law is normalised, and log p* - log p - R/beta is the same number everywhere, which is -optimum/beta.
func TestTilted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.IntRange(1, 3).Draw(t, "dims")
		beta := rapid.Float64Range(0.05, 3).Draw(t, "beta")
		m, q := uneven(dims), gauss.Quadratic{Target: make([]float64, dims)}
		x := make([]float64, dims)
		for k := range x {
			q.Target[k], x[k] = rapid.Float64Range(-2, 2).Draw(t, "target"), rapid.Float64Range(-3, 3).Draw(t, "x")
		}
		best := gauss.Tilted(m, q, beta)
		if err := best.Check(); err != nil {
			t.Fatal(err)
		}
		got, want := best.LogDensity(x)-m.LogDensity(x)-q.At(x)/beta, -gauss.Optimum(m, q, beta)/beta
		if math.Abs(got-want) > 1e-8*(1+math.Abs(want)) {
			t.Fatalf("log p* - log p - R/beta = %v, expected %v", got, want)
		}
	})
}

// TestProblemCheck: what is refused, in one line each.
func TestProblemCheck(t *testing.T) {
	if err := gauss.DefaultProblem().Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*gauss.Problem){
		"dim = 0":                  func(p *gauss.Problem) { p.Dims = 0 },
		"dim = 65":                 func(p *gauss.Problem) { p.Dims = 65 },
		"modes = 0":                func(p *gauss.Problem) { p.Modes = 0 },
		"radius, std and beta":     func(p *gauss.Problem) { p.Beta = math.NaN() },
		"target":                   func(p *gauss.Problem) { p.Target = math.Inf(1) },
		"steps":                    func(p *gauss.Problem) { p.Steps = 3 },
		"depth":                    func(p *gauss.Problem) { p.Depth = 10 },
		`reward "x": expected one`: func(p *gauss.Problem) { p.Reward = "x" },
		`no solver "euler"`:        func(p *gauss.Problem) { p.Solver = "euler" },
		"solver ddim":              func(p *gauss.Problem) { p.Solver = "ddim" },
	} {
		p := gauss.DefaultProblem()
		change(&p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("expected one line with %q, got %v", want, err)
		}
	}
}
