package solver

import "keel/sde"

// FlowGRPO is the SDE of Flow-GRPO (Liu et al. 2025, section 4.2; yifan123/flow_grpo, sd3_sde_with_logprob.py): noise e = a sqrt(t/(1-t)) on the
// straight line. There g² = 2t/(1-t), so that e² = a² g²/2 states the same for every process: a = sqrt(2) is the reverse SDE itself, a = 0
// the flow. See flowSDE for where the step deviates from the code.
type FlowGRPO struct {
	Level float64 // a; 0.7 where zero, as in the code
}

func init() { Register(FlowGRPO{}, Facts{Order: 1, Noisy: true}) }

// Name is "flow-grpo".
func (FlowGRPO) Name() string { return "flow-grpo" }

// Steps go along the grid.
func (v FlowGRPO) Steps(p sde.Process, grid []float64) []Step {
	a := v.Level
	if a == 0 {
		a = 0.7
	}
	return flowSDE(p, grid, func(t float64) float64 {
		_, g2 := p.Coefficients(t)
		return a * a * g2 / 2
	})
}
