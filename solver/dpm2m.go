package solver

import "keel/sde"

// DPM2M is DPM-Solver++(2M) (Lu et al. 2022b, algorithm 2; 2M for second order, multistep): one evaluation a step, deterministic.
// Without [multistep] it is DDIM.
type DPM2M struct{}

func init() { Register(DPM2M{}, Facts{Order: 2}) }

// Name is "dpm++2m".
func (DPM2M) Name() string { return "dpm++2m" }

// Steps go along the grid.
func (DPM2M) Steps(p sde.Process, grid []float64) []Step {
	return multistep(p, DDIM{}.Steps(p, grid))
}
