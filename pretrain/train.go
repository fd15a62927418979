package pretrain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"

	"keel/nn"
	"keel/run"
)

// Source gives training batches. All that it draws comes from rng, so a step's batch follows from the seed and the step. Next is called from several
// goroutines at a time.
type Source interface {
	Next(rng *rand.Rand) (*Batch, error)
}

// Config are the settings of score matching.
type Config struct {
	Samples      int     `toml:"samples"`       // training examples in all, drawn with replacement
	LearningRate float64 `toml:"learning_rate"` // after the warm-up
	Warmup       int     `toml:"warmup"`        // steps of linear warm-up
	Cooldown     float64 `toml:"cooldown"`      // share of the samples at the end in which the rate falls linearly to zero
	EMA          float64 `toml:"ema"`           // decay of the parameters' average; 0 means 0.999
	LevelMean    float64 `toml:"level_mean"`    // of ln(sigma/alpha) in training
	LevelStd     float64 `toml:"level_std"`
	LogEvery     int     `toml:"log_every"`  // steps
	SaveEvery    int     `toml:"save_every"` // steps
}

// Check says what is wrong with the settings.
func (c Config) Check() error {
	switch {
	case c.Samples < 1:
		return fmt.Errorf("samples = %d: expected at least 1", c.Samples)
	case !(c.LearningRate > 0):
		return fmt.Errorf("learning_rate = %v: expected more than 0", c.LearningRate)
	case c.LogEvery < 1 || c.SaveEvery < 1:
		return errors.New("log_every and save_every: expected at least 1")
	case !(c.LevelStd > 0):
		return fmt.Errorf("level_std = %v: expected more than 0", c.LevelStd)
	case !(c.Cooldown >= 0 && c.Cooldown <= 1):
		return fmt.Errorf("cooldown = %v: expected a share from 0 to 1", c.Cooldown)
	}
	return nil
}

// Levels is the distribution of noise levels that the settings ask for.
func (c Config) Levels() Levels { return Levels{Mean: c.LevelMean, Std: c.LevelStd, Uniform: 0.1} }

// rate is the learning rate when seen of the samples have been trained on, in the given step.
func (c Config) rate(step, seen int) float64 {
	warm := 1.0
	if c.Warmup > 0 {
		warm = min(1, float64(step+1)/float64(c.Warmup))
	}
	left := 1 - float64(seen)/float64(c.Samples)
	cool := 1.0
	if c.Cooldown > 0 {
		cool = min(1, max(left, 0)/c.Cooldown)
	}
	return c.LearningRate * warm * max(cool, 1e-3)
}

// Trainer is score matching in progress.
type Trainer struct {
	Config   Config
	Seed     uint64
	Stepper  *Stepper
	Layout   *nn.Layout
	Metadata map[string]string // written into every weights file
	Held     []*Batch          // held-out batches, evaluated with the averaged parameters at every save; may be empty
	State    *nn.OptState
	Seen     int // training examples so far
	Log      io.Writer
}

// Train runs to the end, from State and Seen, logging and saving into the run. A cancelled context stops it after the
// step in hand, with a checkpoint.
func (t *Trainer) Train(ctx context.Context, src Source, r *run.Run) error {
	progress := run.NewProgress(t.Log, "pre-training", t.Seen, t.Config.Samples)
	defer progress.Done()
	window := map[string]*mean{}
	batches := newAhead(t.Seed, t.State.Steps, t.Stepper, src)
	defer batches.close()
	for t.Seen < t.Config.Samples {
		ready, err := batches.next()
		if err != nil {
			return err
		}
		batch := ready.Batch
		rep, err := t.Stepper.StepReady(t.State, ready, t.Config.rate(t.State.Steps, t.Seen))
		ready.Free()
		nn.Free(batch.Cond...)
		if err != nil {
			return err
		}
		t.Seen += batch.Size
		record(window, batch, rep)
		progress.Set(t.Seen)
		step, done := t.State.Steps, t.Seen >= t.Config.Samples || ctx.Err() != nil
		if step%t.Config.LogEvery == 0 || done {
			values := map[string]float64{"samples": float64(t.Seen)}
			for k, m := range window {
				values[k] = m.value()
			}
			progress.Note(fmt.Sprintf("loss %.3f", values["loss"]))
			window = map[string]*mean{}
			if step%t.Config.SaveEvery == 0 || done {
				if err := t.evaluate(values); err != nil {
					return err
				}
			}
			if err := r.Log(step, values); err != nil {
				return err
			}
		}
		if step%t.Config.SaveEvery == 0 || done {
			if err := r.SaveCheckpoint(step, t.Write); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// mean is a running mean.
type mean struct{ sum, n float64 }

func (m *mean) value() float64 { return m.sum / max(m.n, 1) }

// record adds a step to the window's means: overall, and each term by the kind of batch.
func record(window map[string]*mean, b *Batch, r Report) {
	add := func(key string, v float64) {
		if window[key] == nil {
			window[key] = &mean{}
		}
		window[key].sum += v
		window[key].n++
	}
	add("loss", r.Loss)
	add("grad_norm", r.GradNorm)
	for i, name := range b.Net.LossTerms() {
		add("loss_"+name, r.Terms[i])
	}
}

// evaluate adds the loss on the held-out batches, under the averaged parameters and the same noise every time.
func (t *Trainer) evaluate(values map[string]float64) error {
	window := map[string]*mean{}
	for i, b := range t.Held {
		rep, err := t.Stepper.Evaluate(t.State.Avg, b, rand.New(rand.NewPCG(t.Seed, uint64(1<<40+i))))
		if err != nil {
			return err
		}
		record(window, b, rep)
	}
	delete(window, "grad_norm")
	for _, k := range slices.Sorted(maps.Keys(window)) {
		values["held_"+k] = window[k].value()
	}
	return nil
}

// Write writes a checkpoint: parameters, Adam's moments, averages and counters.
func (t *Trainer) Write(w io.Writer) error {
	out := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: maps.Clone(t.Metadata)}
	for prefix, v := range map[string]*nn.Tensor{"params.": t.State.Params, "adam_m.": t.State.M, "adam_v.": t.State.V, averaged: t.State.Avg} {
		t.Layout.Pack(out, prefix, nn.Floats(v))
	}
	out.Metadata["steps"], out.Metadata["samples"] = strconv.Itoa(t.State.Steps), strconv.Itoa(t.Seen)
	return out.Write(w)
}

// Restore reads a checkpoint that Write wrote.
func (t *Trainer) Restore(path string) error {
	w, err := nn.ReadWeights(path)
	if err != nil {
		return err
	}
	state := &nn.OptState{}
	for prefix, to := range map[string]**nn.Tensor{"params.": &state.Params, "adam_m.": &state.M, "adam_v.": &state.V, averaged: &state.Avg} {
		flat, err := t.Layout.Unpack(w, prefix)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		*to = nn.FromFloats(flat, len(flat))
	}
	var errSteps, errSeen error
	state.Steps, errSteps = strconv.Atoi(w.Metadata["steps"])
	t.Seen, errSeen = strconv.Atoi(w.Metadata["samples"])
	if err := errors.Join(errSteps, errSeen); err != nil {
		return fmt.Errorf("%s: steps and samples are not in its metadata: not a checkpoint of pre-training", path)
	}
	t.State = state
	return nil
}

// WriteModel writes the averaged parameters as a model for sampling and tuning.
func (t *Trainer) WriteModel(w io.Writer) error {
	out := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: maps.Clone(t.Metadata)}
	t.Layout.Pack(out, "", nn.Floats(t.State.Avg))
	out.Metadata["steps"], out.Metadata["samples"] = strconv.Itoa(t.State.Steps), strconv.Itoa(t.Seen)
	return out.Write(w)
}
