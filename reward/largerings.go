package reward

import (
	"context"

	"keel/oracle"
)

// largeRings counts the rings of the smallest set that have eight atoms or more, which few chemists can close.
type largeRings struct{}

func newLargeRings(*Component, Env) (metric, error) { return largeRings{}, nil }

func (largeRings) needs() oracle.Metrics { return 0 }

func (largeRings) values(_ context.Context, in []sample) ([]measure, error) {
	out := make([]measure, len(in))
	for i, s := range in {
		for _, ring := range s.mol.Rings() {
			if len(ring) >= 8 {
				out[i].value++
			}
		}
	}
	return out, nil
}
