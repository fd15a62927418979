package gauss

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"keel/nn"
	"keel/policy"
	"keel/tune"
)

// Variant is an estimator with its settings, as the stability experiment runs it.
type Variant struct {
	Label       string // in tables
	Estimator   string // its registered name
	Settings    map[string]any
	Batch       int                    // rewards in an iteration
	Consistency tune.ConsistencyConfig // around any estimator
	Gradient    bool                   // it differentiates the reward, which must be smooth then
	Rate        float64                // factor of the learning rates that the sweep found best on the default problem
}

// Point is a policy's state during a run.
type Point struct {
	Calls     int     `json:"calls"` // rewards spent so far
	Objective float64 `json:"objective"`
	Reward    float64 `json:"reward"`
	KL        float64 `json:"kl"`
	Gap       float64 `json:"gap"`                // consistency gap of the samples that the point was evaluated on
	Distance  float64 `json:"distance,omitempty"` // sliced Wasserstein distance of the samples to p*; absent where that is no mixture
	params    []float32
}

// Result is one run of one estimator.
type Result struct {
	Estimator   string  `json:"estimator"`
	Seed        uint64  `json:"seed"`
	Rate        float64 `json:"rate"` // factor of its learning rates
	Start       float64 `json:"start"`
	Objective   float64 `json:"objective"` // at the end, on eight times as many samples as a point of the curve
	Optimum     float64 `json:"optimum"`
	Collapsed   bool    `json:"collapsed"`
	RewardCalls int     `json:"reward_calls"`
	Seconds     float64 `json:"seconds"` // of sampling and updates, without evaluation
	Iterations  int     `json:"iterations"`
	Error       string  `json:"error,omitempty"` // what ended the run early; the objective is then that of its last point
	Curve       []Point `json:"curve"`
	Reached     int     `json:"calls_to_90"` // rewards spent when the objective first had 90 % of what there is to gain; 0 for never
}

// Budget is what every run may spend.
type Budget struct {
	Calls    int     `json:"calls"`    // rewards in all
	Decay    float64 `json:"decay"`    // of the learning rates over the run
	Points   int     `json:"points"`   // of the curve
	Evaluate int     `json:"evaluate"` // samples behind each point
}

// DefaultBudget is a scarce one.
func DefaultBudget() Budget { return Budget{Calls: 480, Decay: 0.9, Points: 30, Evaluate: 512} }

// Check says what is wrong with the budget.
func (b Budget) Check() error {
	if b.Calls < 64 || b.Points < 1 || b.Evaluate < 2 {
		return errors.New("calls: expected at least 64, points at least 1, and evaluate at least 2")
	}
	return nil
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
	iterations := budget.Calls / r.variant.Batch
	loop := &tune.Loop{Setting: &setting, Estimator: r.est, Rate: rate,
		Config: tune.Config{Iterations: iterations, Batch: r.variant.Batch, Decay: budget.Decay, Consistency: r.variant.Consistency}}
	out := Result{Estimator: r.variant.Label, Seed: seed, Rate: rate, Start: b.Start, Objective: b.Start, Optimum: b.Optimum, Iterations: iterations}
	points := min(budget.Points, iterations)
	for i := range iterations {
		begin := time.Now()
		if _, err := loop.Iterate(ctx, i); err != nil {
			if ctx.Err() != nil || i == 0 { // later, it is the policy that has broken down
				return out, fmt.Errorf("%s, seed %d, iteration %d: %w", r.variant.Label, seed, i+1, err)
			}
			return out.broken(i, err), nil
		}
		out.Seconds += time.Since(begin).Seconds()
		out.RewardCalls += r.variant.Batch
		if (i+1)*points/iterations == i*points/iterations {
			continue
		}
		p, err := b.point(ctx, r.est.Params(), budget.Evaluate)
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		if err != nil || !policy.Finite(p.Objective) {
			return out.broken(i, errors.Join(err, errors.New("the policy's samples are not finite"))), nil
		}
		p.Calls = out.RewardCalls
		out.Curve = append(out.Curve, p)
		if out.Reached == 0 && p.Objective >= b.Start+0.9*(b.Optimum-b.Start) {
			out.Reached = p.Calls
		}
	}
	last, err := b.Evaluate(ctx, r.est.Params(), 8*budget.Evaluate, 2)
	if ctx.Err() != nil {
		return out, ctx.Err()
	}
	if err != nil || !policy.Finite(last.Objective) {
		return out.broken(iterations-1, errors.New("the policy's samples are not finite")), nil
	}
	out.Objective, out.Collapsed = last.Objective, out.collapsed(last.Objective)
	return out, nil
}

// point evaluates a policy on n samples.
func (b *Bench) point(ctx context.Context, params *nn.Tensor, n int) (Point, error) {
	e, err := b.Evaluate(ctx, params, n, 1)
	if err != nil {
		return Point{}, err
	}
	rng := rand.New(rand.NewPCG(1, 0x9a9))
	p := Point{Objective: e.Objective, Reward: e.Reward, KL: e.KL, params: nn.Floats(params)}
	p.Gap, _ = policy.ConsistencyGap(e.Rollout, process, rng)
	if q, ok := b.Task.Goal.(Quadratic); ok {
		p.Distance = slicedDistance(e.Rollout.X0(), Tilted(b.law, q, b.Beta).Sample(rng, n), b.Dims, rng)
	}
	return p, nil
}

// broken is the result of a run that a policy out of all bounds ended.
func (r Result) broken(iteration int, err error) Result {
	if n := len(r.Curve); n > 0 {
		r.Objective = r.Curve[n-1].Objective
	}
	r.Error, r.Collapsed = fmt.Sprintf("iteration %d: %v", iteration+1, err), true
	return r
}

// collapsed says whether the run ended below its start by more than a twentieth of what there is to gain, or fell from its best by more than
// a fifth of that.
func (r Result) collapsed(end float64) bool {
	best, gain := r.Start, r.Optimum-r.Start
	for _, p := range r.Curve {
		best = max(best, p.Objective)
	}
	return !policy.Finite(end) || end < r.Start-gain/20 || end < best-gain/5
}

// slicedDistance is the sliced Wasserstein-2 distance of two samples [n, dims].
func slicedDistance(x []float32, y []float64, dims int, rng *rand.Rand) float64 {
	const directions = 64
	n := len(y) / dims
	a, b := make([]float64, n), make([]float64, n)
	var sum float64
	for range directions {
		dir, norm := make([]float64, dims), 0.0
		for k := range dir {
			dir[k] = rng.NormFloat64()
			norm += dir[k] * dir[k]
		}
		for i := range n {
			a[i], b[i] = 0, 0
			for k, d := range dir {
				a[i] += d * float64(x[i*dims+k])
				b[i] += d * y[i*dims+k]
			}
		}
		slices.Sort(a)
		slices.Sort(b)
		for i := range n {
			sum += (a[i] - b[i]) * (a[i] - b[i]) / norm
		}
	}
	return math.Sqrt(sum / float64(n*directions))
}
