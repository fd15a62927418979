package evaluate

import (
	"fmt"

	"keel/chem"
)

// Set is what a pocket's files hold, heavy atoms only.
type Set struct {
	Pocket     Pocket
	Reference  *chem.Molecule
	Molecules  []*chem.Molecule // the readable ones, in order; the nameless are named by their number among the records
	Unreadable []error          // one *chem.InputError a record
}

// Read reads a pocket's reference ligand and molecules. The error is for a file that as a whole cannot be read.
func Read(p Pocket) (*Set, error) {
	s := &Set{Pocket: p}
	var err error
	if s.Reference, err = chem.ReadLigand(p.Ligand); err != nil {
		return nil, err
	}
	for _, path := range p.Molecules {
		records, bad, err := chem.ReadSDF(path)
		if err != nil {
			return nil, err
		}
		s.Unreadable = append(s.Unreadable, bad...)
		for _, r := range records {
			m := r.HeavyOnly()
			if m.Name == "" {
				m.Name = fmt.Sprint(len(s.Molecules) + 1)
			}
			s.Molecules = append(s.Molecules, m)
		}
	}
	return s, nil
}
