package experiment

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"keel/run"
	"keel/task/pocket"
	"keel/tune"
)

// Arm is an estimator with its settings, as it is compared.
type Arm struct {
	Label       string                 `toml:"label"`
	Algo        string                 `toml:"algo"`
	Batch       int                    `toml:"batch"`       // reward calls in an iteration; 0 takes the configuration's
	Settings    map[string]any         `toml:"settings"`    // that differ from the configuration's [estimator.ALGO]
	Consistency tune.ConsistencyConfig `toml:"consistency"` // around it; steps = 0 for none
}

// ReadArms reads [[arm]] sections; labels pick some of them, none means all.
func ReadArms(path string, labels []string) ([]Arm, error) {
	var file struct {
		Arms []Arm `toml:"arm"`
	}
	if err := run.LoadConfig(path, &file); err != nil {
		return nil, err
	}
	known := map[string]int{}
	for i, a := range file.Arms {
		if _, twice := known[a.Label]; a.Label == "" || twice {
			return nil, fmt.Errorf("%s: [[arm]] %d: label = %q: expected a name of its own", path, i+1, a.Label)
		}
		known[a.Label] = i
		c := pocket.TuneConfig{Algo: a.Algo, Estimator: map[string]map[string]any{a.Algo: a.Settings}}
		c.Fill() // settings stand beside the pocket's own
		if err := cmp.Or(tune.Check(a.Algo, c.Estimator[a.Algo]), a.Consistency.Check()); err != nil {
			return nil, fmt.Errorf("%s: [[arm]] %d (%s): %w", path, i+1, a.Label, err)
		}
		if a.Batch != 0 && a.Batch < 2 {
			return nil, fmt.Errorf("%s: [[arm]] %d (%s): batch = %d: expected at least 2", path, i+1, a.Label, a.Batch)
		}
	}
	if len(file.Arms) == 0 {
		return nil, fmt.Errorf("%s: no [[arm]]: nothing to compare", path)
	}
	if len(labels) == 0 {
		return file.Arms, nil
	}
	var list []Arm
	for _, label := range labels {
		i, ok := known[label]
		if !ok {
			return nil, fmt.Errorf("%s has no arm %q: expected some of %s", path, label, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		list = append(list, file.Arms[i])
	}
	return list, nil
}

// Trial is one arm in one pocket with one seed.
type Trial struct {
	Arm    string
	Pocket string
	Seed   uint64
	Job    Job
}

// Trials are all arms in all pockets with all seeds, at so many reward calls each: pocket by pocket and seed by seed, so that what is done of a
// comparison can be compared. The pockets' configurations come by name, in order of names.
func Trials(dir string, arms []Arm, pockets []string, configs []pocket.TuneConfig, seeds []uint64, calls int) ([]Trial, error) {
	var list []Trial
	for _, seed := range seeds {
		for i, name := range pockets {
			for _, a := range arms {
				c := configs[i]
				c.Algo, c.Seed, c.Compare = a.Algo, seed, 0
				c.Tune.Batch = cmp.Or(a.Batch, c.Tune.Batch)
				c.Tune.Iterations = calls / c.Tune.Batch
				c.Tune.Consistency = a.Consistency
				settings := maps.Clone(c.Estimator[a.Algo])
				if settings == nil {
					settings = map[string]any{}
				}
				maps.Copy(settings, a.Settings)
				c.Estimator = map[string]map[string]any{a.Algo: settings}
				c.Fill()
				if err := c.Check(); err != nil {
					return nil, fmt.Errorf("%s in %s: %w", a.Label, name, err)
				}
				label := fmt.Sprintf("%s-seed%d", fileName(a.Label), seed)
				list = append(list, Trial{a.Label, name, seed, Job{Name: name + ", " + a.Label + fmt.Sprintf(", seed %d", seed),
					Dir: filepath.Join(dir, "runs", name, label), Config: c}})
			}
		}
	}
	return list, nil
}

// fileName keeps letters, digits, dots and dashes.
func fileName(label string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, label)
}
