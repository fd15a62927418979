package sde

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// registry holds what can be chosen by name in a configuration.
type registry[T any] struct {
	kind  string
	items map[string]T
}

// add panics on a name that is taken: two files claim it, and which one would win depends on their order.
func (r *registry[T]) add(name string, item T) {
	if _, taken := r.items[name]; taken {
		panic(fmt.Sprintf("sde: two registrations of the %s %q", r.kind, name))
	}
	if r.items == nil {
		r.items = map[string]T{}
	}
	r.items[name] = item
}

func (r *registry[T]) get(name string) (T, error) {
	item, ok := r.items[name]
	if !ok {
		return item, fmt.Errorf("there is no %s %q; known are %s", r.kind, name, strings.Join(r.names(), ", "))
	}
	return item, nil
}

func (r *registry[T]) names() []string { return slices.Sorted(maps.Keys(r.items)) }

var (
	processes  = registry[Process]{kind: "process"}
	grids      = registry[Grid]{kind: "time grid"}
	weightings = registry[Weighting]{kind: "loss weighting"}
)

// Register makes a process known by its name. A process's own file calls it in init, with the zero value that holds the
// defaults. It panics when the name is taken.
func Register(p Process) { processes.add(p.Name(), p) }

// ByName gives the registered process of that name, with its default parameters. The error of an unknown name lists the known ones.
func ByName(name string) (Process, error) { return processes.get(name) }

// Names are those of the registered processes, in alphabetical order.
func Names() []string { return processes.names() }
