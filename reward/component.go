package reward

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"keel/chem"
	"keel/oracle"
	"keel/supervise"
)

// Env is what components may need beside the configuration.
type Env struct {
	Receptor string        // path of the receptor's PDB file, told to a user's own rewards; may be empty
	Protein  *chem.Protein // what the residues of the metric interaction are looked up in; nil: they are not
}

// sample is one molecule that components are asked about.
type sample struct {
	mol   *chem.Molecule
	score *oracle.Score
}

// measure is a component's raw value of a molecule, or why there is none. Failures have the same words for every case of a kind.
type measure struct {
	value   float64
	failure *supervise.Failure
}

func failed(reason, detail string) measure {
	return measure{failure: &supervise.Failure{Reason: reason, Detail: detail}}
}

// metric is where raw values come from.
type metric interface {
	// needs are the columns of the score table that it looks at.
	needs() oracle.Metrics
	// values measures molecules that RDKit sanitises, in order. An error stops the whole.
	values(ctx context.Context, in []sample) ([]measure, error)
}

// starter is a metric that has to be started before it is asked.
type starter interface {
	start(ctx context.Context, env Env) error
}

// kind is one kind of metrics: the settings it has and how it is made of them.
type kind struct {
	settings []string
	posed    bool // looks at the pose, so that a molecule in pieces gets 0
	make     func(c *Component, env Env) (metric, error)
}

// kinds are the metrics that are more than a column of the score table, by name.
var kinds = map[string]kind{
	"vina":        {nil, true, newVina},
	"rings":       {[]string{"sizes", "bridged"}, false, newRings},
	"large_rings": {nil, false, counting(largeRings)},
	"labile":      {nil, false, counting((*chem.Molecule).LabileSites)},
	"interaction": {[]string{"residues", "kind"}, true, newInteraction},
}

var (
	commands = kind{[]string{"command", "ready", "timeout", "workers"}, true, newCommand}
	services = kind{[]string{"url", "timeout", "retries"}, true, newService}
)

// Metrics returns the names of the metrics, users' own in Go among them, sorted.
func Metrics() []string {
	return slices.Sorted(slices.Values(slices.Concat(keys(kinds), columnNames(), registered())))
}

// part is a component at work.
type part struct {
	name      string
	weight    float64
	posed     bool
	metric    metric
	transform Transform
}

// build makes the components, and starts nothing.
func (c *Config) build(env Env) ([]part, error) {
	if err := c.checkSums(); err != nil {
		return nil, err
	}
	list := c.list()
	if err := c.checkWeights(list); err != nil {
		return nil, err
	}
	parts := make([]part, len(list))
	for i, one := range list {
		k, problem := one.kind()
		if problem != "" {
			return nil, one.errorf(i, "%s", problem)
		}
		transform, err := one.transform()
		if err != nil {
			return nil, one.errorf(i, "%v", err)
		}
		if name, all := one.stray(k.settings); name != "" {
			return nil, one.errorf(i, "%s is no setting of it; with this metric and transform it has %s", name, strings.Join(all, ", "))
		}
		m, err := k.make(&one, env)
		if err != nil {
			return nil, one.errorf(i, "%v", err)
		}
		parts[i] = part{one.Metric, one.weight(), k.posed, m, transform}
	}
	return parts, nil
}

// kind is the kind of the component's metric, or says what is wrong with its name.
func (c *Component) kind() (k kind, problem string) {
	known := slices.Contains(Metrics(), c.Metric)
	switch {
	case c.Metric == "":
		return k, "metric is missing: a name of your own with command or url, or one of " + strings.Join(Metrics(), ", ")
	case len(c.Command) > 0 && c.URL != "":
		return k, "command and url are both given: a component has one source"
	case (len(c.Command) > 0 || c.URL != "") && known:
		return k, "there is a metric of that name already; give your own another"
	case len(c.Command) > 0:
		return commands, ""
	case c.URL != "":
		return services, ""
	case !known:
		return k, "there is no such metric; give command or url for one of your own, or take one of " + strings.Join(Metrics(), ", ")
	}
	if k, ok := kinds[c.Metric]; ok {
		return k, ""
	}
	if f, ok := functions[c.Metric]; ok {
		return kind{posed: true, make: func(*Component, Env) (metric, error) { return f, nil }}, ""
	}
	return kind{posed: slices.Contains(posed, c.Metric), make: newColumn}, ""
}

// stray returns a setting that the component has but neither its metric nor its transform knows, "" if none, and those they know.
func (c *Component) stray(own []string) (name string, known []string) {
	known = slices.Concat([]string{"metric", "weight", "transform"}, own)
	if c.Transform != "" {
		known = append(known, transforms[c.Transform].parameters...)
	}
	value := reflect.ValueOf(*c)
	for i := range value.NumField() {
		key, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("toml"), ",")
		if !value.Field(i).IsZero() && !slices.Contains(known, key) {
			return key, known
		}
	}
	return "", known
}
