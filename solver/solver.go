// Package solver steps the reverse SDE from noise to data. One solver lives in one file; every stochastic step states its Gaussian.
package solver

import "keel/sde"

// Step is one reverse step from t to s < t as a Gaussian policy: x_s ~ N(X x_t + D x̂_0, Std² I), with x̂_0 the denoiser's
// estimate of x_0 at (x_t, t). Std = 0 marks a deterministic step: it has no log-probability.
type Step struct {
	From, To float64 // t and s
	X, D     float64 // the mean's coefficients of x_t and of the denoised estimate
	Std      float64
}

// Solver turns a process and a time into a Gaussian step.
type Solver interface {
	Name() string
	Step(p sde.Process, t, s float64) Step
}

// Steps gives the steps along a falling time grid.
func Steps(v Solver, p sde.Process, grid []float64) []Step {
	steps := make([]Step, len(grid)-1)
	for i := range steps {
		steps[i] = v.Step(p, grid[i], grid[i+1])
	}
	return steps
}
