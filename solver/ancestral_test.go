package solver

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"keel/sde"
)

// bayes gives q(x_s | x_t, x_0) as the product of two Gaussians in x_s: the prior N(alpha_s x_0, sigma_s²) and the likelihood of
// x_t = a x_s + noise of variance v, with a and v integrated from the SDE's own coefficients rather than from its kernel.
func bayes(p sde.Process, t, s, xt, x0 float64) (mean, variance float64) {
	const n = 4000
	dt := (t - s) / n
	var logA, v float64 // of x_t = exp(logA) x_s + N(0, v)
	for k := range n {  // Euler at midpoints, second order
		f, g2 := p.Coefficients(s + (float64(k)+0.5)*dt)
		v = v*math.Exp(2*f*dt) + g2*dt*math.Exp(f*dt)
		logA += f * dt
	}
	a := math.Exp(logA)
	alpha, sigma := p.Kernel(s)
	precision := 1/(sigma*sigma) + a*a/v
	return (alpha*x0/(sigma*sigma) + a*xt/v) / precision, 1 / precision
}

func TestAncestralIsTheBayesianPosterior(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProcess(t)
		s := rapid.Float64Range(0.02, 0.9).Draw(t, "s")
		from := s + rapid.Float64Range(0.005, 1).Draw(t, "gap")*(0.95-s)
		xt, x0 := rapid.Float64Range(-3, 3).Draw(t, "x_t"), rapid.Float64Range(-3, 3).Draw(t, "x_0")
		step := posterior(p, from, s)
		mean, variance := bayes(p, from, s, xt, x0)
		if got := step.X*xt + step.D*x0; math.Abs(got-mean) > 1e-3 {
			t.Fatalf("mean %v, Bayes' rule gives %v", got, mean)
		}
		if got := step.Std * step.Std; math.Abs(got-variance) > 1e-3*variance+1e-9 {
			t.Fatalf("variance %v, Bayes' rule gives %v", got, variance)
		}
		if step.From != from || step.To != s {
			t.Fatalf("the step says %v -> %v", step.From, step.To)
		}
	})
}

func TestLastStepReturnsTheEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Float64Range(1e-4, 1).Draw(t, "t")
		step := posterior(anyProcess(t), from, 0)
		if step.X != 0 || step.Std != 0 || math.Abs(step.D-1) > 1e-12 {
			t.Fatalf("step %v -> 0 is %+v", from, step)
		}
	})
}
