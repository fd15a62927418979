package tune

import (
	"context"
	"errors"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
	"keel/solver"
)

// DPOKConfig are the settings of DPOK.
type DPOKConfig struct {
	LearningRate    float64 `toml:"learning_rate"`
	CriticRate      float64 `toml:"critic_rate"`
	Clip            float64 `toml:"clip"`      // of the ratio
	KL              float64 `toml:"kl"`        // weight of the KL to the pre-trained model where the task sets no beta; 0 for none
	Steps           int     `toml:"steps"`     // of the policy's optimiser in an iteration
	Minibatch       int     `toml:"minibatch"` // transitions in a step
	CriticSteps     int     `toml:"critic_steps"`
	CriticMinibatch int     `toml:"critic_minibatch"`
}

// DefaultDPOK has the reference code's values; its KL weight of 0.01 stands next to a reward weight of 100.
func DefaultDPOK() DPOKConfig {
	return DPOKConfig{LearningRate: 1e-5, CriticRate: 1e-4, Clip: 1e-4, KL: 1e-4, Steps: 5, Minibatch: 24, CriticSteps: 5, CriticMinibatch: 256}
}

// Check says what is wrong with the settings.
func (c DPOKConfig) Check() error {
	switch {
	case !(c.LearningRate > 0) || !(c.CriticRate > 0) || !(c.Clip > 0):
		return errors.New("learning_rate, critic_rate and clip: expected positive numbers")
	case !(c.KL >= 0):
		return errors.New("kl: expected 0 (none) or more")
	case c.Steps < 1 || c.Minibatch < 1 || c.CriticMinibatch < 1:
		return errors.New("steps, minibatch and critic_minibatch: expected at least 1")
	case c.CriticSteps < 0:
		return errors.New("critic_steps: expected 0 or more")
	}
	return nil
}

var _ = Register("dpok", "DPOK: a learned baseline, clipped ratios, KL to the pre-trained model (Fan et al. 2023)", DefaultDPOK, NewDPOK)

// DPOK is Fan et al. 2023 (google-research/dpok, train_online_pg.py): the advantage is R - V(x_t, t) with V regressed on the rewards at the
// trajectories' states, and the KL to the pre-trained model is differentiated at the states as they come. What a step does to the KL of
// later ones is left out, as there.
type DPOK struct {
	actor
	setting  *Setting // with the weight of the KL as its Beta
	config   DPOKConfig
	criticOf *nn.Layout
	critic   *nn.OptState
	fit      *learner    // of the critic
	move     *learner    // of the policy
	value    *nn.Program // V(x_t, t)
}

// NewDPOK prepares the estimator. The critic's trunk starts from what the model has learned.
func NewDPOK(s *Setting, c DPOKConfig) (*DPOK, error) {
	d := &DPOK{actor: newActor(s), setting: s.anchored(c.KL), config: c}
	if _, err := solver.Policies(s.Steps, d.Name()); err != nil {
		return nil, err
	}
	var critic nn.Denoiser
	critic, d.criticOf = s.Task.Critic()
	start := d.criticOf.Init(s.Seed)
	d.criticOf.Copy(start, d.layout, s.Params)
	d.critic = nn.NewOptState(start)
	value := func(scope *nn.Scope, in []*nn.Node) *nn.Node {
		t := policy.Nodes(in)
		return critic.Value(scope, t.X, t.Kernel, in[policy.NumTransitionInputs:])
	}
	var errs [3]error
	d.fit, errs[0] = newLearner(s.Engine, "critic", d.criticOf, nn.Adam{}, []string{"critic_loss"},
		func(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
			loss := graph.ReduceAllMean(graph.Square(graph.Sub(value(scope, in), policy.Nodes(in).Scalar)))
			return loss, []*nn.Node{loss}
		})
	d.value, errs[1] = s.Engine.Compile("value", func(in []*nn.Node) []*nn.Node {
		return []*nn.Node{value(nn.NewScope(d.criticOf, in[0]), in[1:])}
	})
	d.move, errs[2] = newRatioLearner(&d.actor, d.setting, cutGain, c.Clip)
	return d, errors.Join(errs[:]...)
}

// cutGain is DPOK's E[A clip(r, 1 ± clip)]: beyond the clip there is no gradient, whatever the sign of the advantage.
func cutGain(ratio, advantage *nn.Node, clip float64) *nn.Node {
	return graph.ReduceAllMean(graph.Mul(advantage, graph.ClipScalar(ratio, 1-clip, 1+clip)))
}

// Name is "dpok".
func (*DPOK) Name() string { return "dpok" }

// Update fits the critic to the batch, then moves the policy; each step takes its own random transitions.
func (d *DPOK) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	t, err := newTrajectories(d.setting, it, d.Name())
	if err != nil {
		return nil, err
	}
	rewards, weights := make([][]float64, len(t.at)), make([]float64, len(it.Rewards))
	for k := range rewards {
		rewards[k] = it.Rewards
	}
	for b := range weights {
		weights[b] = d.setting.Beta
	}
	var fitted, moved figures
	for range d.config.CriticSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		tr, cond := t.batch(d.draw(t, d.config.CriticMinibatch), rewards)
		f, err := d.fit.update(d.critic, it.rate(d.config.CriticRate), join(tr.Inputs(), cond))
		if err != nil {
			return nil, err
		}
		fitted.add(f)
	}
	for range d.config.Steps {
		list := d.draw(t, d.config.Minibatch)
		advantages, err := d.advantages(t, list, rewards)
		if err != nil {
			return nil, err
		}
		if err := d.move.follow(ctx, &d.actor, it.rate(d.config.LearningRate), t, [][][]place{{list}}, advantages, weights, &moved); err != nil {
			return nil, err
		}
	}
	values := moved.means()
	for name, v := range fitted.means() {
		values[name] = v
	}
	return values, nil
}

// draw picks different transitions; fewer where the batch has no more.
func (d *DPOK) draw(t *trajectories, n int) []place {
	all := t.places(t.it.RNG)
	return all[:min(n, len(all))]
}

// advantages are R - V(x_t, t) at the transitions, [policy step][sample].
func (d *DPOK) advantages(t *trajectories, list []place, rewards [][]float64) ([][]float64, error) {
	tr, cond := t.batch(list, rewards)
	out, err := d.value.Call(join([]any{d.critic.Params}, tr.Inputs(), cond)...)
	if err != nil {
		return nil, err
	}
	defer nn.Free(out...)
	advantages := make([][]float64, len(t.at))
	for k := range advantages {
		advantages[k] = make([]float64, len(t.it.Rewards))
	}
	for i, v := range nn.Floats(out[0]) {
		p := list[i]
		advantages[p.step][p.sample] = rewards[p.step][p.sample] - float64(v)
	}
	return advantages, nil
}

// Save keeps policy and critic.
func (d *DPOK) Save(w *nn.Weights) {
	d.actor.Save(w)
	saveOpt(w, "critic", d.critic)
}

// Load is the inverse of Save.
func (d *DPOK) Load(w *nn.Weights) error {
	if err := d.actor.Load(w); err != nil {
		return err
	}
	c, err := loadOpt(w, "critic", d.criticOf.Size())
	if err != nil {
		return err
	}
	d.critic = c
	return nil
}
