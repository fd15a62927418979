package sde

import "math"

// Transition gives alpha and sigma of p(x_t | x_s) = N(alpha x_s, sigma² I) for s <= t.
func Transition(p Process, s, t float64) (alpha, sigma float64) {
	if s == t {
		return 1, 0
	}
	as, ss := p.Kernel(s)
	at, st := p.Kernel(t)
	alpha = at / as
	return alpha, math.Sqrt(max(st*st-alpha*alpha*ss*ss, 0))
}
