// Package tune improves a diffusion SDE by policy gradients. One estimator lives in one file; none knows what its states mean.
package tune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"keel/nn"
	"keel/policy"
	"keel/run"
)

// Config are the settings that every estimator shares.
type Config struct {
	Iterations  int               `toml:"iterations"`
	Batch       int               `toml:"batch"`       // samples, and reward calls, in an iteration
	Steps       int               `toml:"steps"`       // of the sampler
	Beta        float64           `toml:"beta"`        // weight of the anchor to the pre-trained model
	Decay       float64           `toml:"decay"`       // share of the learning rates that is gone, linearly, by the last iteration
	Consistency ConsistencyConfig `toml:"consistency"` // before each update, whatever the estimator; steps = 0 for none
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
	case !(c.Beta >= 0):
		return fmt.Errorf("beta = %v: expected 0 (no anchor) or more", c.Beta)
	case !(c.Decay >= 0) || c.Decay > 1:
		return fmt.Errorf("decay = %v: expected a share of the learning rate from 0 to 1", c.Decay)
	}
	return c.Consistency.Check()
}

// Iteration is what an estimator learns from: one batch of the current policy's samples and their rewards.
type Iteration struct {
	Index   int
	Rollout *policy.Rollout // with its trajectories
	Rewards []float64       // NaN where a reward failed
	RNG     *rand.Rand
	Rate    float64 // factor of the estimator's learning rates; 0 means 1
}

// rate is a learning rate in this iteration.
func (it *Iteration) rate(base float64) float64 {
	if it.Rate == 0 {
		return base
	}
	return base * it.Rate
}

// Estimator turns an iteration into an update of the policy.
type Estimator interface {
	Name() string
	// Params are the current policy's parameters.
	Params() *nn.Tensor
	// Adopt goes on from other parameters.
	Adopt(params []float32)
	// Update improves the policy and gives figures to log.
	Update(ctx context.Context, it *Iteration) (map[string]float64, error)
	// Save and Load carry all that the next iteration depends on.
	Save(w *nn.Weights)
	Load(w *nn.Weights) error
}

// Restarting is an estimator that has a part of a batch start elsewhere than at noise.
type Restarting interface {
	// Restart changes the prior: [policy.Prior.Restarts].
	Restart(p *policy.Prior, rng *rand.Rand)
}

// Loop runs the estimator's iterations from the run's latest checkpoint, logging and saving each.
type Loop struct {
	Config    Config
	Setting   *Setting
	Estimator Estimator
	Run       *run.Run
	Log       io.Writer
	Rate      float64 // factor of the estimator's learning rates; 0 means 1
	restorer  *consistency
}

// Go runs to the end. An interrupted iteration is lost; those before it are in the checkpoint.
func (l *Loop) Go(ctx context.Context) error {
	first, err := l.restore()
	if err != nil {
		return err
	}
	progress := run.NewProgress(l.Log, "tuning ("+l.Estimator.Name()+")", first, l.Config.Iterations)
	defer progress.Done()
	for i := first; i < l.Config.Iterations; i++ {
		values, err := l.Iterate(ctx, i)
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

// Iterate takes one iteration, whose randomness follows from the seed and i alone: it samples, scores, restores consistency where that
// is asked for, and updates the estimator. It gives the figures to log, and needs no run.
func (l *Loop) Iterate(ctx context.Context, i int) (map[string]float64, error) {
	rng := rand.New(rand.NewPCG(l.Setting.Seed, uint64(i)))
	values := map[string]float64{"reward_calls": float64(l.Config.Batch)}
	start := time.Now()
	clock := start
	lap := func(name string) { values["seconds_"+name] = time.Since(clock).Seconds(); clock = time.Now() }

	prior, err := l.Setting.Task.Prior(rng, l.Config.Batch)
	if err != nil {
		return nil, err
	}
	if e, ok := l.Estimator.(Restarting); ok {
		e.Restart(&prior, rng)
	}
	defer nn.Free(prior.Cond...)
	r, err := l.Setting.Sampler.Roll(ctx, l.Estimator.Params(), prior, true, rng)
	if err != nil {
		return nil, err
	}
	lap("sampling")
	it := &Iteration{Index: i, Rollout: r, RNG: rng, Rate: l.rate(i)}
	figures, err := map[string]float64(nil), error(nil)
	if it.Rewards, figures, err = l.Setting.Task.Reward(ctx, r); err != nil {
		return nil, err
	}
	lap("score")
	var failed int
	_, values["reward_mean"], values["reward_std"], failed = policy.Standardise(it.Rewards)
	if n := len(r.Restarts); n > 0 {
		values["restarted"] = float64(n)
		_, values["fresh_mean"], _, _ = policy.Standardise(fromNoise(it.Rewards, r.Restarted()))
	}
	values["reward_failed"] = float64(failed)
	if failed == len(it.Rewards) {
		return nil, fmt.Errorf("iteration %d: not one of %d rewards could be computed; run `keel doctor`", i+1, failed)
	}
	values["consistency_gap"], values["consistency_floor"] = policy.ConsistencyGap(r, l.Setting.Process, rng)
	clock = time.Now()
	if l.Config.Consistency.Steps > 0 {
		if values["restoring_loss"], err = l.consistent(ctx, it); err != nil {
			return nil, err
		}
		lap("restoring")
	}
	update, err := l.Estimator.Update(ctx, it)
	if err != nil {
		return nil, err
	}
	lap("update")
	values["seconds_total"] = time.Since(start).Seconds()
	merge(values, figures, "seconds_score")
	merge(values, update, "seconds_update")
	return values, nil
}

// fromNoise are the rewards of samples that were drawn from noise.
func fromNoise(rewards []float64, restarted []bool) (list []float64) {
	for i, v := range rewards {
		if !restarted[i] {
			list = append(list, v)
		}
	}
	return list
}

// merge takes the figures in; where they say how long parts took, those stand in place of the time of the whole: a run's times add up.
func merge(values, figures map[string]float64, whole string) {
	for k := range figures {
		if strings.HasPrefix(k, "seconds_") {
			delete(values, whole)
		}
	}
	maps.Copy(values, figures)
}

// rate is the learning rates' factor in an iteration.
func (l *Loop) rate(i int) float64 {
	return cmp.Or(l.Rate, 1) * (1 - l.Config.Decay*float64(i)/float64(max(l.Config.Iterations, 1)))
}

// consistent puts the estimator on a policy that is score-matched on the samples of the iteration.
func (l *Loop) consistent(ctx context.Context, it *Iteration) (loss float64, err error) {
	if l.restorer == nil {
		l.restorer = newConsistency(l.Setting, l.Config.Consistency)
	}
	samples := &policy.Replay{Capacity: it.Rollout.Size}
	samples.Add(it.Rollout, it.Rewards)
	params, loss, err := l.restorer.restore(ctx, l.Estimator.Params(), samples, it.RNG)
	if err == nil {
		l.Estimator.Adopt(params)
	}
	return loss, err
}

func (l *Loop) save(w io.Writer, done int) error {
	out := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: map[string]string{
		"format": checkpointFormat, "estimator": l.Estimator.Name(), "iterations": fmt.Sprint(done),
	}}
	l.Estimator.Save(out)
	if t, ok := l.Setting.Task.(Remembering); ok {
		if err := t.Save(out); err != nil {
			return err
		}
	}
	return out.Write(w)
}

const checkpointFormat = "keel-tune-2"

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
	err = l.Estimator.Load(w)
	if t, ok := l.Setting.Task.(Remembering); ok && err == nil {
		err = t.Load(w)
	}
	if err != nil {
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

// Tune goes through the loop with the named estimator, from where the run left off, and gives the tuned parameters. changes are settings that differ from the
// estimator's defaults.
func (s Setting) Tune(ctx context.Context, algo string, changes map[string]any, c Config, r *run.Run, log io.Writer) ([]float32, error) {
	open, err := s.Open()
	if err != nil {
		return nil, err
	}
	est, err := New(algo, open, changes)
	if err != nil {
		return nil, err
	}
	loop := &Loop{Config: c, Setting: open, Estimator: est, Run: r, Log: log}
	if err := loop.Go(ctx); err != nil {
		return nil, err
	}
	return nn.Floats(est.Params()), nil
}
