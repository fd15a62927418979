package sde

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// suite is what every process must pass: all registered ones by themselves, and some with other parameters than the defaults.
func suite() map[string]Process {
	list := map[string]Process{}
	for _, name := range Names() {
		list[name], _ = ByName(name)
	}
	for _, p := range []Process{
		VP{BetaMin: 0.3, BetaMax: 12}, VP{BetaMin: 9, BetaMax: 9}, Cosine{Offset: 0.03, MaxRate: 30}, SubVP{BetaMin: 0.5, BetaMax: 25},
		VE{Min: 0.05, Max: 100}, EDM{Max: 200},
	} {
		list[fmt.Sprintf("%s%v", p.Name(), p)] = p
	}
	return list
}

// forAll runs a check on every process of the suite, in a fixed order.
func forAll(t *testing.T, check func(t *testing.T, p Process)) {
	list := suite()
	names := make([]string, 0, len(list))
	for name := range list {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) { check(t, list[name]) })
	}
}

func TestKernelStartsAtTheData(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		if alpha, sigma := p.Kernel(0); alpha != 1 || sigma != 0 {
			t.Errorf("kernel at t = 0: %v, %v; expected 1, 0", alpha, sigma)
		}
		if at := p.Time(0); at != 0 {
			t.Errorf("Time(0) = %v", at)
		}
		if l := LogSNR(p, 0); !math.IsInf(l, 1) {
			t.Errorf("log-SNR at t = 0: %v, expected +Inf", l)
		}
	})
}

// TestKernelSolvesTheSDE checks the two moment equations of dx = f x dt + g dw by central differences.
func TestKernelSolvesTheSDE(t *testing.T) {
	const h = 1e-6
	forAll(t, func(t *testing.T, p Process) {
		rapid.Check(t, func(t *rapid.T) {
			at := rapid.Float64Range(2*h, 1-2*h).Draw(t, "t")
			a0, s0 := p.Kernel(at - h)
			a, s := p.Kernel(at)
			a1, s1 := p.Kernel(at + h)
			f, g2 := p.Coefficients(at)
			if slope := (a1 - a0) / (2 * h); math.Abs(slope-f*a) > 1e-4*(1+math.Abs(slope)) {
				t.Fatalf("d alpha/dt = %v, f alpha = %v", slope, f*a)
			}
			if slope, want := (s1*s1-s0*s0)/(2*h), 2*f*s*s+g2; math.Abs(slope-want) > 1e-4*(1+math.Abs(slope)) {
				t.Fatalf("d sigma²/dt = %v, 2 f sigma² + g² = %v", slope, want)
			}
		})
	})
}

// simulate runs the forward SDE from x0 by Euler-Maruyama with the coefficients at the steps' midpoints, and returns the ends
// standardised by the kernel: draws of N(0, 1) where the kernel is right.
func simulate(p Process, x0, end float64, paths, steps int, rng *rand.Rand) []float64 {
	dt := end / float64(steps)
	x := make([]float64, paths)
	for i := range x {
		x[i] = x0
	}
	for k := range steps {
		f, g2 := p.Coefficients((float64(k) + 0.5) * dt)
		keep, noise := 1+f*dt, math.Sqrt(g2*dt)
		for i := range x {
			x[i] = keep*x[i] + noise*rng.NormFloat64()
		}
	}
	alpha, sigma := p.Kernel(end)
	for i := range x {
		x[i] = (x[i] - alpha*x0) / sigma
	}
	return x
}

// TestKernelMatchesSimulation compares the law of the simulated x_t with the kernel's: mean, standard deviation, and the largest
// distance of the distribution functions (Kolmogorov-Smirnov).
func TestKernelMatchesSimulation(t *testing.T) {
	const paths, steps = 10000, 400
	forAll(t, func(t *testing.T, p Process) {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, end := range []float64{0.15, 0.4, 0.8} {
			u := simulate(p, 1.5, end, paths, steps, rng)
			slices.Sort(u)
			var sum, sq, ks float64
			for i, v := range u {
				sum, sq = sum+v, sq+v*v
				cdf := math.Erfc(-v/math.Sqrt2) / 2
				ks = max(ks, cdf-float64(i)/paths, float64(i+1)/paths-cdf)
			}
			mean, std := sum/paths, math.Sqrt(sq/paths-sum/paths*sum/paths)
			if math.Abs(mean) > 0.04 || math.Abs(std-1) > 0.03 { // standard errors 0.01 and 0.007
				t.Errorf("t = %v: standardised by the kernel, the simulation has mean %v and deviation %v", end, mean, std)
			}
			if ks > 0.02 { // 1.63/sqrt(paths) = 0.0163 is the 1 % point
				t.Errorf("t = %v: Kolmogorov-Smirnov distance %v", end, ks)
			}
		}
	})
}

func TestTimeInvertsNoiseLevel(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		rapid.Check(t, func(t *rapid.T) {
			at := rapid.Float64Range(1e-6, 1).Draw(t, "t")
			if got := p.Time(NoiseLevel(p, at)); math.Abs(got-at) > 1e-7*at+1e-9 {
				t.Fatalf("Time(NoiseLevel(%v)) = %v", at, got)
			}
			// Levels in use in training and sampling, some of them above that of t = 1.
			level := math.Exp(rapid.Float64Range(math.Log(1e-3), math.Log(150)).Draw(t, "ln level"))
			if got := NoiseLevel(p, p.Time(level)); math.Abs(got-level) > 1e-6*level {
				t.Fatalf("NoiseLevel(Time(%v)) = %v", level, got)
			}
		})
	})
}

func TestNoiseLevelRises(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		const n = 2000
		for i := range n {
			s, u := float64(i)/n, float64(i+1)/n
			if low, high := NoiseLevel(p, s), NoiseLevel(p, u); !(low < high) {
				t.Fatalf("the noise level is %v at %v and %v at %v", low, s, high, u)
			}
			if a, b := LogSNR(p, s), LogSNR(p, u); !(b < a) {
				t.Fatalf("the log-SNR is %v at %v and %v at %v", a, s, b, u)
			}
		}
		alpha, sigma := p.Kernel(0.5)
		if got, want := LogSNR(p, 0.5), math.Log(alpha*alpha/(sigma*sigma)); math.Abs(got-want) > 1e-12 {
			t.Errorf("log-SNR %v, ln(alpha²/sigma²) = %v", got, want)
		}
	})
}

// TestPriorIsTheLawAtTheEnd: the prior has the deviation of x_1 for data of mean zero and unit variance to 0.1 %, and the data's
// mean shows by at most 5 % of it. VE and EDM leave out the data's variance, which is 1/(2 sigma_1²) of their deviation.
func TestPriorIsTheLawAtTheEnd(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		alpha, sigma := p.Kernel(1)
		if got, want := p.Prior(), math.Hypot(alpha, sigma); math.Abs(got-want) > 1e-3*want || alpha > 0.05*got {
			t.Errorf("prior %v; unit data end with deviation %v, and their mean times %v", got, want, alpha)
		}
	})
}
