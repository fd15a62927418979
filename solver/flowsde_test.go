package solver

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"keel/sde"
)

// reference is the step of both reference codes, velocity v = (x - x̂_0)/t and Std as given, on the straight line.
func reference(t, s, std2 float64) (x, d float64) {
	h := t - s
	// mean = x - h v + std2/2 score with score = -(x - (1 - t) x̂_0) / t²
	return 1 - h/t - std2/2/(t*t), h/t + std2/2*(1-t)/(t*t)
}

// TestFlowStepsAreTheReferences: wherever Std is below sigma_s.
func TestFlowStepsAreTheReferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := anyInterval(t)
		level := rapid.Float64Range(0.01, 1).Draw(t, "noise")
		for _, v := range []struct {
			solver Solver
			noise  float64
		}{{FlowGRPO{Level: level}, level * math.Sqrt(from/(1-from))}, {DanceGRPO{Eta: level}, level}} {
			step := only(v.solver, sde.Flow{}, from, to)
			std := v.noise * math.Sqrt(from-to)
			if std > to {
				near(t, "Std", step.Std, to)
				continue
			}
			x, d := reference(from, to, std*std)
			near(t, "Std", step.Std, std)
			near(t, "X", step.X, x)
			near(t, "D", step.D, d)
		}
	})
}

// TestFirstFlowStepKeepsTheNoise: from t = 1 the state says nothing, and what comes out has the variance of noise alone.
func TestFirstFlowStepKeepsTheNoise(t *testing.T) {
	for _, v := range []Solver{FlowGRPO{}, FlowGRPO{Level: 3}, DanceGRPO{}} {
		step := only(v, sde.Flow{}, 1, 0.9)
		if got := step.X*step.X + step.Std*step.Std; math.Abs(got-0.81) > 1e-12 || math.Abs(step.D-0.1) > 1e-12 || step.Std == 0 {
			t.Errorf("%+v: %+v has the variance %v", v, step, got)
		}
	}
	// The noise is that of the next time: 0.7² 0.9/(1-0.9) times the step's 0.1.
	if got, want := only(FlowGRPO{}, sde.Flow{}, 1, 0.9).Std, 0.7*math.Sqrt(0.9); math.Abs(got-want) > 1e-12 {
		t.Errorf("Flow-GRPO's first Std is %v, expected %v", got, want)
	}
	if got, want := only(DanceGRPO{}, sde.Flow{}, 1, 0.9).Std, 0.3*math.Sqrt(0.1); math.Abs(got-want) > 1e-12 {
		t.Errorf("DanceGRPO's first Std is %v, expected %v", got, want)
	}
}

// TestFlowNoiseKeepsMarginals for several sizes of noise, on the straight line and elsewhere.
func TestFlowNoiseKeepsMarginals(t *testing.T) {
	d := data{Mean: 1.3, Std: 0.6}
	for _, p := range []sde.Process{sde.Flow{}, sde.VP{}, sde.Cosine{}} {
		for _, v := range []Solver{
			FlowGRPO{Level: 0.1}, FlowGRPO{Level: 0.7}, FlowGRPO{Level: math.Sqrt2}, FlowGRPO{Level: 3},
			DanceGRPO{Eta: 0.1}, DanceGRPO{Eta: 0.3}, DanceGRPO{Eta: 1}, DanceGRPO{Eta: 2},
		} {
			coarse, fine := d.errorAt(v, p, 1000), d.errorAt(v, p, 2000)
			if order := math.Log2(coarse / fine); order < 0.8 || fine > 0.02 {
				t.Errorf("%+v on %s: the error falls from %.2g to %.2g, with order %.2f", v, p.Name(), coarse, fine, order)
			}
		}
	}
}

// TestFullFlowNoiseIsTheReverseSDE: with a = sqrt(2) the noise is that of the reverse SDE.
func TestFullFlowNoiseIsTheReverseSDE(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProcess(t)
		from := rapid.Float64Range(0.2, 0.9).Draw(t, "t")
		a, b := only(FlowGRPO{Level: math.Sqrt2}, p, from, from-1e-5), only(EulerMaruyama{}, p, from, from-1e-5)
		near(t, "Std", a.Std, b.Std)
		if math.Abs(a.X-b.X) > 1e-6 || math.Abs(a.D-b.D) > 1e-6 {
			t.Fatalf("a step of 1e-5 at %v: %+v, of the reverse SDE %+v", from, a, b)
		}
	})
}

// TestNoiseAboveSigmaExplodes shows what the limit on Std is for: data that are a point, constant noise and many steps. The state that the
// last steps ask the denoiser about should have the variance sigma².
func TestNoiseAboveSigmaExplodes(t *testing.T) {
	const n = 1000
	d := data{Mean: 1.3}
	steps := DanceGRPO{}.Steps(sde.Flow{}, sde.UniformGrid(n))[:n-1]
	if _, got := d.walk(sde.Flow{}, steps); got*n*n > 3 {
		t.Errorf("at t = 1/%d the variance is %v times the marginal's", n, got*n*n)
	}
	for i, s := range steps[1:] {
		steps[i+1].Std = 0.3 * math.Sqrt(s.From-s.To)
		steps[i+1].X, steps[i+1].D = reference(s.From, s.To, 0.09*(s.From-s.To))
	}
	if _, got := d.walk(sde.Flow{}, steps); got*n*n < 1e4 {
		t.Errorf("without the limit the variance is %v times the marginal's: it is not needed", got*n*n)
	} else {
		t.Logf("without the limit %.2g times", got*n*n)
	}
}
