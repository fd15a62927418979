package docked

import (
	"math"

	"keel/chem"
)

// facts are what tells a good pose from a bad one besides its energy.
type facts struct {
	buried  float64 // fraction of heavy atoms with a protein atom within 4.5 Å
	nearest float64 // distance between heavy atoms of ligand and protein, Å; metal ions, which ligands bind closely, do not count
}

func (f *facts) measure(p *chem.Protein, ligand []chem.Vec) {
	f.nearest = math.Inf(1)
	near := make([]bool, len(ligand))
	middle := chem.Centroid(ligand)
	reach := 0.0
	for _, x := range ligand {
		reach = max(reach, x.Dist(middle))
	}
	for i := range p.Residues {
		if !p.IsAminoAcid(i) {
			continue
		}
		for _, a := range p.ResidueAtoms(i) {
			if a.Pos.Dist(middle) > reach+burialRadius {
				continue
			}
			for k, x := range ligand {
				d := x.Dist(a.Pos)
				f.nearest = min(f.nearest, d)
				near[k] = near[k] || d <= burialRadius
			}
		}
	}
	count := 0
	for _, n := range near {
		if n {
			count++
		}
	}
	f.buried = float64(count) / float64(max(len(ligand), 1))
}

// twistedEster reports whether an ester or carbamate outside rings is not flat with its ends on one side, as nearly all are: docking turns that
// bond freely, and Vina's energy does not tell.
func twistedEster(m *chem.Molecule) bool {
	const most = 45 * math.Pi / 180
	links := make([][]chem.Bond, len(m.Atoms))
	for _, b := range m.Bonds {
		links[b.A] = append(links[b.A], b)
		links[b.B] = append(links[b.B], chem.Bond{A: b.B, B: b.A, Order: b.Order})
	}
	inRing := map[[2]int]bool{}
	for _, ring := range m.Rings() {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			inRing[[2]int{a, b}], inRing[[2]int{b, a}] = true, true
		}
	}
	for o, at := range m.Atoms {
		if at.Element != chem.Oxygen || len(links[o]) != 2 {
			continue
		}
		for i, b := range links[o] {
			carbonyl := -1
			for _, c := range links[b.B] {
				if m.Atoms[b.B].Element == chem.Carbon && c.Order == 2 && m.Atoms[c.B].Element == chem.Oxygen {
					carbonyl = c.B
				}
			}
			if carbonyl < 0 || inRing[[2]int{o, b.B}] {
				continue
			}
			other := links[o][1-i].B
			if math.Abs(dihedral(m.Atoms[carbonyl].Pos, m.Atoms[b.B].Pos, at.Pos, m.Atoms[other].Pos)) > most {
				return true
			}
		}
	}
	return false
}

// dihedral is the angle of a-b and c-d seen along b-c, radians.
func dihedral(a, b, c, d chem.Vec) float64 {
	u, v, w := b.Sub(a), c.Sub(b), d.Sub(c)
	n, m := u.Cross(v), v.Cross(w)
	return math.Atan2(v.Scale(1/v.Norm()).Dot(n.Cross(m)), n.Dot(m))
}
