package tune

import (
	"context"
	"errors"

	"keel/policy"
	"keel/solver"
)

// GRPOConfig are the settings of GRPO.
type GRPOConfig struct {
	LearningRate float64 `toml:"learning_rate"`
	Clip         float64 `toml:"clip"`              // of the ratio
	ClipAdv      float64 `toml:"clip_advantage"`    // in standard deviations
	GlobalStd    bool    `toml:"global_std"`        // divide by the deviation of all rewards, else by the group's own
	KL           float64 `toml:"kl"`                // weight of the KL to the pre-trained model where the task sets no beta; 0 for none
	Fraction     float64 `toml:"timestep_fraction"` // of a sample's steps to learn from
	Epochs       int     `toml:"epochs"`            // passes over the batch's transitions
	Updates      int     `toml:"updates"`           // optimiser steps in a pass
	Chunk        int     `toml:"chunk"`             // transitions whose gradient is computed at once: memory, not mathematics
}

// DefaultGRPO has Flow-GRPO's values (config/base.py, and the KL's weight of its GenEval runs) but for the learning rate: its 3e-4 is for
// low-rank adapters.
func DefaultGRPO() GRPOConfig {
	return GRPOConfig{LearningRate: 1e-4, Clip: 1e-4, ClipAdv: 5, GlobalStd: true, KL: 0.04, Fraction: 1, Epochs: 1, Updates: 2, Chunk: 64}
}

// Check says what is wrong with the settings.
func (c GRPOConfig) Check() error {
	switch {
	case !(c.LearningRate > 0) || !(c.Clip > 0) || !(c.ClipAdv > 0):
		return errors.New("learning_rate, clip and clip_advantage: expected positive numbers")
	case !(c.KL >= 0):
		return errors.New("kl: expected 0 (none) or more")
	case !(c.Fraction > 0) || c.Fraction > 1:
		return errors.New("timestep_fraction: expected more than 0 and at most 1")
	case c.Epochs < 1 || c.Updates < 1 || c.Chunk < 1:
		return errors.New("epochs, updates and chunk: expected at least 1")
	}
	return nil
}

var _ = Register("grpo", "GRPO: advantages relative to samples of the same condition (Flow-GRPO, DanceGRPO 2025)", DefaultGRPO, NewGRPO)

// GRPO is group-relative policy optimisation of a diffusion SDE (Liu et al. 2025, yifan123/flow_grpo, train_sd3.py; Xue et al. 2025,
// XueZeyue/DanceGRPO, train_grpo_flux.py): DDPO-IS's clipped ratios with advantages within groups, and the KL to the pre-trained
// model differentiated at the states as they come. What a step does to the KL of later ones is left out, as there.
type GRPO struct {
	actor
	setting *Setting // with the weight of the KL as its Beta
	config  GRPOConfig
	given   bool // the task set a beta: the KL is in the reward's unit
	learner *learner
}

// NewGRPO prepares the estimator.
func NewGRPO(s *Setting, c GRPOConfig) (*GRPO, error) {
	d := &GRPO{actor: newActor(s), setting: s.anchored(c.KL), config: c, given: s.Beta != 0}
	if _, err := solver.Policies(s.Steps, d.Name()); err != nil {
		return nil, err
	}
	var err error
	d.learner, err = newRatioLearner(&d.actor, d.setting, clippedGain, c.Clip)
	return d, err
}

// Name is "grpo".
func (*GRPO) Name() string { return "grpo" }

// Update goes over the chosen transitions of the batch, shuffled.
func (d *GRPO) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	t, err := newTrajectories(d.setting, it, d.Name())
	if err != nil {
		return nil, err
	}
	each, weights := d.advantages(it)
	advantages := make([][]float64, len(t.at))
	for k := range advantages {
		advantages[k] = each
	}
	clipAdvantages(advantages, d.config.ClipAdv)
	var all figures
	for range d.config.Epochs {
		parts := split(d.places(t), d.config.Updates, d.config.Chunk)
		if err := d.learner.follow(ctx, &d.actor, it.rate(d.config.LearningRate), t, parts, advantages, weights, &all); err != nil {
			return nil, err
		}
	}
	return all.means(), nil
}

// advantages are relative to the sample's group [sample]; weights are those of its KL next to them.
func (d *GRPO) advantages(it *Iteration) (advantages, weights []float64) {
	const floor = 1e-4 // keeps groups of equal rewards from a division by zero, as Flow-GRPO has it
	advantages, weights = make([]float64, len(it.Rewards)), make([]float64, len(it.Rewards))
	_, _, global, _ := policy.Standardise(it.Rewards)
	for _, group := range groups(it) {
		rewards := make([]float64, len(group))
		for i, b := range group {
			rewards[i] = it.Rewards[b]
		}
		_, mean, std, _ := policy.Standardise(rewards)
		if d.config.GlobalStd {
			std = global
		}
		for _, b := range group {
			advantages[b], weights[b] = (it.Rewards[b]-mean)/(std+floor), d.setting.Beta
			if d.given {
				weights[b] /= std + floor
			}
		}
	}
	return advantages, weights
}

// places are the transitions to learn from in one pass: a part of each sample's steps, drawn afresh (DanceGRPO), shuffled.
func (d *GRPO) places(t *trajectories) []place {
	if d.config.Fraction == 1 {
		return t.places(t.it.RNG)
	}
	var all []place
	n := max(1, int(d.config.Fraction*float64(len(t.at))))
	for b, r := range t.it.Rewards {
		if policy.Finite(r) {
			for _, k := range t.it.RNG.Perm(len(t.at))[:n] {
				all = append(all, place{b, k})
			}
		}
	}
	t.it.RNG.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// groups are the samples that have a reward, by the condition they have; a task that names none has one.
func groups(it *Iteration) [][]int {
	var out [][]int
	index := map[int]int{}
	for b, r := range it.Rewards {
		if !policy.Finite(r) {
			continue
		}
		condition := 0
		if it.Rollout.Group != nil {
			condition = it.Rollout.Group[b]
		}
		g, known := index[condition]
		if !known {
			g = len(out)
			index[condition], out = g, append(out, nil)
		}
		out[g] = append(out[g], b)
	}
	return out
}
