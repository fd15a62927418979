package reward

import (
	"context"

	"keel/chem"
	"keel/oracle"
)

// count counts something of a molecule, whatever its pose.
type count func(m *chem.Molecule) int

// counting makes the metric.
func counting(what count) func(*Component, Env) (metric, error) {
	return func(*Component, Env) (metric, error) { return what, nil }
}

func (count) needs() oracle.Metrics { return 0 }

func (c count) values(_ context.Context, in []sample) ([]measure, error) {
	out := make([]measure, len(in))
	for i, s := range in {
		out[i].value = float64(c(s.mol))
	}
	return out, nil
}

// largeRings counts the rings of the smallest set that have eight atoms or more, which few chemists can close.
func largeRings(m *chem.Molecule) (n int) {
	for _, ring := range m.Rings() {
		if len(ring) >= 8 {
			n++
		}
	}
	return n
}
