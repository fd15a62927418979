package sde

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestWeightsAreRatiosOfLosses: an estimate x̂_0 that is off by some error gives a prediction computed from (x_t, x̂_0) by its
// definition; its squared error is the weight times that of x̂_0.
func TestWeightsAreRatiosOfLosses(t *testing.T) {
	forAll(t, func(t *testing.T, p Process) {
		rapid.Check(t, func(t *rapid.T) {
			alpha, sigma, x0, eps := draw(t, p)
			wrong := rapid.Float64Range(0.5, 2).Draw(t, "error")
			epsHat := eps - alpha*wrong/sigma // the noise that x̂_0 leaves in x_t
			for name, y := range map[string]Prediction{"uniform": Denoiser, "snr": Noise, "velocity": Velocity, "flow-velocity": FlowVelocity} {
				off := direct[y](alpha, sigma, x0+wrong, epsHat) - direct[y](alpha, sigma, x0, eps)
				w, err := WeightingByName(name)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := w(alpha, sigma)*wrong*wrong, off*off; math.Abs(got-want) > 1e-5*want+1e-9 {
					t.Fatalf("%s: weight times |x̂_0 - x_0|² is %v, the prediction's squared error %v", name, got, want)
				}
			}
			snr := alpha * alpha / sigma / sigma
			for name, want := range map[string]float64{"min-snr": min(snr, 5), "truncated-snr": max(snr, 1)} {
				w, _ := WeightingByName(name)
				if got := w(alpha, sigma); !near(got, want, 1e-12) {
					t.Fatalf("%s: %v, expected %v at SNR %v", name, got, want, snr)
				}
			}
		})
	})
}

// TestVelocityWeightOfVP: where alpha² + sigma² = 1 the velocity's weight is SNR + 1 (Salimans & Ho 2022, section 4).
func TestVelocityWeightOfVP(t *testing.T) {
	for _, at := range []float64{0.01, 0.3, 1} {
		alpha, sigma := VP{}.Kernel(at)
		if got, want := Velocity.Weight(alpha, sigma), math.Pow(alpha/sigma, 2)+1; math.Abs(got-want) > 1e-12*want {
			t.Errorf("t = %v: %v, SNR + 1 = %v", at, got, want)
		}
	}
}

// TestEDMWeight: the paper's formula, and what it is for: the squared error of x̂_0 is Out² times the raw network's.
func TestEDMWeight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alpha, sigma := rapid.Float64Range(0.01, 1).Draw(t, "alpha"), rapid.Float64Range(0.01, 100).Draw(t, "sigma")
		data := rapid.Float64Range(0.1, 3).Draw(t, "data")
		l := sigma / alpha
		w := EDMWeight(data)(alpha, sigma)
		if want := (l*l + data*data) / (l * data) / (l * data); math.Abs(w-want) > 1e-12*want {
			t.Fatalf("weight %v, the paper's %v", w, want)
		}
		if out := (Preconditioning{Data: data}).At(alpha, sigma).Out; !near(w*out*out, 1, 1e-12) {
			t.Fatalf("weight times Out² is %v, expected 1", w*out*out)
		}
	})
	w, _ := WeightingByName("edm")
	if got := w(0.5, 0.5); got != 5 { // (1 + 0.25) / 0.25
		t.Errorf("the default has weight %v at level 1, expected 5", got)
	}
}
