package solver

import "keel/sde"

// Corrector moves a state within the marginal of its time, from (x, t) to (x', t).
type Corrector interface {
	Correct(p sde.Process, t float64) Step
}

// PC is the predictor-corrector sampler (Song et al. 2021, algorithm 1): after each of the predictor's steps down, Repeats steps of the
// corrector at the time it came to. There is none at t = 0.
//
// Its order is a little below the predictor's 1: a Langevin step of fixed size relative to sigma leaves its own share of variance at every
// level, and only the finer grid's many small levels let the corrector lose its grip before that matters.
type PC struct {
	Predictor Solver    // [ReverseDiffusion] where nil; a multistep one does not work, for its step before would be a corrector's
	Corrector Corrector // [Langevin] where nil
	Repeats   int       // 1 where zero
}

func init() { Register(PC{}, Facts{Order: 0.85, Noisy: true}) }

// Name is "pc".
func (PC) Name() string { return "pc" }

// Steps are the predictor's with the corrector's between them. It panics on a multistep predictor.
func (v PC) Steps(p sde.Process, grid []float64) []Step {
	if v.Predictor == nil {
		v.Predictor = ReverseDiffusion{}
	}
	if v.Corrector == nil {
		v.Corrector = Langevin{}
	}
	var steps []Step
	for _, step := range v.Predictor.Steps(p, grid) {
		if step.Prev != 0 {
			panic("solver: " + v.Predictor.Name() + " cannot be a predictor: it uses the estimate of the step before, which is the corrector's")
		}
		steps = append(steps, step)
		if step.To >= step.From || step.To == 0 {
			continue
		}
		for range max(v.Repeats, 1) {
			steps = append(steps, v.Corrector.Correct(p, step.To))
		}
	}
	return steps
}
