package tune

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
	"keel/pretrain"
	"keel/solver"
)

// DiffACConfig are the settings of DiffAC; [DefaultDiffAC] has the values to start from.
type DiffACConfig struct {
	Actor         string  `toml:"actor"`         // "return", "reinforce" or "ddpg": see below
	Consistency   bool    `toml:"consistency"`   // regularise towards a reference score-matched on own samples, else towards the iteration's start
	Perturbation  bool    `toml:"perturbation"`  // states from the perturbation process, else from trajectories
	Regulariser   bool    `toml:"regulariser"`   // the KL to the reference
	Lambda        float64 `toml:"lambda"`        // weight of the KL, for rewards of unit variance
	LearningRate  float64 `toml:"learning_rate"` // of the actor
	CriticRate    float64 `toml:"critic_rate"`
	ReferenceRate float64 `toml:"reference_rate"`
	ActorSteps    int     `toml:"actor_steps"`     // in an iteration
	CriticSteps   int     `toml:"critic_steps"`    // in an iteration
	ReferenceStep int     `toml:"reference_steps"` // in an iteration
	Minibatch     int     `toml:"minibatch"`       // states in a step
	Memory        int     `toml:"memory"`          // samples kept, of the latest iterations
	Clip          float64 `toml:"clip"`            // of the ratio of the reinforce type
}

// The actor's policy gradients on perturbed states x_t of a sample x_0 with standardised reward R:
//
//	ddpg       x_s = mu + sqrt(v) eps, maximise V(x_s, s) through the critic
//	reinforce  x_s drawn from the old policy, advantage V(x_s, s) - V(x_t, t), clipped ratio
//	return     x_s drawn from the perturbation path between x_0 and x_t, advantage R - V(x_t, t)
//
// Under consistency the path x_0, x_s, x_t has the law of the policy's own, so R is the return of the step x_t -> x_s: "return" is
// REINFORCE with the critic as baseline. Its expectation over x_s is taken in closed form, which leaves
// -A KL(q(x_s | x_t, x_0) || pi(x_s | x_t)). It is the choice where rewards are too few for a critic to differentiate.
var actors = []string{"return", "reinforce", "ddpg"}

// DefaultDiffAC has all three switches on.
func DefaultDiffAC() DiffACConfig {
	return DiffACConfig{Actor: "return", Consistency: true, Perturbation: true, Regulariser: true, Lambda: 1,
		LearningRate: 2e-4, CriticRate: 3e-4, ReferenceRate: 2e-5, ActorSteps: 16, CriticSteps: 6, ReferenceStep: 4,
		Minibatch: 64, Memory: 256, Clip: 0.2}
}

// Check says what is wrong with the settings.
func (c DiffACConfig) Check() error {
	switch {
	case !slices.Contains(actors, c.Actor):
		return fmt.Errorf("actor = %q: expected one of %q", c.Actor, actors)
	case c.Actor == "return" && !c.Perturbation:
		return errors.New("actor = \"return\" learns from perturbed samples alone: perturbation = false goes with \"reinforce\" or \"ddpg\"")
	case !(c.Lambda >= 0) || !(c.LearningRate > 0) || !(c.CriticRate > 0) || !(c.ReferenceRate > 0) || !(c.Clip > 0):
		return errors.New("lambda, learning_rate, critic_rate, reference_rate and clip: expected positive numbers")
	case c.ActorSteps < 1 || c.CriticSteps < 1 || c.ReferenceStep < 0 || c.Minibatch < 1 || c.Memory < 1:
		return errors.New("actor_steps, critic_steps, minibatch and memory: expected at least 1, and reference_steps at least 0")
	}
	return nil
}

// DiffAC stabilises policy gradients by keeping the SDE consistent with its perturbation process (Zhou, Wang, Zhou, ICML 2024,
// arXiv 2403.04154). Each iteration score-matches a reference on the policy's own samples, regresses a critic on perturbed
// samples, and moves the actor on perturbed states, regularised towards the reference.
//
// Only the paper's abstract and summaries were at hand. Our readings: samples of the latest iterations serve as states
// (Memory); the reference is the weight average of a few score-matching steps from the current policy; rewards are standardised over
// the memory before the critic sees them; steps without variance are left out of the actor's objective.
type DiffAC struct {
	setting    Setting
	config     DiffACConfig
	net        nn.Denoiser
	layout     *nn.Layout
	criticOf   *nn.Layout
	policy     *nn.OptState
	critic     *nn.OptState
	memory     memory
	stepper    *pretrain.Stepper
	fit        *nn.Program // one critic step
	judge      *nn.Program // advantages of drawn steps, for the reinforce type
	value      *nn.Program // V(x_t, t), for the return type
	move       *nn.Program // one actor step
	stochastic []solver.Step
}

// NewDiffAC prepares the estimator. The critic's trunk starts from what the model has learned.
func NewDiffAC(s Setting, c DiffACConfig) (*DiffAC, error) {
	d := &DiffAC{setting: s, config: c, memory: memory{capacity: c.Memory}}
	d.net, d.layout = s.Task.Network()
	var criticNet nn.Denoiser
	criticNet, d.criticOf = s.Task.Critic()
	d.policy = nn.NewOptState(s.Params)
	start := d.criticOf.Init(s.Seed)
	d.criticOf.Copy(start, d.layout, s.Params)
	d.critic = nn.NewOptState(start)
	d.stepper = pretrain.NewStepper(s.Engine, d.layout, nn.Adam{EMA: 0.9}, s.Process, pretrain.Levels{Mean: -1, Std: 1.4})
	for _, step := range s.Steps {
		if step.Std > 0 {
			d.stochastic = append(d.stochastic, step)
		}
	}
	var err error
	if d.fit, err = s.Engine.Compile("critic", d.buildFit(criticNet)); err != nil {
		return nil, err
	}
	if d.judge, err = s.Engine.Compile("judge", d.buildJudge(criticNet)); err != nil {
		return nil, err
	}
	d.value, err = s.Engine.Compile("value", func(in []*nn.Node) []*nn.Node {
		t := policy.Nodes(in[1:])
		return []*nn.Node{criticNet.Value(nn.NewScope(d.criticOf, in[0]), t.X, t.Noise, in[1+policy.NumTransitionInputs:])}
	})
	if err != nil {
		return nil, err
	}
	d.move, err = s.Engine.Compile("actor", d.buildMove(criticNet))
	return d, err
}

// buildFit regresses V(x_t, t) on the standardised reward.
func (d *DiffAC) buildFit(critic nn.Denoiser) func([]*nn.Node) []*nn.Node {
	return func(in []*nn.Node) []*nn.Node {
		opt, t := in[:nn.NumOptInputs], policy.Nodes(in[nn.NumOptInputs:])
		scope := nn.NewScope(d.criticOf, opt[0])
		v := critic.Value(scope, t.X, t.Noise, in[nn.NumOptInputs+policy.NumTransitionInputs:])
		loss := graph.ReduceAllMean(graph.Square(graph.Sub(v, t.Scalar)))
		next, _ := nn.Adam{}.Update(opt, scope.Gradient(loss))
		return append(next, loss)
	}
}

// buildJudge draws x_s from the old policy and gives the advantage V(x_s, s) - V(x_t, t), x_s, and its log-probability.
func (d *DiffAC) buildJudge(critic nn.Denoiser) func([]*nn.Node) []*nn.Node {
	return func(in []*nn.Node) []*nn.Node {
		t, cond := policy.Nodes(in[2:]), in[2+policy.NumTransitionInputs:]
		mean := t.Mean(d.net.Denoise(nn.NewScope(d.layout, in[0]), t.X, t.Noise, cond))
		next := t.Draw(mean)
		scope := nn.NewScope(d.criticOf, in[1])
		advantage := graph.Sub(critic.Value(scope, next, t.NextNoise, cond), critic.Value(scope, t.X, t.Noise, cond))
		return []*nn.Node{advantage, next, t.LogProb(next, mean, false)}
	}
}

// buildMove takes one actor step. Inputs: optimiser, critic, reference, old log-probabilities, transitions, conditions.
func (d *DiffAC) buildMove(critic nn.Denoiser) func([]*nn.Node) []*nn.Node {
	return func(in []*nn.Node) []*nn.Node {
		opt, rest := in[:nn.NumOptInputs], in[nn.NumOptInputs:]
		criticParams, reference, before := rest[0], rest[1], rest[2]
		t, cond := policy.Nodes(rest[3:]), rest[3+policy.NumTransitionInputs:]
		scope := nn.NewScope(d.layout, opt[0])
		mean := t.Mean(d.net.Denoise(scope, t.X, t.Noise, cond))

		var gain *nn.Node
		switch d.config.Actor {
		case "return":
			gain = graph.Neg(graph.Mul(t.Scalar, robust(t.KL(t.Mean(t.Next), mean))))
		case "ddpg":
			gain = critic.Value(nn.NewScope(d.criticOf, criticParams), t.Draw(mean), t.NextNoise, cond)
		case "reinforce":
			ratio := graph.Exp(graph.Sub(t.LogProb(t.Next, mean, false), before))
			clipped := graph.ClipScalar(ratio, 1-d.config.Clip, 1+d.config.Clip)
			gain = graph.Min(graph.Mul(ratio, t.Scalar), graph.Mul(clipped, t.Scalar))
		}
		gain = graph.ReduceAllMean(gain)
		anchor := t.Mean(graph.StopGradient(d.net.Denoise(nn.NewScope(d.layout, reference), t.X, t.Noise, cond)))
		each := t.KL(mean, anchor)
		kl := graph.ReduceAllMean(each)
		loss := graph.Neg(gain)
		if d.config.Regulariser {
			if d.config.Actor == "return" { // held in the same measure as it is driven
				each = robust(each)
			}
			loss = graph.Add(loss, graph.MulScalar(graph.ReduceAllMean(each), d.config.Lambda))
		}
		next, norm := nn.Adam{}.Update(opt, scope.Gradient(loss))
		return append(next, gain, kl, norm)
	}
}

// robust is kl below about kneeKL nats and grows as its logarithm beyond. At low noise a step has so little variance that one
// wrongly denoised one-hot is worth thousands of nats: a single state would be the whole batch's gradient.
func robust(kl *nn.Node) *nn.Node {
	return graph.MulScalar(graph.Log1p(graph.DivScalar(kl, kneeKL)), kneeKL)
}

const kneeKL = 20

// Name is "diffac-" and the actor's type.
func (d *DiffAC) Name() string { return "diffac-" + d.config.Actor }

// Params are the current policy's.
func (d *DiffAC) Params() *nn.Tensor { return d.policy.Params }

// Update is one iteration: reference, critic, actor.
func (d *DiffAC) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	d.memory.add(it)
	values := map[string]float64{}
	reference, err := d.reference(ctx, it.RNG, values)
	if err != nil {
		return nil, err
	}
	defer nn.Free(reference)
	for k := range d.config.CriticSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list, t := d.states(it, false)
		out, err := d.fit.Call(join(d.critic.Inputs(d.config.CriticRate), t.Inputs(), d.memory.conditions(list))...)
		if err != nil {
			return nil, err
		}
		d.critic.Take(out[:4])
		if k == 0 { // before it has seen anything of this iteration
			values["critic_loss_new"] = float64(nn.Floats(out[4])[0])
		}
		values["critic_loss"] = float64(nn.Floats(out[4])[0])
		nn.Free(out[4:]...)
	}
	old := nn.FromFloats(nn.Floats(d.policy.Params), d.layout.Size())
	defer nn.Free(old)
	for range d.config.ActorSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := d.act(it, old, reference, values); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// reference is the policy, score-matched on its own samples where consistency is on.
func (d *DiffAC) reference(ctx context.Context, rng *rand.Rand, values map[string]float64) (*nn.Tensor, error) {
	start := nn.Floats(d.policy.Params)
	if !d.config.Consistency || d.config.ReferenceStep == 0 {
		return nn.FromFloats(start, len(start)), nil
	}
	state := nn.NewOptState(start)
	defer func() { nn.Free(state.Params, state.M, state.V) }()
	for k := range d.config.ReferenceStep {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b := d.memory.batch(d.net, d.memory.draw(rng, d.config.Minibatch))
		rep, err := d.stepper.Step(state, b, d.config.ReferenceRate, rng)
		if err != nil {
			return nil, err
		}
		if k == 0 {
			values["reference_loss"] = rep.Loss
		}
	}
	return state.Avg, nil
}

// states draws states for critic or actor: perturbed samples of the memory, or states of this iteration's trajectories.
func (d *DiffAC) states(it *Iteration, forActor bool) ([]sample, *policy.Transitions) {
	n := d.config.Minibatch
	list := d.memory.draw(it.RNG, n)
	t := policy.NewTransitions(n, it.Rollout.Dims)
	mean, std := d.memory.moments()
	for i, s := range list {
		step := d.stochastic[it.RNG.IntN(len(d.stochastic))]
		t.SetStep(i, step, d.setting.Process.Kernel)
		copyState(t.Mask, i, s.mask, 0, t.Dims)
		t.Scalar[i] = float32((s.reward - mean) / std)
		alpha, sigma := d.setting.Process.Kernel(step.From)
		for k := range t.Dims {
			if s.mask[k] == 0 {
				continue
			}
			t.X[i*t.Dims+k] = float32(alpha*float64(s.x0[k]) + sigma*it.RNG.NormFloat64())
			if forActor {
				t.Next[i*t.Dims+k] = float32(it.RNG.NormFloat64())
			}
		}
	}
	if !d.config.Perturbation {
		d.onTrajectories(it, list, t, mean, std)
	}
	return list, t
}

// onTrajectories replaces the states by those of this iteration's own trajectories.
func (d *DiffAC) onTrajectories(it *Iteration, list []sample, t *policy.Transitions, mean, std float64) {
	var rows []int // of the rollout, whose rewards did not fail
	for b, r := range it.Rewards {
		if policy.Finite(r) {
			rows = append(rows, b)
		}
	}
	latest := d.memory.samples[max(0, len(d.memory.samples)-len(rows)):]
	rows = rows[len(rows)-len(latest):] // a memory smaller than the batch has kept the last ones
	for i := range list {
		k := it.RNG.IntN(len(rows))
		list[i] = latest[k]
		at := it.RNG.IntN(len(d.stochastic)) // the stochastic steps come first
		t.SetStep(i, it.Rollout.Steps[at], d.setting.Process.Kernel)
		copyState(t.X, i, it.Rollout.States[at], rows[k], t.Dims)
		copyState(t.Mask, i, list[i].mask, 0, t.Dims)
		t.Scalar[i] = float32((list[i].reward - mean) / std)
	}
}

// act takes one actor step and adds its figures to values, as the latest.
func (d *DiffAC) act(it *Iteration, old, reference *nn.Tensor, values map[string]float64) error {
	list, t := d.states(it, true)
	cond := d.memory.conditions(list)
	before := nn.FromFloats(make([]float32, t.Size), t.Size)
	switch d.config.Actor {
	case "return":
		if err := d.returns(list, t, cond); err != nil {
			return err
		}
	case "reinforce":
		out, err := d.judge.Call(join([]any{old, d.critic.Params}, t.Inputs(), cond)...)
		if err != nil {
			return err
		}
		t.Scalar, t.Next = nn.Floats(out[0]), nn.Floats(out[1])
		before = out[2]
		nn.Free(out[:2]...)
	}
	inputs := join(d.policy.Inputs(d.config.LearningRate), []any{d.critic.Params, reference, before}, t.Inputs(), cond)
	out, err := d.move.Call(inputs...)
	if err != nil {
		return err
	}
	d.policy.Take(out[:4])
	values["actor_gain"] = float64(nn.Floats(out[4])[0])
	values["kl"] = float64(nn.Floats(out[5])[0])
	values["actor_grad_norm"] = float64(nn.Floats(out[6])[0])
	nn.Free(append(out[4:], before)...)
	return nil
}

// returns writes the advantages R - V(x_t, t) and, as Next, x_0. An advantage below -lambda would leave the objective without
// a bound: the regulariser could not hold what it pushes away.
func (d *DiffAC) returns(list []sample, t *policy.Transitions, cond []any) error {
	out, err := d.value.Call(join([]any{d.critic.Params}, t.Inputs(), cond)...)
	if err != nil {
		return err
	}
	defer nn.Free(out...)
	lowest := 0.0
	if d.config.Regulariser {
		lowest = -0.9 * d.config.Lambda
	}
	for i, v := range nn.Floats(out[0]) {
		t.Scalar[i] = float32(min(max(float64(t.Scalar[i]-v), lowest), highestAdvantage))
		copyState(t.Next, i, list[i].x0, 0, t.Dims)
	}
	return nil
}

// highestAdvantage keeps one lucky sample from being all that an iteration learns, in standard deviations of the reward.
const highestAdvantage = 5

// Save keeps policy, critic and memory.
func (d *DiffAC) Save(w *nn.Weights) {
	saveOpt(w, "policy", d.policy)
	saveOpt(w, "critic", d.critic)
	d.memory.save(w)
}

// Load is the inverse of Save.
func (d *DiffAC) Load(w *nn.Weights) error {
	p, err := loadOpt(w, "policy", d.layout.Size())
	if err != nil {
		return err
	}
	c, err := loadOpt(w, "critic", d.criticOf.Size())
	if err != nil {
		return err
	}
	d.policy, d.critic = p, c
	return d.memory.load(w)
}
