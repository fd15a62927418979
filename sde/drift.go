package sde

// Sloped is a process that gives the slopes of its kernel in closed form, for one whose coefficients are infinite at t = 1 where the
// slopes are finite.
type Sloped interface {
	// Slopes gives d alpha_t/dt and d sigma_t/dt.
	Slopes(t float64) (alpha, sigma float64)
}

// FlowDrift gives the probability-flow ODE (Song et al. 2021, eq. 13), dx/dt = f x - g²/2 score with score = (alpha x̂_0 - x) / sigma²,
// as the coefficients of x_t and of the denoised estimate x̂_0. It equals d alpha/dt x̂_0 + d sigma/dt ê with ê the noise that x̂_0 leaves.
// It needs t > 0: at 0 there is no noise and no score.
func FlowDrift(p Process, t float64) (x, d float64) {
	alpha, sigma := p.Kernel(t)
	if s, ok := p.(Sloped); ok {
		da, ds := s.Slopes(t)
		return ds / sigma, da - alpha*ds/sigma
	}
	f, g2 := p.Coefficients(t)
	half := g2 / (2 * sigma * sigma)
	return f + half, -alpha * half
}

// ReverseDrift gives the drift of the reverse SDE (Anderson 1982), dx = [f x - g² score] dt + g dw run backwards from t = 1, as the
// coefficients of x_t and of the denoised estimate x̂_0. It is twice the flow's less f x. It needs t > 0, and for [Flow] t < 1.
func ReverseDrift(p Process, t float64) (x, d float64) {
	x, d = FlowDrift(p, t)
	f, _ := p.Coefficients(t)
	return 2*x - f, 2 * d
}
