package gauss

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"keel/nn"
	"keel/tune"
)

// Variant is an estimator with its settings, as the stability experiment runs it.
type Variant struct {
	Label       string // in tables
	Estimator   string // its registered name
	Settings    map[string]any
	Consistency tune.ConsistencyConfig // around any estimator
}

// Point is a policy's state during a run.
type Point struct {
	Calls     int     `json:"calls"` // rewards spent so far
	Objective float64 `json:"objective"`
	Reward    float64 `json:"reward"`
	KL        float64 `json:"kl"`
	Gap       float64 `json:"gap"` // consistency gap
}

// Result is one run of one estimator.
type Result struct {
	Estimator   string    `json:"estimator"`
	Seed        uint64    `json:"seed"`
	Rate        float64   `json:"rate"` // factor of its learning rates
	Start       float64   `json:"start"`
	Objective   float64   `json:"objective"` // at the end
	Optimum     float64   `json:"optimum"`
	Collapsed   bool      `json:"collapsed"`
	RewardCalls int       `json:"reward_calls"`
	Seconds     float64   `json:"seconds"` // of sampling and updates, without evaluation
	Iterations  int       `json:"iterations"`
	Curve       []Point   `json:"curve"`
	Params      []float32 `json:"-"`
}

// Budget is what every run may spend.
type Budget struct {
	Calls    int     `json:"calls"` // rewards in all
	Batch    int     `json:"batch"` // rewards in an iteration
	Decay    float64 `json:"decay"`
	Points   int     `json:"points"`   // of the curve
	Evaluate int     `json:"evaluate"` // samples of an evaluation
}

// DefaultBudget is a scarce one.
func DefaultBudget() Budget {
	return Budget{Calls: 1920, Batch: 32, Decay: 0.9, Points: 20, Evaluate: 4096}
}

// Runner runs one variant for many seeds and rates: its programs are compiled once.
type Runner struct {
	bench   *Bench
	variant Variant
	est     tune.Estimator
	fresh   *nn.Weights // the estimator before any update
}

// NewRunner builds the variant's estimator.
func (b *Bench) NewRunner(v Variant) (*Runner, error) {
	est, err := tune.New(v.Estimator, b.Setting, v.Settings)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.Label, err)
	}
	r := &Runner{bench: b, variant: v, est: est, fresh: &nn.Weights{Tensors: map[string]nn.WeightTensor{}}}
	est.Save(r.fresh)
	return r, nil
}

// Run tunes from the pre-trained model. The seed settles all samples and the hidden layers' first values.
func (r *Runner) Run(ctx context.Context, budget Budget, seed uint64, rate float64) (Result, error) {
	b := r.bench
	if err := r.est.Load(r.fresh); err != nil {
		return Result{}, err
	}
	r.est.Adopt(b.Task.actor.Init(seed))
	setting := *b.Setting
	setting.Seed = seed
	iterations := budget.Calls / budget.Batch
	loop := &tune.Loop{Setting: &setting, Estimator: r.est, Rate: rate,
		Config: tune.Config{Iterations: iterations, Batch: budget.Batch, Decay: budget.Decay, Consistency: r.variant.Consistency}}
	out := Result{Estimator: r.variant.Label, Seed: seed, Rate: rate, Start: b.Start, Optimum: b.Optimum, Iterations: iterations}
	for i := range iterations {
		begin := time.Now()
		values, err := loop.Iterate(ctx, i)
		if err != nil {
			return out, fmt.Errorf("%s, seed %d, iteration %d: %w", r.variant.Label, seed, i+1, err)
		}
		out.Seconds += time.Since(begin).Seconds()
		out.RewardCalls += budget.Batch
		if (i+1)*budget.Points/iterations > i*budget.Points/iterations {
			e, err := b.Evaluate(ctx, r.est.Params(), budget.Evaluate, 1)
			if err != nil {
				return out, err
			}
			out.Curve = append(out.Curve, Point{Calls: out.RewardCalls, Objective: e.Objective, Reward: e.Reward, KL: e.KL, Gap: values["consistency_gap"]})
			out.Objective = e.Objective
		}
	}
	out.Collapsed = out.collapsed()
	out.Params = nn.Floats(r.est.Params())
	return out, nil
}

// collapsed says whether the run ended below its start, or lost more than a fifth of what it had gained at best.
func (r Result) collapsed() bool {
	best := r.Start
	for _, p := range r.Curve {
		best = max(best, p.Objective)
	}
	return r.Objective != r.Objective || r.Objective < r.Start || best-r.Objective > 0.2*(best-r.Start)
}

var _ = rand.New
