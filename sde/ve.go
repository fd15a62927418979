package sde

import "math"

// VE is the variance-exploding process with a geometric noise scale (Song et al. 2021, eq. 9 and 30): f = 0,
// g² = d/dt (Min² r^2t), r = Max/Min.
//
// The kernel is the exact one of this SDE started at t = 0, sigma_t² = Min² (r^2t - 1): it adds no noise at t = 0. The paper's
// kernel Min r^t has noise Min already there; the two differ by the constant variance Min².
type VE struct {
	Min float64 // noise scale at t = 0, in units of the data; 0.01 where zero
	Max float64 // noise scale at t = 1; 50 where zero
}

func init() { Register(VE{}) }

// Name is "ve".
func (VE) Name() string { return "ve" }

// Prior is sigma_1. The data's own variance is left out: it is for the user to keep small beside Max².
func (p VE) Prior() float64 {
	_, sigma := p.Kernel(1)
	return sigma
}

// scales gives Min and 2 ln r, the rate at which the variance grows.
func (p VE) scales() (low, rate float64) {
	low, high := p.Min, p.Max
	if low == 0 {
		low = 0.01
	}
	if high == 0 {
		high = 50
	}
	return low, 2 * math.Log(high/low)
}

// Kernel gives alpha_t = 1, sigma_t² = Min² (r^2t - 1).
func (p VE) Kernel(t float64) (alpha, sigma float64) {
	low, rate := p.scales()
	return 1, low * math.Sqrt(math.Expm1(rate*t))
}

// Coefficients gives f = 0 and g² = 2 ln(r) Min² r^2t.
func (p VE) Coefficients(t float64) (f, g2 float64) {
	low, rate := p.scales()
	return 0, rate * low * low * math.Exp(rate*t)
}

// Time inverts the noise level: r^2t = 1 + l² / Min².
func (p VE) Time(level float64) float64 {
	low, rate := p.scales()
	level /= low
	return math.Log1p(level*level) / rate
}
