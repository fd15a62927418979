package tune_test

// Estimators against exact gradients. On the linear task (keel/task/gauss) the gradient of the objective is known in closed form, and with the
// optimiser in its limit of plain gradient steps (plain) what an estimator does to its parameters is its gradient estimate. checkExact takes
// many updates from the same parameters, each on a batch of its own, and holds their mean against the expectation:
//
//   - Hotelling's T² of the mean against the right gradient must not be significant (p > 1e-4);
//   - the noise of the mean must be a small part of the right gradient, so that the test has power;
//   - each wrong gradient must be rejected (p < 1e-9): the right one with its sign turned, twice and half of it, and what the row lists
//     under wrong; for gradients that are sums over steps (perStep) without each of the steps, the last among them, and with the KL as a
//     constant and twice.
//
// A row for another estimator is one call of checkExact from a test of its own: the estimator by its registered name, settings under which
// nothing is clipped and one update takes in the whole batch, and the expectation as a function of the exact path. What an estimator divides
// by its batch's own deviation is multiplied back by unit, batch by batch, which leaves no bias.

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
	"keel/task/gauss"
	"keel/tune"
)

// exactRow is one estimator's test.
type exactRow struct {
	estimator string         // its registered name
	settings  map[string]any // that differ from the defaults; the learning rate is set by the test
	beta      float64        // weight of the anchor to the pre-trained model
	toZero    bool           // the grid goes to t = 0, with a last step that is deterministic
	critic    bool           // the task's critic starts as the exact value function of standardised rewards
	batch     int            // samples of an update; 512 where 0
	repeats   int            // updates; 60 where 0
	rate      float64        // of the gradient steps; 1 where 0. Less for estimators that take several steps in an update
	slack     float64        // relative error of the expectation, or of float32 where some directions hardly vary: noise of that size is added
	unit      func(c *exactCase, rewards []float64) float64
	want      func(c *exactCase) expectation
}

// exactCase is the problem that a row is tested on.
type exactCase struct {
	task   *gauss.Linear
	path   *gauss.LinearPath // of the policy
	params []float32         // of the policy, away from the pre-trained model's, which are 0
	beta   float64
	batch  int
	at     []int // the steps that are policies
}

// expectation is the ascent direction that an estimator ought to have, and others that it must be told from.
type expectation struct {
	right []float64
	wrong map[string][]float64
}

// perStep sums gain - beta cost over the policy steps, times a factor.
func (c *exactCase) perStep(factor float64, gain, cost func(k int) []float64) expectation {
	sum := func(steps []int, beta float64) []float64 {
		out := make([]float64, c.task.Size())
		for _, k := range steps {
			g, kl := gain(k), cost(k)
			for i := range out {
				out[i] += factor * (g[i] - beta*kl[i])
			}
		}
		return out
	}
	e := expectation{right: sum(c.at, c.beta), wrong: map[string][]float64{}}
	for i, k := range c.at {
		e.wrong[fmt.Sprintf("no step %d", k)] = sum(slices.Delete(slices.Clone(c.at), i, i+1), c.beta)
	}
	if c.beta != 0 {
		e.wrong["KL without gradient"], e.wrong["KL twice"] = sum(c.at, 0), sum(c.at, 2*c.beta)
	}
	return e
}

// own is the policy gradient on own trajectories, with a factor on the part of the returns and one on the whole.
func (c *exactCase) own(returns, factor float64) expectation {
	return c.on(c.path.Law, returns, factor)
}

// perturbed is the same on perturbed samples of the policy in place of the states of its trajectories.
func (c *exactCase) perturbed(factor float64) expectation { return c.on(c.path.Perturbed, 1, factor) }

func (c *exactCase) on(law func(k int) gauss.Normal, returns, factor float64) expectation {
	values := c.path.Values(c.beta)
	return c.perStep(factor, func(k int) []float64 {
		g := c.path.GainGrad(k, law(k), values[k+1])
		for i := range g {
			g[i] *= returns
		}
		return g
	}, func(k int) []float64 { return c.path.KLGrad(k, law(k)) })
}

// meanOverAll is the factor of a mean over dimensions and transitions where the gradient has sums.
func (c *exactCase) meanOverAll() float64 { return 1 / float64(c.task.Dims()*len(c.at)) }

// batchStd is the deviation of a batch's rewards.
func batchStd(_ *exactCase, rewards []float64) float64 {
	_, _, std, _ := policy.Standardise(rewards)
	return std
}

// exactStd is the deviation of the policy's rewards.
func exactStd(c *exactCase, _ []float64) float64 { return math.Sqrt(c.path.RewardVariance()) }

// linearTask is two-dimensional, its reward's axes turned against the data's, its chain of six steps that end above t = 0,
// or a seventh into it.
func linearTask(t *testing.T, toZero bool) *gauss.Linear {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	grid := []float64{1}
	for _, level := range []float64{1.8, 1.2, 0.9, 0.7, 0.55, 0.45} { // such that every step has a visible share in the gradient
		grid = append(grid, sde.VP{}.Time(level))
	}
	if toZero {
		grid = append(grid, 0)
	}
	task, err := gauss.Linear{
		Process: sde.VP{}, Steps: solver.Ancestral{}.Steps(sde.VP{}, grid),
		Mean: []float64{0.4, -0.3}, Std: 0.6,
		Target: []float64{-0.5, 0.6}, Curvature: [][]float64{{1.5, 0.5}, {0.5, 0.8}}, Offset: 0.7,
	}.Open(e)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

// newCase puts a policy away from the pre-trained model.
func newCase(t *testing.T, row exactRow) *exactCase {
	t.Helper()
	c := &exactCase{task: linearTask(t, row.toZero), beta: row.beta, batch: row.batch}
	rng := rand.New(rand.NewPCG(5, 6))
	wide := make([]float64, c.task.Size())
	c.params = make([]float32, len(wide))
	for i := range wide {
		c.params[i] = float32(0.15 * rng.NormFloat64())
		wide[i] = float64(c.params[i])
	}
	c.path = c.task.Path(wide)
	for k, s := range c.task.Steps {
		if s.Policy() {
			c.at = append(c.at, k)
		}
	}
	if row.critic {
		c.task = c.task.WithCritic(c.path, c.beta, c.path.Reward(), exactStd(c, nil))
	}
	return c
}

// plain is Adam in the limit of gradient steps: at the learning rate plainEps * r an update is r g, to one part in plainEps / g.
var plain = nn.Adam{Beta1: 1e-12, Beta2: 1e-12, Eps: plainEps, ClipNorm: 1e20}

const plainEps = 1e6

// checkExact is the test of a row.
func checkExact(t *testing.T, row exactRow) {
	t.Helper()
	def(&row.batch, 512)
	def(&row.repeats, 60)
	def(&row.rate, 1)
	c := newCase(t, row)
	estimates := measure(t, c, row)
	want := row.want(c)
	blur(estimates, row.slack, want.right)
	fit := hotelling(estimates, want.right)
	t.Log(fit)
	if !(fit.p > 1e-4) {
		t.Errorf("the mean update is not the expected one: %v; by component, in standard errors %.1f", fit, fit.z)
	}
	if !(fit.noise < 0.12) {
		t.Errorf("noise of %.3f of the gradient: the test has no power", fit.noise)
	}
	wrong := map[string][]float64{"sign": scaled(-1, want.right), "twice": scaled(2, want.right), "half": scaled(0.5, want.right)}
	for name, g := range want.wrong {
		wrong[name] = g
	}
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		bad := hotelling(estimates, wrong[name])
		t.Logf("%s: %v", name, bad)
		if !(bad.p < 1e-9) {
			t.Errorf("the test does not reject the wrong gradient %q: %v", name, bad)
		}
	}
}

func def[T int | float64](v *T, to T) {
	if *v == 0 {
		*v = to
	}
}

func scaled(w float64, v []float64) []float64 {
	out := slices.Clone(v)
	for i := range out {
		out[i] *= w
	}
	return out
}

// measure reads the estimator's updates as gradient estimates [repeat][parameter].
func measure(t *testing.T, c *exactCase, row exactRow) [][]float64 {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	var task tune.Task = c.task
	s, err := tune.Setting{Engine: e, Task: task, Process: c.task.Process, Steps: c.task.Steps,
		Params: make([]float32, len(c.params)), Seed: 3, Beta: row.beta, Adam: plain}.Open()
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]any{"learning_rate": plainEps * row.rate}
	for k, v := range row.settings {
		settings[k] = v
	}
	estimator, err := tune.New(row.estimator, s, settings)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]float64
	for i := range row.repeats {
		estimator.Adopt(c.params)
		rewards := update(t, s, estimator, row.batch, i)
		unit := 1.0
		if row.unit != nil {
			unit = row.unit(c, rewards)
		}
		after := nn.Floats(estimator.Params())
		g := make([]float64, len(after))
		for j := range g {
			g[j] = (float64(after[j]) - float64(c.params[j])) / row.rate * unit
		}
		out = append(out, g)
	}
	return out
}

// update is one iteration, without the figures that a loop takes time for.
func update(t *testing.T, s *tune.Setting, e tune.Estimator, batch, i int) (rewards []float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(s.Seed, uint64(i)))
	ctx := context.Background()
	prior, err := s.Task.Prior(rng, batch)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Sampler.Roll(ctx, e.Params(), prior, true, rng)
	if err != nil {
		t.Fatal(err)
	}
	if rewards, _, err = s.Task.Reward(ctx, r); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Update(ctx, &tune.Iteration{Index: i, Rollout: r, Rewards: rewards, RNG: rng}); err != nil {
		t.Fatal(err)
	}
	return rewards
}

// withAndWithoutAnchor runs a row for both, on a grid that ends above 0, and with the anchor on one that ends in 0.
func withAndWithoutAnchor(t *testing.T, row exactRow) {
	t.Helper()
	t.Run("anchor", func(t *testing.T) { row.beta = 0.3; checkExact(t, row) })
	t.Run("no anchor", func(t *testing.T) { row.beta = 0; checkExact(t, row) })
	t.Run("deterministic last step", func(t *testing.T) { row.beta, row.toZero = 0.3, true; checkExact(t, row) })
}
