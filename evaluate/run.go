package evaluate

import (
	"context"
	"errors"
	"fmt"

	"keel/chem"
	"keel/oracle"
)

// Scorer scores molecules in a pocket: one score for each, in order. What fails for a molecule stands in its score. A *chem.InputError
// says that the pocket's receptor cannot be scored in; any other error stops the evaluation. progress is called with the number done so far.
type Scorer interface {
	Score(ctx context.Context, p Pocket, mols []*chem.Molecule, progress func(done int)) ([]oracle.Score, error)
}

// Entry is a molecule and what is known of it.
type Entry struct {
	Molecule *chem.Molecule
	Score    oracle.Score
}

// Evaluated reports whether the molecule belongs to the population of which the field states its figures: RDKit sanitises it, and it is one
// fragment.
func (e Entry) Evaluated() bool { return e.Score.Valid && e.Score.Connected }

// Target is a pocket whose molecules are scored.
type Target struct {
	Name       string
	Reference  Entry
	Molecules  []Entry
	Asked      int // molecules asked for: the readable and the unreadable ones, and those that were never written
	Unreadable int
}

// Run scores the sets, the reference ligand of each together with its molecules, so that all are of one protocol. asked is the number of molecules
// asked for in each pocket that has any; 0 means as many as there are records. Pockets whose receptor cannot be scored in are left out, each with
// an error in left. progress, which may be nil, is called with the number of molecules done, of Count's.
func Run(ctx context.Context, sets []*Set, asked int, scorer Scorer, progress func(done int)) (targets []Target, left []error, err error) {
	before := 0
	for _, s := range sets {
		mols := append([]*chem.Molecule{s.Reference}, s.Molecules...)
		scores, err := scorer.Score(ctx, s.Pocket, mols, func(done int) {
			if progress != nil {
				progress(before + done)
			}
		})
		before += len(mols)
		var unfit *chem.InputError
		switch {
		case errors.As(err, &unfit):
			left = append(left, err)
			continue
		case err != nil:
			return nil, left, err
		case len(scores) != len(mols):
			return nil, left, fmt.Errorf("%s: %d scores of %d molecules", s.Pocket.Name, len(scores), len(mols))
		}
		t := Target{Name: s.Pocket.Name, Reference: Entry{s.Reference, scores[0]}, Unreadable: len(s.Unreadable)}
		for i, m := range s.Molecules {
			t.Molecules = append(t.Molecules, Entry{m, scores[i+1]})
		}
		if t.Asked = len(t.Molecules) + t.Unreadable; len(s.Pocket.Molecules) > 0 {
			t.Asked = max(t.Asked, asked)
		}
		targets = append(targets, t)
	}
	return targets, left, nil
}

// Count is the number of molecules that Run scores.
func Count(sets []*Set) (n int) {
	for _, s := range sets {
		n += 1 + len(s.Molecules)
	}
	return n
}
