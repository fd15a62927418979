package sde

import "math"

// VP is the variance-preserving process with a linear noise rate (Ho et al. 2020; Song et al. 2021, eq. 32 and 33):
// beta(t) = BetaMin + t (BetaMax - BetaMin), f = -beta/2, g² = beta, alpha² + sigma² = 1.
type VP struct {
	BetaMin float64 // 0.1 where zero
	BetaMax float64 // 20 where zero
}

func init() { Register(VP{}) }

// Name is "vp".
func (VP) Name() string { return "vp" }

// Prior is 1, whatever the data's variance: alpha_1 is nearly 0.
func (VP) Prior() float64 { return 1 }

func (p VP) rates() (low, high float64) {
	low, high = p.BetaMin, p.BetaMax
	if low == 0 {
		low = 0.1
	}
	if high == 0 {
		high = 20
	}
	return low, high
}

// integral is the integral of beta from 0 to t.
func (p VP) integral(t float64) float64 {
	low, high := p.rates()
	return t*low + t*t/2*(high-low)
}

// Kernel gives alpha_t = exp(-B/2), sigma_t² = 1 - exp(-B) with B the integral of beta.
func (p VP) Kernel(t float64) (alpha, sigma float64) {
	b := p.integral(t)
	return math.Exp(-b / 2), math.Sqrt(-math.Expm1(-b))
}

// Coefficients gives f = -beta/2 and g² = beta.
func (p VP) Coefficients(t float64) (f, g2 float64) {
	low, high := p.rates()
	beta := low + t*(high-low)
	return -beta / 2, beta
}

// Time inverts the noise level l: 1 + l² = exp(B).
func (p VP) Time(level float64) float64 { return p.when(math.Log1p(level * level)) }

// when is the time at which the integral of beta, a quadratic in t, is b.
func (p VP) when(b float64) float64 {
	low, high := p.rates()
	return 2 * b / (low + math.Sqrt(low*low+2*(high-low)*b))
}
