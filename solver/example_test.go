package solver_test

import (
	"fmt"

	"keel/sde"
	"keel/solver"
)

// The steps of a deterministic solver have no Gaussian; an estimator that needs one learns it before anything is sampled.
func ExamplePolicies() {
	grid := sde.KarrasGrid(sde.VP{}, 4, 7, 0.01, 40)
	for _, name := range []string{"ancestral", "heun"} {
		v, err := solver.ByName(name)
		if err != nil {
			panic(err)
		}
		list, err := solver.Policies(v.Steps(sde.VP{}, grid), "ddpo-is")
		fmt.Println(name, list, err != nil)
	}
	// Output:
	// ancestral [0 1 2] false
	// heun [] true
}
