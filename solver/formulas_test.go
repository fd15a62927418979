package solver

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"keel/sde"
)

// anyInterval draws t > s well inside (0, 1).
func anyInterval(t *rapid.T) (from, to float64) {
	to = rapid.Float64Range(0.05, 0.85).Draw(t, "s")
	return to + rapid.Float64Range(0.01, 1).Draw(t, "gap")*(0.95-to), to
}

// only makes the one step from t to s.
func only(v Solver, p sde.Process, t, s float64) Step { return v.Steps(p, []float64{t, s})[0] }

// at evaluates a one-stage step's mean.
func (s Step) at(x, x0 float64) float64 { return s.X*x + s.D*x0 }

func near(t *rapid.T, what string, got, want float64) {
	if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
		t.Fatalf("%s is %v, expected %v", what, got, want)
	}
}

func TestDDIMWithFullNoiseIsAncestral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProcess(t)
		from, to := anyInterval(t)
		a, b := only(DDIM{Eta: 1}, p, from, to), only(Ancestral{}, p, from, to)
		near(t, "X", a.X, b.X)
		near(t, "D", a.D, b.D)
		near(t, "Std", a.Std, b.Std)
	})
}

// TestDDIMOnVP spells out eq. 12 and 16 with the paper's alpha, which is the square of ours.
func TestDDIMOnVP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := anyInterval(t)
		eta := rapid.Float64Range(0, 1).Draw(t, "eta")
		at, _ := sde.VP{}.Kernel(from)
		as, _ := sde.VP{}.Kernel(to)
		at, as = at*at, as*as
		std := eta * math.Sqrt((1-as)/(1-at)) * math.Sqrt(1-at/as)
		x, x0 := 1.7, -0.4
		noise := (x - math.Sqrt(at)*x0) / math.Sqrt(1-at)
		step := only(DDIM{Eta: eta}, sde.VP{}, from, to)
		near(t, "the mean", step.at(x, x0), math.Sqrt(as)*x0+math.Sqrt(1-as-std*std)*noise)
		near(t, "Std", step.Std, std)
	})
}

// TestEulerStepsOfTheEquations writes drift and diffusion of the reverse SDE and of the probability flow with the score.
func TestEulerStepsOfTheEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProcess(t)
		from, to := anyInterval(t)
		alpha, sigma := p.Kernel(from)
		f, g2 := p.Coefficients(from)
		x, x0 := 1.7, -0.4
		score := -(x - alpha*x0) / (sigma * sigma)
		sdeStep, odeStep := only(EulerMaruyama{}, p, from, to), only(ProbabilityFlow{}, p, from, to)
		near(t, "the SDE's mean", sdeStep.at(x, x0), x-(from-to)*(f*x-g2*score))
		near(t, "the SDE's variance", sdeStep.Std*sdeStep.Std, g2*(from-to))
		near(t, "the flow's mean", odeStep.at(x, x0), x-(from-to)*(f*x-g2/2*score))
	})
}

// TestReverseDiffusionIsDDPMsAndSMLDs compares with the two discretisations of the paper, eq. 8 and 10.
func TestReverseDiffusionIsDDPMsAndSMLDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := anyInterval(t)
		x, x0 := 1.7, -0.4
		at, st := sde.VP{}.Kernel(from)
		as, _ := sde.VP{}.Kernel(to)
		beta := 1 - at*at/as/as
		step := only(ReverseDiffusion{}, sde.VP{}, from, to)
		near(t, "VP's mean", step.at(x, x0), (2-math.Sqrt(1-beta))*x-beta*(x-at*x0)/(st*st))
		near(t, "VP's variance", step.Std*step.Std, beta)

		_, st = sde.VE{}.Kernel(from)
		_, ss := sde.VE{}.Kernel(to)
		step = only(ReverseDiffusion{}, sde.VE{}, from, to)
		near(t, "VE's mean", step.at(x, x0), x-(st*st-ss*ss)*(x-x0)/(st*st))
		near(t, "VE's variance", step.Std*step.Std, st*st-ss*ss)
	})
}

// clean is some denoiser that is not linear.
func clean(p sde.Process, x, t float64) float64 {
	alpha, _ := p.Kernel(t)
	return math.Sin(x/alpha) - 0.3*t
}

// algorithm2 runs algorithm 2 of Karras et al. as printed, in y = x/alpha with noise levels, and gives y after each interval.
func algorithm2(p sde.Process, grid []float64, v Heun, y float64, z []float64) []float64 {
	denoised := func(y, l float64) float64 {
		alpha, _ := p.Kernel(p.Time(l))
		return clean(p, alpha*y, p.Time(l))
	}
	var path []float64
	for i := range len(grid) - 1 {
		l, next, gamma := sde.NoiseLevel(p, grid[i]), sde.NoiseLevel(p, grid[i+1]), 0.0
		if l >= v.Min && l <= v.Max {
			gamma = min(v.Churn/float64(len(grid)-1), math.Sqrt2-1)
		}
		up := l * (1 + gamma)
		y += math.Sqrt(up*up-l*l) * v.Noise * z[i]
		slope := (y - denoised(y, up)) / up
		ahead := y + (next-up)*slope
		if next > 0 {
			ahead = y + (next-up)*(slope+(ahead-denoised(ahead, next))/next)/2
		}
		y = ahead
		path = append(path, y)
	}
	return path
}

func TestHeunIsAlgorithm2(t *testing.T) {
	z := []float64{0.3, -1.2, 0.8, 0.1, -0.5, 1.4, 0.6}
	for _, name := range sde.Names() {
		for _, churn := range []float64{0, 2, 10} { // none, some, as much as is allowed
			p := process(name)
			grid := sde.KarrasGrid(p, 8, 7, 0.05, 20)[1:] // from a level that can rise
			v := Heun{Churn: churn, Min: 0.1, Max: 5, Noise: 1.1}
			want := algorithm2(p, grid, v, 2.5, z)
			alpha, _ := p.Kernel(grid[0])
			x, i := 2.5*alpha, 0
			for _, s := range v.Steps(p, grid) {
				if s.D == 0 { // churn
					x = s.X*x + s.Std*z[i]
					continue
				}
				x0 := clean(p, x, s.From)
				mean := s.at(x, x0)
				if s.Second != nil {
					mean = s.Second.X*x + s.Second.D*x0 + s.Second.D2*clean(p, mean, s.To)
				}
				x = mean
				alpha, _ := p.Kernel(s.To)
				if math.Abs(x/alpha-want[i]) > 1e-9 {
					t.Fatalf("%s, churn %v: after interval %d x/alpha is %v, algorithm 2 has %v", name, churn, i, x/alpha, want[i])
				}
				i++
			}
		}
	}
}

// TestMultistepInLogSNR spells out the second-order steps of DPM-Solver++ in lambda.
func TestMultistepInLogSNR(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProcess(t)
		mid, to := anyInterval(t)
		from := mid + 0.04
		lambda := func(t float64) float64 { return -math.Log(sde.NoiseLevel(p, t)) }
		h, before := lambda(to)-lambda(mid), lambda(mid)-lambda(from)
		_, st := p.Kernel(mid)
		as, ss := p.Kernel(to)
		x, x0, prev := 1.7, -0.4, 0.9
		line := x0 + h/before/2*(x0-prev)
		grid := []float64{from, mid, to, 0}

		step := DPM2M{}.Steps(p, grid)[1]
		near(t, "the mean", step.at(x, x0)+step.Prev*prev, ss/st*x-as*math.Expm1(-h)*line)
		noisy := SDEDPM2M{}.Steps(p, grid)[1]
		near(t, "the noisy mean", noisy.at(x, x0)+noisy.Prev*prev, ss/st*math.Exp(-h)*x-as*math.Expm1(-2*h)*line)
		near(t, "the variance", noisy.Std*noisy.Std, -ss*ss*math.Expm1(-2*h))
		if steps := (DPM2M{}).Steps(p, grid); steps[0].Prev != 0 || steps[2].Prev != 0 {
			t.Fatalf("the first and the last step use an estimate before: %+v", steps)
		}
	})
}
