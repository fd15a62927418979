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
		p := sde.VP{}
		s := rapid.Float64Range(0.005, 0.98).Draw(t, "s")
		from := s + rapid.Float64Range(0.005, 1).Draw(t, "gap")*(1-s)
		xt, x0 := rapid.Float64Range(-3, 3).Draw(t, "x_t"), rapid.Float64Range(-3, 3).Draw(t, "x_0")
		step := Ancestral{}.Step(p, from, s)
		mean, variance := bayes(p, from, s, xt, x0)
		if got := step.X*xt + step.D*x0; math.Abs(got-mean) > 1e-4 {
			t.Fatalf("mean %v, Bayes' rule gives %v", got, mean)
		}
		if got := step.Std * step.Std; math.Abs(got-variance) > 1e-4*variance+1e-9 {
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
		step := Ancestral{}.Step(sde.VP{}, from, 0)
		if step.X != 0 || step.Std != 0 || math.Abs(step.D-1) > 1e-12 {
			t.Fatalf("step %v -> 0 is %+v", from, step)
		}
	})
}

// chain propagates mean and variance of the sampler through the steps, with the exact denoiser of data N(m, s²), which is linear.
func chain(p sde.Process, n int, m, s float64) (mean, variance float64) {
	grid := sde.KarrasGrid(p, n, 5, 0.01, 1000)
	alpha, sigma := p.Kernel(1)
	mean, variance = alpha*m, alpha*alpha*s*s+sigma*sigma // started from x_1's own law, so that the steps are all that errs
	for _, step := range Steps(Ancestral{}, p, grid) {
		alpha, sigma := p.Kernel(step.From)
		total := alpha*alpha*s*s + sigma*sigma
		slope := step.X + step.D*alpha*s*s/total
		mean = slope*mean + step.D*sigma*sigma*m/total
		variance = slope*slope*variance + step.Std*step.Std
	}
	return mean, variance
}

// TestVarianceConvergesAtFirstOrder: the mean is exact at any number of steps, for every step's mean is the posterior's; the
// variance lacks each step's posterior variance of x_0, which vanishes as 1/steps.
func TestVarianceConvergesAtFirstOrder(t *testing.T) {
	const m, s = 1.3, 0.6
	var before float64
	for _, n := range []int{50, 100, 200, 400, 800} {
		mean, variance := chain(sde.VP{}, n, m, s)
		if math.Abs(mean-m) > 1e-9 {
			t.Errorf("%d steps: mean %v, the data's is %v", n, mean, m)
		}
		wrong := s*s - variance
		// The last step to 0 leaves out about 0.01² of variance, whatever the number of steps.
		wrong -= 1e-4
		if before != 0 {
			if order := math.Log2(before / wrong); !(order > 0.85 && order < 1.15) {
				t.Errorf("%d steps: the variance's error %v falls with order %v, expected 1", n, wrong, order)
			}
		}
		before = wrong
	}
	if before > 0.01 {
		t.Errorf("800 steps: the variance's error is %v", before)
	}
}

func TestStepsFollowTheGrid(t *testing.T) {
	grid := sde.KarrasGrid(sde.VP{}, 7, 5, 0.01, 40)
	steps := Steps(Ancestral{}, sde.VP{}, grid)
	if len(steps) != 7 {
		t.Fatalf("%d steps, expected 7", len(steps))
	}
	for i, s := range steps {
		if s.From != grid[i] || s.To != grid[i+1] || (s.Std > 0) != (i < 6) {
			t.Errorf("step %d is %+v, between %v and %v", i, s, grid[i], grid[i+1])
		}
	}
}
