package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"keel/chem"
)

// candidate is a complex as a source has it.
type candidate struct {
	id, source      string
	protein, ligand file
}

// examine makes an example of a candidate, or says why not.
func (s *Settings) examine(c candidate) outcome {
	limit := int64(s.FileMB) << 20
	text, why := c.ligand.read(limit)
	if why != "" {
		return drop(why)
	}
	mols, bad, err := chem.ParseSDF(bytes.NewReader(text), c.ligand.name)
	switch {
	case err != nil && len(mols) == 0:
		return drop(fault(text, err, unreadableSDF))
	case len(mols) == 0:
		return drop(fault(text, bad[0], unreadableSDF))
	}
	var o outcome
	if n := len(mols) + len(bad) - 1; n > 0 {
		o.notes = count(o.notes, noteRecords, n)
	}
	ligand := standardise(mols[0], &o)
	if o.dropped = s.checkLigand(ligand); o.dropped != "" {
		return o
	}
	if text, o.dropped = c.protein.read(limit); o.dropped != "" {
		return o
	}
	protein, err := chem.ParsePDB(bytes.NewReader(text), c.protein.name)
	if err != nil {
		o.dropped = fault(text, err, unreadablePDB)
		if bytes.Contains([]byte(err.Error()), []byte("no protein residues")) {
			o.dropped = noProtein
		}
		return o
	}
	o.example, o.dropped = s.cut(c.id, c.source, ligand, protein)
	return o
}

func (s *Settings) checkLigand(m *chem.Molecule) string {
	if why := s.checkGraph(m); why != "" {
		return why
	}
	return s.checkPose(m)
}

// cut makes an example of a ligand that is good in itself and a protein.
func (s *Settings) cut(id, source string, ligand *chem.Molecule, protein *chem.Protein) (*example, string) {
	pocket, err := chem.CutPocket(protein, ligand.Positions(), s.Radius)
	if err != nil {
		return nil, noPocket
	}
	switch d := nearest(pocket, ligand.Positions()); {
	case d < s.Closest:
		return nil, clash
	case d > s.Farthest:
		return nil, noPocket
	}
	var text bytes.Buffer
	if chem.WritePDB(&text, pocket) != nil {
		return nil, unwritable
	}
	return &example{id: id, source: source, ligand: ligand, pocket: text.Bytes(), pair: pairKey(ligand, text.Bytes())}, ""
}

// nearest is the distance of the nearest amino acid's atom. Metal ions are left out: ligands bind to them at less than a clash's distance.
func nearest(p *chem.Protein, ligand []chem.Vec) float64 {
	d := math.Inf(1)
	for i := range p.Residues {
		if p.IsAminoAcid(i) {
			for _, a := range p.ResidueAtoms(i) {
				d = min(d, chem.Nearest(a.Pos, ligand))
			}
		}
	}
	return d
}

// pairKey is the same for complexes of one ligand, by its constitution, and pockets of the same residues, by name and number. Chains are left out, so that
// the copies of a site in a homodimer are one, and coordinates, so that an entry in two frames or refinements is. It is made from the pocket as written: a
// build that goes on takes it from the shards.
func pairKey(ligand *chem.Molecule, pocket []byte) uint64 {
	var residues []string
	for line := range bytes.Lines(pocket) {
		if len(line) > 27 && (bytes.HasPrefix(line, []byte("ATOM")) || bytes.HasPrefix(line, []byte("HETATM"))) {
			residues = append(residues, string(line[17:21])+string(line[22:27])) // name, number, insertion code
		}
	}
	slices.Sort(residues)
	h := sha256.New()
	h.Write([]byte(ligand.Key()))
	for _, r := range slices.Compact(residues) {
		h.Write([]byte(r))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}
