package chem

import (
	"fmt"
	"slices"
)

// Atom is an atom of a molecule.
type Atom struct {
	Element Element
	Pos     Vec // Å
	Charge  int // formal
}

// Bond joins atoms A < B with a Kekulé order 1, 2 or 3.
type Bond struct{ A, B, Order int }

// Prop is one data item of an SDF record.
type Prop struct{ Key, Value string }

// Molecule is a small molecule in one pose. Hydrogens that are not among the atoms are implicit.
type Molecule struct {
	Name  string
	Atoms []Atom
	Bonds []Bond
	Props []Prop // in file order
}

// Prop returns the value of the first data item with that key, and whether there is one.
func (m *Molecule) Prop(key string) (string, bool) {
	for _, p := range m.Props {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// Positions returns the atoms' positions, [atoms, 3].
func (m *Molecule) Positions() []Vec {
	pos := make([]Vec, len(m.Atoms))
	for i, a := range m.Atoms {
		pos[i] = a.Pos
	}
	return pos
}

// Centroid returns the mean position of the atoms, unweighted.
func (m *Molecule) Centroid() Vec { return Centroid(m.Positions()) }

// HeavyOnly returns the molecule without its hydrogen atoms; on heavy atoms they become implicit. Names and data items stay.
func (m *Molecule) HeavyOnly() *Molecule {
	keep := make([]int, 0, len(m.Atoms))
	for i, a := range m.Atoms {
		if a.Element != Hydrogen {
			keep = append(keep, i)
		}
	}
	return m.Subset(keep)
}

// Subset returns the molecule of the listed atoms, in that order, with the bonds among them.
func (m *Molecule) Subset(atoms []int) *Molecule {
	at := make(map[int]int, len(atoms))
	s := &Molecule{Name: m.Name, Props: append([]Prop(nil), m.Props...), Atoms: make([]Atom, len(atoms))}
	for i, a := range atoms {
		at[a], s.Atoms[i] = i, m.Atoms[a]
	}
	for _, b := range m.Bonds {
		i, okA := at[b.A]
		j, okB := at[b.B]
		if okA && okB {
			s.Bonds = append(s.Bonds, Bond{min(i, j), max(i, j), b.Order})
		}
	}
	return s
}

// Fragments returns the connected parts as lists of atom indices, the largest first, and equally large ones by first atom.
func (m *Molecule) Fragments() [][]int {
	next := m.neighbours()
	seen := make([]bool, len(m.Atoms))
	var parts [][]int
	for start := range m.Atoms {
		if seen[start] {
			continue
		}
		seen[start] = true
		part := []int{start}
		for k := 0; k < len(part); k++ {
			for _, j := range next[part[k]] {
				if !seen[j] {
					seen[j] = true
					part = append(part, j)
				}
			}
		}
		slices.Sort(part)
		parts = append(parts, part)
	}
	slices.SortStableFunc(parts, func(a, b []int) int { return len(b) - len(a) })
	return parts
}

func (m *Molecule) neighbours() [][]int {
	next := make([][]int, len(m.Atoms))
	for _, b := range m.Bonds {
		next[b.A] = append(next[b.A], b.B)
		next[b.B] = append(next[b.B], b.A)
	}
	return next
}

// ImplicitHydrogens returns the number of hydrogens on each atom that are not among the atoms: what is missing to the lowest
// allowed valence that holds the atom's bonds, and none on elements without a rule.
func (m *Molecule) ImplicitHydrogens() []int {
	h := make([]int, len(m.Atoms))
	for i, used := range m.valencesUsed() {
		for _, v := range m.Atoms[i].Element.Valences(m.Atoms[i].Charge) {
			if v >= used {
				h[i] = v - used
				break
			}
		}
	}
	return h
}

// CheckValence returns an error that names the first atom (1 is the first) with more bonds than its element and charge allow.
func (m *Molecule) CheckValence() error {
	for i, used := range m.valencesUsed() {
		allowed := m.Atoms[i].Element.Valences(m.Atoms[i].Charge)
		if n := len(allowed); n > 0 && used > allowed[n-1] {
			return fmt.Errorf("atom %d (%v, charge %+d) has bonds of total order %d, at most %d fit",
				i+1, m.Atoms[i].Element, m.Atoms[i].Charge, used, allowed[n-1])
		}
	}
	return nil
}

func (m *Molecule) valencesUsed() []int {
	used := make([]int, len(m.Atoms))
	for _, b := range m.Bonds {
		used[b.A] += b.Order
		used[b.B] += b.Order
	}
	return used
}
