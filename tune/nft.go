package tune

import (
	"context"
	"errors"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
)

// NFTConfig are the settings of DiffusionNFT.
type NFTConfig struct {
	LearningRate float64 `toml:"learning_rate"`
	Mix          float64 `toml:"mix"`            // how far the implicit policies lie from the old one; the reference's beta
	ClipAdv      float64 `toml:"clip_advantage"` // in standard deviations: it gives the optimality 0 or 1
	DecayRate    float64 `toml:"decay_rate"`     // of the old policy: its decay grows by this with each optimiser step
	DecayMax     float64 `toml:"decay_max"`      // up to this
	DecayFlat    int     `toml:"decay_flat"`     // optimiser steps before it starts to grow
	Epochs       int     `toml:"epochs"`         // passes over the batch's samples at all noise levels
	Updates      int     `toml:"updates"`        // optimiser steps in a pass
	Chunk        int     `toml:"chunk"`          // states whose gradient is computed at once: memory, not mathematics
}

// DefaultNFT has the reference code's values (config/nft.py) but for the learning rate: its 3e-4 is for low-rank adapters.
func DefaultNFT() NFTConfig {
	return NFTConfig{LearningRate: 1e-4, Mix: 1, ClipAdv: 5, DecayRate: 0.001, DecayMax: 0.5, Epochs: 1, Updates: 1, Chunk: 64}
}

// Check says what is wrong with the settings.
func (c NFTConfig) Check() error {
	switch {
	case !(c.LearningRate > 0) || !(c.Mix > 0) || !(c.ClipAdv > 0):
		return errors.New("learning_rate, mix and clip_advantage: expected positive numbers")
	case !(c.DecayRate >= 0) || !(c.DecayMax >= 0) || c.DecayMax >= 1 || c.DecayFlat < 0:
		return errors.New("decay_rate and decay_flat: expected 0 or more, and decay_max at least 0 and below 1")
	case c.Epochs < 1 || c.Updates < 1 || c.Chunk < 1:
		return errors.New("epochs, updates and chunk: expected at least 1")
	}
	return nil
}

var _ = Register("nft", "DiffusionNFT: contrast of implicit policies on perturbed own samples (Zheng et al. 2025)", DefaultNFT, NewNFT)

// NFT is DiffusionNFT (Zheng et al. 2025, NVlabs/DiffusionNFT, train_nft_sd3.py). Samples of an old policy are perturbed; with the
// estimates D of the learning policy and D_old of the old one, the implicit policies D+ = (1 - m) D_old + m D and
// D- = (1 + m) D_old - m D are held to x_0 with the weights r and 1 - r, where r is the reward as a probability of being optimal. To
// first order its optimum is D = D_old + E[A (x_0 - D_old) | x_t] / (c m): the old policy's samples tilted by their advantages A,
// with c the clip of those. The reference states all this for velocities; estimates of x_0 are affine in them at a given x_t, so mixtures of
// one are mixtures of the other, and its loss is on x_0 already.
//
// The policy that samples, and that the run gives, is the old one: it follows the learning one as a moving average.
type NFT struct {
	actor
	setting *Setting
	config  NFTConfig
	old     *nn.Tensor
	learner *learner
}

// NewNFT prepares the estimator.
func NewNFT(s *Setting, c NFTConfig) (*NFT, error) {
	d := &NFT{actor: newActor(s), setting: s, config: c, old: nn.FromFloats(s.Params, len(s.Params))}
	var err error
	d.learner, err = newLearner(s.Engine, "policy", d.layout, s.Adam, []string{"policy_loss", "old_deviation", "anchor_deviation"}, d.objective)
	return d, err
}

// objective takes the old and the pre-trained parameters, the anchor's weight, and perturbed samples with their optimality.
func (d *NFT) objective(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
	anchor, p := in[2], perturbedOf(in[3:])
	frozen := func(params *nn.Node) *nn.Node {
		return graph.StopGradient(p.denoise(d.net, nn.NewScope(d.layout, params)))
	}
	clean, old := p.denoise(d.net, scope), frozen(in[0])
	square := func(a, b *nn.Node) *nn.Node { return p.mean(graph.Square(graph.Sub(a, b))) }
	// The adaptive weight: one over the mean absolute error of what it weighs.
	weight := func(estimate *nn.Node) *nn.Node {
		return graph.StopGradient(graph.Reciprocal(graph.MaxScalar(p.mean(graph.Abs(graph.Sub(estimate, p.X0))), 1e-5)))
	}
	lead := graph.MulScalar(graph.Sub(clean, old), d.config.Mix)
	good, bad := graph.Add(old, lead), graph.Sub(old, lead)
	forGood := graph.Mul(p.Scalar, weight(good))
	forBad := graph.Mul(graph.OneMinus(p.Scalar), weight(bad))
	each := graph.Add(graph.Mul(forGood, square(good, p.X0)), graph.Mul(forBad, square(bad, p.X0)))
	loss := graph.MulScalar(graph.ReduceAllMean(each), d.config.ClipAdv/d.config.Mix)
	figures := []*nn.Node{loss, graph.ReduceAllMean(square(clean, old)), graph.ZerosLike(loss)}
	if d.setting.Beta != 0 {
		far := square(clean, frozen(in[1]))
		loss = graph.Add(loss, graph.Mul(anchor, graph.ReduceAllMean(graph.Mul(graph.Add(forGood, forBad), far))))
		figures[2] = graph.ReduceAllMean(far)
	}
	return loss, figures
}

// Name is "nft".
func (*NFT) Name() string { return "nft" }

// Params are the old policy's, which samples.
func (d *NFT) Params() *nn.Tensor { return d.old }

// Adopt goes on from other parameters of the old policy; the learning one keeps its lead.
func (d *NFT) Adopt(params []float32) {
	old, learning := nn.Floats(d.old), nn.Floats(d.policy.Params)
	for i, v := range params {
		learning[i] += v - old[i]
	}
	d.actor.Adopt(learning)
	d.replace(params)
}

func (d *NFT) replace(old []float32) {
	nn.Free(d.old)
	d.old = nn.FromFloats(old, len(old))
}

// Update goes over all samples of the batch at all noise levels of the sampler, shuffled, with fresh noise.
func (d *NFT) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	own := newOwnSamples(d.setting, it.Rollout)
	optimality, scale := d.optimality(it)
	var all figures
	for range d.config.Epochs {
		for _, part := range split(own.places(it.Rewards, it.RNG), d.config.Updates, d.config.Chunk) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var batches [][]any
			for _, list := range part {
				inputs := own.inputs(list, own.noise(len(list), it.RNG), func(i int) float64 { return optimality[list[i].sample] })
				batches = append(batches, join([]any{d.old, d.setting.pre, float32(d.setting.Beta / scale)}, inputs))
			}
			f, err := d.learner.update(d.policy, it.rate(d.config.LearningRate), batches...)
			if err != nil {
				return nil, err
			}
			all.add(f)
		}
	}
	values := all.means()
	values["old_decay"] = d.follow()
	return values, nil
}

// optimality is (1 + A/c)/2 between 0 and 1, with A the reward less the mean of its condition, in standard deviations of all rewards, and c
// the clip; and that deviation.
func (d *NFT) optimality(it *Iteration) (r []float64, scale float64) {
	_, _, scale, _ = policy.Standardise(it.Rewards)
	scale += 1e-8
	r = make([]float64, len(it.Rewards))
	for _, group := range byGroup(it.Rollout.Prior, it.Rewards) {
		var mean float64
		for _, b := range group {
			mean += it.Rewards[b] / float64(len(group))
		}
		for _, b := range group {
			r[b] = min(max((1+(it.Rewards[b]-mean)/scale/d.config.ClipAdv)/2, 0), 1)
		}
	}
	return r, scale
}

// follow moves the old policy towards the learning one.
func (d *NFT) follow() (decay float64) {
	decay = min(d.config.DecayRate*float64(max(d.policy.Steps-d.config.DecayFlat, 0)), d.config.DecayMax)
	old, learning := nn.Floats(d.old), nn.Floats(d.policy.Params)
	for i, v := range learning {
		old[i] = float32(decay*float64(old[i]) + (1-decay)*float64(v))
	}
	d.replace(old)
	return decay
}

// Save keeps both policies.
func (d *NFT) Save(w *nn.Weights) {
	d.actor.Save(w)
	saveVector(w, "old", d.old)
}

// Load is the inverse of Save.
func (d *NFT) Load(w *nn.Weights) error {
	if err := d.actor.Load(w); err != nil {
		return err
	}
	old, err := loadVector(w, "old", d.layout.Size())
	if err != nil {
		return err
	}
	d.old = old
	return nil
}
