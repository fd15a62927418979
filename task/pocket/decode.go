package pocket

import (
	"math"

	"keel/chem"
)

// Decode reads a finished state of n atoms as a molecule about the centre. Each atom takes its likeliest type; bonds are a
// valence-respecting choice by the model's probabilities, among pairs near enough to be bonded. Nothing is thrown away: a
// molecule that falls into pieces stays in pieces.
func (l Layout) Decode(x []float32, n int, centre chem.Vec, name string) *chem.Molecule {
	m := &chem.Molecule{Name: name}
	valence := make([]chem.Element, n) // an element with the valence of the atom's type
	for i := range n {
		t := argmax(x[l.typeOffset()+i*NumTypes : l.typeOffset()+(i+1)*NumTypes])
		a := chem.Atom{Element: AtomTypes[t].Element, Charge: AtomTypes[t].Charge}
		for k := range 3 {
			a.Pos[k] = float64(x[3*i+k])*CoordUnit + centre[k]
		}
		m.Atoms = append(m.Atoms, a)
		switch {
		case a.Element == 7 && a.Charge == 1:
			valence[i] = 6 // N+ binds as carbon does
		case a.Element == 8 && a.Charge == -1:
			valence[i] = 9 // O- binds as fluorine does
		default:
			valence[i] = a.Element
		}
	}
	m.Bonds = chem.AssignBonds(valence, func(i, j, order int) float64 {
		if order > 0 && m.Atoms[i].Pos.Dist(m.Atoms[j].Pos) > longestBond(m.Atoms[i].Element, m.Atoms[j].Element) {
			return math.Log(least)
		}
		i, j = min(i, j), max(i, j)
		return math.Log(max(float64(x[l.bond(i, j, order)])/OneHotScale, least))
	})
	l.joinPieces(m, x, valence)
	neutralise(m)
	return m
}

// joinPieces bonds pieces that lie at bonding distance where both atoms have a valence free, the likeliest pair first: the
// model places atoms better than it names bonds. Pieces further apart stay pieces.
func (l Layout) joinPieces(m *chem.Molecule, x []float32, valence []chem.Element) {
	used := make([]int, len(m.Atoms))
	for _, b := range m.Bonds {
		used[b.A] += b.Order
		used[b.B] += b.Order
	}
	free := func(i int) bool { v := valence[i].Valences(0); return len(v) > 0 && used[i] < v[0] }
	for {
		pieces := m.Fragments()
		if len(pieces) < 2 {
			return
		}
		piece := make([]int, len(m.Atoms))
		for k, p := range pieces {
			for _, i := range p {
				piece[i] = k
			}
		}
		best, found := chem.Bond{Order: 1}, float32(-1)
		for i := range m.Atoms {
			for j := i + 1; j < len(m.Atoms); j++ {
				reach := joinReach * (m.Atoms[i].Element.CovalentRadius() + m.Atoms[j].Element.CovalentRadius())
				if piece[i] == piece[j] || !free(i) || !free(j) || m.Atoms[i].Pos.Dist(m.Atoms[j].Pos) > reach {
					continue
				}
				if p := x[l.bond(i, j, 1)]; p > found {
					best.A, best.B, found = i, j, p
				}
			}
		}
		if found < 0 {
			return
		}
		m.Bonds = append(m.Bonds, best)
		used[best.A]++
		used[best.B]++
	}
}

// joinReach is the longest bond, in sums of covalent radii, that joins two pieces.
const joinReach = 1.2

const least = 1e-6 // probability below which a bond order is not told apart

// longestBond is the distance in Å beyond which two atoms are not bonded, whatever the model says: the sum of covalent
// radii and a third.
func longestBond(a, b chem.Element) float64 {
	return 1.33 * (a.CovalentRadius() + b.CovalentRadius())
}

// neutralise takes charges away that the bonds do not call for: N+ has four bonds, O- is bonded to N+.
func neutralise(m *chem.Molecule) {
	used := make([]int, len(m.Atoms))
	for _, b := range m.Bonds {
		used[b.A] += b.Order
		used[b.B] += b.Order
	}
	for i := range m.Atoms {
		if m.Atoms[i].Charge > 0 && used[i] < 4 {
			m.Atoms[i].Charge = 0
		}
	}
	keep := map[int]bool{}
	for _, b := range m.Bonds {
		for _, end := range [][2]int{{b.A, b.B}, {b.B, b.A}} {
			keep[end[0]] = keep[end[0]] || m.Atoms[end[1]].Charge > 0
		}
	}
	for i := range m.Atoms {
		if m.Atoms[i].Charge < 0 && !keep[i] {
			m.Atoms[i].Charge = 0
		}
	}
}

func argmax(v []float32) int {
	best := 0
	for i := range v {
		if v[i] > v[best] {
			best = i
		}
	}
	return best
}
