package tune

import (
	"context"
	"errors"
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
)

// RWRConfig are the settings of reward-weighted regression.
type RWRConfig struct {
	LearningRate float64 `toml:"learning_rate"`
	Temperature  float64 `toml:"temperature"` // of the weights exp(R / temperature); 0: the anchor's beta, or without one the rewards' deviation
	Epochs       int     `toml:"epochs"`      // passes over the batch's samples at all noise levels
	Updates      int     `toml:"updates"`     // optimiser steps in a pass
	Chunk        int     `toml:"chunk"`       // states whose gradient is computed at once: memory, not mathematics
}

// DefaultRWR passes once over the samples.
func DefaultRWR() RWRConfig { return RWRConfig{LearningRate: 1e-4, Epochs: 1, Updates: 2, Chunk: 64} }

// Check says what is wrong with the settings.
func (c RWRConfig) Check() error {
	switch {
	case !(c.LearningRate > 0) || !(c.Temperature >= 0):
		return errors.New("learning_rate: expected a positive number, and temperature 0 or more")
	case c.Epochs < 1 || c.Updates < 1 || c.Chunk < 1:
		return errors.New("epochs, updates and chunk: expected at least 1")
	}
	return nil
}

var _ = Register("rwr", "RWR: reward-weighted score matching on own samples (Lee et al. 2023, Black et al. 2023)", DefaultRWR, NewRWR)

// RWR is reward-weighted score matching on the policy's own samples (Peters & Schaal 2007; for diffusion models Lee et al. 2023 and the
// baseline of Black et al. 2023, section 4.2): weights exp(R / T), normalised within a condition to mean 1. One exact fit turns the
// law p of the samples into p exp(R / T), so that n iterations give p_pre exp(n R / T): without an anchor it sharpens without end.
//
// The anchor is score matching to the pre-trained model's estimate, with the weight Beta / T. With it the fixed point is
// Beta (D - D_pre) = T E[w (x_0 - D) | x_t], which to first order in R / T is the tilt by R / Beta.
type RWR struct {
	actor
	setting *Setting
	config  RWRConfig
	learner *learner
}

// NewRWR prepares the estimator.
func NewRWR(s *Setting, c RWRConfig) (*RWR, error) {
	d := &RWR{actor: newActor(s), setting: s, config: c}
	var err error
	d.learner, err = newLearner(s.Engine, "policy", d.layout, s.Adam, []string{"policy_loss", "anchor_loss"}, d.objective)
	return d, err
}

// objective takes the pre-trained parameters, the anchor's weight, and perturbed samples with their weights.
func (d *RWR) objective(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
	p := perturbedOf(in[2:])
	each, _ := d.net.Loss(scope, p.X0, p.Xt, p.Kernel, p.Cond)
	fit := graph.ReduceAllMean(graph.Mul(each, p.Scalar))
	if d.setting.Beta == 0 {
		return fit, []*nn.Node{fit, graph.ZerosLike(fit)}
	}
	pre := p.denoise(d.net, nn.NewScope(d.layout, in[0]))
	pre = graph.StopGradient(graph.Add(p.X0, graph.Mul(graph.Sub(pre, p.X0), p.Free))) // what is given, or padding, stays
	each, _ = d.net.Loss(scope, pre, p.Xt, p.Kernel, p.Cond)
	anchor := graph.ReduceAllMean(each)
	return graph.Add(fit, graph.Mul(anchor, in[1])), []*nn.Node{fit, anchor}
}

// Name is "rwr".
func (*RWR) Name() string { return "rwr" }

// Update goes over all samples of the batch at all noise levels of the sampler, shuffled, with fresh noise.
func (d *RWR) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	own := newOwnSamples(d.setting, it.Rollout)
	temperature := d.temperature(it.Rewards)
	weights, effective := rewardWeights(it, temperature)
	var all figures
	for range d.config.Epochs {
		for _, part := range split(own.places(it.Rewards, it.RNG), d.config.Updates, d.config.Chunk) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var batches [][]any
			for _, list := range part {
				inputs := own.inputs(list, own.noise(len(list), it.RNG), func(i int) float64 { return weights[list[i].sample] })
				batches = append(batches, join([]any{d.setting.pre, float32(d.setting.Beta / temperature)}, inputs))
			}
			f, err := d.learner.update(d.policy, it.rate(d.config.LearningRate), batches...)
			if err != nil {
				return nil, err
			}
			all.add(f)
		}
	}
	values := all.means()
	values["effective_samples"] = effective
	return values, nil
}

func (d *RWR) temperature(rewards []float64) float64 {
	switch {
	case d.config.Temperature > 0:
		return d.config.Temperature
	case d.setting.Beta > 0:
		return d.setting.Beta
	}
	_, _, std, _ := policy.Standardise(rewards)
	return std + 1e-8
}

// rewardWeights are exp(R / temperature), of mean 1 within each condition, and the effective number of samples (sum w)² / sum w². A failed reward
// has the weight 0.
func rewardWeights(it *Iteration, temperature float64) (weights []float64, effective float64) {
	weights = make([]float64, len(it.Rewards))
	var sum, sq float64
	for _, group := range byGroup(it.Rollout.Prior, it.Rewards) {
		best, total := math.Inf(-1), 0.0
		for _, b := range group {
			best = max(best, it.Rewards[b])
		}
		for _, b := range group {
			weights[b] = math.Exp((it.Rewards[b] - best) / temperature)
			total += weights[b]
		}
		for _, b := range group {
			weights[b] *= float64(len(group)) / total
			sum, sq = sum+weights[b], sq+weights[b]*weights[b]
		}
	}
	return weights, sum * sum / sq
}
