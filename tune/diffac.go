package tune

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
	"keel/solver"
)

// DiffACConfig are the settings of DiffAC; [DefaultDiffAC] has the values to start from.
type DiffACConfig struct {
	Actor        string            `toml:"actor"`        // "matching", "return", "reinforce" or "ddpg": see below
	Perturbation bool              `toml:"perturbation"` // states from the perturbation process, else from trajectories
	Regulariser  bool              `toml:"regulariser"`  // the KL to the reference
	Lambda       float64           `toml:"lambda"`       // weight of that KL, for rewards of unit variance
	Repulsion    float64           `toml:"repulsion"`    // the actors that learn from a sample's reward cut advantages at -repulsion lambda; at 0 nothing is pushed away
	LearningRate float64           `toml:"learning_rate"`
	CriticRate   float64           `toml:"critic_rate"`
	ActorSteps   int               `toml:"actor_steps"`  // in an iteration
	CriticSteps  int               `toml:"critic_steps"` // in an iteration
	Minibatch    int               `toml:"minibatch"`    // states in a step
	Memory       int               `toml:"memory"`       // rewarded samples kept, of the latest iterations
	Best         int               `toml:"best"`         // of them, those with the highest rewards of the run, however old
	Ranks        bool              `toml:"ranks"`        // rewards are replaced by the normal scores of their ranks in the memory, else standardised
	Refine       bool              `toml:"refine"`       // the memory holds samples as the task refines them ([Refining]), where it does
	Restart      float64           `toml:"restart"`      // share of a batch that starts at perturbed states of the best samples in memory
	Fresh        int               `toml:"fresh"`        // samples drawn without a reward in each iteration: see below
	Clip         float64           `toml:"clip"`         // of the ratio of the reinforce type
	Average      float64           `toml:"average"`      // decay of the weight average of the actor's steps, which is the next policy; 0 for the last step alone
	Consistency  ConsistencyConfig `toml:"consistency"`  // how the reference is made; steps = 0 leaves it where the iteration starts
}

// The actor's policy gradients on perturbed states x_t of a sample x_0 with standardised reward R:
//
//	ddpg       x_s = mu + sqrt(v) eps, maximise V(x_s, s) through the critic
//	reinforce  x_s drawn from the old policy, advantage V(x_s, s) - V(x_t, t), clipped ratio
//	return     x_s drawn from the perturbation path between x_0 and x_t, advantage R - V(x_t, t)
//
// Under consistency the path x_0, x_s, x_t has the law of the policy's own, so R is the return of the step x_t -> x_s: "return" is
// REINFORCE with the critic as baseline. Its expectation over x_s is taken in closed form, which leaves
// -A KL(q(x_s | x_t, x_0) || pi(x_s | x_t)). "matching" is the same gradient in the measure that the network was pre-trained in: -A L(x_0; x_t), with L its
// score-matching loss, held by lambda + max(-A, 0) times L to the reference's estimate. Its optimum is
//
//	D = D_ref + E[A (x_0 - D_ref) | x_t] / (lambda + E[max(A, 0) | x_t])
//
// at every noise level, as the KL's is, but steps are not dominated by the few levels where a step has next to no variance. They are the choice where rewards are too few for a critic to differentiate. They know
// nothing of an anchor's cost to come and refuse one.
//
// States are perturbed samples of the memory, with its rewards. With Fresh they are perturbed samples of the current policy instead, drawn
// for nothing but the sampling; the memory then only teaches the critic V(x_0, 0) = R(x_0), which stands for the reward of a fresh
// sample. Rewards of older policies then stay of use without their states growing stale.
var actors = []string{"matching", "return", "reinforce", "ddpg"}

// DefaultDiffAC has all three switches on.
func DefaultDiffAC() DiffACConfig {
	return DiffACConfig{Actor: "return", Perturbation: true, Regulariser: true, Lambda: 1, Repulsion: 0.9, LearningRate: 2e-4, CriticRate: 3e-4,
		ActorSteps: 16, CriticSteps: 6, Minibatch: 64, Memory: 256, Clip: 0.2, Consistency: DefaultConsistency()}
}

// Check says what is wrong with the settings.
func (c DiffACConfig) Check() error {
	switch {
	case !slices.Contains(actors, c.Actor):
		return fmt.Errorf("actor = %q: expected one of %q", c.Actor, actors)
	case c.ofSamples() && !c.Perturbation:
		return fmt.Errorf("actor = %q learns from perturbed samples alone: perturbation = false goes with \"reinforce\" or \"ddpg\"", c.Actor)
	case !(c.Lambda >= 0) || !(c.LearningRate > 0) || !(c.CriticRate > 0) || !(c.Clip > 0):
		return errors.New("lambda, learning_rate, critic_rate and clip: expected positive numbers")
	case !(c.Repulsion >= 0) || c.Repulsion >= 1:
		return fmt.Errorf("repulsion = %v: expected 0 to below 1, for beyond -lambda the regulariser cannot hold what is pushed away", c.Repulsion)
	case c.Fresh < 0 || (c.Fresh > 0 && (!c.Perturbation || c.ofSamples())):
		return errors.New("fresh: expected 0, or a number of samples with perturbation and the actor \"reinforce\" or \"ddpg\"")
	case c.Best < 0 || c.Best > c.Memory:
		return fmt.Errorf("best = %d: expected a part of the memory, 0 to %d", c.Best, c.Memory)
	case !(c.Restart >= 0) || c.Restart >= 1 || c.Restart > 0 && (!c.ofSamples() || c.Best == 0):
		return fmt.Errorf("restart = %v: expected a share from 0 to below 1, with the actor \"matching\" or \"return\" and best above 0", c.Restart)
	case !(c.Average >= 0) || c.Average >= 1:
		return fmt.Errorf("average = %v: expected a decay from 0 to below 1", c.Average)
	case c.ActorSteps < 1 || c.CriticSteps < 0 || c.Minibatch < 1 || c.Memory < 1:
		return errors.New("actor_steps, minibatch and memory: expected at least 1, and critic_steps at least 0")
	}
	return c.Consistency.Check()
}

// ofSamples says whether the actor learns from a sample's own reward.
func (c DiffACConfig) ofSamples() bool { return c.Actor == "return" || c.Actor == "matching" }

var _ = Register("diffac", "DiffAC: actor and critic on perturbed own samples, held to a consistent reference (Zhou et al. 2024)", DefaultDiffAC, NewDiffAC)

// DiffAC stabilises policy gradients by keeping the SDE consistent with its perturbation process (Zhou, Wang, Zhou, ICML 2024,
// arXiv 2403.04154). Each iteration score-matches a reference on the policy's own samples, regresses a critic on perturbed
// samples, and moves the actor on perturbed states, regularised towards the reference.
//
// Only the paper's abstract and summaries were at hand. Our readings: samples of the latest iterations serve as states
// (Memory); the reference is the weight average of a few score-matching steps from the current policy; rewards are standardised over
// the memory before the critic sees them; steps without variance are left out of the actor's objective.
type DiffAC struct {
	actor
	setting  *Setting
	config   DiffACConfig
	criticOf *nn.Layout
	critic   *nn.OptState
	memory   policy.Replay
	restorer *consistency
	at       []int       // the steps that are policies
	fit      *learner    // of the critic
	move     *learner    // of the actor
	judge    *nn.Program // advantages of drawn steps, for the reinforce type
	value    *nn.Program // V(x_t, t), for the return type
}

// NewDiffAC prepares the estimator. The critic's trunk starts from what the model has learned.
func NewDiffAC(s *Setting, c DiffACConfig) (*DiffAC, error) {
	if c.ofSamples() && s.Beta != 0 {
		return nil, fmt.Errorf("diffac: actor = %q has no anchor: with beta > 0 take \"ddpg\" or \"reinforce\"", c.Actor)
	}
	if c.Ranks && s.Beta != 0 {
		return nil, errors.New("diffac: ranks have no scale to hold an anchor's cost against: with beta > 0 set ranks = false")
	}
	d := &DiffAC{actor: newActor(s), setting: s, config: c, memory: policy.Replay{Capacity: c.Memory, Best: c.Best}, restorer: newConsistency(s, c.Consistency)}
	var err error
	if d.at, err = solver.Policies(s.Steps, d.Name()); err != nil {
		return nil, err
	}
	var critic nn.Denoiser
	critic, d.criticOf = s.Task.Critic()
	start := d.criticOf.Init(s.Seed)
	d.criticOf.Copy(start, d.layout, s.Params)
	d.critic = nn.NewOptState(start)
	if d.fit, err = newLearner(s.Engine, "critic", d.criticOf, nn.Adam{}, []string{"critic_loss"}, d.fitObjective(critic)); err != nil {
		return nil, err
	}
	adam := s.Adam
	if c.Average > 0 {
		adam.EMA = c.Average
	}
	figures := []string{"actor_gain", "kl", "kl_anchor"}
	if c.Actor == "matching" { // which has no KL to log, but how far the reference is from samples where it is held to it
		if figures = figures[:1]; c.Regulariser {
			figures = append(figures, "reference_error")
		}
	}
	if d.move, err = newLearner(s.Engine, "actor", d.layout, adam, figures, d.moveObjective(critic)); err != nil {
		return nil, err
	}
	if d.judge, err = s.Engine.Compile("judge", d.buildJudge(critic)); err != nil {
		return nil, err
	}
	d.value, err = s.Engine.Compile("value", func(in []*nn.Node) []*nn.Node {
		t := policy.Nodes(in[1:])
		return []*nn.Node{critic.Value(nn.NewScope(d.criticOf, in[0]), t.X, t.Kernel, in[1+policy.NumTransitionInputs:])}
	})
	return d, err
}

// fitObjective regresses V(x_t, t) on the return: the standardised reward, less the anchor's cost still to come, of which one step
// stands for all. With fresh samples, Ref, the reward is what V gives there, and V is regressed on the memory's samples, Old, too, whose
// conditions follow those of the fresh ones. Inputs: transitions of the states, and with an anchor the policy, the pre-trained model and the transitions that cost.
func (d *DiffAC) fitObjective(critic nn.Denoiser) objective {
	return func(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
		t, cond := policy.Nodes(in), in[policy.NumTransitionInputs:]
		var frozen []*nn.Node // what the anchor's cost is made of
		if d.estimatesCost() {
			frozen, cond = cond[:2+policy.NumTransitionInputs], cond[2+policy.NumTransitionInputs:]
		}
		drawn, remembered := cond, cond
		if d.config.Fresh > 0 {
			drawn, remembered = cond[:len(cond)/2], cond[len(cond)/2:]
		}
		cost := graph.ZerosLike(t.Scalar)
		if d.estimatesCost() {
			u := policy.Nodes(frozen[2:])
			estimate := func(params *nn.Node) *nn.Node { return d.denoise(nn.NewScope(d.layout, params), u, drawn) }
			cost = graph.Mul(u.KL(estimate(frozen[0]), estimate(frozen[1])), u.Scalar)
		}
		square := func(x, kernel *nn.Node, cond []*nn.Node, target *nn.Node) *nn.Node {
			return graph.ReduceAllMean(graph.Square(graph.Sub(critic.Value(scope, x, kernel, cond), graph.StopGradient(target))))
		}
		if d.config.Fresh == 0 {
			loss := square(t.X, t.Kernel, drawn, graph.Sub(t.Scalar, cost))
			return loss, []*nn.Node{loss}
		}
		end := critic.Value(scope, t.Ref, t.NextKernel, drawn)
		loss := square(t.X, t.Kernel, drawn, graph.Sub(end, cost))
		return graph.Add(loss, square(t.Old, t.NextKernel, remembered, t.Scalar)), []*nn.Node{loss}
	}
}

// estimatesCost says whether critic targets hold an estimate of the anchor's cost: on trajectories the cost itself is known.
func (d *DiffAC) estimatesCost() bool { return d.setting.Beta != 0 && d.config.Perturbation }

// buildJudge draws x_s from the old policy and gives the advantage V(x_s, s) - V(x_t, t), and the estimate it was drawn about.
func (d *DiffAC) buildJudge(critic nn.Denoiser) func([]*nn.Node) []*nn.Node {
	return func(in []*nn.Node) []*nn.Node {
		t, cond := policy.Nodes(in[2:]), in[2+policy.NumTransitionInputs:]
		clean := d.denoise(nn.NewScope(d.layout, in[0]), t, cond)
		scope := nn.NewScope(d.criticOf, in[1])
		next := critic.Value(scope, t.Draw(t.Mean(clean)), t.NextKernel, cond)
		return []*nn.Node{graph.Sub(next, critic.Value(scope, t.X, t.Kernel, cond)), clean}
	}
}

// moveObjective is the actor's. Inputs: critic, reference, pre-trained model, the anchor's weight, transitions, conditions.
func (d *DiffAC) moveObjective(critic nn.Denoiser) objective {
	return func(scope *nn.Scope, in []*nn.Node) (*nn.Node, []*nn.Node) {
		criticParams, reference, pre, beta := in[0], in[1], in[2], in[3]
		t, cond := policy.Nodes(in[4:]), in[4+policy.NumTransitionInputs:]
		if d.config.Actor == "matching" {
			return d.match(scope, reference, t, cond)
		}
		clean := d.denoise(scope, t, cond)
		frozen := func(params *nn.Node) *nn.Node {
			return graph.StopGradient(d.denoise(nn.NewScope(d.layout, params), t, cond))
		}
		var gain *nn.Node
		switch d.config.Actor {
		case "return":
			gain = graph.Neg(graph.Mul(t.Scalar, robust(t.KL(t.Old, clean))))
		case "ddpg":
			gain = critic.Value(nn.NewScope(d.criticOf, criticParams), t.Draw(t.Mean(clean)), t.NextKernel, cond)
		case "reinforce":
			ratio := graph.Exp(t.LogRatio(clean, false))
			clipped := graph.ClipScalar(ratio, 1-d.config.Clip, 1+d.config.Clip)
			gain = graph.Min(graph.Mul(ratio, t.Scalar), graph.Mul(clipped, t.Scalar))
		}
		gain = graph.ReduceAllMean(gain)
		loss, anchor := graph.Neg(gain), graph.ZerosLike(gain)
		each := t.KL(clean, frozen(reference))
		kl := graph.ReduceAllMean(each)
		if d.config.Regulariser {
			if d.config.Actor == "return" { // held in the same measure as it is driven
				each = robust(each)
			}
			loss = graph.Add(loss, graph.MulScalar(graph.ReduceAllMean(each), d.config.Lambda))
		}
		if d.setting.Beta != 0 {
			anchor = graph.ReduceAllMean(t.KL(clean, frozen(pre)))
			loss = graph.Add(loss, graph.Mul(anchor, beta))
		}
		return loss, []*nn.Node{gain, kl, anchor}
	}
}

// match is the objective of the actor "matching": Old is x_0, Scalar the advantage. A loss that is a squared error or a cross-entropy is, up to something constant, linear in
// its targets: A L(x_0) + (w - A) L(D_ref) = w L(y) with y = D_ref + A / w (x_0 - D_ref). The network is built once.
func (d *DiffAC) match(scope *nn.Scope, reference *nn.Node, t policy.TransitionNodes, cond []*nn.Node) (*nn.Node, []*nn.Node) {
	target, weight := t.Old, t.Scalar
	var figures []*nn.Node
	if d.config.Regulariser {
		to := graph.Mul(graph.Sub(d.denoise(nn.NewScope(d.layout, reference), t, cond), t.Old), t.Mask) // what is given, or padding, stays
		weight = graph.MaxScalar(graph.AddScalar(graph.MaxScalar(weight, 0), d.config.Lambda), 1e-6)    // without lambda there are samples of no weight
		share := graph.OneMinus(graph.Div(t.Scalar, weight))                                            // of the reference in the target
		target = graph.StopGradient(graph.Add(t.Old, graph.Mul(to, graph.InsertAxes(share, -1))))
		figures = append(figures, graph.ReduceAllMean(graph.Square(to)))
	}
	each, _ := d.net.Loss(scope, target, t.X, t.Kernel, cond)
	loss := graph.ReduceAllMean(graph.Mul(robust(each), weight))
	return loss, append([]*nn.Node{graph.Neg(loss)}, figures...)
}

// robust is kl below about kneeKL nats and grows as its logarithm beyond. At low noise a step has so little variance that one
// wrongly denoised one-hot is worth thousands of nats: a single state would be the whole batch's gradient.
func robust(kl *nn.Node) *nn.Node {
	return graph.MulScalar(graph.Log1p(graph.DivScalar(kl, kneeKL)), kneeKL)
}

const kneeKL = 20

// Name is "diffac-" and the actor's type.
func (d *DiffAC) Name() string { return "diffac-" + d.config.Actor }

// Restart has its share of the batch start from the best samples of the memory.
func (d *DiffAC) Restart(p *policy.Prior, rng *rand.Rand) {
	if d.config.Restart == 0 || len(d.memory.Samples) == 0 {
		return
	}
	d.memory.Restart(p, d.config.Restart, restartFrom, d.setting.Steps, d.setting.Process, restartLow, restartHigh, rng)
}

const (
	restartFrom = 16 // best samples of a group that restarts start from
	// Noise levels sigma/alpha of restarts: between them a part of what a sample is made of is decided anew.
	restartLow, restartHigh = 0.3, 1.5
)

// Update is one iteration: reference, critic, actor.
func (d *DiffAC) Update(ctx context.Context, it *Iteration) (map[string]float64, error) {
	finished := it.Rollout
	if task, ok := d.setting.Task.(Refining); ok && d.config.Refine {
		var err error
		if finished, err = task.Refine(finished); err != nil {
			return nil, err
		}
	}
	d.memory.FoundAgain(it.Rollout)
	d.memory.Add(finished, it.learnedFrom())
	for k, c := range finished.Cond {
		if c != it.Rollout.Cond[k] {
			nn.Free(c)
		}
	}
	values := map[string]float64{}
	clock := time.Now()
	lap := func(name string) { values["seconds_"+name] = time.Since(clock).Seconds(); clock = time.Now() }
	source, err := d.newStates(ctx, it)
	if err != nil {
		return nil, err
	}
	reference := nn.Floats(d.policy.Params)
	old := nn.FromFloats(reference, len(reference))
	defer nn.Free(old)
	if d.config.Consistency.Steps > 0 {
		if reference, values["reference_loss"], err = d.restorer.restore(ctx, old, source.samples, it.RNG); err != nil {
			return nil, err
		}
	}
	anchor := nn.FromFloats(reference, len(reference))
	defer nn.Free(anchor)
	lap("consistency")
	for k := range d.config.CriticSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f, err := d.fit.update(d.critic, it.rate(d.config.CriticRate), source.critic(old))
		if err != nil {
			return nil, err
		}
		if k == 0 { // before it has seen anything of this iteration
			values["critic_loss_new"] = f["critic_loss"]
		}
		values["critic_loss"] = f["critic_loss"]
	}
	lap("critic")
	for k := range d.config.ActorSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		inputs, err := source.actor(old, anchor)
		if err != nil {
			return nil, err
		}
		f, err := d.move.update(d.policy, it.rate(d.config.LearningRate), inputs)
		if err != nil {
			return nil, err
		}
		// No step is taken yet: this is what consistency asks for. The actor "matching" knows how far the reference is from samples alone.
		if k == 0 && d.config.Consistency.Steps > 0 && d.config.Actor != "matching" {
			values["consistency_kl"] = f["kl"]
		}
		maps.Copy(values, f)
	}
	if d.config.Average > 0 {
		d.Adopt(nn.Floats(d.policy.Avg))
	}
	lap("actor")
	return values, nil
}

// learnedFrom are the rewards, without those of samples that a restart only found again: what a task takes from a second copy says nothing against the first, which the memory has.
func (it *Iteration) learnedFrom() []float64 {
	rewards := slices.Clone(it.Rewards)
	for _, r := range it.Rollout.Restarts {
		if it.Rollout.Again != nil && it.Rollout.Again[r.Row] {
			rewards[r.Row] = math.NaN()
		}
	}
	return rewards
}

// Save keeps policy, critic and memory.
func (d *DiffAC) Save(w *nn.Weights) {
	d.actor.Save(w)
	saveOpt(w, "critic", d.critic)
	d.memory.Save(w)
}

// Load is the inverse of Save.
func (d *DiffAC) Load(w *nn.Weights) error {
	if err := d.actor.Load(w); err != nil {
		return err
	}
	c, err := loadOpt(w, "critic", d.criticOf.Size())
	if err != nil {
		return err
	}
	d.critic = c
	return d.memory.Load(w)
}
