package solver

import (
	"math"

	"keel/sde"
)

// Ancestral samples x_s from the posterior q(x_s | x_t, x_0 = x̂_0) of the forward process (Ho et al. 2020, eq. 6 and 7, in
// the continuous-time form of Kingma et al. 2021, appendix A.4). The step to s = 0 has no variance: it returns x̂_0.
type Ancestral struct{}

// Name is "ancestral".
func (Ancestral) Name() string { return "ancestral" }

// Step from t to s < t.
func (Ancestral) Step(p sde.Process, t, s float64) Step {
	at, st := p.Kernel(t)
	as, ss := p.Kernel(s)
	a := at / as                  // alpha_{t|s}
	v := st*st - a*a*ss*ss        // sigma²_{t|s}: the noise added from s to t
	mean := a * ss * ss / st / st // coefficient of x_t
	return Step{
		From: t, To: s,
		X: mean, D: as * v / (st * st),
		Std: math.Sqrt(max(v, 0)) * ss / st,
	}
}
