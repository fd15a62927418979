package sde

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// direct has each prediction's definition in x_0 and eps.
var direct = map[Prediction]func(alpha, sigma, x0, eps float64) float64{
	Denoiser:     func(_, _, x0, _ float64) float64 { return x0 },
	Noise:        func(_, _, _, eps float64) float64 { return eps },
	Velocity:     func(alpha, sigma, x0, eps float64) float64 { return alpha*eps - sigma*x0 },
	FlowVelocity: func(_, _, x0, eps float64) float64 { return eps - x0 },
	Score: func(alpha, sigma, x0, eps float64) float64 { // the slope of the kernel's log-density at x_t
		return (alpha*x0 - (alpha*x0 + sigma*eps)) / (sigma * sigma)
	},
}

// draw gives a point of a process of the suite and a pair of data and noise.
func draw(t *rapid.T, p Process) (alpha, sigma, x0, eps float64) {
	alpha, sigma = p.Kernel(rapid.Float64Range(0.02, 0.999).Draw(t, "t"))
	return alpha, sigma, rapid.Float64Range(-3, 3).Draw(t, "x_0"), rapid.Float64Range(-3, 3).Draw(t, "eps")
}

func TestPredictionsConvert(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		rapid.Check(t, func(t *rapid.T) {
			alpha, sigma, x0, eps := draw(t, p)
			xt := alpha*x0 + sigma*eps
			scale := 1 / min(alpha, sigma) / min(1, sigma) // by which the conversion magnifies rounding
			for y, of := range direct {
				want := of(alpha, sigma, x0, eps)
				x, d := y.From(alpha, sigma)
				if got := x*xt + d*x0; !near(got, want, 1e-13*scale) {
					t.Fatalf("%s from the denoiser is %v, by definition %v", y, got, want)
				}
				x, c := y.To(alpha, sigma)
				if got := x*xt + c*want; !near(got, x0, 1e-13*scale*max(1, sigma)) {
					t.Fatalf("x_0 from %s is %v, expected %v", y, got, x0)
				}
			}
		})
	})
}

// TestPredictionsRoundTrip: x̂_0 to each prediction and back is the identity, for an x̂_0 that is not the true one as well.
func TestPredictionsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alpha, sigma := rapid.Float64Range(0.01, 1).Draw(t, "alpha"), rapid.Float64Range(0.01, 100).Draw(t, "sigma")
		for _, name := range PredictionNames() {
			x, d := Prediction(name).From(alpha, sigma)
			back, c := Prediction(name).To(alpha, sigma)
			if !near(c*d, 1, 1e-9) || !near(back+c*x, 0, 1e-9*(1+math.Abs(back))) {
				t.Fatalf("%s there and back is %v x_t + %v D", name, back+c*x, c*d)
			}
		}
	})
}

func TestPredictionNames(t *testing.T) {
	if len(PredictionNames()) != len(direct) {
		t.Errorf("%d predictions, %d have a definition in the test", len(PredictionNames()), len(direct))
	}
	if y, err := PredictionByName("score"); err != nil || y != Score {
		t.Errorf(`PredictionByName("score") = %q, %v`, y, err)
	}
	_, err := PredictionByName("x0")
	if want := `there is no prediction "x0"; known are denoiser, noise, velocity, flow-velocity, score`; err == nil || err.Error() != want {
		t.Errorf("error %v, expected %s", err, want)
	}
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, `"x0"`) {
			t.Errorf("an unknown prediction panics with %q", text)
		}
	}()
	Prediction("x0").From(1, 1)
}
