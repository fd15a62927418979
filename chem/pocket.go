package chem

import (
	"fmt"
	"math"
)

// CutPocket returns the whole amino acids and metal ions that have an atom within radius Å of any of the points (a ligand's
// atoms, or one centre). Ligands, cofactors and nucleic acids are left out; those within the radius are counted in Dropped.
// It fails where no amino acid is near, and says how far off the points are.
func CutPocket(p *Protein, near []Vec, radius float64) (*Protein, error) {
	if len(near) == 0 {
		return nil, fmt.Errorf("no points to cut a pocket of %s around", p.Name)
	}
	if !(radius > 0) || math.IsInf(radius, 0) {
		return nil, fmt.Errorf("a pocket of radius %g Å cannot be cut", radius)
	}
	for _, x := range near {
		if !x.Finite() {
			return nil, fmt.Errorf("a pocket cannot be cut around %v", x)
		}
	}
	inside, nearest := p.within(near, radius)
	if nearest > radius {
		c := Centroid(near)
		what := "the centre"
		if len(near) > 1 {
			what = "the ligand at"
		}
		return nil, &InputError{File: p.Name,
			Problem: fmt.Sprintf("%s %.1f,%.1f,%.1f is %.1f Å from the nearest protein atom (limit %g Å)", what, c[0], c[1], c[2], nearest, radius),
			Hint:    "give a place in this receptor's own coordinates"}
	}
	pocket := p.keep(func(i int) bool { return inside[i] && (p.IsAminoAcid(i) || p.IsMetal(i)) })
	for i, in := range inside {
		switch {
		case !in || p.IsAminoAcid(i) || p.IsMetal(i):
		case p.Residues[i].Het:
			pocket.Dropped[DroppedHetero]++
		default:
			pocket.Dropped[DroppedNucleic]++
		}
	}
	return pocket, nil
}

// within tells for each residue whether it has an atom within the radius, and the distance of the nearest amino acid's atom.
func (p *Protein) within(near []Vec, radius float64) (inside []bool, nearest float64) {
	inside, nearest = make([]bool, len(p.Residues)), math.Inf(1)
	for i := range p.Residues {
		d := math.Inf(1)
		for _, a := range p.ResidueAtoms(i) {
			d = min(d, Nearest(a.Pos, near))
		}
		inside[i] = d <= radius
		if p.IsAminoAcid(i) {
			nearest = min(nearest, d)
		}
	}
	return inside, nearest
}
