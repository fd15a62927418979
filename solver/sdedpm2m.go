package solver

import "keel/sde"

// SDEDPM2M is SDE-DPM-Solver++(2M) (Lu et al. 2022b, its SDE variant; "sde-dpmsolver++" of
// huggingface/diffusers, midpoint type): the reverse SDE with its linear part and noise integrated exactly. Without [multistep] it is
// [Ancestral]. Its Gaussian depends on the step before, so that it is no policy of the current state and estimators refuse it.
type SDEDPM2M struct{}

func init() { Register(SDEDPM2M{}, Facts{Order: 2, Noisy: true}) }

// Name is "sde-dpm++2m".
func (SDEDPM2M) Name() string { return "sde-dpm++2m" }

// Steps go along the grid.
func (SDEDPM2M) Steps(p sde.Process, grid []float64) []Step {
	return multistep(p, Ancestral{}.Steps(p, grid))
}
