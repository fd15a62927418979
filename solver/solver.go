// Package solver steps the reverse SDE from noise to data. One solver lives in one file; every stochastic step states its Gaussian.
//
// A step to t = 0 returns the denoised estimate without noise, whichever solver makes it: the noise of the last interval could only
// blur what the denoiser says (Jolicoeur-Martineau et al. 2020; the codes of Song et al. 2021 and Karras et al. 2022 end so too). It costs the
// variance that x_0 has given the state before, about the square of the last noise level.
package solver

import (
	"fmt"
	"strings"

	"keel/sde"
)

// Step is one reverse step from t to s as a Gaussian policy: x_s ~ N(X x_t + D x̂_0 + Prev x̂_0', Std² I), with x̂_0 the denoiser's
// estimate of x_0 at (x_t, t) and x̂_0' its estimate at the step before. Most steps go from t to s < t; a corrector stays at t, and
// churn (EDM) goes up without asking the denoiser (D = 0).
type Step struct {
	From, To float64 // t and s
	X, D     float64 // the mean's coefficients of x_t and of the denoised estimate
	Prev     float64 // of the estimate of the step before, for multistep solvers
	Std      float64
	Second   *Second // a second evaluation, for Heun's method
}

// Second is the second stage of a deterministic step: the mean X x_t + D x̂_0 of the step is the prediction x', and
// x_s = X x_t + D x̂_0(x_t, t) + D2 x̂_0(x', s) with the coefficients here.
type Second struct{ X, D, D2 float64 }

// Policy says whether the step is a Gaussian policy of its state that the denoiser's parameters move: only such a step
// has a log-probability to differentiate, or a KL.
func (s Step) Policy() bool { return s.Std > 0 && s.D != 0 && s.Prev == 0 && s.Second == nil }

// Solver turns a process and a falling time grid into steps. The grid runs from t <= 1 to 0, or to any later time where a chain is
// to end early.
type Solver interface {
	Name() string
	Steps(p sde.Process, grid []float64) []Step
}

// Policies gives the indices of the steps that are policies, for the named estimator. It is an error when there are none, and also when
// some noisy step depends on more than its state: an estimator would then learn from the others alone and never say so.
func Policies(steps []Step, who string) ([]int, error) {
	list, why := policies(steps)
	if why != "" {
		return nil, fmt.Errorf("%s needs noisy steps that are Gaussian given their state, and this solver has none: %s; use one of %s",
			who, why, strings.Join(withPolicy(), ", "))
	}
	return list, nil
}

// policies gives the indices of the steps that are policies, or why there are none to use.
func policies(steps []Step) (list []int, why string) {
	for i, s := range steps {
		switch {
		case s.Policy():
			list = append(list, i)
		case s.Std > 0 && s.D != 0:
			return nil, "its noisy steps depend on more than the current state"
		}
	}
	if list == nil {
		return nil, "its steps are deterministic, or their noise does not depend on the denoiser"
	}
	return list, ""
}

// each makes one step of every interval of the grid.
func each(grid []float64, step func(t, s float64) Step) []Step {
	steps := make([]Step, len(grid)-1)
	for i := range steps {
		steps[i] = step(grid[i], grid[i+1])
	}
	return steps
}
