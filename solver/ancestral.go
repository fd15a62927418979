package solver

import (
	"math"

	"keel/sde"
)

// Ancestral samples x_s from the posterior q(x_s | x_t, x_0 = x̂_0) of the forward process (Ho et al. 2020, eq. 6 and 7, in
// the continuous-time form of Kingma et al. 2021, appendix A.4). The step to s = 0 has no variance: it returns x̂_0.
type Ancestral struct{}

func init() { Register(Ancestral{}, Facts{Order: 1, Noisy: true}) }

// Name is "ancestral".
func (Ancestral) Name() string { return "ancestral" }

// Steps are the posterior's along the grid.
func (Ancestral) Steps(p sde.Process, grid []float64) []Step {
	return each(grid, func(t, s float64) Step { return posterior(p, t, s) })
}

// posterior is q(x_s | x_t, x_0) as a step.
func posterior(p sde.Process, t, s float64) Step {
	if s == 0 {
		return denoise(t, s)
	}
	_, st := p.Kernel(t)
	as, ss := p.Kernel(s)
	a, v := transition(p, t, s)
	return Step{
		From: t, To: s,
		X: a * ss * ss / st / st, D: as * v / (st * st),
		Std: math.Sqrt(v) * ss / st,
	}
}

// transition gives the forward process from s to t > s: x_t = a x_s + sqrt(v) z.
func transition(p sde.Process, t, s float64) (a, v float64) {
	at, st := p.Kernel(t)
	as, ss := p.Kernel(s)
	a = at / as
	return a, max(st*st-a*a*ss*ss, 0)
}
