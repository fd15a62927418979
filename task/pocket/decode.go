package pocket

import (
	"math"
	"strconv"

	"keel/chem"
	"keel/chem/rigid"
)

// Decode reads a finished state of n groups as a molecule about the centre. Each group takes its likeliest type; bonds are a
// valence-respecting choice by the model's probabilities and by where atoms lie. Nothing is thrown away: a molecule that falls into pieces
// stays in pieces. The first held groups are given: they stay where they are. Groups keep off
// walls, the protein's atoms. The data item "strict" says whether nothing had to be repaired (1) or something had (0).
func (l Layout) Decode(v *rigid.Vocabulary, x []float32, n, held int, walls []chem.Atom, centre chem.Vec, name string) *chem.Molecule {
	placed := make([]rigid.Placed, n)
	for i := range placed {
		at := l.typeOffset() + i*l.Types
		placed[i] = rigid.Placed{Group: argmax(x[at : at+l.Types]), Frame: l.frame(x, i, centre), Held: i < held}
	}
	a := v.Assemble(placed, walls, func(i, j, order int) float64 {
		return math.Log(max(float64(x[l.bond(i, j, order)])/BondScale, least))
	})
	m := a.Molecule
	m.Name = name
	neutralise(m)
	strict := 0
	if a.Strict {
		strict = 1
	}
	m.Props = append(m.Props, chem.Prop{Key: "strict", Value: strconv.Itoa(strict)})
	return m
}

const least = 1e-6 // probability below which a bond order is not told apart

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
