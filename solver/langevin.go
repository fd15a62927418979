package solver

import (
	"math"

	"keel/sde"
)

// Langevin is the corrector of Song et al. (2021), algorithms 4 and 5: x + delta score + sqrt(2 delta) z at one time, delta = 2 c (SNR |z|/|score|)².
// The norms here are the expected ones, |z|/|score| = sigma (of the score of p(x_t | x_0)); the paper's, taken over the batch, would tie
// the samples to each other, and the step would be no Gaussian. So delta = 2 c (SNR sigma)².
//
// Repeated at one time it keeps the Gaussian marginal of variance V up to a share delta/(2V).
type Langevin struct {
	SNR float64 // 0.16 where zero, the paper's for VE
}

// Correct is one step at time t.
func (v Langevin) Correct(p sde.Process, t float64) Step {
	snr := v.SNR
	if snr == 0 {
		snr = 0.16
	}
	return langevin(p, t, 2*snr*snr*kept(p, t))
}

// kept is the paper's alpha_i = 1 - beta_i, the share of the signal's power that one of their 1000 steps keeps. It is 1 for VE.
func kept(p sde.Process, t float64) float64 {
	now, _ := p.Kernel(t)
	before, _ := p.Kernel(max(t-1e-3, 0))
	return now / before * (now / before)
}

// langevin is the step of size delta = share sigma².
func langevin(p sde.Process, t, share float64) Step {
	alpha, sigma := p.Kernel(t)
	return Step{From: t, To: t, X: 1 - share, D: share * alpha, Std: sigma * math.Sqrt(2*share)}
}
