package image

import (
	"context"
	"math"
	"math/rand/v2"

	"keel/nn"
	"keel/policy"
	"keel/task/image/caption"
	"keel/task/image/picture"
	"keel/task/image/reward"
	"keel/tune"
)

// Prompts is the task that is tuned on: pictures of some captions that earn a reward.
type Prompts struct {
	model        *Model
	captions     []caption.Caption
	each         int // samples of a caption in a batch
	reward       *reward.Reward
	net          *policy.Guidance
	critic       *policy.Guidance
	criticLayout *nn.Layout
	criticOf     Network
}

var _ tune.Task = (*Prompts)(nil)

// NewPrompts prepares a model under guidance. each is how many samples of one caption a batch holds, at least: estimators compare them.
func NewPrompts(e *nn.Engine, m *Model, captions []caption.Caption, each int, guidance float64, earn *reward.Reward) (*Prompts, error) {
	p := &Prompts{model: m, captions: captions, each: each, reward: earn, criticOf: m.Net}
	policyOf := m.Net
	policyOf.stillText = true
	var err error
	if p.net, err = NewGuidance(&policyOf, guidance); err != nil {
		return nil, err
	}
	// The critic judges what is sampled; guidance is no affair of its own, but it has the same conditions.
	if p.critic, err = policy.NewGuidance(&p.criticOf, 1, policy.EveryLevel); err != nil {
		return nil, err
	}
	p.criticLayout, err = p.criticOf.DeclareCritic(e)
	return p, err
}

// Network is the guided denoiser.
func (p *Prompts) Network() (nn.Denoiser, *nn.Layout) { return p.net, p.model.Layout }

// Critic is the value network.
func (p *Prompts) Critic() (nn.Denoiser, *nn.Layout) { return p.critic, p.criticLayout }

// Prior draws captions for a batch, each several times.
func (p *Prompts) Prior(rng *rand.Rand, size int) (policy.Prior, error) {
	order := rng.Perm(len(p.captions))
	distinct := min(max(size/p.each, 1), len(order))
	list, group := make([]caption.Caption, size), make([]int, size)
	for i := range list {
		group[i] = order[i*distinct/size]
		list[i] = p.captions[group[i]]
	}
	prior, err := priorOf(p.net, list)
	prior.Group = group
	return prior, err
}

// Reward judges finished samples; the figures are the means of the metrics, and how much samples of one caption differ.
func (p *Prompts) Reward(ctx context.Context, r *policy.Rollout) ([]float64, map[string]float64, error) {
	states, captions := make([][]float32, r.Size), make([]caption.Caption, r.Size)
	for i := range states {
		states[i], captions[i] = r.X0()[i*r.Dims:(i+1)*r.Dims], p.captions[r.Group[i]]
	}
	rewards, figures, err := p.reward.Of(ctx, states, captions)
	if err != nil {
		return nil, nil, err
	}
	figures["variety"] = Variety(states, r.Group)
	return rewards, figures, nil
}

// Variety is the mean over groups of the mean distance of two pictures of a group: the root of the mean square difference of their values, from -1 to 1. NaN
// where no group has two.
func Variety(states [][]float32, group []int) float64 {
	members := map[int][]int{}
	for i, g := range group {
		members[g] = append(members[g], i)
	}
	var sum, groups float64
	for g := range len(group) { // in the order of numbers: one result for one seed
		list := members[g]
		if len(list) < 2 {
			continue
		}
		var total, pairs float64
		for i, a := range list {
			for _, b := range list[:i] {
				total += distance(states[a], states[b])
				pairs++
			}
		}
		sum, groups = sum+total/pairs, groups+1
	}
	return sum / groups
}

func distance(a, b []float32) float64 {
	var sum float64
	for i, v := range a {
		d := float64(min(max(v, -1), 1) - min(max(b[i], -1), 1))
		sum += d * d
	}
	return math.Sqrt(sum / picture.Dims)
}
