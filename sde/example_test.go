package sde_test

import (
	"fmt"

	"keel/sde"
)

// Times are found by their noise level sigma/alpha, in which every process is the same but for a scale.
func ExampleProcess() {
	for _, p := range []sde.Process{sde.VP{}, sde.Flow{}, sde.EDM{}} {
		t := p.Time(2)
		alpha, sigma := p.Kernel(t)
		fmt.Printf("%-4s t = %.3f: alpha %.3f, sigma %.3f, log-SNR %.3f\n", p.Name(), t, alpha, sigma, sde.LogSNR(p, t))
	}
	// Output:
	// vp   t = 0.397: alpha 0.447, sigma 0.894, log-SNR -1.386
	// flow t = 0.667: alpha 0.333, sigma 0.667, log-SNR -1.386
	// edm  t = 0.025: alpha 1.000, sigma 2.000, log-SNR -1.386
}

// A grid for a sampler: dense in time where the noise is low.
func ExampleKarrasGrid() {
	for _, t := range sde.KarrasGrid(sde.EDM{}, 5, 7, 0.01, 80) {
		fmt.Printf("%.3g ", 80*t) // EDM's time is its noise level over 80
	}
	// Output: 80 19.8 3.46 0.337 0.01 0
}
