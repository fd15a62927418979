package image

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"

	"keel/nn"
	"keel/run"
	"keel/task/image/caption"
	"keel/task/image/picture"
	"keel/task/image/reward"
	"keel/tune"
)

// TuneConfig is the configuration file of `keel tune` with task = "image". Relative paths are relative to the file.
type TuneConfig struct {
	Task      string                    `toml:"task"` // "image"
	Algo      string                    `toml:"algo"` // the estimator's name
	Seed      uint64                    `toml:"seed"`
	Weights   string                    `toml:"weights"`  // of the pre-trained model
	Encoder   string                    `toml:"encoder"`  // weights of the dual encoder, which metric = "alignment" asks
	Prompts   []string                  `toml:"prompts"`  // what to draw
	Each      int                       `toml:"each"`     // samples of a prompt in a batch
	Guidance  float64                   `toml:"guidance"` // weight of classifier-free guidance; 1 is none
	Reward    []reward.Config           `toml:"reward"`
	Tune      tune.Config               `toml:"tune"`
	Estimator map[string]map[string]any `toml:"estimator"` // [estimator.NAME]: settings that differ from the estimator's defaults
	Compare   int                       `toml:"compare"`   // pictures of each prompt drawn before and after tuning
}

// DefaultTune is what a configuration file starts from.
func DefaultTune() TuneConfig {
	return TuneConfig{Task: "image", Algo: "diffac", Seed: 1, Each: 8, Guidance: DefaultGuidance,
		Tune: tune.Config{Iterations: 20, Batch: 64, Steps: 25}, Compare: 8}
}

// settings are those of estimators that differ for pictures from their own defaults. A reward of a picture costs next to nothing to learn: the critic can be asked which way is up.
var settings = map[string]map[string]any{
	"diffac": {"actor": "ddpg", "memory": int64(1024), "minibatch": int64(32), "actor_steps": int64(8), "critic_steps": int64(32), "average": 0.5, "learning_rate": 4e-4,
		"lambda": 0.02, "consistency": map[string]any{"rate": 2e-6}}, // docs/image.md, "What learns"
}

// Fill writes the settings that the estimator has for pictures into the configuration where that says nothing else: a run's configuration then says all that it depends on.
func (c *TuneConfig) Fill() { c.Estimator = tune.Over(settings, c.Algo, c.Estimator) }

// Captions are the prompts', in order.
func (c *TuneConfig) Captions() ([]caption.Caption, error) {
	if len(c.Prompts) == 0 {
		return nil, errors.New("prompts is missing: what to draw, such as [\"red heart\", \"a green triangle left of a yellow star\"]; or give --prompt")
	}
	var list []caption.Caption
	for i, p := range c.Prompts {
		one, err := caption.Parse(p)
		if err != nil {
			return nil, fmt.Errorf("prompts, %d: %w", i+1, err)
		}
		list = append(list, one)
	}
	return list, nil
}

// Check says what is wrong with the configuration.
func (c *TuneConfig) Check() error {
	captions, err := c.Captions()
	switch {
	case c.Task != "image":
		return fmt.Errorf("task = %q: expected \"image\"", c.Task)
	case err != nil:
		return err
	case c.Each < 1:
		return fmt.Errorf("each = %d: expected at least 1 sample of a prompt", c.Each)
	case c.Compare < 0:
		return fmt.Errorf("compare = %d: expected 0 or more pictures", c.Compare)
	}
	_, err = NewGuidance(nil, c.Guidance)
	return cmp.Or(err, reward.Check(c.Reward, captions), c.Tune.Check(), tune.CheckAll(c.Algo, c.Estimator))
}

// Resolve makes relative paths, which are relative to folder, absolute: a run can then be resumed from anywhere.
func (c *TuneConfig) Resolve(folder string) error { return run.Resolve(folder, &c.Weights, &c.Encoder) }

// Figures are those of one set of pictures.
type Figures struct {
	Reward  Number            `json:"reward"`
	Metrics map[string]Number `json:"metrics"` // means
	Variety Number            `json:"variety"` // see [Variety]
	Failed  int               `json:"failed"`  // pictures without a reward
	Samples int               `json:"samples"`
}

// Summary compares the pictures before and after tuning; scripts read it as summary.json.
type Summary struct {
	Task   string  `json:"task"` // "image"
	Before Figures `json:"before"`
	After  Figures `json:"after"`
}

// Tune draws from the pre-trained model, tunes it for the reward, and draws again with the same noise. It goes on where the run left off.
func Tune(ctx context.Context, e *nn.Engine, c *TuneConfig, model *Model, r *run.Run, log io.Writer) (Summary, error) {
	sum := Summary{Task: "image"}
	captions, err := c.Captions()
	if err != nil {
		return sum, err
	}
	earn, err := reward.Open(ctx, c.Reward, reward.Env{Engine: e, Encoder: c.Encoder})
	if err != nil {
		return sum, err
	}
	defer earn.Close()
	task, err := NewPrompts(e, model, captions, c.Each, c.Guidance, earn)
	if err != nil {
		return sum, err
	}
	sampler, err := NewSampler(e, model, c.Guidance, c.Tune.Steps)
	if err != nil {
		return sum, err
	}
	shown := comparison{sampler, earn, captions, c.Compare, c.Seed + 1<<32, r, log}
	if sum.Before, err = shown.draw(ctx, model.Params, "before"); err != nil {
		return sum, err
	}
	process := Process()
	tuned, err := tune.Setting{Engine: e, Task: task, Process: process, Steps: tune.Grid(process, c.Tune.Steps), Params: model.Params,
		Seed: c.Seed, Beta: c.Tune.Beta}.Tune(ctx, c.Algo, c.Estimator[c.Algo], c.Tune, r, log)
	if err != nil {
		return sum, err
	}
	if err := run.WriteFile(r.Path("model.safetensors"), func(w io.Writer) error { return model.Write(w, tuned) }); err != nil {
		return sum, err
	}
	if sum.After, err = shown.draw(ctx, tuned, "after"); err != nil {
		return sum, err
	}
	if err := shown.beside(); err != nil {
		return sum, err
	}
	text, err := json.MarshalIndent(sum, "", "  ")
	if err != nil {
		return sum, err
	}
	return sum, run.WriteFile(r.Path(run.SummaryFile), func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err })
}

// comparison draws the same prompts with the same noise before and after tuning.
type comparison struct {
	sampler  *Sampler
	reward   *reward.Reward
	captions []caption.Caption
	each     int
	seed     uint64
	run      *run.Run
	log      io.Writer
}

// draw draws under the parameters and writes NAME.png, a row for each prompt, and NAME.json with the figures; what is there already stays.
func (c *comparison) draw(ctx context.Context, params []float32, name string) (f Figures, err error) {
	if text, err := os.ReadFile(c.run.Path(name + ".json")); err == nil && json.Unmarshal(text, &f) == nil {
		return f, nil
	}
	if c.each == 0 {
		return f, nil
	}
	var list []caption.Caption
	var group []int
	for i, one := range c.captions {
		for range c.each {
			list, group = append(list, one), append(group, i)
		}
	}
	states, err := c.sampler.Draw(ctx, params, list, c.seed, nil, c.log)
	if err != nil {
		return f, err
	}
	rewards, means, err := c.reward.Of(ctx, states, list)
	if err != nil {
		return f, err
	}
	f = Figures{Metrics: map[string]Number{}, Variety: Number(Variety(states, group)), Samples: len(states)}
	for name, v := range means {
		f.Metrics[name] = Number(v)
	}
	for _, v := range rewards {
		if math.IsNaN(v) {
			f.Failed++
			continue
		}
		f.Reward += Number(v)
	}
	if f.Failed == len(rewards) {
		return f, fmt.Errorf("not one of %d pictures has a reward", f.Failed)
	}
	f.Reward /= Number(len(rewards) - f.Failed)
	sheet := picture.Sheet(Pictures(states), c.each)
	text, err := json.Marshal(f)
	if err != nil {
		return f, err
	}
	return f, errors.Join(
		run.WriteFile(c.run.Path(name+".png"), func(w io.Writer) error { return png.Encode(w, sheet) }),
		run.WriteFile(c.run.Path(name+".json"), func(w io.Writer) error { _, err := w.Write(text); return err }),
	)
}

// beside puts both sheets next to each other: before-after.png.
func (c *comparison) beside() error {
	if c.each == 0 {
		return nil
	}
	var sheets []*image.NRGBA
	for _, name := range []string{"before.png", "after.png"} {
		f, err := os.Open(c.run.Path(name))
		if err != nil {
			return err
		}
		m, err := png.Decode(f)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", c.run.Path(name), err)
		}
		sheets = append(sheets, picture.NRGBA(m))
	}
	both := picture.Beside(sheets[0], sheets[1])
	return run.WriteFile(c.run.Path("before-after.png"), func(w io.Writer) error { return png.Encode(w, both) })
}
