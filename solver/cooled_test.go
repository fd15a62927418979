package solver

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"keel/sde"
)

// moments are those of the samples of N(mean, std²), whose denoiser is known, along the steps: each is linear in the state.
func moments(p sde.Process, steps []Step, mean, std float64) (m, v float64) {
	at, st := p.Kernel(steps[0].From)
	m, v = at*mean, at*at*std*std+st*st
	for _, s := range steps {
		a, sg := p.Kernel(s.From)
		gain := a * std * std / (a*a*std*std + sg*sg) // x̂_0 = mean + gain (x - a mean)
		slope := s.X + s.D*gain
		m, v = slope*m+s.D*(1-gain*a)*mean, slope*slope*v+s.Std*s.Std
	}
	return m, v
}

// TestCooled: less noise keeps a Gaussian's mean and narrows it, none at all more than some; all of it changes nothing.
func TestCooled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mean, std := rapid.Float64Range(-2, 2).Draw(t, "mean"), rapid.Float64Range(0.2, 2).Draw(t, "std")
		noise := rapid.Float64Range(0.2, 0.95).Draw(t, "noise")
		p := sde.VP{}
		steps := Ancestral{}.Steps(p, sde.KarrasGrid(p, 40, 5, 0.01, 40))
		own := append([]Step(nil), steps...)
		_, whole := moments(p, steps, mean, std)
		m, some := moments(p, Cooled(steps, noise), mean, std)
		_, none := moments(p, Cooled(steps, 0), mean, std)
		if math.Abs(m-mean) > 1e-6 {
			t.Errorf("the mean is %v, expected %v", m, mean)
		}
		if !(none < some && some < whole) {
			t.Errorf("variances %v, %v, %v without noise, with some, with all: expected them to rise", none, some, whole)
		}
		if _, same := moments(p, Cooled(steps, 1), mean, std); same != whole {
			t.Errorf("with all noise the variance is %v, expected %v", same, whole)
		}
		for i := range own {
			if own[i] != steps[i] {
				t.Fatal("the steps given were changed")
			}
		}
	})
}
