package sde

import "math"

// SubVP is the sub-variance-preserving process (Song et al. 2021, eq. 12 and 29): VP's drift f = -beta/2 with the smaller noise
// g² = beta (1 - exp(-2B)), B the integral of beta. Its noise vanishes at t = 0, and sigma_t = 1 - exp(-B) is the square of VP's.
type SubVP struct {
	BetaMin float64 // 0.1 where zero
	BetaMax float64 // 20 where zero
}

func init() { Register(SubVP{}) }

// Name is "subvp".
func (SubVP) Name() string { return "subvp" }

// Prior is 1, whatever the data's variance: alpha_1 is nearly 0 and sigma_1 nearly 1.
func (SubVP) Prior() float64 { return 1 }

// Kernel gives alpha_t = exp(-B/2), sigma_t = 1 - exp(-B).
func (p SubVP) Kernel(t float64) (alpha, sigma float64) {
	b := VP(p).integral(t)
	return math.Exp(-b / 2), -math.Expm1(-b)
}

// Coefficients gives f = -beta/2 and g² = beta (1 - exp(-2B)).
func (p SubVP) Coefficients(t float64) (f, g2 float64) {
	f, beta := VP(p).Coefficients(t)
	return f, -beta * math.Expm1(-2*VP(p).integral(t))
}

// Time inverts the noise level l = 2 sinh(B/2), which rises with t as B does.
func (p SubVP) Time(level float64) float64 { return VP(p).when(2 * math.Asinh(level/2)) }
