package policy

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"keel/sde"
	"keel/solver"
)

// Free is the mask [Size, Dims] of the dimensions that the policy moves: those that exist and are not fixed. Only they carry
// log-probability and KL. The caller must not write into it.
func (p Prior) Free() []float32 {
	if p.Fixed == nil {
		return p.Mask
	}
	free := make([]float32, len(p.Mask))
	for k, m := range p.Mask {
		if m != 0 && p.Fixed[k] == 0 {
			free[k] = 1
		}
	}
	return free
}

// check says what is wrong with the sizes of the fields.
func (p Prior) check() error {
	want := p.Size * p.Dims
	switch {
	case len(p.Mask) != want:
		return fmt.Errorf("the prior's mask has %d values: expected %d samples of %d dimensions", len(p.Mask), p.Size, p.Dims)
	case p.Group != nil && len(p.Group) != p.Size:
		return fmt.Errorf("the prior names %d groups: expected one for each of %d samples", len(p.Group), p.Size)
	case p.Fixed == nil && p.Known == nil:
		return nil
	case len(p.Fixed) != want || len(p.Known) != want:
		return fmt.Errorf("the prior's Fixed has %d values and its Known %d: expected both for %d samples of %d dimensions",
			len(p.Fixed), len(p.Known), p.Size, p.Dims)
	}
	for i, free := range freeDims(p) {
		if free == 0 {
			return fmt.Errorf("sample %d has all its dimensions fixed: there is nothing to draw", i)
		}
	}
	return nil
}

// freeDims counts each sample's free dimensions [Size].
func freeDims(p Prior) []int {
	out := make([]int, p.Size)
	for k, free := range p.Free() {
		if free != 0 {
			out[k/p.Dims]++
		}
	}
	return out
}

// Resampled goes over each step repeats times (1 changes nothing), with a step of the forward process back up between them: RePaint's resampling
// (algorithm 1, lines 9 and 10, jump length 1; they use 10), which lets free dimensions take in what the fixed ones say. The last step is
// made once. The way up has no denoiser in it, so the other steps are the policies that they were. It is an error where a step uses the
// estimate of the step before, which would be that of another time.
func Resampled(process sde.Process, steps []solver.Step, repeats int) ([]solver.Step, error) {
	var out []solver.Step
	for i, step := range steps {
		if step.Prev != 0 {
			return nil, errors.New("resampling repeats single steps, and this solver's use the estimate of the step before: take a one-step solver")
		}
		out = append(out, step)
		if step.To >= step.From || i == len(steps)-1 {
			continue
		}
		alpha, sigma := sde.Transition(process, step.To, step.From)
		for range repeats - 1 {
			out = append(out, solver.Step{From: step.To, To: step.From, X: alpha, Std: sigma}, step)
		}
	}
	return out, nil
}

// fix replaces the fixed dimensions of states x [Size, Dims] by a fresh draw from the perturbation of the known values at time t, as RePaint does
// after each step (Lugmayr et al. 2022, algorithm 1). This only approximates p(free | known), and errs towards p(free): a free dimension
// sees the known ones through noise that is drawn anew each time. [Resampled] steps err less.
func (p Prior) fix(x []float32, process sde.Process, t float64, rows []*rand.Rand) {
	if p.Fixed == nil {
		return
	}
	alpha, sigma := process.Kernel(t)
	for k, fixed := range p.Fixed {
		if fixed != 0 && p.Mask[k] != 0 {
			x[k] = float32(alpha*float64(p.Known[k]) + sigma*rows[k/p.Dims].NormFloat64())
		}
	}
}

// finish sets the fixed dimensions to the known values themselves, whatever the time at which the steps end.
func (p Prior) finish(x []float32) {
	for k, fixed := range p.Fixed {
		if fixed != 0 && p.Mask[k] != 0 {
			x[k] = p.Known[k]
		}
	}
}
