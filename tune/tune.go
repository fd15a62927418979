// Package tune improves a diffusion SDE by policy gradients. One estimator lives in one file; none knows what its states mean.
package tune

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"keel/nn"
	"keel/policy"
	"keel/run"
	"keel/sde"
	"keel/solver"
)

// Task is a problem to tune on.
type Task interface {
	// Network is the denoiser that is tuned, and the layout of its parameters.
	Network() (nn.Denoiser, *nn.Layout)
	// Critic is the network of the value function.
	Critic() (nn.Denoiser, *nn.Layout)
	// Prior draws the masks and conditions of a batch.
	Prior(rng *rand.Rand, size int) (policy.Prior, error)
	// Reward scores finished samples: one reward each, NaN where it could not be had, and figures to log.
	Reward(ctx context.Context, r *policy.Rollout) (rewards []float64, figures map[string]float64, err error)
}

// Config are the settings that every estimator shares.
type Config struct {
	Iterations int `toml:"iterations"`
	Batch      int `toml:"batch"` // samples, and reward calls, in an iteration
	Steps      int `toml:"steps"` // of the sampler
}

// Check says what is wrong with the settings.
func (c Config) Check() error {
	switch {
	case c.Iterations < 0:
		return fmt.Errorf("iterations = %d: expected 0 or more", c.Iterations)
	case c.Batch < 2:
		return fmt.Errorf("batch = %d: expected at least 2, for advantages compare samples", c.Batch)
	case c.Steps < 2:
		return fmt.Errorf("steps = %d: expected at least 2", c.Steps)
	}
	return nil
}

// Iteration is what an estimator learns from: one batch of the current policy's samples and their rewards.
type Iteration struct {
	Index      int
	Rollout    *policy.Rollout
	Rewards    []float64 // NaN where a reward failed
	Advantages []float64 // standardised rewards; 0 where one failed
	RNG        *rand.Rand
}

// Estimator turns an iteration into an update of the policy.
type Estimator interface {
	Name() string
	// Params are the current policy's parameters.
	Params() *nn.Tensor
	// Update improves the policy and gives figures to log.
	Update(ctx context.Context, it *Iteration) (map[string]float64, error)
	// Save and Load carry all that the next iteration depends on.
	Save(w *nn.Weights)
	Load(w *nn.Weights) error
}

// Setting is what estimators are built from.
type Setting struct {
	Engine  *nn.Engine
	Task    Task
	Process sde.Process
	Steps   []solver.Step
	Params  []float32 // of the pre-trained model
	Seed    uint64
}

// Grid gives the sampler's steps for a process: Karras spacing, noise levels from 0.01 to at most 40.
func Grid(p sde.Process, steps int) []solver.Step {
	return solver.Steps(solver.Ancestral{}, p, sde.KarrasGrid(p, steps, 5, 0.01, 40))
}

// Loop runs the estimator's iterations from the run's latest checkpoint, logging and saving each.
type Loop struct {
	Config    Config
	Setting   Setting
	Estimator Estimator
	Run       *run.Run
	Log       io.Writer
}

// Go runs to the end. An interrupted iteration is lost; those before it are in the checkpoint.
func (l *Loop) Go(ctx context.Context) error {
	first, err := l.restore()
	if err != nil {
		return err
	}
	net, layout := l.Setting.Task.Network()
	sampler, err := policy.NewSampler(l.Setting.Engine, net, layout, l.Setting.Process, l.Setting.Steps)
	if err != nil {
		return err
	}
	progress := run.NewProgress(l.Log, "tuning ("+l.Estimator.Name()+")", first, l.Config.Iterations)
	defer progress.Done()
	for i := first; i < l.Config.Iterations; i++ {
		values, err := l.iterate(ctx, sampler, i)
		if err != nil {
			return err
		}
		// Before the checkpoint: a line that a kill leaves without its checkpoint is cut off when the run goes on.
		if err := l.Run.Log(i+1, values); err != nil {
			return err
		}
		if err := l.Run.SaveCheckpoint(i+1, func(w io.Writer) error { return l.save(w, i+1) }); err != nil {
			return err
		}
		progress.Note(fmt.Sprintf("reward %.3f", values["reward_mean"]))
		progress.Set(i + 1)
	}
	return nil
}

func (l *Loop) iterate(ctx context.Context, sampler *policy.Sampler, i int) (map[string]float64, error) {
	rng := rand.New(rand.NewPCG(l.Setting.Seed, uint64(i)))
	values := map[string]float64{"reward_calls": float64(l.Config.Batch)}
	start := time.Now()
	clock := start
	lap := func(name string) { values["seconds_"+name] = time.Since(clock).Seconds(); clock = time.Now() }

	prior, err := l.Setting.Task.Prior(rng, l.Config.Batch)
	if err != nil {
		return nil, err
	}
	defer nn.Free(prior.Cond...)
	r, err := sampler.Roll(ctx, l.Estimator.Params(), prior, true, rng)
	if err != nil {
		return nil, err
	}
	lap("sampling")
	it := &Iteration{Index: i, Rollout: r, RNG: rng}
	figures, err := map[string]float64(nil), error(nil)
	if it.Rewards, figures, err = l.Setting.Task.Reward(ctx, r); err != nil {
		return nil, err
	}
	lap("score")
	var failed int
	it.Advantages, values["reward_mean"], values["reward_std"], failed = policy.Standardise(it.Rewards)
	values["reward_failed"] = float64(failed)
	if failed == len(it.Rewards) {
		return nil, fmt.Errorf("iteration %d: not one of %d rewards could be computed; run `keel doctor`", i+1, failed)
	}
	values["consistency_gap"], values["consistency_floor"] = policy.ConsistencyGap(r, l.Setting.Process, rng)
	clock = time.Now()
	update, err := l.Estimator.Update(ctx, it)
	if err != nil {
		return nil, err
	}
	lap("update")
	values["seconds_total"] = time.Since(start).Seconds()
	for _, m := range []map[string]float64{figures, update} {
		for k, v := range m {
			values[k] = v
		}
	}
	return values, nil
}

func (l *Loop) save(w io.Writer, done int) error {
	out := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: map[string]string{
		"format": checkpointFormat, "estimator": l.Estimator.Name(), "iterations": fmt.Sprint(done),
	}}
	l.Estimator.Save(out)
	return out.Write(w)
}

const checkpointFormat = "keel-tune-1"

func (l *Loop) restore() (done int, err error) {
	path, step, ok, err := l.Run.LatestCheckpoint()
	if err != nil || !ok {
		return 0, errors.Join(err, l.Run.TruncateAfter(0))
	}
	w, err := nn.ReadWeights(path)
	if err != nil {
		return 0, err
	}
	if w.Metadata["format"] != checkpointFormat || w.Metadata["estimator"] != l.Estimator.Name() {
		return 0, fmt.Errorf("%s: a checkpoint of %q, expected one of estimator %q", path, w.Metadata["estimator"], l.Estimator.Name())
	}
	if err := l.Estimator.Load(w); err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return step, l.Run.TruncateAfter(step)
}

// saveVector and loadVector carry a flat tensor under a name.
func saveVector(w *nn.Weights, name string, t *nn.Tensor) {
	v := nn.Floats(t)
	w.Tensors[name] = nn.WeightTensor{Dims: []int{len(v)}, Values: v}
}

func loadVector(w *nn.Weights, name string, size int) (*nn.Tensor, error) {
	t, ok := w.Tensors[name]
	if !ok || len(t.Values) != size {
		return nil, fmt.Errorf("tensor %q of %d values is missing", name, size)
	}
	return nn.FromFloats(t.Values, size), nil
}

func saveOpt(w *nn.Weights, name string, o *nn.OptState) {
	saveVector(w, name+".params", o.Params)
	saveVector(w, name+".m", o.M)
	saveVector(w, name+".v", o.V)
	saveVector(w, name+".avg", o.Avg)
	w.Tensors[name+".steps"] = nn.WeightTensor{Dims: []int{1}, Values: []float32{float32(o.Steps)}}
}

func loadOpt(w *nn.Weights, name string, size int) (*nn.OptState, error) {
	o := &nn.OptState{}
	for suffix, to := range map[string]**nn.Tensor{".params": &o.Params, ".m": &o.M, ".v": &o.V, ".avg": &o.Avg} {
		t, err := loadVector(w, name+suffix, size)
		if err != nil {
			return nil, err
		}
		*to = t
	}
	steps, ok := w.Tensors[name+".steps"]
	if !ok || len(steps.Values) != 1 {
		return nil, fmt.Errorf("tensor %q is missing", name+".steps")
	}
	o.Steps = int(steps.Values[0])
	return o, nil
}
