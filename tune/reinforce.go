package tune

import (
	"context"
	"errors"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
	"keel/solver"
)

// ReinforceConfig are the settings of REINFORCE.
type ReinforceConfig struct {
	LearningRate float64 `toml:"learning_rate"`
	Standardise  bool    `toml:"standardise"` // divide advantages by the deviation of the batch's rewards
	Chunk        int     `toml:"chunk"`       // transitions whose gradient is computed at once: memory, not mathematics
}

// DefaultReinforce has advantages in the reward's own unit, which leaves the update unbiased.
func DefaultReinforce() ReinforceConfig { return ReinforceConfig{LearningRate: 1e-4, Chunk: 64} }

// Check says what is wrong with the settings.
func (c ReinforceConfig) Check() error {
	switch {
	case !(c.LearningRate > 0):
		return errors.New("learning_rate: expected a positive number")
	case c.Chunk < 1:
		return errors.New("chunk: expected at least 1")
	}
	return nil
}

var _ = Register("reinforce", "REINFORCE (DDPO-SF): one unbiased gradient of each batch (Black et al. 2023)", DefaultReinforce, NewReinforce)

// Reinforce is DDPO-SF (Black et al. 2023, eq. 4): the score-function gradient on the policy's own trajectories, summed over steps and
// dimensions and averaged over samples, with a leave-one-out baseline. Its expected update is the gradient of the objective, but for
// what the parameters do in a deterministic last step.
type Reinforce struct {
	actor
	setting *Setting
	config  ReinforceConfig
	learner *learner
}

// NewReinforce prepares the estimator.
func NewReinforce(s *Setting, c ReinforceConfig) (*Reinforce, error) {
	d := &Reinforce{actor: newActor(s), setting: s, config: c}
	if _, err := solver.Policies(s.Steps, d.Name()); err != nil {
		return nil, err
	}
	var err error
	d.learner, err = newLearner(s.Engine, "policy", d.layout, s.Adam, []string{"policy_loss", "kl_anchor"},
		func(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
			weight, beta := in[policy.NumTransitionInputs], in[policy.NumTransitionInputs+1]
			t, cond := policy.Nodes(in), in[policy.NumTransitionInputs+2:]
			clean := d.denoise(scope, t, cond)
			// log pi less what the parameters do not move: the value is of no interest, the gradient is the same.
			logProb := t.LogRatio(clean, false)
			loss := graph.Neg(graph.ReduceAllSum(graph.Mul(weight, graph.Mul(t.Scalar, logProb))))
			kl := graph.ZerosLike(loss)
			if s.Beta != 0 {
				kl = graph.ReduceAllSum(graph.Mul(weight, t.KL(clean, t.Ref)))
				loss = graph.Add(loss, graph.Mul(kl, beta))
			}
			return loss, []*nn.Node{loss, kl}
		})
	return d, err
}

// Name is "reinforce".
func (*Reinforce) Name() string { return "reinforce" }

// Update takes one step along the gradient of the whole batch.
func (d *Reinforce) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	t, err := newTrajectories(d.setting, it, d.Name())
	if err != nil {
		return nil, err
	}
	scale := 1.0
	if d.config.Standardise {
		_, _, std, _ := policy.Standardise(it.Rewards)
		scale = std + 1e-8
	}
	advantages, group := t.returns(), baselineGroups(it)
	for k, row := range advantages {
		advantages[k] = policy.LeaveOneOut(row, group)
		for b := range row {
			advantages[k][b] /= scale
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return d.learner.update(d.policy, it.rate(d.config.LearningRate), d.batches(t, advantages, d.setting.Beta/scale)...)
}

// batches cuts all transitions into chunks of one size, the last filled up with transitions of weight 0. The learner takes the mean over
// chunks, the gradient is a sum over steps and a mean over samples: the other weights make one of the other.
func (d *Reinforce) batches(t *trajectories, advantages [][]float64, beta float64) [][]any {
	all := t.places(t.it.RNG)
	chunk := min(d.config.Chunk, t.it.Rollout.Size*len(t.at)) // the same however many rewards failed: one shape
	chunks := (len(all) + chunk - 1) / chunk
	share := float32(chunks) * float32(len(t.at)) / float32(len(all))
	var out [][]any
	for from := 0; from < len(all); from += chunk {
		list, weight := all[from:min(from+chunk, len(all))], make([]float32, chunk)
		for i := range list {
			weight[i] = share
		}
		list = slices.Clone(list)
		for len(list) < chunk {
			list = append(list, all[0])
		}
		tr, cond := t.batch(list, advantages)
		out = append(out, join(tr.Inputs(), []any{nn.FromFloats(weight, chunk), float32(beta)}, cond))
	}
	return out
}

// baselineGroups are the conditions within which samples are compared: the task's, where each has two samples or more with a reward, else
// the whole batch is one. A sample alone would have nothing to be compared with, and leaving it out would be a bias.
func baselineGroups(it *Iteration) []int {
	for _, g := range groups(it) {
		if len(g) == 1 {
			return nil
		}
	}
	return it.Rollout.Group
}
