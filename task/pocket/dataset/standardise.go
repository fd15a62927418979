package dataset

import (
	"slices"

	"keel/chem"
)

// standardise returns a molecule as examples have it: heavy atoms, charges apart where a drawing joins them (nitro groups), and neutral where
// hydrogens that come or go make it so; hydrogens being implicit, only the formal charges change. A change is noted in the outcome, if there is one.
func standardise(m *chem.Molecule, o *outcome) *chem.Molecule {
	m = m.HeavyOnly()
	before := charges(m)
	m = m.SeparateCharges()
	neutralise(m)
	if o != nil && !slices.Equal(before, charges(m)) {
		o.notes = count(o.notes, noteCharges, 1)
	}
	return m
}

func charges(m *chem.Molecule) []int {
	list := make([]int, len(m.Atoms))
	for i, a := range m.Atoms {
		list[i] = a.Charge
	}
	return list
}

// neutralise takes a proton from each nitrogen that has one too many, and gives one to each oxygen, sulfur and nitrogen that lacks it, unless the charge
// answers that of a neighbour, as in nitro groups, N-oxides and azides. A positive charge that no proton carries (quaternary nitrogen) keeps a negative one,
// the first, so that zwitterions stay as RDKit's Uncharger leaves them.
func neutralise(m *chem.Molecule) {
	hydrogens := m.ImplicitHydrogens()
	answered := make([]bool, len(m.Atoms))
	for _, b := range m.Bonds {
		if m.Atoms[b.A].Charge*m.Atoms[b.B].Charge < 0 {
			answered[b.A], answered[b.B] = true, true
		}
	}
	fixed := 0 // positive charges that stay and want an answer
	for i, a := range m.Atoms {
		switch {
		case answered[i] || a.Charge <= 0:
		case a.Charge == 1 && a.Element == chem.Nitrogen && hydrogens[i] > 0:
			m.Atoms[i].Charge = 0
		default:
			fixed += a.Charge
		}
	}
	for i, a := range m.Atoms {
		switch {
		case answered[i] || a.Charge != -1:
		case a.Element != chem.Oxygen && a.Element != chem.Sulfur && a.Element != chem.Nitrogen:
		case fixed > 0:
			fixed--
		default:
			m.Atoms[i].Charge = 0
		}
	}
}
