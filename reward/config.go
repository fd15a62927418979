package reward

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"keel/oracle"
)

// Config is the section [reward] of a configuration file. Start from Default.
type Config struct {
	Aggregate  string      `toml:"aggregate"`            // "sum" or "product"
	Pieces     float64     `toml:"pieces"`               // taken off a molecule in pieces, times the share of its atoms outside the largest
	Invalid    float64     `toml:"invalid"`              // what a molecule earns that RDKit does not sanitise
	Alerts     []string    `toml:"alerts,omitempty"`     // catalogues for the metric alerts; none means oracle.DefaultAlerts
	References []string    `toml:"references,omitempty"` // SMILES for the metric similarity
	Components []Component `toml:"component,omitempty"`  // none means DefaultComponents

	Diversity DiversityConfig `toml:"diversity"`

	// The three weights that a reward once was, read to say what became of them.
	Vina any `toml:"vina,omitempty"`
	QED  any `toml:"qed,omitempty"`
	SA   any `toml:"sa,omitempty"`
}

// Component is a [[reward.component]]. Which settings it may have beside the first three follows from its metric and its transform.
type Component struct {
	Metric    string   `toml:"metric"`
	Weight    *float64 `toml:"weight,omitempty"`    // nil means 1; 0 reports the component without counting it
	Transform string   `toml:"transform,omitempty"` // empty means none: the raw value as it is

	// Parameters of transforms.
	Low     *float64           `toml:"low,omitempty"`
	High    *float64           `toml:"high,omitempty"`
	K       *float64           `toml:"k,omitempty"`
	CoefDiv *float64           `toml:"coef_div,omitempty"`
	CoefSi  *float64           `toml:"coef_si,omitempty"`
	CoefSe  *float64           `toml:"coef_se,omitempty"`
	Mapping map[string]float64 `toml:"mapping,omitempty"`

	// Settings of metrics.
	Sizes    []int    `toml:"sizes,omitempty"`    // rings: sizes allowed
	Bridged  *bool    `toml:"bridged,omitempty"`  // rings: whether cages and bridges are allowed
	Residues []string `toml:"residues,omitempty"` // interaction: as ASP25:A
	Kind     string   `toml:"kind,omitempty"`     // interaction: only this kind

	// A reward of the user's own.
	Command []string `toml:"command,omitempty"` // a program and its arguments
	URL     string   `toml:"url,omitempty"`     // an HTTP service
	Ready   *bool    `toml:"ready,omitempty"`   // command: it says when it is ready
	Timeout *float64 `toml:"timeout,omitempty"` // s, for a molecule or, over HTTP, a batch
	Workers *int     `toml:"workers,omitempty"` // command: processes
	Retries *int     `toml:"retries,omitempty"` // url: how often to try again
}

// Default is the reward without any setting: the default components, multiplied.
func Default() Config {
	return Config{Aggregate: "product", Pieces: 0.1, Invalid: -0.2, Diversity: DefaultDiversity()}
}

// DefaultComponents let energy count for more than all else together, as long as the molecule stays one that could be made and be a drug: every other
// wish is met in full well before its optimum. docs/rewards.md says what each guards against.
func DefaultComponents() []Component {
	return []Component{
		{Metric: "vina", Weight: new(12.0), Transform: "linear", Low: new(-2.0), High: new(-14.0)},
		{Metric: "qed", Weight: new(2.0), Transform: "linear", Low: new(0.1), High: new(0.6)},
		{Metric: "sa", Transform: "linear", Low: new(0.4), High: new(0.7)},
		{Metric: "strain", Transform: "linear", Low: new(100.0), High: new(30.0)},
		{Metric: "clashes", Weight: new(0.5), Transform: "exponential_decay", K: new(0.3)},
		{Metric: "logp", Weight: new(4.0), Transform: "linear", Low: new(8.0), High: new(4.5)},
		{Metric: "alerts", Weight: new(2.0), Transform: "exponential_decay", K: new(0.3)},
		{Metric: "labile", Weight: new(2.0), Transform: "exponential_decay", K: new(2.0)},
		{Metric: "rings", Weight: new(0.5), Sizes: []int{5, 6, 7}, Transform: "value_mapping", Mapping: map[string]float64{"false": 0.3, "true": 1}},
		{Metric: "large_rings", Weight: new(2.0), Transform: "exponential_decay", K: new(1.0)},
		{Metric: "atoms", Transform: "linear", Low: new(38.0), High: new(30.0)},
	}
}

// Check says what is wrong with the configuration, in one line. An empty Env leaves out what depends on the protein.
func (c *Config) Check(env Env) error {
	_, err := c.build(env)
	return err
}

func (c *Config) checkSums() error {
	for name, value := range map[string]any{"vina": c.Vina, "qed": c.QED, "sa": c.SA} {
		if value != nil {
			return fmt.Errorf("[reward] %s = %v: a reward is a list of components now; write [[reward.component]] with metric = %q, "+
				"weight and transform (docs/rewards.md), or leave [reward] out for the default", name, value, name)
		}
	}
	switch {
	case aggregates[c.Aggregate] == nil:
		return fmt.Errorf("[reward] aggregate = %q: expected one of %s", c.Aggregate, strings.Join(keys(aggregates), ", "))
	case !(c.Pieces >= 0) || math.IsInf(c.Pieces, 0):
		return fmt.Errorf("[reward] pieces = %v: expected a number, 0 or more", c.Pieces)
	case math.IsNaN(c.Invalid) || math.IsInf(c.Invalid, 0):
		return fmt.Errorf("[reward] invalid = %v: expected a number", c.Invalid)
	}
	return c.Diversity.check()
}

func (c *Config) checkWeights(list []Component) error {
	sum := 0.0
	for i, one := range list {
		w := one.weight()
		if !(w >= 0) || math.IsInf(w, 0) {
			return one.errorf(i, "weight = %v: expected a number, 0 or more", w)
		}
		sum += w
	}
	if sum == 0 {
		return errors.New("[reward] the weights of all components are 0: there is nothing to maximise")
	}
	return nil
}

// list are the components, the default ones where there are none.
func (c *Config) list() []Component {
	if len(c.Components) == 0 {
		return DefaultComponents()
	}
	return c.Components
}

func (c *Component) weight() float64 {
	if c.Weight == nil {
		return 1
	}
	return *c.Weight
}

func (c *Component) errorf(i int, format string, args ...any) error {
	return fmt.Errorf("[[reward.component]] %d (%s): %s", i+1, c.Metric, fmt.Sprintf(format, args...))
}

// Oracle sets what the metrics of the reward need of the workers' configuration.
func (c *Config) Oracle(to *oracle.Config) { to.Alerts, to.References = c.Alerts, c.References }

// Resolve makes the paths in commands absolute: what is a file of that name under folder, and a program with a relative path.
func (c *Config) Resolve(folder string) error {
	for i := range c.Components {
		command := c.Components[i].Command
		for k, word := range command {
			path := filepath.Join(folder, word)
			_, err := os.Stat(path)
			if filepath.IsAbs(word) || err != nil || k == 0 && !strings.ContainsRune(word, filepath.Separator) {
				continue // a program's bare name is looked up on PATH
			}
			path, err = filepath.Abs(path)
			if err != nil {
				return err
			}
			command[k] = path
		}
	}
	return nil
}
