package sde

import (
	"math"
	"testing"
)

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*(1+math.Abs(want))
}

// TestCosineFollowsThePaper compares alpha² with f(t)/f(0), f = cos²((t+s)/(1+s) pi/2), s = 0.008, up to where the rate is capped.
func TestCosineFollowsThePaper(t *testing.T) {
	f := func(at float64) float64 { return math.Pow(math.Cos((at+0.008)/1.008*math.Pi/2), 2) }
	for _, at := range []float64{0.001, 0.1, 0.5, 0.9, 0.979} {
		alpha, sigma := Cosine{}.Kernel(at)
		if want := f(at) / f(0); !near(alpha*alpha, want, 1e-12) || !near(sigma*sigma, 1-want, 1e-12) {
			t.Errorf("t = %v: alpha² = %v, sigma² = %v; the paper has alpha² = %v", at, alpha*alpha, sigma*sigma, want)
		}
	}
	for _, c := range []struct{ at, rate float64 }{{0.979, 95}, {0.981, 100}, {1, 100}} {
		f, g2 := Cosine{}.Coefficients(c.at)
		if math.Abs(g2-c.rate) > 1.5 || g2 > 100 || f != -g2/2 {
			t.Errorf("t = %v: f = %v, g² = %v; a rate near %v is expected, 100 at most", c.at, f, g2, c.rate)
		}
	}
	if l := NoiseLevel(Cosine{}, 1); math.Abs(l-87) > 1 {
		t.Errorf("the last noise level is %v; the comment says 87", l)
	}
	if l := NoiseLevel(Cosine{MaxRate: 999}, 1); math.Abs(l-870) > 5 {
		t.Errorf("with the paper's cap the last noise level is %v; the comment says 870", l)
	}
}

func TestSubVPSquaresVPsNoise(t *testing.T) {
	for _, at := range []float64{0.01, 0.3, 1} {
		a, s := VP{}.Kernel(at)
		alpha, sigma := SubVP{}.Kernel(at)
		if !near(alpha, a, 1e-14) || !near(sigma, s*s, 1e-14) {
			t.Errorf("t = %v: %v, %v; VP has %v, %v", at, alpha, sigma, a, s)
		}
	}
}

func TestVEDefaults(t *testing.T) {
	alpha, sigma := VE{}.Kernel(0.5) // r = 5000, so sigma² = 1e-4 (5000 - 1)
	if alpha != 1 || !near(sigma, math.Sqrt(0.4999), 1e-12) {
		t.Errorf("kernel at t = 0.5: %v, %v; expected 1, %v", alpha, sigma, math.Sqrt(0.4999))
	}
	if got, want := (VE{}).Prior(), math.Sqrt(2500-1e-4); !near(got, want, 1e-12) {
		t.Errorf("prior %v, expected %v", got, want)
	}
}

func TestEDMDefaults(t *testing.T) {
	alpha, sigma := EDM{}.Kernel(0.25)
	f, g2 := EDM{}.Coefficients(0.25)
	if alpha != 1 || sigma != 20 || f != 0 || g2 != 3200 || (EDM{}).Prior() != 80 {
		t.Errorf("at t = 0.25: alpha %v, sigma %v, f %v, g² %v; expected 1, 20, 0, 3200", alpha, sigma, f, g2)
	}
}

func TestFlowAtItsEnd(t *testing.T) {
	p := Flow{}
	if alpha, sigma := p.Kernel(1); alpha != 0 || sigma != 1 {
		t.Errorf("kernel at t = 1: %v, %v; expected 0, 1", alpha, sigma)
	}
	if l := NoiseLevel(p, 1); !math.IsInf(l, 1) || p.Time(l) != 1 || !math.IsInf(LogSNR(p, 1), -1) {
		t.Errorf("level at t = 1: %v, with time %v, log-SNR %v; expected +Inf, 1, -Inf", l, p.Time(l), LogSNR(p, 1))
	}
	if f, g2 := p.Coefficients(1); !math.IsInf(f, -1) || !math.IsInf(g2, 1) {
		t.Errorf("coefficients at t = 1: %v, %v; expected -Inf, +Inf", f, g2)
	}
	if x, d := FlowDrift(p, 1); x != 1 || d != -1 {
		t.Errorf("the flow's drift at t = 1 is %v x + %v D; expected x - D", x, d)
	}
	if x, d := ReverseDrift(p, 1); !math.IsInf(x, 1) || d != -2 {
		t.Errorf("the reverse drift at t = 1 is %v x + %v D; expected +Inf and -2", x, d)
	}
}
