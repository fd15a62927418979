package solver

import "keel/sde"

// AnnealedLangevin is annealed Langevin dynamics (Song & Ermon 2019, algorithm 1): at every noise level some Langevin steps of
// size proportional to sigma², x + a/2 score + sqrt(a) z, then the next level takes the state as it is. The paper has alpha = 1: what is
// taken as it is, is x/alpha, so that the last step of a level scales by alpha_s/alpha_t too, except where alpha_t is nearly 0. The very last step
// denoises, as Jolicoeur-Martineau et al. (2020) recommend.
//
// x_0 has too much variance by the square of the level below which the steps are too few and small to narrow it; more levels or repeats lower it.
// That gives the order 2 rho/(2 rho + 1) on a Karras grid of exponent rho.
//
// As a [Corrector] it is one such step.
type AnnealedLangevin struct {
	Rate float64 // a/sigma²; 0.2 where zero, the paper's 2e-5/0.01²
	// Repeats is the number of steps at each level: 5 where zero, which suits grids of hundreds of levels (Song & Ermon 2020). The
	// paper has 100 on 10 levels.
	Repeats int
}

func init() { Register(AnnealedLangevin{}, Facts{Order: 0.95, Noisy: true}) }

// Name is "annealed-langevin".
func (AnnealedLangevin) Name() string { return "annealed-langevin" }

// Steps are Repeats for every time of the grid but 0, and one to 0.
func (v AnnealedLangevin) Steps(p sde.Process, grid []float64) []Step {
	repeats := v.Repeats
	if repeats == 0 {
		repeats = 5
	}
	var steps []Step
	for i, s := range grid[1:] {
		for range repeats {
			steps = append(steps, v.Correct(p, grid[i]))
		}
		if s == 0 {
			steps = append(steps, denoise(grid[i], s))
		} else {
			steps[len(steps)-1].descend(p, s)
		}
	}
	return steps
}

// Correct is one step at time t.
func (v AnnealedLangevin) Correct(p sde.Process, t float64) Step {
	rate := v.Rate
	if rate == 0 {
		rate = 0.2
	}
	return langevin(p, t, rate/2)
}

// descend makes a step at one time lead to s.
func (v *Step) descend(p sde.Process, s float64) {
	if !atEdge(p, v.From, s) {
		at, _ := p.Kernel(v.From)
		as, _ := p.Kernel(s)
		v.X, v.D, v.Std = v.X*as/at, v.D*as/at, v.Std*as/at
	}
	v.To = s
}
