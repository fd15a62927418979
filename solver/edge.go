package solver

import "keel/sde"

// blind is the signal-to-noise ratio alpha/sigma below which x_t is taken to say nothing of x_0. The straight-line process has 0 at t = 1.
const blind = 1e-4

// denoise is the step to t = 0: the denoised estimate itself.
func denoise(t, s float64) Step { return Step{From: t, To: s, D: 1} }

// atEdge says whether a formula in f, g² or the log-SNR cannot be used from t to s because one of them is infinite there: at s = 0, and
// from a time that is [blind].
func atEdge(p sde.Process, t, s float64) bool {
	alpha, sigma := p.Kernel(t)
	return s == 0 || alpha < blind*sigma
}
