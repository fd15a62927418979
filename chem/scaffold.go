package chem

import "slices"

// Scaffold returns the molecule's scaffold (Bemis and Murcko 1996): its rings, the chains that link them, and as in RDKit the atoms doubly
// bonded to those; all heavy. A molecule without rings has a scaffold without atoms.
func (m *Molecule) Scaffold() *Molecule {
	next := m.neighbours()
	degree, inside := make([]int, len(m.Atoms)), make([]bool, len(m.Atoms))
	var bare []int // atoms at the end of a chain, to be taken off
	for i := range m.Atoms {
		degree[i], inside[i] = len(next[i]), true
		if degree[i] < 2 {
			bare = append(bare, i)
		}
	}
	for len(bare) > 0 {
		i := bare[len(bare)-1]
		bare = bare[:len(bare)-1]
		inside[i] = false
		for _, j := range next[i] {
			if degree[j]--; degree[j] == 1 && inside[j] {
				bare = append(bare, j)
			}
		}
	}
	return m.part(inside)
}

// part is the molecule of the atoms inside and those doubly bonded to them.
func (m *Molecule) part(inside []bool) *Molecule {
	kept := slices.Clone(inside)
	for _, b := range m.Bonds {
		if b.Order == 2 && inside[b.A] != inside[b.B] {
			kept[b.A], kept[b.B] = true, true
		}
	}
	var atoms []int
	for i, k := range kept {
		if k {
			atoms = append(atoms, i)
		}
	}
	p := m.Subset(atoms)
	p.Name, p.Props = "", nil
	return p
}

// Framework returns the scaffold's shape alone: rings and linkers as carbons with single bonds.
func (m *Molecule) Framework() *Molecule {
	f := m.Scaffold()
	for i := range f.Atoms {
		f.Atoms[i].Element, f.Atoms[i].Charge = Carbon, 0
	}
	for i := range f.Bonds {
		f.Bonds[i].Order = 1
	}
	return f
}
