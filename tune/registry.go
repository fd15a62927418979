package tune

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// settings are what an estimator is configured with: a struct with TOML names.
type settings interface{ Check() error }

// kind is a registered estimator.
type kind struct {
	doc   string
	parse func(changes map[string]any) (settings, error)
	build func(s *Setting, c settings) (Estimator, error)
}

var kinds = map[string]kind{}

// Register makes an estimator known under a name, from its own file: doc says in one line what it is, def are its settings' defaults. It
// panics on a name that is taken: which of two files would win depends on their order.
func Register[C settings, E Estimator](name, doc string, def func() C, build func(s *Setting, c C) (E, error)) bool {
	if _, taken := kinds[name]; taken {
		panic(fmt.Sprintf("tune: two registrations of the estimator %q", name))
	}
	kinds[name] = kind{
		doc: doc,
		parse: func(changes map[string]any) (settings, error) {
			c := def()
			if err := overlay(name, changes, &c); err != nil {
				return nil, err
			}
			return c, c.Check()
		},
		build: func(s *Setting, c settings) (Estimator, error) { return build(s, c.(C)) },
	}
	return true
}

// Over is a configuration's settings of estimators, by name, over those that a task has for the one that is used: what neither says is the estimator's own default.
func Over(task map[string]map[string]any, algo string, config map[string]map[string]any) map[string]map[string]any {
	own, ok := task[algo]
	if !ok {
		return config
	}
	all := map[string]map[string]any{}
	maps.Copy(all, config)
	all[algo] = maps.Clone(own)
	maps.Copy(all[algo], config[algo])
	return all
}

// Names are the registered estimators, sorted.
func Names() []string {
	var list []string
	for name := range kinds {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// Doc says in one line what the estimator is.
func Doc(name string) string { return kinds[name].doc }

// Check says what is wrong with the name of an estimator or the changes to its settings.
func Check(name string, changes map[string]any) error {
	_, _, err := parse(name, changes)
	return err
}

// CheckAll says what is wrong with the name of an estimator, or with the changes to the settings of any, by name.
func CheckAll(name string, changes map[string]map[string]any) error {
	if err := Check(name, changes[name]); err != nil {
		return err
	}
	for _, other := range slices.Sorted(maps.Keys(changes)) {
		if _, ok := kinds[other]; !ok {
			return fmt.Errorf("[estimator.%s]: expected one of %s", other, strings.Join(Names(), ", "))
		}
		if err := Check(other, changes[other]); err != nil {
			return err
		}
	}
	return nil
}

// New builds the named estimator; changes are settings by their TOML names that differ from the defaults.
func New(name string, s *Setting, changes map[string]any) (Estimator, error) {
	k, c, err := parse(name, changes)
	if err != nil {
		return nil, err
	}
	return k.build(s, c)
}

// parse gives the named estimator and its settings with the changes.
func parse(name string, changes map[string]any) (kind, settings, error) {
	k, ok := kinds[name]
	if !ok {
		return k, nil, fmt.Errorf("algo = %q: expected one of %s", name, strings.Join(Names(), ", "))
	}
	c, err := k.parse(changes)
	if err != nil {
		return k, nil, fmt.Errorf("[estimator.%s] %w", name, err)
	}
	return k, c, nil
}

// overlay writes changes into the settings that into points to; unknown names and wrong types are errors.
func overlay(name string, changes map[string]any, into any) error {
	text, err := toml.Marshal(changes)
	if err != nil {
		return plain(err)
	}
	known, err := toml.Marshal(into)
	if err != nil {
		return err
	}
	var keys map[string]any
	if err := toml.Unmarshal(known, &keys); err != nil {
		return err
	}
	for key := range changes {
		if _, ok := keys[key]; !ok {
			var list []string
			for k := range keys {
				list = append(list, k)
			}
			slices.Sort(list)
			return fmt.Errorf("unknown key %q; the settings of %s are %s", key, name, strings.Join(list, ", "))
		}
	}
	err = toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(into)
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) { // within a table of the settings
		return fmt.Errorf("unknown key %q", strings.Join(unknown.Errors[0].Key(), "."))
	}
	if err != nil {
		return plain(err)
	}
	return nil
}

// plain is the library's error without its own name before it.
func plain(err error) error { return errors.New(strings.TrimPrefix(err.Error(), "toml: ")) }
