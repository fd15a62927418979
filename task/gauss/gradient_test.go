package gauss

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keel/nn"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %v, want %v within %v", what, got, want, within)
	}
}

// TestGradientPoint: numbers worked out by hand.
func TestGradientPoint(t *testing.T) {
	p := newGradientPoint(8, [][]float64{{1, 0}, {0, 1}, {1, 1}}, []float64{1, 1})
	near(t, "cosine", p.Cosine.Value, (1+math.Sqrt2)/3, 1e-12)
	near(t, "error of the cosine", p.Cosine.Error, (1-math.Sqrt2/2)/3, 1e-12)
	near(t, "spread", p.Spread, (1-math.Sqrt2/2)/math.Sqrt(3), 1e-12)
	near(t, "variance", p.Variance.Value, 1./3, 1e-12)
	near(t, "bias", p.Bias.Value, 0, 1e-12) // errors (0 -1), (-1 0) and (0 0): no pair of them has a product
	p = newGradientPoint(8, [][]float64{{1, 0}, {1, 1}, {1, -1}}, []float64{2, 0})
	near(t, "bias", p.Bias.Value, math.Sqrt(1./6), 1e-12)
	if p := newGradientPoint(8, [][]float64{{0, 0}, {1, 0}, {0, 0}}, []float64{2, 0}); p.Cosine.Value != 1./3 {
		t.Errorf("an estimate of zero makes the cosine %v", p.Cosine.Value)
	}
}

// TestGradientPointErrors: over many repetitions the standard errors are those that the numbers show, and the bias is found under noise.
func TestGradientPointErrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	exact := []float64{3, 0, -4, 0, 0}
	const repeats, updates = 400, 20
	var values, errors [3][]float64
	for range repeats {
		list := make([][]float64, updates)
		for i := range list {
			list[i] = slices.Clone(exact)
			for k := range list[i] {
				list[i][k] += rng.NormFloat64()
			}
			list[i][1] += 2 // a bias of 0.4
		}
		p := newGradientPoint(8, list, exact)
		for k, m := range []Measure{p.Cosine, p.Variance, p.Bias} {
			values[k], errors[k] = append(values[k], m.Value), append(errors[k], m.Error)
		}
	}
	near(t, "variance", meanOf(values[1]).Value, 5./25, 4*meanOf(values[1]).Error)
	near(t, "bias", meanOf(values[2]).Value, 0.4, 0.01)
	for k, what := range []string{"cosine", "variance", "bias"} {
		shown := meanOf(values[k]).Error * math.Sqrt(repeats)
		near(t, "error of the "+what, meanOf(errors[k]).Value, shown, 0.15*shown)
	}
}

// smallTest is fast.
func smallTest(progress float64, samples ...int) GradientTest {
	return GradientTest{Dims: 2, Steps: 4, Beta: 0.2, Progress: progress, Samples: samples, Seeds: []uint64{1, 2, 3}, Repeats: 3,
		Fit: GradientFit{States: 256, Critic: 30, Actor: 8, Rate: 0.1}}
}

func runGradient(t *testing.T, g GradientTest) *GradientResult {
	t.Helper()
	t.Setenv("KEEL_BACKEND", "go")
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	r, err := g.Run(context.Background(), e, func() { count++ })
	if err != nil {
		t.Fatal(err)
	}
	if count != g.Updates() {
		t.Errorf("progress was told %d times, want %d", count, g.Updates())
	}
	return r
}

// TestGradientUnits: estimates come in the unit of the exact gradient. Without a fitted critic, what has no bias shows none, and what has one shows
// the one that the closed form says it has; fitted ones, at a consistent policy, point the right way at about the right length.
func TestGradientUnits(t *testing.T) {
	for _, progress := range []float64{0, 0.6} {
		r := runGradient(t, smallTest(progress, 256))
		if consistent := r.Limit < 0.05; consistent != (progress == 0) {
			t.Fatalf("at a progress of %v, perturbation states have a bias of %v", progress, r.Limit)
		}
		for _, c := range r.Curves {
			p := c.Points[0]
			t.Logf("%-50s cosine %.3f variance %.3f bias %.3f ± %.3f", c.Label, p.Cosine.Value, p.Variance.Value, p.Bias.Value, p.Bias.Error)
			want, within := 0.0, 3*p.Bias.Error+0.02
			switch {
			case c.Critic != "exact" && progress > 0: // no power
				continue
			case c.Critic == "fitted":
				want, within = 0.2, 0.25
			case c.States == "perturbation":
				want = r.Limit
			}
			near(t, c.Label+": bias", p.Bias.Value, want, within)
			if p.Bias.Error > 0.3 || p.Cosine.Value < 0.6 {
				t.Errorf("%s: the bias has an error of %v, the cosine is %v: no power", c.Label, p.Bias.Error, p.Cosine.Value)
			}
		}
	}
}

// TestGradientProgress: the policy is where it was asked to be, also in many dimensions, and the pre-trained model is nearly consistent.
func TestGradientProgress(t *testing.T) {
	t.Setenv("KEEL_BACKEND", "go")
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []GradientTest{
		{Dims: 1, Steps: 10, Beta: 0.2, Progress: 0.8}, {Dims: 4, Steps: 10, Beta: 1, Progress: 0.5}, {Dims: 4, Steps: 40, Beta: 0.02, Progress: 0.8},
		{Dims: 16, Steps: 10, Beta: 0.2, Progress: 0.5},
	} {
		g.Samples, g.Fit = []int{8}, DefaultGradientTest().Fit
		b, err := g.open(e)
		if err != nil {
			t.Errorf("%+v: %v", g, err)
			continue
		}
		start := b.task.Path(make([]float64, b.task.Size())).Objective(g.Beta)
		near(t, "progress", (b.path.Objective(g.Beta)-start)/(b.task.Optimum(g.Beta).Objective-start), g.Progress, 0.011)
	}
}

// TestGradientRepeats: equal seeds give equal numbers, also without an anchor.
func TestGradientRepeats(t *testing.T) {
	g := smallTest(0, 4)
	g.Seeds, g.Repeats, g.Beta = g.Seeds[:1], 3, 0
	if diff := cmp.Diff(runGradient(t, g), runGradient(t, g)); diff != "" {
		t.Errorf("two runs differ: %s", diff)
	}
}

func TestGradientRefusals(t *testing.T) {
	for name, spoil := range map[string]func(g *GradientTest){
		"no dimensions": func(g *GradientTest) { g.Dims = 0 }, "1000 dimensions": func(g *GradientTest) { g.Dims = 1000 },
		"beta": func(g *GradientTest) { g.Beta = math.NaN() }, "no samples": func(g *GradientTest) { g.Samples = nil },
		"one sample": func(g *GradientTest) { g.Samples = []int{1} }, "falling samples": func(g *GradientTest) { g.Samples = []int{16, 8} },
		"two updates": func(g *GradientTest) { g.Seeds, g.Repeats = g.Seeds[:2], 1 }, "seeds twice": func(g *GradientTest) { g.Seeds = []uint64{1, 1, 2} },
		"progress": func(g *GradientTest) { g.Progress = 1 }, "one step": func(g *GradientTest) { g.Steps = 1 },
		"no fit": func(g *GradientTest) { g.Fit.Critic = 0 },
	} {
		g := DefaultGradientTest()
		spoil(&g)
		if g.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := DefaultGradientTest().Check(); err != nil {
		t.Error(err)
	}
}
