// Package reward judges pictures: how well they compress, how well they show their prompts, how symmetric and colourful they are, and what a program of
// the user's says.
package reward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"keel/nn"
	"keel/task/image/align"
	"keel/task/image/caption"
)

// Config is one [[reward]] of a configuration: a picture earns the sum of what its rewards give, each times its weight.
type Config struct {
	Metric  string   `toml:"metric"`  // of Names
	Weight  float64  `toml:"weight"`  // 0 means 1
	Command []string `toml:"command"` // of metric = "command": the program and its arguments
	Timeout float64  `toml:"timeout"` // seconds that it has for a picture; 0 means 60
}

// metric judges pictures [picture.Dims] of their captions; NaN where it cannot.
type metric interface {
	values(ctx context.Context, pictures [][]float32, captions []caption.Caption) ([]float64, error)
}

// Env is what metrics may need.
type Env struct {
	Engine  *nn.Engine
	Encoder string // weights of the dual encoder
}

// kind is a known metric.
type kind struct {
	doc   string
	check func(Config, []caption.Caption) error // nil where there is nothing to check
	build func(context.Context, Config, Env) (metric, error)
}

// plain is a metric that looks at one picture alone.
type plain func(x []float32) float64

func (f plain) values(_ context.Context, pictures [][]float32, _ []caption.Caption) ([]float64, error) {
	out := make([]float64, len(pictures))
	for i, x := range pictures {
		out[i] = f(x)
	}
	return out, nil
}

func fixed(f plain) func(context.Context, Config, Env) (metric, error) {
	return func(context.Context, Config, Env) (metric, error) { return f, nil }
}

var kinds = map[string]kind{
	"compressibility":   {"minus the kB of the picture's JPEG at quality 95", nil, fixed(func(x []float32) float64 { return -JPEG(x) })},
	"incompressibility": {"the kB of the picture's JPEG at quality 95", nil, fixed(JPEG)},
	"alignment":         {"the dual encoder's agreement with the prompt, -1 to 1", nil, newAlignment},
	"scene":             {"the share of objects, colours, shapes and places of a scene that are right, 0 to 1", checkScenes, newScenes},
	"symmetry":          {"1 less the mean difference from the picture's mirror image, 0 to 1", nil, fixed(Symmetry)},
	"colourfulness":     {"Hasler and Süsstrunk's measure, 0 to about 1", nil, fixed(Colourfulness)},
	"command":           {"what a program of yours says", checkCommand, newCommand},
}

// Names are the known metrics, sorted.
func Names() []string {
	var list []string
	for name := range kinds {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// Doc says in one line what a metric is.
func Doc(name string) string { return kinds[name].doc }

// Check says what is wrong with rewards for pictures of these captions.
func Check(list []Config, captions []caption.Caption) error {
	if len(list) == 0 {
		return fmt.Errorf("no [[reward]] is named: give metric (or --reward), one of %s", strings.Join(Names(), ", "))
	}
	for i, c := range list {
		k, ok := kinds[c.Metric]
		switch {
		case !ok:
			return fmt.Errorf("[[reward]] %d: metric = %q: expected one of %s", i+1, c.Metric, strings.Join(Names(), ", "))
		case math.IsNaN(c.Weight) || math.IsInf(c.Weight, 0):
			return fmt.Errorf("[[reward]] %d (%s): weight = %v: expected a number", i+1, c.Metric, c.Weight)
		case c.Metric != "command" && (len(c.Command) > 0 || c.Timeout != 0):
			return fmt.Errorf("[[reward]] %d (%s): command and timeout go with metric = \"command\"", i+1, c.Metric)
		}
		if k.check != nil {
			if err := k.check(c, captions); err != nil {
				return fmt.Errorf("[[reward]] %d (%s): %w", i+1, c.Metric, err)
			}
		}
	}
	return nil
}

// Reward is a list of configured metrics.
type Reward struct {
	config  []Config
	metrics []metric
}

// Open prepares metrics, and starts the programs among them: they end with ctx or Close.
func Open(ctx context.Context, list []Config, env Env) (*Reward, error) {
	r := &Reward{config: list}
	for i, c := range list {
		m, err := kinds[c.Metric].build(ctx, c, env)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("[[reward]] %d (%s): %w", i+1, c.Metric, err), r.Close())
		}
		r.metrics = append(r.metrics, m)
	}
	return r, nil
}

// Close ends the programs.
func (r *Reward) Close() error {
	var errs []error
	for _, m := range r.metrics {
		if c, ok := m.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// Of gives what pictures of their captions earn, NaN where a metric has nothing to say, and the mean of each metric.
func (r *Reward) Of(ctx context.Context, pictures [][]float32, captions []caption.Caption) (total []float64, means map[string]float64, err error) {
	total, means = make([]float64, len(pictures)), map[string]float64{}
	for k, m := range r.metrics {
		values, err := m.values(ctx, pictures, captions)
		if err != nil {
			return nil, nil, fmt.Errorf("[[reward]] %d (%s): %w", k+1, r.config[k].Metric, err)
		}
		weight := r.config[k].Weight
		if weight == 0 {
			weight = 1
		}
		sum, n := 0.0, 0.0
		for i, v := range values {
			total[i] += weight * v
			if !math.IsNaN(v) {
				sum, n = sum+v, n+1
			}
		}
		means[r.config[k].Metric] = sum / n
	}
	return total, means, nil
}

// alignment is the dual encoder's.
type alignment struct{ encoder *align.Encoder }

func newAlignment(_ context.Context, _ Config, env Env) (metric, error) {
	d, err := align.Read(env.Engine, env.Encoder)
	return alignment{d}, err
}

func (a alignment) values(_ context.Context, pictures [][]float32, captions []caption.Caption) ([]float64, error) {
	p, err := a.encoder.Pictures(pictures)
	if err != nil {
		return nil, err
	}
	c, err := a.encoder.Captions(captions)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(p))
	for i := range p {
		out[i] = align.Agreement(p[i], c[i])
	}
	return out, nil
}
