package chem

import "slices"

// structure is what a molecule's bonds say about its atoms, as RDKit's sanitisation perceives it. The bonds are those of the
// molecule with charges separated; atoms and bonds keep their numbers.
type structure struct {
	atoms    []Atom
	bonds    []Bond
	next     [][]link
	implicit []int // hydrogens on an atom that are not among the atoms
	orders   []int // sum of the orders of an atom's bonds
	rings    []ring
	ringBond []bool

	aromaticAtom, aromaticBond []bool
}

func newStructure(m *Molecule) *structure {
	m = separateCharges(m)
	s := &structure{atoms: m.Atoms, bonds: m.Bonds, next: m.links(), implicit: m.ImplicitHydrogens(), orders: m.valencesUsed(),
		ringBond: make([]bool, len(m.Bonds))}
	_, s.rings = ringSets(len(m.Atoms), s.next, len(m.Bonds))
	for n := range s.bonds {
		s.ringBond[n] = slices.ContainsFunc(s.rings, func(r ring) bool { return r.bonds.has(n) })
	}
	s.setAromatic()
	return s
}

// degree counts an atom's neighbours, implicit hydrogens among them.
func (s *structure) degree(i int) int { return len(s.next[i]) + s.implicit[i] }

// valence sums the orders of an atom's bonds, those to implicit hydrogens among them.
func (s *structure) valence(i int) int { return s.orders[i] + s.implicit[i] }

// outerElectrons returns the number of valence electrons of an element with valence rules, 0 for others.
func (e Element) outerElectrons() int {
	switch e {
	case Hydrogen:
		return 1
	case Boron:
		return 3
	case Carbon, Silicon:
		return 4
	case Nitrogen, Phosphorus, Arsenic:
		return 5
	case Oxygen, Sulfur, Selenium:
		return 6
	case Fluorine, Chlorine, Bromine, Iodine:
		return 7
	}
	return 0
}

// SeparateCharges returns the molecule with groups that some programs draw without charges (nitro groups as N(=O)=O, N-oxides, azides) as RDKit reads
// them, [N+](=O)[O-] and so on; the molecule itself where there are none. Atoms keep their numbers.
func (m *Molecule) SeparateCharges() *Molecule { return separateCharges(m) }

// separateCharges writes groups that some programs draw without charges as RDKit does: five-bonded nitrogen (nitro groups,
// N-oxides, azides), phosphorus with double bonds to both oxygen and carbon or nitrogen, and oxo halogens get a positive atom
// and a negative neighbour for a double bond (nitro's oxygen) or for one order of a triple bond (the azide's end). It returns
// the molecule itself if there are none.
func separateCharges(m *Molecule) *Molecule {
	used := m.valencesUsed()
	var c *charger
	for i, a := range m.Atoms {
		if a.Charge != 0 || !overbonded(a.Element, used[i]) {
			continue
		}
		if c == nil {
			m = &Molecule{Name: m.Name, Atoms: slices.Clone(m.Atoms), Bonds: slices.Clone(m.Bonds), Props: m.Props}
			c = &charger{m: m, next: m.links()}
		}
		switch a.Element {
		case Nitrogen:
			_ = c.shift(i, Oxygen, 2) || c.shift(i, Nitrogen, 3)
		case Phosphorus:
			if len(c.next[i]) == 3 && c.doubleBonded(i) {
				c.shift(i, Oxygen, 2)
			}
		default:
			for c.onlyOxygens(i) && c.shift(i, Oxygen, 2) {
			}
		}
	}
	return m
}

func overbonded(e Element, used int) bool {
	switch e {
	case Nitrogen, Phosphorus:
		return used == 5
	case Chlorine, Bromine, Iodine:
		return used == 3 || used == 5 || used == 7
	}
	return false
}

type charger struct {
	m    *Molecule
	next [][]link
}

// shift lowers by one the order of the first bond of that order to a neutral atom of that element, which takes the electron.
func (c *charger) shift(i int, to Element, order int) bool {
	for _, l := range c.next[i] {
		if b := &c.m.Bonds[l.bond]; c.m.Atoms[l.atom].Element == to && c.m.Atoms[l.atom].Charge == 0 && b.Order == order {
			b.Order--
			c.m.Atoms[i].Charge++
			c.m.Atoms[l.atom].Charge--
			return true
		}
	}
	return false
}

// doubleBonded reports whether an atom has a double bond to a carbon or nitrogen that has other neighbours.
func (c *charger) doubleBonded(i int) bool {
	return slices.ContainsFunc(c.next[i], func(l link) bool {
		e := c.m.Atoms[l.atom].Element
		return (e == Carbon || e == Nitrogen) && len(c.next[l.atom]) > 1 && c.m.Bonds[l.bond].Order == 2
	})
}

func (c *charger) onlyOxygens(i int) bool {
	return !slices.ContainsFunc(c.next[i], func(l link) bool { return c.m.Atoms[l.atom].Element != Oxygen })
}
