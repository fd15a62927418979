package tune

import (
	"context"
	"errors"
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
)

// DDPOConfig are the settings of DDPO-IS.
type DDPOConfig struct {
	LearningRate float64 `toml:"learning_rate"`
	Clip         float64 `toml:"clip"`           // of the ratio
	ClipAdv      float64 `toml:"clip_advantage"` // in standard deviations
	Epochs       int     `toml:"epochs"`         // passes over the batch's transitions
	Updates      int     `toml:"updates"`        // optimiser steps in a pass
	Chunk        int     `toml:"chunk"`          // transitions whose gradient is computed at once: memory, not mathematics
}

// DefaultDDPO has the reference code's values but for the learning rate: its 3e-4 is for low-rank adapters.
func DefaultDDPO() DDPOConfig {
	return DDPOConfig{LearningRate: 1e-4, Clip: 1e-4, ClipAdv: 5, Epochs: 1, Updates: 2, Chunk: 64}
}

// Check says what is wrong with the settings.
func (c DDPOConfig) Check() error {
	switch {
	case !(c.LearningRate > 0) || !(c.Clip > 0) || !(c.ClipAdv > 0):
		return errors.New("learning_rate, clip and clip_advantage: expected positive numbers")
	case c.Epochs < 1 || c.Updates < 1 || c.Chunk < 1:
		return errors.New("epochs, updates and chunk: expected at least 1")
	}
	return nil
}

var _ = Register("ddpo-is", "DDPO-IS: clipped importance ratios on own trajectories (Black et al. 2023)", DefaultDDPO, NewDDPO)

// DDPO is DDPO-IS (Black et al. 2023, kvablack/ddpo-pytorch): every step of the policy's own trajectories, the clipped
// importance ratio of PPO, log-probabilities as the mean over dimensions.
type DDPO struct {
	actor
	setting *Setting
	config  DDPOConfig
	learner *learner
}

// NewDDPO prepares the estimator.
func NewDDPO(s *Setting, c DDPOConfig) (*DDPO, error) {
	d := &DDPO{actor: newActor(s), setting: s, config: c}
	var err error
	d.learner, err = newLearner(s.Engine, "policy", d.layout, s.Adam, []string{"policy_loss", "clip_fraction", "kl_anchor"},
		func(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
			t, cond := policy.Nodes(in), in[policy.NumTransitionInputs+1:]
			clean := d.denoise(scope, t, cond)
			ratio := graph.Exp(t.LogRatio(clean, true))
			gain, fired := clippedGain(ratio, t.Scalar, c.Clip)
			kl := graph.Div(t.KL(clean, t.Ref), graph.ReduceSum(t.Mask, -1)) // over dimensions, as the log-probability
			loss := graph.Add(graph.Neg(gain), graph.ReduceAllMean(graph.Mul(kl, in[policy.NumTransitionInputs])))
			return loss, []*nn.Node{loss, fired, graph.ReduceAllMean(kl)}
		})
	return d, err
}

// clippedGain is PPO's surrogate E[min(A r, A clip(r, 1 ± clip))], and the share of the ratios outside of the clip.
func clippedGain(ratio, advantage *nn.Node, clip float64) (gain, fired *nn.Node) {
	plain := graph.Mul(advantage, ratio)
	clipped := graph.Mul(advantage, graph.ClipScalar(ratio, 1-clip, 1+clip))
	gain = graph.ReduceAllMean(graph.Min(plain, clipped))
	outside := graph.GreaterThan(graph.Abs(graph.MinusOne(ratio)), graph.Scalar(ratio.Graph(), ratio.DType(), clip))
	return gain, graph.ReduceAllMean(graph.ConvertDType(outside, ratio.DType()))
}

// Name is "ddpo-is".
func (*DDPO) Name() string { return "ddpo-is" }

// Update goes over all transitions of the batch, shuffled.
func (d *DDPO) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	t, err := newTrajectories(d.setting, it, d.Name())
	if err != nil {
		return nil, err
	}
	advantages, scale := t.standardised()
	for _, row := range advantages {
		for b, a := range row {
			row[b] = math.Max(-d.config.ClipAdv, math.Min(d.config.ClipAdv, a))
		}
	}
	var all figures
	for range d.config.Epochs {
		for _, part := range split(t.places(it.RNG), d.config.Updates, d.config.Chunk) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var batches [][]any
			for _, list := range part {
				tr, cond := t.batch(list, advantages)
				batches = append(batches, join(tr.Inputs(), []any{float32(d.setting.Beta / scale)}, cond))
			}
			f, err := d.learner.update(d.policy, d.config.LearningRate, batches...)
			if err != nil {
				return nil, err
			}
			all.add(f)
		}
	}
	return all.means(), nil
}
