package reward

import (
	"context"

	"keel/oracle"
)

// labile is how many of a molecule's bonds and carbons fall apart ([chem.Molecule.LabileSites]).
type labile struct{}

func newLabile(*Component, Env) (metric, error) { return labile{}, nil }

func (labile) needs() oracle.Metrics { return 0 }

func (labile) values(_ context.Context, in []sample) ([]measure, error) {
	out := make([]measure, len(in))
	for i, s := range in {
		out[i].value = float64(s.mol.LabileSites())
	}
	return out, nil
}
