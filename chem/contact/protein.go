package contact

import (
	"slices"
	"strings"

	"keel/chem"
)

// side is what a residue's side chain can do, by atom names. A charge's centre is the middle of its atoms, a ring's atoms go round.
type side struct {
	donors, acceptors  string
	positive, negative string
	rings              []string
}

// sides are the amino acids at neutral pH; histidine is positive too, as in PLIP, and its nitrogens may be either.
var sides = map[string]side{
	"ARG": {donors: "NE NH1 NH2", positive: "NE NH1 NH2"},
	"ASN": {donors: "ND2", acceptors: "OD1"},
	"ASP": {acceptors: "OD1 OD2", negative: "OD1 OD2"},
	"GLN": {donors: "NE2", acceptors: "OE1"},
	"GLU": {acceptors: "OE1 OE2", negative: "OE1 OE2"},
	"HIS": {donors: "ND1 NE2", acceptors: "ND1 NE2", positive: "ND1 NE2", rings: []string{"CG ND1 CE1 NE2 CD2"}},
	"LYS": {donors: "NZ", positive: "NZ"},
	"PHE": {rings: []string{"CG CD1 CE1 CZ CE2 CD2"}},
	"SER": {donors: "OG", acceptors: "OG"},
	"THR": {donors: "OG1", acceptors: "OG1"},
	"TRP": {donors: "NE1", rings: []string{"CG CD1 NE1 CE2 CD2", "CD2 CE2 CZ2 CH2 CZ3 CE3"}},
	"TYR": {donors: "OH", acceptors: "OH", rings: []string{"CG CD1 CE1 CZ CE2 CD2"}},
}

// bondLength is the longest bond between heavy atoms of an amino acid, S-S aside. Å.
const bondLength = 2.0

// NewSite prepares a protein.
func NewSite(p *chem.Protein) *Site {
	s := &Site{protein: p, residues: make([]features, len(p.Residues))}
	for i, r := range p.Residues {
		f := &s.residues[i]
		if !p.IsAminoAcid(i) {
			f.bounds(nil)
			continue
		}
		atoms := p.ResidueAtoms(i)
		var before []chem.ProteinAtom // the peptide bond's other end
		if i > 0 {
			before = p.ResidueAtoms(i - 1)
		}
		*f = residueFeatures(r.Parent(), atoms, before)
	}
	return s
}

func residueFeatures(parent string, atoms, before []chem.ProteinAtom) (f features) {
	var all []chem.Vec
	can := sides[parent]
	for _, a := range atoms {
		all = append(all, a.Pos)
		at := polar{pos: a.Pos}
		onlyCarbon := a.Element == chem.Carbon
		for _, b := range slices.Concat(atoms, before) {
			if d := b.Pos.Dist(a.Pos); d > 0 && d < bondLength {
				at.neighbours = append(at.neighbours, b.Pos)
				onlyCarbon = onlyCarbon && b.Element == chem.Carbon
			}
		}
		if onlyCarbon {
			f.carbons = append(f.carbons, a.Pos)
		}
		if a.Name == "N" && parent != "PRO" || has(can.donors, a.Name) {
			f.donors = append(f.donors, at)
		}
		if a.Name == "O" || a.Name == "OXT" || has(can.acceptors, a.Name) {
			f.acceptors = append(f.acceptors, at)
		}
	}
	f.bounds(all)
	f.positive, f.negative = centre(atoms, can.positive), centre(atoms, can.negative)
	for _, names := range can.rings {
		if ring := named(atoms, names); ring != nil {
			f.rings = append(f.rings, ringPlane(ring))
		}
	}
	return f
}

func has(names, name string) bool { return slices.Contains(strings.Fields(names), name) }

// named returns the positions of the atoms of these names, nil if one is missing.
func named(atoms []chem.ProteinAtom, names string) (found []chem.Vec) {
	for _, name := range strings.Fields(names) {
		i := slices.IndexFunc(atoms, func(a chem.ProteinAtom) bool { return a.Name == name })
		if i < 0 {
			return nil
		}
		found = append(found, atoms[i].Pos)
	}
	return found
}

// centre is the middle of a charged group; none where an atom is missing.
func centre(atoms []chem.ProteinAtom, names string) []chem.Vec {
	if group := named(atoms, names); group != nil {
		return []chem.Vec{chem.Centroid(group)}
	}
	return nil
}
