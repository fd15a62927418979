package solver

import "keel/sde"

// DanceGRPO is the SDE of DanceGRPO (Xue et al. 2025; XueZeyue/DanceGRPO, train_grpo_flux.py, flux_step): the same noise e = Eta at
// all times. Eta is in the state's units per square root of time, and so made for processes whose sigma stays near 1; at VE's or EDM's large noise
// levels it is next to nothing. See flowSDE for where the step deviates from the code.
type DanceGRPO struct {
	Eta float64 // 0.3 where zero, as in their scripts
}

func init() { Register(DanceGRPO{}, Facts{Order: 1, Noisy: true}) }

// Name is "dance-grpo".
func (DanceGRPO) Name() string { return "dance-grpo" }

// Steps go along the grid.
func (v DanceGRPO) Steps(p sde.Process, grid []float64) []Step {
	eta := v.Eta
	if eta == 0 {
		eta = 0.3
	}
	return flowSDE(p, grid, func(float64) float64 { return eta * eta })
}
