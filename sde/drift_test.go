package sde

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// posterior gives x̂_0 = E[x_0 | x_t] = k x_t + c for data N(m, v), by conditioning the joint Gaussian of x_0 and x_t.
func posterior(alpha, sigma, m, v float64) (k, c float64) {
	k = alpha * v / (alpha*alpha*v + sigma*sigma)
	return k, m - k*alpha*m
}

// slope is the derivative of F at t by central differences.
func slope(at float64, f func(t float64) float64) float64 {
	const h = 1e-6
	return (f(at+h) - f(at-h)) / (2 * h)
}

// TestDriftsCarryTheMarginals: with the exact denoiser of Gaussian data the marginal of x_t is N(alpha m, alpha² v + sigma²). A drift
// A x + b moves a Gaussian's mean by A mean + b, and its variance by 2 A variance for the ODE; for the SDE run backwards the noise
// takes g² from that slope, as time runs against it.
func TestDriftsCarryTheMarginals(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		rapid.Check(t, func(t *rapid.T) {
			at := rapid.Float64Range(0.01, 0.99).Draw(t, "t")
			m, v := rapid.Float64Range(-2, 2).Draw(t, "mean"), rapid.Float64Range(0.2, 3).Draw(t, "variance")
			mean := func(t float64) float64 { a, _ := p.Kernel(t); return a * m }
			variance := func(t float64) float64 { a, s := p.Kernel(t); return a*a*v + s*s }
			alpha, sigma := p.Kernel(at)
			k, c := posterior(alpha, sigma, m, v)
			_, g2 := p.Coefficients(at)
			for name, drift := range map[string]struct {
				of    func(Process, float64) (x, d float64)
				noise float64
			}{"flow": {FlowDrift, 0}, "reverse": {ReverseDrift, g2}} {
				x, d := drift.of(p, at)
				a, b := x+d*k, d*c
				if got, want := a*mean(at)+b, slope(at, mean); !near(got, want, 1e-4) {
					t.Fatalf("%s: the mean moves by %v, the marginal's by %v", name, got, want)
				}
				if got, want := 2*a*variance(at)-drift.noise, slope(at, variance); !near(got, want, 1e-4) {
					t.Fatalf("%s: the variance moves by %v, the marginal's by %v", name, got, want)
				}
			}
		})
	})
}

// TestFlowDriftIsTheSlopeOfThePath: dx_t/dt along a fixed x_0 and eps is d alpha/dt x_0 + d sigma/dt eps.
func TestFlowDriftIsTheSlopeOfThePath(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		rapid.Check(t, func(t *rapid.T) {
			at := rapid.Float64Range(0.01, 0.99).Draw(t, "t")
			x0, eps := rapid.Float64Range(-3, 3).Draw(t, "x_0"), rapid.Float64Range(-3, 3).Draw(t, "eps")
			path := func(t float64) float64 { a, s := p.Kernel(t); return a*x0 + s*eps }
			x, d := FlowDrift(p, at)
			if got, want := x*path(at)+d*x0, slope(at, path); !near(got, want, 1e-3) {
				t.Fatalf("drift %v, slope of the path %v", got, want)
			}
		})
	})
}

func TestFlowVelocityIsFlowsDrift(t *testing.T) {
	for _, at := range []float64{0.01, 0.4, 1} {
		x, d := FlowDrift(Flow{}, at)
		wantX, wantD := FlowVelocity.From(Flow{}.Kernel(at))
		if math.Abs(x-wantX) > 1e-12*math.Abs(x) || math.Abs(d-wantD) > 1e-12*math.Abs(d) {
			t.Errorf("t = %v: drift %v x + %v D, velocity %v x + %v D", at, x, d, wantX, wantD)
		}
	}
}
