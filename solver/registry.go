package solver

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"keel/sde"
)

// Facts are what a solver's own file states of it. The tests of this package hold every registered solver to them.
type Facts struct {
	// Order is the weak order: along Karras grids, with the exact denoiser of Gaussian data and up to what the step to t = 0 leaves
	// out, mean and variance of x_0 err as the number of steps to the power -Order.
	Order float64
	// Noisy says that steps have Std > 0. Those to t = 0 never do.
	Noisy bool
}

type entry struct {
	solver Solver
	facts  Facts
}

var registered = map[string]entry{}

// Register makes a solver known by its name. A solver's own file calls it in init, with the value that holds the defaults. It panics
// on a name that is taken.
func Register(v Solver, facts Facts) {
	if _, taken := registered[v.Name()]; taken {
		panic(fmt.Sprintf("solver: two registrations of %q", v.Name()))
	}
	registered[v.Name()] = entry{v, facts}
}

// ByName gives the registered solver with its defaults. The error of an unknown name lists the known ones.
func ByName(name string) (Solver, error) {
	e, ok := registered[name]
	if !ok {
		return nil, fmt.Errorf("there is no solver %q; known are %s", name, strings.Join(Names(), ", "))
	}
	return e.solver, nil
}

// Names are those of the registered solvers, in alphabetical order.
func Names() []string { return slices.Sorted(maps.Keys(registered)) }

// withPolicy are the names of the registered solvers whose steps estimators can use.
func withPolicy() []string {
	return slices.DeleteFunc(Names(), func(name string) bool {
		steps := registered[name].solver.Steps(sde.VP{}, sde.UniformGrid(4))
		_, why := policies(steps)
		return why != ""
	})
}
