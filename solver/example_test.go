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

// A step is a Gaussian given by its coefficients: x_s ~ N(X x_t + D x̂_0, Std² I). The one to t = 0 is the estimate itself.
func ExampleAncestral() {
	for _, s := range (solver.Ancestral{}).Steps(sde.Flow{}, []float64{1, 0.5, 0}) {
		fmt.Printf("from %.1f to %.1f: X %.2f, D %.2f, Std %.2f, a policy: %v\n", s.From, s.To, s.X, s.D, s.Std, s.Policy())
	}
	// Output:
	// from 1.0 to 0.5: X 0.00, D 0.50, Std 0.50, a policy: true
	// from 0.5 to 0.0: X 0.00, D 1.00, Std 0.00, a policy: false
}
