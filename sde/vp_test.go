package sde

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func anyVP(t *rapid.T) VP {
	low := rapid.Float64Range(0.05, 2).Draw(t, "beta min")
	return VP{BetaMin: low, BetaMax: low + rapid.Float64Range(0, 25).Draw(t, "slope")}
}

func TestVPPreservesVariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, at := anyVP(t), rapid.Float64Range(0, 1).Draw(t, "t")
		alpha, sigma := p.Kernel(at)
		if got := alpha*alpha + sigma*sigma; math.Abs(got-1) > 1e-12 {
			t.Fatalf("alpha² + sigma² = %v at t = %v", got, at)
		}
	})
}

func TestVPDefaults(t *testing.T) {
	alpha, sigma := VP{}.Kernel(1) // B = 0.1 + 19.9/2 = 10.05
	if want := math.Exp(-10.05 / 2); math.Abs(alpha-want) > 1e-12 || math.Abs(sigma-math.Sqrt(1-math.Exp(-10.05))) > 1e-12 {
		t.Errorf("kernel at t = 1: %v, %v; alpha %v is expected", alpha, sigma, want)
	}
	if alpha, sigma := (VP{}).Kernel(0); alpha != 1 || sigma != 0 {
		t.Errorf("kernel at t = 0: %v, %v; expected 1, 0", alpha, sigma)
	}
}

func TestTimeInvertsNoiseLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, at := anyVP(t), rapid.Float64Range(1e-6, 1).Draw(t, "t")
		if got := p.Time(NoiseLevel(p, at)); math.Abs(got-at) > 1e-7*at+1e-9 {
			t.Fatalf("Time(NoiseLevel(%v)) = %v", at, got)
		}
	})
}

// TestKernelSolvesTheSDE checks the two moment equations of dx = f x dt + g dw by central differences.
func TestKernelSolvesTheSDE(t *testing.T) {
	const h = 1e-5
	rapid.Check(t, func(t *rapid.T) {
		p, at := anyVP(t), rapid.Float64Range(2*h, 1-2*h).Draw(t, "t")
		a0, s0 := p.Kernel(at - h)
		a, s := p.Kernel(at)
		a1, s1 := p.Kernel(at + h)
		f, g2 := p.Coefficients(at)
		if slope := (a1 - a0) / (2 * h); math.Abs(slope-f*a) > 1e-5 {
			t.Fatalf("d alpha/dt = %v, f alpha = %v", slope, f*a)
		}
		if slope, want := (s1*s1-s0*s0)/(2*h), 2*f*s*s+g2; math.Abs(slope-want) > 1e-5 {
			t.Fatalf("d sigma²/dt = %v, 2 f sigma² + g² = %v", slope, want)
		}
	})
}

// TestKernelMatchesSimulation runs the forward SDE by Euler-Maruyama from one point and compares the law of x_t with the kernel's:
// mean, standard deviation, and the largest distance of the distribution functions (Kolmogorov-Smirnov).
func TestKernelMatchesSimulation(t *testing.T) {
	const paths, steps, x0 = 10000, 400, 1.5
	rng := rand.New(rand.NewPCG(1, 2))
	p := VP{}
	for _, end := range []float64{0.15, 0.4} {
		dt := end / steps
		alpha, sigma := p.Kernel(end)
		var hist [200]int // of the kernel's distribution function at the simulated values: uniform where the laws agree
		var sum, sq float64
		for range paths {
			x := x0
			for k := range steps {
				f, g2 := p.Coefficients((float64(k) + 0.5) * dt)
				x += f*x*dt + math.Sqrt(g2*dt)*rng.NormFloat64()
			}
			u := (x - alpha*x0) / sigma
			sum, sq = sum+u, sq+u*u
			hist[min(int(200*0.5*math.Erfc(-u/math.Sqrt2)), 199)]++
		}
		mean, std := sum/paths, math.Sqrt(sq/paths-sum/paths*sum/paths)
		if math.Abs(mean) > 0.04 || math.Abs(std-1) > 0.03 {
			t.Errorf("t = %v: standardised by the kernel, the simulation has mean %v and deviation %v", end, mean, std)
		}
		var ks, below float64
		for i, n := range hist {
			below += float64(n) / paths
			ks = max(ks, math.Abs(below-float64(i+1)/200))
		}
		if ks > 0.02 { // 1.36/sqrt(n) = 0.0136 is the 5 % point
			t.Errorf("t = %v: Kolmogorov-Smirnov distance %v", end, ks)
		}
	}
}

func TestKarrasGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyVP(t)
		steps := rapid.IntRange(2, 200).Draw(t, "steps")
		rho := rapid.Float64Range(1, 9).Draw(t, "rho")
		grid := KarrasGrid(p, steps, rho, 0.01, rapid.Float64Range(0.1, 100).Draw(t, "highest"))
		if len(grid) != steps+1 || grid[0] != 1 || grid[steps] != 0 {
			t.Fatalf("%d times from %v to %v; expected %d from 1 to 0", len(grid), grid[0], grid[len(grid)-1], steps+1)
		}
		for i := range steps {
			if !(grid[i+1] < grid[i]) {
				t.Fatalf("times do not fall: %v then %v", grid[i], grid[i+1])
			}
		}
		if level := NoiseLevel(p, grid[steps-1]); math.Abs(level-0.01) > 1e-6 {
			t.Fatalf("the last noise level is %v, expected 0.01", level)
		}
	})
}
