// Package experiment compares estimators on the rewards of pictures at equal reward calls: reward, and what it costs in faithfulness and variety.
package experiment

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"keel/nn"
	"keel/run"
	"keel/task/image"
	"keel/task/image/align"
	"keel/task/image/dataset"
	"keel/task/image/examples"
	"keel/task/image/reward"
	"keel/tune"
)

// Config is the configuration file of `keel bench image`. Relative paths are relative to the file.
type Config struct {
	Weights    string                    `toml:"weights"`    // of the pre-trained model
	Encoder    string                    `toml:"encoder"`    // of the dual encoder
	Pictures   []string                  `toml:"pictures"`   // folders that keel data images made, to compare with; none compares with scenes alone
	Estimators []string                  `toml:"estimators"` // in the order of the table
	Rewards    []string                  `toml:"rewards"`    // metrics, each a reward of its own
	Seeds      []uint64                  `toml:"seeds"`
	Calls      int                       `toml:"calls"`    // reward calls of a run
	Batch      int                       `toml:"batch"`    // of them in an iteration
	Steps      int                       `toml:"steps"`    // of the sampler
	Each       int                       `toml:"each"`     // samples of a prompt in a batch
	Guidance   float64                   `toml:"guidance"` // weight of classifier-free guidance
	Prompts    []string                  `toml:"prompts"`  // tuned on, but for metric = "scene"
	Scenes     []string                  `toml:"scenes"`   // tuned on with metric = "scene"
	Judged     int                       `toml:"judged"`   // captions of each kind that the models are judged by
	Compare    int                       `toml:"compare"`  // pictures of each prompt before and after
	Estimator  map[string]map[string]any `toml:"estimator"`
}

// Default is what a configuration file starts from.
func Default() Config {
	return Config{
		Estimators: []string{"diffac", "ddpo-is", "reinforce", "dpok", "grpo", "nft"},
		Rewards:    []string{"compressibility", "incompressibility", "alignment", "scene"},
		Seeds:      []uint64{1, 2, 3}, Calls: 1024, Batch: 64, Steps: 20, Each: 8, Guidance: image.DefaultGuidance, Judged: 100, Compare: 8,
		Prompts: []string{"red heart", "grinning face", "cat face", "dog face", "sunflower", "rainbow", "pizza", "a green triangle left of a yellow star"},
		// With an object that is never trained on: of the others the model draws nearly all as asked.
		Scenes: []string{"a purple star left of a yellow circle", "an orange square above a blue circle", "a blue triangle right of a pink circle", "a black circle below a green square",
			"a pink diamond left of a red triangle", "a green cross above a black star", "a purple star right of a pink diamond", "a black circle below an orange square"},
	}
}

// Check says what is wrong with the configuration.
func (c *Config) Check() error {
	switch {
	case len(c.Estimators) == 0 || len(c.Rewards) == 0 || len(c.Seeds) == 0:
		return errors.New("estimators, rewards and seeds: expected at least one of each")
	case c.Batch < 2 || c.Calls < c.Batch:
		return fmt.Errorf("calls = %d, batch = %d: expected a batch of at least 2, and calls for at least one", c.Calls, c.Batch)
	case c.Judged < 4:
		return fmt.Errorf("judged = %d: expected at least 4 captions", c.Judged)
	}
	for _, metric := range c.Rewards {
		for _, algo := range c.Estimators {
			one := c.cell(metric, algo, c.Seeds[0])
			if err := one.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Resolve makes relative paths, which are relative to folder, absolute.
func (c *Config) Resolve(folder string) error {
	paths := []*string{&c.Weights, &c.Encoder}
	for i := range c.Pictures {
		paths = append(paths, &c.Pictures[i])
	}
	return run.Resolve(folder, paths...)
}

// cell is one run: an estimator on a reward with a seed.
func (c *Config) cell(metric, algo string, seed uint64) image.TuneConfig {
	t := image.DefaultTune()
	t.Algo, t.Seed, t.Weights, t.Encoder, t.Each, t.Guidance, t.Compare = algo, seed, c.Weights, c.Encoder, c.Each, c.Guidance, c.Compare
	t.Prompts, t.Estimator = c.Prompts, c.Estimator
	if metric == "scene" {
		t.Prompts = c.Scenes
	}
	t.Reward = []reward.Config{{Metric: metric}}
	t.Fill()
	t.Tune = tune.Config{Iterations: c.Calls / c.Batch, Batch: c.Batch, Steps: c.Steps}
	return t
}

// Result is a run's outcome.
type Result struct {
	Reward    string         `json:"reward"`
	Estimator string         `json:"estimator"`
	Seed      uint64         `json:"seed"`
	Before    image.Figures  `json:"before"`
	After     image.Figures  `json:"after"`
	Calls     []float64      `json:"calls"`   // reward calls so far, by iteration
	Curve     []float64      `json:"curve"`   // mean reward of each iteration's samples, before its update
	Variety   []image.Number `json:"variety"` // of the same samples
	Seconds   float64        `json:"seconds"`
	Quality   *image.Quality `json:"quality"`
}

// Report is what the experiment found.
type Report struct {
	Untuned *image.Quality `json:"untuned"`
	Results []Result       `json:"results"`
}

const resultFile = "result.json"

// Run does what is not done yet in the folder out, and gives all results. A run that was stopped goes on where it was.
func Run(ctx context.Context, e *nn.Engine, c *Config, out string, log io.Writer) (*Report, error) {
	model, err := image.ReadModel(e, c.Weights)
	if err != nil {
		return nil, err
	}
	encoder, err := align.Read(e, c.Encoder)
	if err != nil {
		return nil, err
	}
	sets, err := dataset.OpenAll(c.Pictures)
	if err != nil {
		return nil, err
	}
	scenes := 0.5
	judge := &image.Judge{Encoder: encoder, Drawer: examples.New(sets, scenes), Seed: 1, Number: c.Judged, Each: c.Compare}
	sampler, err := image.NewSampler(e, model, c.Guidance, c.Steps)
	if err != nil {
		return nil, err
	}
	rep := &Report{}
	if err := once(filepath.Join(out, "untuned.json"), &rep.Untuned, func() error {
		fmt.Fprintln(log, "judging the untuned model")
		rep.Untuned, err = judge.Measure(ctx, sampler, model.Params, log)
		return err
	}); err != nil {
		return nil, err
	}
	total := len(c.Rewards) * len(c.Estimators) * len(c.Seeds)
	for _, seed := range c.Seeds { // a seed of all first: the table then has something to show
		for _, metric := range c.Rewards {
			for _, algo := range c.Estimators {
				r := Result{Reward: metric, Estimator: algo, Seed: seed}
				dir := filepath.Join(out, fmt.Sprintf("%s-%s-%d", metric, algo, seed))
				err := once(filepath.Join(dir, resultFile), &r, func() error {
					fmt.Fprintf(log, "run %d of %d: %s on %s, seed %d\n", len(rep.Results)+1, total, algo, metric, seed)
					return c.one(ctx, e, model, judge, sampler, dir, &r, log)
				})
				if err != nil {
					return nil, err
				}
				rep.Results = append(rep.Results, r)
			}
		}
	}
	return rep, nil
}

// once reads what a file holds into a value, or makes the value and writes the file.
func once(path string, value any, make func() error) error {
	text, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(text, value); err != nil {
			return fmt.Errorf("%s: %w; remove it to have it made anew", path, err)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := make(); err != nil {
		return err
	}
	text, err = json.Marshal(value)
	if err != nil {
		return err
	}
	return run.WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// one tunes and judges.
func (c *Config) one(ctx context.Context, e *nn.Engine, model *image.Model, judge *image.Judge, sampler *image.Sampler, dir string, out *Result, log io.Writer) error {
	cfg := c.cell(out.Reward, out.Estimator, out.Seed)
	r, err := openCell(dir, &cfg)
	if err != nil {
		return err
	}
	defer r.Close()
	sum, err := image.Tune(ctx, e, &cfg, model, r, log)
	if err != nil {
		return err
	}
	records, err := run.ReadMetrics(dir)
	if err != nil {
		return err
	}
	for _, m := range records {
		out.Calls = append(out.Calls, float64(len(out.Calls)*c.Batch))
		out.Curve, out.Variety = append(out.Curve, m.Values["reward_mean"]), append(out.Variety, image.Number(m.Values["variety"]))
		out.Seconds += m.Values["seconds_total"]
	}
	out.Before, out.After = sum.Before, sum.After
	tuned, err := image.ReadModel(e, r.Path("model.safetensors"))
	if err != nil {
		return err
	}
	if out.Quality, err = judge.Measure(ctx, sampler, tuned.Params, log); err != nil {
		return err
	}
	return os.RemoveAll(r.Path("checkpoints")) // some hundred megabytes a run; the model stays
}

// openCell opens the run of a cell, which may have been begun.
func openCell(dir string, cfg *image.TuneConfig) (*run.Run, error) {
	if _, err := os.Stat(filepath.Join(dir, run.ConfigFile)); err != nil {
		return run.Create(dir, cfg)
	}
	was := image.DefaultTune()
	r, err := run.Open(dir, &was)
	if err != nil {
		return nil, err
	}
	before, err1 := json.Marshal(was)
	now, err2 := json.Marshal(cfg)
	if err := cmp.Or(err1, err2); err != nil || string(before) != string(now) {
		return nil, errors.Join(err, r.Close(), fmt.Errorf("%s was begun with another configuration: choose another --out", dir))
	}
	return r, nil
}

// of are the results of an estimator on a reward.
func (r *Report) of(metric, algo string) (list []Result) {
	for _, one := range r.Results {
		if one.Reward == metric && one.Estimator == algo {
			list = append(list, one)
		}
	}
	return list
}

// names are the rewards and the estimators of the results, in the order of their first.
func (r *Report) names() (rewards, estimators []string) {
	for _, one := range r.Results {
		if !slices.Contains(rewards, one.Reward) {
			rewards = append(rewards, one.Reward)
		}
		if !slices.Contains(estimators, one.Estimator) {
			estimators = append(estimators, one.Estimator)
		}
	}
	return rewards, estimators
}

// title is a reward's name in a figure.
func title(metric string) string { return strings.ToUpper(metric[:1]) + metric[1:] }
