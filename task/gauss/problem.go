package gauss

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
	"keel/tune"
)

// Problem is an analytic tuning problem: a mixture, a reward with known optimum, and the chain that samples.
type Problem struct {
	Dims   int     `json:"dims"`
	Modes  int     `json:"modes"`
	Radius float64 `json:"radius"` // of the ring of modes
	Std    float64 `json:"std"`    // of each mode
	Reward string  `json:"reward"` // "smooth", "non-smooth" or "sparse"
	Target float64 `json:"target"` // distance of the reward's target from the origin along the first axis
	Beta   float64 `json:"beta"`   // weight of the KL to the pre-trained model
	Solver string  `json:"solver"` // a stochastic one
	Steps  int     `json:"steps"`  // of the solver
	Width  int     `json:"width"`  // of the perceptrons
	Depth  int     `json:"depth"`  // their hidden layers
}

// DefaultProblem is a ring of six modes in two dimensions, and a quadratic reward whose target is away from all of them.
func DefaultProblem() Problem {
	return Problem{Dims: 2, Modes: 6, Radius: 2, Std: 0.3, Reward: "smooth", Target: 1, Beta: 0.2, Solver: "reverse-diffusion", Steps: 80, Width: 64, Depth: 3}
}

// Check says what is wrong with the problem.
func (p Problem) Check() error {
	_, err := RewardByName(p.Reward, nil)
	switch {
	case p.Dims < 1 || p.Dims > 64:
		return fmt.Errorf("dim = %d: expected 1 to 64", p.Dims)
	case p.Modes < 1 || p.Modes > 64:
		return fmt.Errorf("modes = %d: expected 1 to 64", p.Modes)
	case !(p.Radius > 0) || !(p.Std > 0) || !(p.Beta > 0) || !(p.Target >= 0) || math.IsInf(p.Radius+p.Std+p.Beta+p.Target, 1):
		return errors.New("radius, std and beta: expected positive numbers, and target one of at least 0")
	case p.Steps < 4 || p.Width < 1 || p.Depth < 1 || p.Depth > 9:
		return errors.New("steps: expected at least 4; width at least 1; depth 1 to 9")
	case err != nil:
		return err
	}
	_, err = p.steps()
	return err
}

// steps are the chain's, with the policies that estimators need.
func (p Problem) steps() ([]solver.Step, error) {
	sampler, err := solver.ByName(p.Solver)
	if err != nil {
		return nil, err
	}
	steps := sampler.Steps(process, p.grid())
	_, err = solver.Policies(steps, "solver "+p.Solver+": the experiment")
	return steps, err
}

const (
	lowestLevel  = 0.01 // sigma/alpha at which the chain ends: small against every mode, and every step a policy
	highestLevel = 40
)

// process perturbs the mixtures.
var process = sde.VP{}

// grid is even in the logarithm of the noise level and ends above 0, so that every step is stochastic.
func (p Problem) grid() []float64 {
	g := sde.KarrasGrid(process, p.Steps+1, gridRho, lowestLevel, highestLevel)
	return g[:p.Steps+1]
}

const gridRho = 7

// Bench is a problem made ready.
type Bench struct {
	Problem
	Task    *MixtureTask
	Setting *tune.Setting
	Start   float64 // the objective of the pre-trained model
	Optimum float64 // the largest objective, of all laws
	law     Mixture // of the data at the noise level that the chain ends at
}

// Open makes the problem ready on the engine.
func (p Problem) Open(e *nn.Engine) (*Bench, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	target := make([]float64, p.Dims)
	target[0] = p.Target
	goal, err := RewardByName(p.Reward, target)
	if err != nil {
		return nil, err
	}
	task, err := NewMixtureTask(e, Ring(p.Dims, p.Modes, p.Radius, p.Std), goal, p.Width, p.Depth)
	if err != nil {
		return nil, err
	}
	steps, err := p.steps()
	if err != nil {
		return nil, err
	}
	setting, err := tune.Setting{Engine: e, Task: task, Process: process, Steps: steps,
		Params: task.actor.Init(1), Seed: 1, Beta: p.Beta}.Open()
	if err != nil {
		return nil, err
	}
	law := task.Data.Perturbed(process.Kernel(steps[len(steps)-1].To)) // what an exact sampler of this grid draws
	return &Bench{Problem: p, Task: task, Setting: setting, law: law, Start: Start(law, goal), Optimum: Optimum(law, goal, p.Beta)}, nil
}

// Evaluation is a policy's objective, estimated on samples that no estimator saw.
type Evaluation struct {
	Reward    float64         `json:"reward"`
	KL        float64         `json:"kl"` // of its paths to the pre-trained model's
	Objective float64         `json:"objective"`
	Rollout   *policy.Rollout `json:"-"`
}

// Evaluate rolls n samples out with randomness from the seed: equal seeds make policies comparable.
func (b *Bench) Evaluate(ctx context.Context, params *nn.Tensor, n int, seed uint64) (Evaluation, error) {
	rng := rand.New(rand.NewPCG(seed, 0xe7a1))
	prior, err := b.Task.Prior(rng, n)
	if err != nil {
		return Evaluation{}, err
	}
	r, err := b.Setting.Sampler.Roll(ctx, params, prior, true, rng)
	if err != nil {
		return Evaluation{}, err
	}
	rewards, _, err := b.Task.Reward(ctx, r)
	if err != nil {
		return Evaluation{}, err
	}
	e := Evaluation{Rollout: r}
	for _, v := range rewards {
		e.Reward += v / float64(n)
	}
	pre := nn.FromFloats(b.Setting.Params, len(b.Setting.Params))
	defer nn.Free(pre)
	paths, err := b.Setting.Sampler.PathKL(pre, r)
	if err != nil {
		return e, err
	}
	for _, kl := range paths {
		e.KL += kl / float64(n)
	}
	e.Objective = e.Reward - b.Beta*e.KL
	return e, nil
}
