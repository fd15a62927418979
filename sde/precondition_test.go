package sde

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestPreconditioningIsThePapers at alpha = 1, where the paper's formulas hold as they stand (table 1, sigma_data 0.5).
func TestPreconditioningIsThePapers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.Float64Range(0.002, 80).Draw(t, "sigma")
		got := Preconditioning{}.At(1, s)
		want := Scales{Skip: 0.25 / (s*s + 0.25), Out: s * 0.5 / math.Sqrt(0.25+s*s), In: 1 / math.Sqrt(s*s+0.25), Noise: math.Log(s) / 4}
		for _, pair := range [][2]float64{{got.Skip, want.Skip}, {got.Out, want.Out}, {got.In, want.In}, {got.Noise, want.Noise}} {
			if !near(pair[0], pair[1], 1e-12) {
				t.Fatalf("sigma %v: %+v, the paper has %+v", s, got, want)
			}
		}
	})
}

// TestPreconditioningKnowsOnlyTheLevel: x_t and x_t / alpha describe the same state, so the estimate is the same.
func TestPreconditioningKnowsOnlyTheLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alpha, sigma := rapid.Float64Range(0.01, 1).Draw(t, "alpha"), rapid.Float64Range(0.01, 100).Draw(t, "sigma")
		c := Preconditioning{Data: rapid.Float64Range(0.1, 3).Draw(t, "data")}
		a, b := c.At(alpha, sigma), c.At(1, sigma/alpha)
		if !near(a.Skip*alpha, b.Skip, 1e-12) || !near(a.In*alpha, b.In, 1e-12) || !near(a.Out, b.Out, 1e-12) || !near(a.Noise, b.Noise, 1e-12) {
			t.Fatalf("%+v at alpha %v, %+v at 1", a, alpha, b)
		}
	})
}

// TestPreconditioningGivesUnitVariance simulates input and target of the raw network. That they are uncorrelated is what makes
// Out the smallest possible (the paper's eq. 131 to 138).
func TestPreconditioningGivesUnitVariance(t *testing.T) {
	const n, data = 40000, 0.7
	forAll(t, func(t *testing.T, p Process) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, at := range []float64{0.05, 0.5, 1} {
			alpha, sigma := p.Kernel(at)
			c := Preconditioning{Data: data}.At(alpha, sigma)
			var in, target, both float64
			for range n {
				x0 := data * rng.NormFloat64()
				xt := alpha*x0 + sigma*rng.NormFloat64()
				u, v := c.In*xt, (x0-c.Skip*xt)/c.Out
				in, target, both = in+u*u/n, target+v*v/n, both+u*v/n
			}
			if math.Abs(in-1) > 0.03 || math.Abs(target-1) > 0.03 || math.Abs(both) > 0.02 { // standard errors 0.007 and 0.005
				t.Errorf("t = %v: variances %v and %v, covariance %v; expected 1, 1, 0", at, in, target, both)
			}
		}
	})
}

func TestPreconditioningAtTheEnds(t *testing.T) {
	if got, want := (Preconditioning{}).At(1, 0), (Scales{Skip: 1, Out: 0, In: 2, Noise: -5}); got != want {
		t.Errorf("without noise: %+v, expected %+v", got, want)
	}
	if got, want := (Preconditioning{}).At(0, 1), (Scales{Skip: 0, Out: 0.5, In: 1, Noise: 5}); got != want {
		t.Errorf("without data: %+v, expected %+v", got, want)
	}
}
