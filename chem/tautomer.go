package chem

import "slices"

// Aminate draws imines at rings as the amines that chemists take them for: a nitrogen with a double bond to a ring gets the hydrogen of one in the ring, and the bonds between
// them change places, where the ring is aromatic then. 2-imino-1H-pyrimidine becomes 2-aminopyrimidine; 2-iminoimidazolidine, which has nothing to win, and
// 1-methyl-2-iminopyrimidine, which has no hydrogen to give, stay. The molecule has no atoms of hydrogen. Atoms that may not change are left alone. It returns how many
// imines became amines.
func (m *Molecule) Aminate(may func(atom int) bool) (n int) {
	for b := range m.Bonds {
		if m.Bonds[b].Order != 2 {
			continue
		}
		for _, ends := range [2][2]int{{m.Bonds[b].A, m.Bonds[b].B}, {m.Bonds[b].B, m.Bonds[b].A}} {
			if m.aminate(b, ends[0], ends[1], may) {
				n++
				break
			}
		}
	}
	return n
}

// aminate does it for one double bond of a ring's carbon to a nitrogen outside.
func (m *Molecule) aminate(bond, carbon, imine int, may func(atom int) bool) bool {
	next := m.links()
	plain := func(i int) bool { return m.Atoms[i].Element == Nitrogen && m.Atoms[i].Charge == 0 && may(i) }
	if m.Atoms[carbon].Element != Carbon || !plain(imine) || slices.ContainsFunc(next[imine], func(l link) bool { return m.Atoms[l.atom].Element != Carbon }) {
		return false // oximes and hydrazones are what they are
	}
	before := newStructure(m)
	if before.ringBond[bond] {
		return false
	}
	hydrogens := m.ImplicitHydrogens()
	path := []int{bond} // of bonds, every other of them double
	var walk func(at, length int) bool
	walk = func(at, length int) bool {
		for _, l := range next[at] {
			order := 1 + (len(path)+1)%2
			if m.Bonds[l.bond].Order != order || !before.ringBond[l.bond] || slices.Contains(path, l.bond) || !may(l.atom) {
				continue
			}
			path = append(path, l.bond)
			end := len(path) == length
			if !end && walk(l.atom, length) || end && plain(l.atom) && hydrogens[l.atom] > 0 && m.exchange(path, before, carbon, l.atom) {
				return true
			}
			path = path[:len(path)-1]
		}
		return false
	}
	for length := 2; may(carbon) && length <= longestExchange; length += 2 { // the nearest nitrogen first
		if walk(carbon, length) {
			return true
		}
	}
	return false
}

// longestExchange is of so many bonds: across three fused rings.
const longestExchange = 10

// exchange turns the single bonds of a path into double ones and the double ones into single ones, if both ends of it in the ring are aromatic then and nothing ceases to be.
func (m *Molecule) exchange(path []int, before *structure, ends ...int) bool {
	turn := func() {
		for _, b := range path {
			m.Bonds[b].Order = 3 - m.Bonds[b].Order
		}
	}
	turn()
	after := newStructure(m)
	good := true
	for i, was := range before.aromaticAtom {
		good = good && (after.aromaticAtom[i] || !was)
	}
	for _, i := range ends {
		good = good && after.aromaticAtom[i]
	}
	if !good {
		turn()
	}
	return good
}
