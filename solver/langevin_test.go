package solver

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"keel/sde"
)

// TestLangevinKeepsTheMarginal: with variance V, one step of size delta gives V + delta²/V, and the law that steps tend to has the
// variance V/(1 - delta/(2V)) and the marginal's mean: wrong by delta/2, to first order.
func TestLangevinKeepsTheMarginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProcess(t)
		at := rapid.Float64Range(0.05, 0.95).Draw(t, "t")
		d := data{Mean: rapid.Float64Range(-2, 2).Draw(t, "m"), Std: rapid.Float64Range(0.1, 2).Draw(t, "s")}
		_, sigma := p.Kernel(at)
		mean, v := d.marginal(p, at)
		for _, c := range []Corrector{Langevin{}, Langevin{SNR: 0.05}, AnnealedLangevin{}} {
			step := c.Correct(p, at)
			delta := step.Std * step.Std / 2
			gotMean, got := d.walk(p, []Step{step})
			near(t, "the mean", gotMean, mean)
			near(t, "the variance", got, v+delta*delta/v)

			m, _, std := d.affine(p, step)
			near(t, "the limit", std*std/(1-m[0][0]*m[0][0]), v/(1-delta/(2*v)))
			if delta > sigma*sigma/2 {
				t.Fatalf("delta %v at sigma %v", delta, sigma)
			}
		}
	})
}

// TestCorrectorSizes: 2 alpha_i (0.16 sigma)² with VP's alpha_i = 1 - beta/1000, and half of Song & Ermon's 2e-5 (sigma/0.01)².
func TestCorrectorSizes(t *testing.T) {
	for _, at := range []float64{0.1, 0.5, 1} {
		_, sigma := sde.VP{}.Kernel(at)
		_, beta := sde.VP{}.Coefficients(at)
		step := Langevin{}.Correct(sde.VP{}, at)
		if got, want := step.Std*step.Std/2, 2*(1-beta/1000)*0.16*0.16*sigma*sigma; math.Abs(got/want-1) > 1e-3 {
			t.Errorf("t = %v: delta = %v, expected %v", at, got, want)
		}
		_, sigma = sde.VE{}.Kernel(at)
		if got, want := (Langevin{SNR: 0.1}).Correct(sde.VE{}, at).Std, 2*0.1*sigma; math.Abs(got/want-1) > 1e-9 {
			t.Errorf("t = %v: Std = %v, expected %v", at, got, want)
		}
		if got, want := (AnnealedLangevin{}).Correct(sde.VE{}, at).Std, math.Sqrt(2e-5)*sigma/0.01; math.Abs(got/want-1) > 1e-9 {
			t.Errorf("t = %v: Std = %v, expected %v", at, got, want)
		}
	}
}

func TestCorrectorsFollowThePredictor(t *testing.T) {
	grid := sde.KarrasGrid(sde.VP{}, 5, 7, 0.01, 40)
	steps := PC{Predictor: Ancestral{}, Corrector: AnnealedLangevin{}, Repeats: 2}.Steps(sde.VP{}, grid)
	if len(steps) != 5+4*2 {
		t.Fatalf("%d steps", len(steps))
	}
	for i, s := range steps {
		want := AnnealedLangevin{}.Correct(sde.VP{}, grid[(i+2)/3])
		if i%3 == 0 {
			want = only(Ancestral{}, sde.VP{}, grid[i/3], grid[i/3+1])
		}
		if s != want {
			t.Errorf("step %d is %+v, expected %+v", i, s, want)
		}
	}
	up := 0
	for _, s := range (PC{Predictor: Heun{Churn: 40}}).Steps(sde.VP{}, grid) {
		if s.To > s.From {
			up++
		} else if s.To == s.From {
			up-- // a corrector
		}
	}
	if up != 0 { // 4 of each: churn before and correctors after each time but 1 and 0
		t.Errorf("%d more steps up than correctors", up)
	}
	defer func() {
		if recover() == nil {
			t.Error("a multistep predictor was taken")
		}
	}()
	PC{Predictor: DPM2M{}}.Steps(sde.VP{}, grid)
}

// TestCorrectorMends: after a predictor that leaves a wrong law, correctors bring it nearer to the marginal.
func TestCorrectorMends(t *testing.T) {
	d := data{Mean: 1.3, Std: 0.6}
	grid := []float64{1, 0.8, 0.6, 0.5}
	wrong := func(v Solver) float64 {
		mean, variance := d.walk(sde.VP{}, v.Steps(sde.VP{}, grid))
		wantMean, want := d.marginal(sde.VP{}, 0.5)
		return math.Hypot(mean-wantMean, variance-want)
	}
	if plain, mended := wrong(ReverseDiffusion{}), wrong(PC{Repeats: 30}); mended > plain/2 {
		t.Errorf("three steps err by %v, with correctors by %v", plain, mended)
	}
}
