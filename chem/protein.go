package chem

import "slices"

// ProteinAtom is a heavy atom of a structure file.
type ProteinAtom struct {
	Name    string // as in the file, without blanks: CA, OE1
	Element Element
	Pos     Vec // Å
	Residue int // index into Protein.Residues
}

// Residue is a residue, or one molecule or ion that is none of the polymer's.
type Residue struct {
	Name  string // upper case, as in the file: ALA, HIE, MSE, ZN
	Chain string // one letter, or ""
	Seq   int
	ICode byte // insertion code, 0 for none
	Het   bool // false for amino acids (modified ones and caps too) and nucleotides; true for ligands, cofactors and ions
	First int  // atoms [First, End) of the protein
	End   int
}

// Protein is what a PDB file holds: chains first of all, and the ligands, cofactors and ions beside them. Water and hydrogens
// are not in it.
type Protein struct {
	Name     string
	Atoms    []ProteinAtom
	Residues []Residue
	Dropped  map[string]int // what the reader left out, by kind; see the Dropped constants
}

// The kinds of things that a reader leaves out and counts in Protein.Dropped.
const (
	DroppedHydrogens  = "hydrogens"           // atoms
	DroppedWaters     = "waters"              // heavy atoms of water
	DroppedAlternates = "alternate locations" // atoms
	DroppedModels     = "models"              // all but the first
	DroppedAfterEnd   = "atoms after END"     // a second structure in the file
	DroppedHetero     = "hetero residues"     // ligands and cofactors; by CutPocket
	DroppedNucleic    = "nucleic acid"        // residues; by CutPocket
	DroppedNoElement  = "atoms of no element" // dummy atoms, lone pairs
)

// ResidueAtoms returns the atoms of residue i.
func (p *Protein) ResidueAtoms(i int) []ProteinAtom {
	return p.Atoms[p.Residues[i].First:p.Residues[i].End]
}

// Positions returns the atoms' positions, [atoms, 3].
func (p *Protein) Positions() []Vec { return positions(p.Atoms) }

func positions(atoms []ProteinAtom) []Vec {
	pos := make([]Vec, len(atoms))
	for i, a := range atoms {
		pos[i] = a.Pos
	}
	return pos
}

// IsMetal reports whether residue i is a single metal ion.
func (p *Protein) IsMetal(i int) bool {
	r := p.Residues[i]
	return r.Het && r.End-r.First == 1 && p.Atoms[r.First].Element.IsMetal()
}

// IsAminoAcid reports whether residue i is part of a protein chain: an amino acid, a modified one, or a cap.
func (p *Protein) IsAminoAcid(i int) bool {
	return !p.Residues[i].Het && !nucleotides[p.Residues[i].Name]
}

// startsChain reports whether residue i follows nothing of its own chain. Files without chain letters start the numbers again.
func (p *Protein) startsChain(i int) bool {
	if i == 0 {
		return true
	}
	r, before := p.Residues[i], p.Residues[i-1]
	return before.Het || before.Chain != r.Chain || before.Seq > r.Seq
}

// Hetero returns the heavy atoms' positions of each ligand, cofactor or ion with that residue name, one entry per copy, in
// file order; none if the file has no such residue.
func (p *Protein) Hetero(code string) [][]Vec {
	var copies [][]Vec
	for i, r := range p.Residues {
		if r.Het && r.Name == code {
			copies = append(copies, positions(p.ResidueAtoms(i)))
		}
	}
	return copies
}

// HeteroCodes returns the residue names that Hetero would find, sorted.
func (p *Protein) HeteroCodes() []string {
	var codes []string
	for _, r := range p.Residues {
		if r.Het {
			codes = append(codes, r.Name)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// keep returns the protein of the residues for which want holds, sharing nothing with p.
func (p *Protein) keep(want func(i int) bool) *Protein {
	q := &Protein{Name: p.Name, Dropped: map[string]int{}}
	for k, n := range p.Dropped {
		q.Dropped[k] = n
	}
	for i, r := range p.Residues {
		if !want(i) {
			continue
		}
		first := len(q.Atoms)
		for _, a := range p.ResidueAtoms(i) {
			a.Residue = len(q.Residues)
			q.Atoms = append(q.Atoms, a)
		}
		r.First, r.End = first, len(q.Atoms)
		q.Residues = append(q.Residues, r)
	}
	return q
}
