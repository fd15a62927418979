package policy

import (
	"keel/nn"
	"keel/solver"
)

// PathKL is the sum over the policy steps of KL(policy || other) [Size] along a rollout with trajectories, other being the same network under
// other parameters. Its mean over the policy's own rollouts estimates KL(path of the policy || path of the other) without bias, and with less
// variance than the log-ratio of the paths, for each step's expectation is taken in closed form. Steps that are no policies count
// nothing: what is deterministic has no density. A solver whose noisy steps are not Gaussian given their state is an error.
func (s *Sampler) PathKL(other *nn.Tensor, r *Rollout) ([]float64, error) {
	at, err := solver.Policies(r.Steps, "the KL of paths")
	if err != nil {
		return nil, err
	}
	sum := make([]float64, r.Size)
	for _, i := range at {
		clean, err := s.Denoise(other, r.States[i], r.Steps[i].From, r.Prior)
		if err != nil {
			return nil, err
		}
		for b, kl := range StepKL(r, i, clean) {
			sum[b] += kl
		}
	}
	return sum, nil
}
