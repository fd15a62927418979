package tune

import (
	"errors"

	"keel/solver"
)

// DDPGConfig are the settings of DDPG on trajectories.
type DDPGConfig struct {
	LearningRate float64 `toml:"learning_rate"`
	CriticRate   float64 `toml:"critic_rate"`
	ActorSteps   int     `toml:"actor_steps"`  // in an iteration
	CriticSteps  int     `toml:"critic_steps"` // in an iteration
	Minibatch    int     `toml:"minibatch"`    // transitions in a step
	Memory       int     `toml:"memory"`       // latest samples whose rewards give the standardisation's mean and deviation
}

// DefaultDDPG has DiffAC's values.
func DefaultDDPG() DDPGConfig {
	c := DefaultDiffAC()
	return DDPGConfig{LearningRate: c.LearningRate, CriticRate: c.CriticRate, ActorSteps: c.ActorSteps, CriticSteps: c.CriticSteps,
		Minibatch: c.Minibatch, Memory: c.Memory}
}

// Check says what is wrong with the settings.
func (c DDPGConfig) Check() error {
	if !(c.LearningRate > 0) || !(c.CriticRate > 0) {
		return errors.New("learning_rate and critic_rate: expected positive numbers")
	}
	return c.diffAC().Check()
}

// diffAC are the settings of the machinery, with its three switches off.
func (c DDPGConfig) diffAC() DiffACConfig {
	return DiffACConfig{Actor: "ddpg", LearningRate: c.LearningRate, CriticRate: c.CriticRate, ActorSteps: c.ActorSteps,
		CriticSteps: c.CriticSteps, Minibatch: c.Minibatch, Memory: c.Memory, Clip: 1}
}

var _ = Register("ddpg", "DDPG on own trajectories: pathwise through a critic, nothing held consistent (the baseline of Zhou et al. 2024)",
	DefaultDDPG, NewDDPG)

// DDPG is the deterministic policy gradient on trajectories, the baseline that Zhou et al. 2024 stabilise: x_s = mu + sqrt(v) eps, maximise
// V(x_s, s), with critic and actor on the states of the iteration's own trajectories. It is [DiffAC] with everything off that makes it DiffAC.
type DDPG struct{ *DiffAC }

// NewDDPG prepares the estimator.
func NewDDPG(s *Setting, c DDPGConfig) (*DDPG, error) {
	if _, err := solver.Policies(s.Steps, (*DDPG).Name(nil)); err != nil {
		return nil, err
	}
	d, err := NewDiffAC(s, c.diffAC())
	return &DDPG{d}, err
}

// Name is "ddpg-trajectory".
func (*DDPG) Name() string { return "ddpg-trajectory" }
