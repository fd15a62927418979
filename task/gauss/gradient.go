package gauss

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
	"keel/tune"
)

// GradientTest compares gradient estimates with the exact gradient of a [Linear] task, in which everything is known.
type GradientTest struct {
	Dims     int         `json:"dims"`
	Steps    int         `json:"steps"`    // of the sampler
	Beta     float64     `json:"beta"`     // weight of the KL to the pre-trained model
	Progress float64     `json:"progress"` // share of the way from the pre-trained model's objective to the optimum that the policy has made
	Samples  []int       `json:"samples"`  // of an update, and reward calls
	Seeds    []uint64    `json:"seeds"`
	Repeats  int         `json:"repeats"` // updates of each seed
	Fit      GradientFit `json:"fit"`
}

// GradientFit is how much the estimators with a critic may compute with their samples, on trajectories and on perturbed ones alike; rewards
// they have no more than the others.
type GradientFit struct {
	States int     `json:"states"`       // in a step of the critic and of the actor
	Critic int     `json:"critic_steps"` // that fit the critic, from zero in each update
	Actor  int     `json:"actor_steps"`  // whose mean is the estimate
	Rate   float64 `json:"critic_rate"`  // of the fit
}

// DefaultGradientTest takes minutes. Its policy is half-way, where its states are no longer those of the perturbation process. The
// critic's fit stops early: of those tried, it is the best for trajectory states, where longer ones overfit. Perturbation states gain by them.
func DefaultGradientTest() GradientTest {
	return GradientTest{Dims: 4, Steps: 10, Beta: 0.2, Progress: 0.5, Samples: []int{8, 16, 32, 64, 128, 256},
		Seeds: []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, Repeats: 2,
		Fit: GradientFit{States: 512, Critic: 150, Actor: 32, Rate: 0.02}}
}

// Check says what is wrong with the settings.
func (g GradientTest) Check() error {
	switch {
	case g.Dims < 1 || g.Dims > 64:
		return fmt.Errorf("dim = %d: expected 1 to 64", g.Dims)
	case g.Steps < 2 || g.Steps > 1000:
		return fmt.Errorf("steps = %d: expected 2 to 1000", g.Steps)
	case !(g.Beta >= 0) || math.IsInf(g.Beta, 0):
		return fmt.Errorf("beta = %v: expected 0 (no anchor) or more", g.Beta)
	case !(g.Progress >= 0) || g.Progress > 0.8:
		return fmt.Errorf("progress = %v: expected 0 (the pre-trained model) to 0.8", g.Progress)
	case len(g.Samples) == 0:
		return errors.New("samples: expected at least one number")
	case g.Repeats < 1 || len(g.Seeds)*g.Repeats < 3:
		return fmt.Errorf("%d seeds and repeats = %d: expected 3 updates in all or more, for a bias with its error", len(g.Seeds), g.Repeats)
	}
	if g.Fit.States < 1 || g.Fit.Actor < 1 || g.Fit.Critic < 1 || !(g.Fit.Rate > 0) || math.IsInf(g.Fit.Rate, 0) {
		return fmt.Errorf("critic-steps = %d, critic-rate = %v, states = %d: expected positive numbers", g.Fit.Critic, g.Fit.Rate, g.Fit.States)
	}
	for i, s := range g.Seeds {
		if slices.Contains(g.Seeds[:i], s) {
			return fmt.Errorf("seeds = %v: %d stands there twice, and would count twice", g.Seeds, s)
		}
	}
	for i, n := range g.Samples {
		if n < 2 || n > 1<<16 || (i > 0 && n <= g.Samples[i-1]) {
			return fmt.Errorf("samples = %v: expected rising numbers from 2 to 65536", g.Samples)
		}
	}
	return nil
}

// Updates is the number of rollouts, each of which every estimator turns into one update.
func (g GradientTest) Updates() int { return len(g.Samples) * len(g.Seeds) * g.Repeats }

// GradientCurve is the quality of one estimator's gradients over the number of samples.
type GradientCurve struct {
	Label     string          `json:"label"`
	Estimator string          `json:"estimator"` // "diffac", "reinforce" or "ddpo-is"
	Type      string          `json:"type"`      // of the gradient: "reinforce" or "ddpg"
	States    string          `json:"states"`    // "trajectory" or "perturbation"
	Critic    string          `json:"critic"`    // "exact", "fitted" or "none"
	Points    []GradientPoint `json:"points"`
}

// GradientResult is what the test measures.
type GradientResult struct {
	GradientTest
	Objective float64         `json:"objective"` // of the policy
	Start     float64         `json:"start"`     // of the pre-trained model
	Optimum   float64         `json:"optimum"`   // of the discretised chain; without an anchor 0 and of no meaning
	Norm      float64         `json:"norm"`      // of the exact gradient
	Limit     float64         `json:"limit"`     // bias on perturbation states with the exact critic and no end of samples
	Curves    []GradientCurve `json:"curves"`
}

// gradientBench is a test made ready.
type gradientBench struct {
	GradientTest
	task    *Linear
	path    *LinearPath
	params  []float32
	exact   []float64
	setting *tune.Setting
	arms    []*gradientArm
}

// Run measures all estimators. done is told after each rollout's updates.
func (g GradientTest) Run(ctx context.Context, e *nn.Engine, done func()) (*GradientResult, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	b, err := g.open(e)
	if err != nil {
		return nil, err
	}
	out := &GradientResult{GradientTest: g, Objective: b.path.Objective(g.Beta), Norm: floats.Norm(b.exact, 2),
		Start: b.task.Path(make([]float64, b.task.Size())).Objective(g.Beta)}
	if g.Beta > 0 {
		out.Optimum = b.task.Optimum(g.Beta).Objective
	}
	limit := b.onPerturbed()
	floats.Sub(limit, b.exact)
	out.Limit = floats.Norm(limit, 2) / out.Norm
	for _, a := range b.arms {
		out.Curves = append(out.Curves, a.GradientCurve)
	}
	for _, n := range g.Samples {
		estimates := make([][][]float64, len(b.arms))
		for _, seed := range g.Seeds {
			for k := range g.Repeats {
				if err := b.update(ctx, estimates, n, seed, k); err != nil {
					return nil, err
				}
				done()
			}
		}
		for i, list := range estimates {
			out.Curves[i].Points = append(out.Curves[i].Points, newGradientPoint(n, list, b.exact))
		}
	}
	return out, nil
}

// anchor is the weight under which the policy is moved: some anchor is needed for an optimum to be on the way to.
func (g GradientTest) anchor() float64 {
	if g.Beta > 0 {
		return g.Beta
	}
	return 0.2
}

const gradientLowest = 0.1 // noise level at which the chain ends: above 0, so that every step is a policy

// open makes task, policy and estimators.
func (g GradientTest) open(e *nn.Engine) (*gradientBench, error) {
	p := sde.VP{}
	grid := sde.KarrasGrid(p, g.Steps+1, gridRho, gradientLowest, highestLevel)[:g.Steps+1]
	l := Linear{Process: p, Steps: solver.Ancestral{}.Steps(p, grid), Std: 0.6}
	rng := rand.New(rand.NewPCG(uint64(g.Dims), 0x9ad))
	for range g.Dims {
		l.Mean, l.Target = append(l.Mean, 0.5*rng.NormFloat64()), append(l.Target, 1+0.5*rng.NormFloat64())
	}
	l.Curvature = turned(rng, g.Dims)
	task, err := l.Open(e)
	if err != nil {
		return nil, err
	}
	b := &gradientBench{GradientTest: g, task: task}
	if err := b.move(); err != nil {
		return nil, err
	}
	b.setting, err = tune.Setting{Engine: e, Task: task, Process: p, Steps: task.Steps, Params: make([]float32, task.Size()), Seed: 1,
		Beta: g.Beta, Adam: plainSteps}.Open()
	if err != nil {
		return nil, err
	}
	return b, b.addArms()
}

// update lets every estimator turn the same rollout into a gradient.
func (b *gradientBench) update(ctx context.Context, estimates [][][]float64, n int, seed uint64, repeat int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(seed, uint64(n)<<20+uint64(repeat)))
	prior, err := b.task.Prior(rng, n)
	if err != nil {
		return err
	}
	params := nn.FromFloats(b.params, len(b.params))
	defer nn.Free(params)
	r, err := b.setting.Sampler.Roll(ctx, params, prior, true, rng)
	if err != nil {
		return err
	}
	rewards, _, err := b.task.Reward(ctx, r)
	if err != nil {
		return err
	}
	draws := rng.Uint64()
	for i, a := range b.arms {
		it := &tune.Iteration{Rollout: r, Rewards: rewards, RNG: rand.New(rand.NewPCG(draws, uint64(i)))}
		estimate, err := a.estimate(ctx, b, it)
		if err != nil {
			return fmt.Errorf("%s, %d samples, seed %d: %w", a.Label, n, seed, err)
		}
		estimates[i] = append(estimates[i], estimate)
	}
	return nil
}

// moments are the mean and the standard deviation of rewards.
func moments(rewards []float64) (mean, std float64) {
	_, mean, std, _ = policy.Standardise(rewards)
	return mean, std
}
