package tune

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
)

// DPOConfig are the settings of Diffusion-DPO.
type DPOConfig struct {
	LearningRate float64 `toml:"learning_rate"`
	// Beta is the log-odds of a preference per nat of the path's likelihood; 0: the anchor's beta over the rewards' standard deviation, or
	// without an anchor the reference's value.
	Beta    float64 `toml:"beta_dpo"`
	Soft    bool    `toml:"soft"`    // labels are the odds of the standardised rewards' difference, not which is larger
	Epochs  int     `toml:"epochs"`  // passes over the batch, in new pairs, at all noise levels
	Updates int     `toml:"updates"` // optimiser steps in a pass
	Chunk   int     `toml:"chunk"`   // states whose gradient is computed at once: memory, not mathematics
}

// DefaultDPO has the reference's learning rate with its batch of 2048 (1e-8 for each), and its labels.
func DefaultDPO() DPOConfig { return DPOConfig{LearningRate: 2e-5, Epochs: 1, Updates: 1, Chunk: 64} }

// referenceBeta is the reference's beta_dpo = 5000 in our measure: there it multiplies the mean over 16,384 dimensions of the noise's
// squared error with the constant weight 1/2, here the error's own weight in the likelihood of the path, whose mean over its schedule is half
// the 12.4 that the log-SNR falls: 5000 / 16384 / 12.4.
const referenceBeta = 0.025

// Check says what is wrong with the settings.
func (c DPOConfig) Check() error {
	switch {
	case !(c.LearningRate > 0) || !(c.Beta >= 0):
		return errors.New("learning_rate: expected a positive number, and beta_dpo 0 or more")
	case c.Epochs < 1 || c.Updates < 1 || c.Chunk < 2:
		return errors.New("epochs and updates: expected at least 1, and chunk at least 2")
	}
	return nil
}

var _ = Register("diffusion-dpo", "Diffusion-DPO: preference pairs from the batch's rewards (Wallace et al. 2023)", DefaultDPO, NewDPO)

// DPO is Diffusion-DPO (Wallace et al. 2023, eq. 14; SalesforceAIResearch/DiffusionDPO, train.py) on pairs made from the rewards of the
// policy's own samples, within a condition. Both samples of a pair are perturbed to one time with one noise, and
//
//	loss = -log sigmoid(-beta N w_t (|x_0 - D|² - |x_0 - D_pre|² of the better - the same of the worse))
//
// with w_t = (SNR_s - SNR_t)/2 the weight of the step from t to s in the likelihood of the forward process's path, and N the number of such
// steps: the step to t = 0, whose weight is infinite, is left out. The pre-trained model is the anchor.
type DPO struct {
	actor
	setting *Setting
	config  DPOConfig
	learner *learner
}

// NewDPO prepares the estimator.
func NewDPO(s *Setting, c DPOConfig) (*DPO, error) {
	d := &DPO{actor: newActor(s), setting: s, config: c}
	var err error
	d.learner, err = newLearner(s.Engine, "policy", d.layout, s.Adam, []string{"policy_loss", "implicit_accuracy"}, d.objective)
	return d, err
}

// objective takes the pre-trained parameters, the labels, and perturbed samples with their weights: the better ones of the pairs, then the
// worse ones in the same order.
func (d *DPO) objective(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
	label, p := in[1], perturbedOf(in[2:])
	loss := func(scope *nn.Scope) *nn.Node {
		miss := graph.Mul(graph.Sub(p.denoise(d.net, scope), p.X0), p.Free)
		return graph.Mul(graph.ReduceSum(graph.Square(miss), -1), p.Scalar)
	}
	worse := graph.Sub(loss(scope), graph.StopGradient(loss(nn.NewScope(d.layout, in[0]))))
	pairs := label.Shape().Dimensions[0]
	sides := graph.Const(worse.Graph(), [][]float32{{-1}, {1}})
	odds := graph.ReduceSum(graph.Mul(graph.Reshape(worse, 2, pairs), sides), 0) // that the better one is better
	each := graph.Add(graph.Mul(label, graph.Softplus(graph.Neg(odds))), graph.Mul(graph.OneMinus(label), graph.Softplus(odds)))
	total := graph.ReduceAllMean(each)
	right := graph.ConvertDType(graph.GreaterThan(odds, graph.ZerosLike(odds)), odds.DType())
	return total, []*nn.Node{total, graph.ReduceAllMean(right)}
}

// Name is "diffusion-dpo".
func (*DPO) Name() string { return "diffusion-dpo" }

// Update goes over pairs at all noise levels of the sampler, shuffled. A batch without two different rewards teaches nothing.
func (d *DPO) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	own := newOwnSamples(d.setting, it.Rollout)
	weights := d.weights(own)
	_, _, std, _ := policy.Standardise(it.Rewards)
	beta := d.beta(std)
	var all figures
	var count int
	for range d.config.Epochs {
		pairs := preferences(it)
		count += len(pairs)
		for _, part := range split(levelled(pairs, len(weights), it.RNG), d.config.Updates, d.config.Chunk/2) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var batches [][]any
			for _, list := range part {
				batches = append(batches, d.batch(own, it, pairs, list, weights, beta, std))
			}
			f, err := d.learner.update(d.policy, it.rate(d.config.LearningRate), batches...)
			if err != nil {
				return nil, err
			}
			all.add(f)
		}
	}
	values := map[string]float64{"pairs": float64(count)}
	for k, v := range all.means() {
		values[k] = v
	}
	return values, nil
}

// pair are two samples, the better first.
type pair struct{ better, worse int }

// preferences pairs samples of the same condition at random, each at most once; equal rewards are no preference.
func preferences(it *Iteration) []pair {
	var out []pair
	for _, group := range byGroup(it.Rollout.Prior, it.Rewards) {
		it.RNG.Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
		for i := 0; i+1 < len(group); i += 2 {
			a, b := group[i], group[i+1]
			switch {
			case it.Rewards[a] > it.Rewards[b]:
				out = append(out, pair{a, b})
			case it.Rewards[a] < it.Rewards[b]:
				out = append(out, pair{b, a})
			}
		}
	}
	return out
}

// levelled are all pairs at all of so many levels, shuffled: the sample of a place is here the index of a pair.
func levelled(pairs []pair, levels int, rng *rand.Rand) []place {
	var all []place
	for i := range pairs {
		for k := range levels {
			all = append(all, place{i, k})
		}
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// batch are the inputs of the objective for pairs at their levels.
func (d *DPO) batch(own *ownSamples, it *Iteration, pairs []pair, list []place, weights []float64, beta, std float64) []any {
	n := len(list)
	both, labels := make([]place, 2*n), make([]float32, n)
	for i, p := range list {
		two := pairs[p.sample]
		both[i], both[n+i] = place{two.better, p.step}, place{two.worse, p.step}
		labels[i] = 1
		if d.config.Soft {
			labels[i] = float32(1 / (1 + math.Exp(-(it.Rewards[two.better]-it.Rewards[two.worse])/std)))
		}
	}
	eps := own.noise(n, it.RNG)
	inputs := own.inputs(both, append(eps, eps...), func(i int) float64 { return beta * weights[both[i].step] })
	return join([]any{d.setting.pre, nn.FromFloats(labels, n)}, inputs)
}

// weights are N (SNR_s - SNR_t)/2 of the N levels that have one: one level drawn at random then stands for the whole path.
func (d *DPO) weights(own *ownSamples) []float64 {
	var list []float64
	snr := func(t float64) float64 {
		alpha, sigma := d.setting.Process.Kernel(t)
		return alpha * alpha / (sigma * sigma)
	}
	for _, l := range own.levels {
		if l.to > 0 {
			list = append(list, (snr(l.to)-snr(l.from))/2)
		}
	}
	for i := range list {
		list[i] *= float64(len(list))
	}
	return list
}

func (d *DPO) beta(std float64) float64 {
	switch {
	case d.config.Beta > 0:
		return d.config.Beta
	case d.setting.Beta > 0:
		return d.setting.Beta / (std + 1e-8)
	}
	return referenceBeta
}
