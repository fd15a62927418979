package sde

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestVPPreservesVariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(0.05, 2).Draw(t, "beta min")
		p := VP{BetaMin: low, BetaMax: low + rapid.Float64Range(0, 25).Draw(t, "slope")}
		alpha, sigma := p.Kernel(rapid.Float64Range(0, 1).Draw(t, "t"))
		if got := alpha*alpha + sigma*sigma; math.Abs(got-1) > 1e-12 {
			t.Fatalf("alpha² + sigma² = %v", got)
		}
	})
}

func TestVPDefaults(t *testing.T) {
	alpha, sigma := VP{}.Kernel(1) // B = 0.1 + 19.9/2 = 10.05
	if want := math.Exp(-10.05 / 2); math.Abs(alpha-want) > 1e-12 || math.Abs(sigma-math.Sqrt(1-math.Exp(-10.05))) > 1e-12 {
		t.Errorf("kernel at t = 1: %v, %v; alpha %v is expected", alpha, sigma, want)
	}
}
