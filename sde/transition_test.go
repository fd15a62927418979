package sde

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestTransitionFromTheDataIsTheKernel: nothing is lost at s = 0, and nothing happens from a time to itself.
func TestTransitionFromTheDataIsTheKernel(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		for _, at := range []float64{0, 0.01, 0.5, 0.99} {
			wantA, wantS := p.Kernel(at)
			if alpha, sigma := Transition(p, 0, at); alpha != wantA || !near(sigma, wantS, 1e-12) {
				t.Errorf("from 0 to %v: %v, %v; the kernel has %v, %v", at, alpha, sigma, wantA, wantS)
			}
			if alpha, sigma := Transition(p, at, at); alpha != 1 || sigma != 0 {
				t.Errorf("from %v to itself: %v, %v", at, alpha, sigma)
			}
		}
	})
}

// TestTransitionsCompose: x_s -> x_u -> x_t has the law of x_s -> x_t (Chapman and Kolmogorov), and perturbing x_0 to s and on to t
// gives the kernel at t.
func TestTransitionsCompose(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		rapid.Check(t, func(t *rapid.T) {
			s := rapid.Float64Range(0, 0.95).Draw(t, "s")
			u := s + (0.98-s)*rapid.Float64Range(0.01, 0.99).Draw(t, "u")
			at := u + (0.99-u)*rapid.Float64Range(0.01, 1).Draw(t, "t")
			a1, s1 := Transition(p, s, u)
			a2, s2 := Transition(p, u, at)
			alpha, sigma := Transition(p, s, at)
			if want := math.Hypot(a2*s1, s2); !near(alpha, a1*a2, 1e-12) || math.Abs(sigma-want) > 1e-6*want {
				t.Fatalf("%v -> %v -> %v: %v, %v; in one go %v, %v", s, u, at, a1*a2, want, alpha, sigma)
			}
			as, ss := p.Kernel(s)
			ka, ks := p.Kernel(at)
			if got := math.Hypot(alpha*ss, sigma); !near(alpha*as, ka, 1e-12) || math.Abs(got-ks) > 1e-9*(1+ks) {
				t.Fatalf("0 -> %v -> %v: %v, %v; the kernel has %v, %v", s, at, alpha*as, got, ka, ks)
			}
			if !(alpha > 0) || alpha > 1 || !(sigma > 0) {
				t.Fatalf("%v -> %v: %v, %v", s, at, alpha, sigma)
			}
		})
	})
}

// TestShortTransitionsFollowTheSDE: over a short time h, alpha is 1 + f h and sigma² is g² h.
func TestShortTransitionsFollowTheSDE(t *testing.T) {
	const h = 1e-5
	forAll(t, func(t *testing.T, p Process) {
		rapid.Check(t, func(t *rapid.T) {
			at := rapid.Float64Range(0.02, 0.9).Draw(t, "t")
			f, g2 := p.Coefficients(at + h/2)
			alpha, sigma := Transition(p, at, at+h)
			if got := (alpha - 1) / h; math.Abs(got-f) > 1e-3*(1+math.Abs(f)) {
				t.Fatalf("alpha falls by %v a unit of time, f = %v", got, f)
			}
			if got := sigma * sigma / h; math.Abs(got-g2) > 2e-3*g2+1e-6*(1+p.Prior()*p.Prior()) {
				t.Fatalf("sigma² rises by %v a unit of time, g² = %v", got, g2)
			}
		})
	})
}
