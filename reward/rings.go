package reward

import (
	"context"
	"fmt"
	"slices"

	"keel/chem"
	"keel/oracle"
)

// rings is 1 where every ring of the smallest set has an allowed size and no two share more than a bond, else 0.
type rings struct {
	sizes   []int
	bridged bool
}

func newRings(c *Component, _ Env) (metric, error) {
	r := rings{sizes: c.Sizes, bridged: or(c.Bridged, false)}
	if len(r.sizes) == 0 {
		r.sizes = []int{5, 6}
	}
	if slices.Min(r.sizes) < 3 {
		return nil, fmt.Errorf("sizes = %v: a ring has 3 atoms or more", r.sizes)
	}
	return r, nil
}

func (rings) needs() oracle.Metrics { return 0 }

func (r rings) values(_ context.Context, in []sample) ([]measure, error) {
	out := make([]measure, len(in))
	for i, s := range in {
		if r.good(s.mol) {
			out[i].value = 1
		}
	}
	return out, nil
}

func (r rings) good(m *chem.Molecule) bool {
	all := m.Rings()
	for i, a := range all {
		if !slices.Contains(r.sizes, len(a)) {
			return false
		}
		for _, b := range all[:i] {
			if !r.bridged && shared(a, b) > 2 {
				return false
			}
		}
	}
	return true
}

// shared counts the atoms of two rings: 1 where they are joined as a spiro compound, 2 where they are fused, more over a bridge.
func shared(a, b []int) (n int) {
	for _, i := range a {
		if slices.Contains(b, i) {
			n++
		}
	}
	return n
}
