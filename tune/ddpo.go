package tune

import (
	"context"
	"errors"
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
	"keel/solver"
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
// importance ratio of PPO, log-probabilities as the mean over dimensions. Where the task names conditions, rewards are standardised by
// running statistics of their own; not under an anchor, whose cost needs one scale for all.
type DDPO struct {
	actor
	setting *Setting
	config  DDPOConfig
	learner *learner
	tracker policy.Tracker
}

// NewDDPO prepares the estimator.
func NewDDPO(s *Setting, c DDPOConfig) (*DDPO, error) {
	d := &DDPO{actor: newActor(s), setting: s, config: c}
	if _, err := solver.Policies(s.Steps, d.Name()); err != nil {
		return nil, err
	}
	var err error
	d.learner, err = newRatioLearner(&d.actor, s, clippedGain, c.Clip)
	return d, err
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
	if it.Rollout.Group != nil && d.setting.Beta == 0 {
		each := d.tracker.Advantages(it.Rewards, it.Rollout.Group)
		for _, row := range advantages {
			copy(row, each)
		}
	}
	clipAdvantages(advantages, d.config.ClipAdv)
	weights := make([]float64, len(it.Rewards))
	for b := range weights {
		weights[b] = d.setting.Beta / scale
	}
	var all figures
	for range d.config.Epochs {
		parts := split(t.places(it.RNG), d.config.Updates, d.config.Chunk)
		if err := d.learner.follow(ctx, &d.actor, it.rate(d.config.LearningRate), t, parts, advantages, weights, &all); err != nil {
			return nil, err
		}
	}
	return all.means(), nil
}

// Save keeps the policy and the conditions' statistics.
func (d *DDPO) Save(w *nn.Weights) {
	d.actor.Save(w)
	d.tracker.Save(w)
}

// Load is the inverse of Save.
func (d *DDPO) Load(w *nn.Weights) error { return errors.Join(d.actor.Load(w), d.tracker.Load(w)) }

func clipAdvantages(advantages [][]float64, limit float64) {
	for _, row := range advantages {
		for b, a := range row {
			row[b] = math.Max(-limit, math.Min(limit, a))
		}
	}
}

// gain is a surrogate of the expected advantage, built from importance ratios and advantages [batch] and the width of the ratios' clip.
type gain func(ratio, advantage *nn.Node, clip float64) *nn.Node

// clippedGain is PPO's E[min(A r, A clip(r, 1 ± clip))].
func clippedGain(ratio, advantage *nn.Node, clip float64) *nn.Node {
	plain := graph.Mul(advantage, ratio)
	clipped := graph.Mul(advantage, graph.ClipScalar(ratio, 1-clip, 1+clip))
	return graph.ReduceAllMean(graph.Min(plain, clipped))
}

// newRatioLearner is the learner of estimators with importance ratios: it maximises the gain less the KL to the pre-trained model, where
// the setting has an anchor. Log-probabilities and KLs are means over dimensions. Inputs: transitions with their advantages, weights of
// their KLs [batch], conditions.
func newRatioLearner(a *actor, s *Setting, build gain, clip float64) (*learner, error) {
	return newLearner(s.Engine, "policy", a.layout, s.Adam, []string{"policy_loss", "clip_fraction", "kl_anchor"},
		func(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
			t, cond := policy.Nodes(in), in[policy.NumTransitionInputs+1:]
			clean := a.denoise(scope, t, cond)
			ratio := graph.Exp(t.LogRatio(clean, true))
			outside := graph.GreaterThan(graph.Abs(graph.MinusOne(ratio)), graph.Scalar(ratio.Graph(), ratio.DType(), clip))
			fired := graph.ReduceAllMean(graph.ConvertDType(outside, ratio.DType()))
			loss := graph.Neg(build(ratio, t.Scalar, clip))
			anchor := graph.ZerosLike(loss)
			if s.Beta != 0 {
				kl := graph.Div(t.KL(clean, t.Ref), graph.ReduceSum(t.Mask, -1))
				loss = graph.Add(loss, graph.ReduceAllMean(graph.Mul(kl, in[policy.NumTransitionInputs])))
				anchor = graph.ReduceAllMean(kl)
			}
			return loss, []*nn.Node{loss, fired, anchor}
		})
}

// follow takes the optimiser steps of one pass: parts are the chunks of transitions of each, advantages are [policy step][sample], weights those
// of a sample's KLs.
func (l *learner) follow(ctx context.Context, a *actor, rate float64, t *trajectories, parts [][][]place, advantages [][]float64, weights []float64,
	all *figures) error {
	for _, part := range parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		var batches [][]any
		for _, list := range part {
			tr, cond := t.batch(list, advantages)
			weight := make([]float32, len(list))
			for i, p := range list {
				weight[i] = float32(weights[p.sample])
			}
			batches = append(batches, join(tr.Inputs(), []any{nn.FromFloats(weight, len(weight))}, cond))
		}
		f, err := l.update(a.policy, rate, batches...)
		if err != nil {
			return err
		}
		all.add(f)
	}
	return nil
}

// anchored is the setting with a weight of the anchor where it has none of its own.
func (s *Setting) anchored(beta float64) *Setting {
	with := *s
	if with.Beta == 0 {
		with.Beta = beta
	}
	return &with
}
