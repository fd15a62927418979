package tune

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"keel/nn"
	"keel/policy"
	"keel/pretrain"
)

// ConsistencyConfig says how an SDE is brought back to its own perturbation process: score matching on the policy's own samples.
type ConsistencyConfig struct {
	Steps     int     `toml:"steps"`     // of score matching in an iteration; 0 for none
	Rate      float64 `toml:"rate"`      // learning rate
	Minibatch int     `toml:"minibatch"` // perturbed samples in a step
	Fresh     int     `toml:"fresh"`     // samples drawn for it from the current policy: they need no reward; 0 takes those at hand
	Average   float64 `toml:"average"`   // decay of the weight average that is its result
}

// DefaultConsistency is gentle: a few small steps on the samples at hand, averaged.
func DefaultConsistency() ConsistencyConfig {
	return ConsistencyConfig{Steps: 4, Rate: 2e-5, Minibatch: 64, Average: 0.9}
}

// Check says what is wrong with the settings.
func (c ConsistencyConfig) Check() error {
	switch {
	case c.Steps < 0 || c.Fresh < 0:
		return errors.New("consistency: steps and fresh: expected 0 or more")
	case c.Steps == 0:
		return nil
	case !(c.Rate > 0) || c.Minibatch < 1:
		return errors.New("consistency: rate: expected a positive number, and minibatch at least 1")
	case !(c.Average > 0) || c.Average >= 1:
		return fmt.Errorf("consistency: average = %v: expected a number between 0 and 1", c.Average)
	}
	return nil
}

// matchingLevels are the noise levels of score matching on own samples.
var matchingLevels = pretrain.Levels{Mean: -1, Std: 1.4}

// consistency score-matches a policy on samples.
type consistency struct {
	setting *Setting
	config  ConsistencyConfig
	stepper *pretrain.Stepper
	net     nn.Denoiser
}

func newConsistency(s *Setting, c ConsistencyConfig) *consistency {
	net, layout := s.Task.Network()
	return &consistency{setting: s, config: c, net: net,
		stepper: pretrain.NewStepper(s.Engine, layout, nn.Adam{EMA: c.Average}, s.Process, matchingLevels)}
}

// restore gives the weight average of score matching from the given parameters on the replay's samples, or on fresh ones, and its loss
// before the first step.
func (c *consistency) restore(ctx context.Context, params *nn.Tensor, samples *policy.Replay, rng *rand.Rand) (restored []float32, loss float64, err error) {
	if c.config.Fresh > 0 {
		if samples, err = c.setting.draw(ctx, params, c.config.Fresh, rng); err != nil {
			return nil, 0, err
		}
	}
	state := nn.NewOptState(nn.Floats(params))
	defer func() { nn.Free(state.Params, state.M, state.V, state.Avg) }()
	for k := range c.config.Steps {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		list := samples.Draw(rng, c.config.Minibatch)
		b := &pretrain.Batch{Shape: fmt.Sprint(len(list)), Net: c.net, Size: len(list), Cond: samples.Conditions(list)}
		for _, s := range list {
			b.X0, b.Mask = append(b.X0, s.X0...), append(b.Mask, s.Mask...)
		}
		rep, err := c.stepper.Step(state, b, c.config.Rate, rng)
		if err != nil {
			return nil, 0, err
		}
		if k == 0 {
			loss = rep.Loss
		}
	}
	return nn.Floats(state.Avg), loss, nil
}

// draw draws n samples from the policy with these parameters, with no reward but 0.
func (s *Setting) draw(ctx context.Context, params *nn.Tensor, n int, rng *rand.Rand) (*policy.Replay, error) {
	prior, err := s.Task.Prior(rng, n)
	if err != nil {
		return nil, err
	}
	r, err := s.Sampler.Roll(ctx, params, prior, false, rng)
	if err != nil {
		return nil, err
	}
	samples := &policy.Replay{Capacity: n}
	samples.Add(r, make([]float64, n))
	return samples, nil
}
