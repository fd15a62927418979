package rigid

import (
	"cmp"
	"math"
	"slices"

	"keel/chem"
)

// hybrids tell how the bonds of each atom are arranged.
type hybrids struct {
	mol   *chem.Molecule
	order []map[int]int // of the bond to each neighbour
	flat  []bool        // three bonds in a plane: a double bond, or a lone pair beside one
	line  []bool        // two bonds on a line
}

func newHybrids(m *chem.Molecule, order []map[int]int) *hybrids {
	n := len(m.Atoms)
	h := &hybrids{mol: m, order: order, flat: make([]bool, n), line: make([]bool, n)}
	double := make([]bool, n)
	for i, next := range order {
		doubles := 0
		for _, o := range next {
			switch o {
			case 2:
				doubles++
			case 3:
				h.line[i] = true
			}
		}
		double[i] = doubles > 0 && m.Atoms[i].Element != 16 && m.Atoms[i].Element != 15
		h.line[i] = h.line[i] || doubles > 1 && double[i]
	}
	for i, next := range order {
		h.flat[i] = double[i]
		if e := m.Atoms[i].Element; e == 7 || e == 8 {
			for j := range next {
				h.flat[i] = h.flat[i] || double[j] && m.Atoms[j].Element == 6
			}
		}
	}
	return h
}

// length is the usual length of a bond, Å: the sum of covalent radii, less where double bonds or lone pairs meet it. The numbers are means over
// crystal structures (Allen et al., J. Chem. Soc. Perkin Trans. 2 (1987) S1), rounded to 0.01 Å.
func (h *hybrids) length(i, j, order int) float64 {
	a, b := h.mol.Atoms[i], h.mol.Atoms[j]
	if a.Element > b.Element {
		i, j, a, b = j, i, b, a
	}
	sum := a.Element.CovalentRadius() + b.Element.CovalentRadius()
	if order == 2 {
		return sum - 0.2
	}
	flat := h.flat[i] && h.flat[j]
	six := b.Element == 16 && len(h.order[j]) == 4
	switch {
	case a.Element == 6 && b.Element == 6 && flat:
		return 1.48
	case a.Element == 6 && b.Element == 6 && (h.flat[i] || h.flat[j]):
		return 1.51
	case a.Element == 6 && b.Element == 7 && flat:
		return 1.37
	case a.Element == 6 && b.Element == 8 && flat:
		return 1.36
	case a.Element == 6 && b.Element == 9:
		return 1.35
	case a.Element == 6 && b.Element == 17 && h.flat[i]:
		return 1.74
	case a.Element == 6 && b.Element == 16 && (six || h.flat[i]):
		return 1.77
	case a.Element == 7 && six:
		return 1.64
	}
	return sum
}

// angle is the usual angle at c between two of its neighbours, in radians. Beside a bond angle that a group settles itself, the others share what is left
// of the circle on a flat atom.
func (h *hybrids) angle(c, i, j int, s *settler) float64 {
	switch {
	case h.line[c]:
		return math.Pi
	case !h.flat[c]:
		if e := h.mol.Atoms[c].Element; e == 16 && len(h.order[c]) == 2 {
			return 102 * math.Pi / 180
		}
		return 110.5 * math.Pi / 180
	}
	var own []int // neighbours in the atom's group
	for k := range h.order[c] {
		if s.Home[k] == s.Home[c] {
			own = append(own, k)
		}
	}
	if len(own) == 2 && len(h.order[c]) == 3 {
		inner := angleAt(s.pos[c], s.pos[own[0]], s.pos[own[1]])
		return math.Pi - inner/2
	}
	return 2 * math.Pi / 3
}

func angleAt(c, a, b chem.Vec) float64 {
	return math.Acos(max(-1, min(1, a.Sub(c).Unit().Dot(b.Sub(c).Unit()))))
}

func sortDistances(list []distance) {
	slices.SortFunc(list, func(a, b distance) int { return cmp.Or(a.p-b.p, a.q-b.q, cmp.Compare(a.length, b.length)) })
}
