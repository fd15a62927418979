package chem

import "slices"

// Aminate draws imines at rings as the amines that chemists take them for: a nitrogen with a double bond to a ring gets the hydrogen of one in the ring, and the bonds between
// them change places, where the ring is aromatic then. 2-imino-1H-pyrimidine becomes 2-aminopyrimidine; 2-iminoimidazolidine, which has nothing to win, and
// 1-methyl-2-iminopyrimidine, which has no hydrogen to give, stay. The molecule has no atoms of hydrogen. Atoms that may not change are left alone. It returns how many
// imines became amines.
func (m *Molecule) Aminate(may func(atom int) bool) (n int) {
	s := newStructure(m)
	for i, b := range m.Bonds {
		if b.Order != 2 {
			continue
		}
		for _, ends := range [2][2]int{{b.A, b.B}, {b.B, b.A}} {
			if after := m.aminate(s, i, ends[0], ends[1], may); after != nil {
				s = after
				n++
				break
			}
		}
	}
	return n
}

// aminate does it for one double bond of a ring's carbon to a nitrogen outside. It returns the structure then, nil where nothing changed.
func (m *Molecule) aminate(s *structure, bond, carbon, imine int, may func(atom int) bool) *structure {
	plain := func(i int) bool { return m.Atoms[i].Element == Nitrogen && m.Atoms[i].Charge == 0 && may(i) }
	if m.Atoms[carbon].Element != Carbon || !may(carbon) || !plain(imine) || s.ringBond[bond] ||
		slices.ContainsFunc(s.next[imine], func(l link) bool { return m.Atoms[l.atom].Element != Carbon }) { // oximes and hydrazones are what they are
		return nil
	}
	path := []int{bond} // of bonds, every other of them double
	var walk func(at, length int) *structure
	walk = func(at, length int) (after *structure) {
		order := 2 - len(path)%2
		for _, l := range s.next[at] {
			if m.Bonds[l.bond].Order != order || !s.ringBond[l.bond] || slices.Contains(path, l.bond) || !may(l.atom) {
				continue
			}
			path = append(path, l.bond)
			switch {
			case len(path) < length:
				after = walk(l.atom, length)
			case plain(l.atom) && s.implicit[l.atom] > 0:
				after = m.exchange(path, s, carbon, l.atom)
			}
			if after != nil {
				return after
			}
			path = path[:len(path)-1]
		}
		return nil
	}
	for length := 2; length <= longestExchange; length += 2 { // the nearest nitrogen first
		if after := walk(carbon, length); after != nil {
			return after
		}
	}
	return nil
}

// longestExchange is of so many bonds: across three fused rings.
const longestExchange = 10

// exchange turns the single bonds of a path into double ones and the double ones into single ones, if both ends of it in the ring are aromatic then and nothing ceases to be.
// It returns the structure then, nil where the bonds stay.
func (m *Molecule) exchange(path []int, before *structure, ends ...int) *structure {
	turn := func() {
		for _, b := range path {
			m.Bonds[b].Order = 3 - m.Bonds[b].Order
		}
	}
	turn()
	after := newStructure(m)
	for i, was := range before.aromaticAtom {
		if !after.aromaticAtom[i] && (was || slices.Contains(ends, i)) {
			turn()
			return nil
		}
	}
	return after
}
