package chem

import (
	"fmt"
	"io"
	"strings"
)

// maxPDBAtoms bounds what a PDB file may hold; the largest wwPDB entries in this format have under 100,000.
const maxPDBAtoms = 1_000_000

// ReadPDB reads a PDB file, plain or gzip. See ParsePDB.
func ReadPDB(path string) (p *Protein, err error) {
	err = withFile(path, func(r io.Reader) error {
		p, err = ParsePDB(r, path)
		return err
	})
	return p, err
}

// ParsePDB reads the heavy atoms of a PDB file's first model; name stands for the input in errors (*InputError).
//
// A new residue starts where name, chain, number or insertion code changes, or where an atom name comes again without an
// alternate location of its own, so distinct residues that share a number stay apart. Of alternate locations each residue
// keeps the label with the highest mean occupancy, or the first among equals, and atoms that lack that label keep their best. Where two
// kinds of residue share a place (microheterogeneity), one stays. Elements come from their columns, or, where these are empty
// or contradict an amino acid, from the atom's name. Everything left out is counted in Dropped.
func ParsePDB(r io.Reader, name string) (*Protein, error) {
	in, err := newLines(r, name)
	if err != nil {
		return nil, err
	}
	b := builder{protein: &Protein{Name: name, Dropped: map[string]int{}}}
	if err := b.read(in); err != nil {
		return nil, err
	}
	b.classify()
	p := b.protein
	for i := range p.Residues {
		if p.IsAminoAcid(i) {
			return p, nil
		}
	}
	return nil, &InputError{File: name, Problem: b.nothing(), Hint: pdbHint}
}

const pdbHint = "give a PDB file of a protein receptor"

// read takes in the lines up to the end of the first model.
func (b *builder) read(in *lines) error {
	done, models := false, 0
	for in.next() {
		l := in.text
		switch {
		case hasRecord(l, "ATOM") || hasRecord(l, "HETATM"):
			if done {
				b.afterEnd++
				continue
			}
			if err := b.atomLine(in); err != nil {
				return err
			}
		case hasRecord(l, "MODEL"):
			models++
			done = done || len(b.protein.Atoms)+len(b.run) > 0
		case hasRecord(l, "ENDMDL"), hasRecord(l, "END"):
			done = done || len(b.protein.Atoms)+len(b.run) > 0
		case hasRecord(l, "TER"):
			b.endRun()
		case b.format == "" && !b.sawAtoms:
			b.format = otherFormat(l)
		}
		if b.format == "an mmCIF file" {
			return in.fail("convert it to PDB, for example with gemmi convert in.cif out.pdb", "this is mmCIF, not PDB")
		}
	}
	b.lines = in.n
	b.endRun()
	if models > 1 {
		b.drop(DroppedModels, models-1)
	} else {
		b.drop(DroppedAfterEnd, b.afterEnd)
	}
	return in.err()
}

// hasRecord reports whether a line is of that record type, in any case.
func hasRecord(l, record string) bool {
	return len(l) >= len(record) && strings.EqualFold(l[:len(record)], record) && strings.TrimSpace(l[len(record):min(6, len(l))]) == ""
}

func (b *builder) drop(kind string, n int) {
	if n > 0 {
		b.protein.Dropped[kind] += n
	}
}

// nothing says what a file without a protein holds.
func (b *builder) nothing() string {
	p := b.protein
	switch {
	case b.lines == 0:
		return "the file is empty"
	case !b.sawAtoms && b.format != "" && b.format != "a PDB file":
		return "this is " + b.format + ", not PDB"
	case !b.sawAtoms:
		return "no protein residues: no ATOM or HETATM line at all"
	case len(p.Residues) == 0:
		return "no protein residues: only water and hydrogens"
	}
	names := make([]string, 0, 4)
	for _, r := range p.Residues[:min(3, len(p.Residues))] {
		names = append(names, r.Name)
	}
	return fmt.Sprintf("no protein residues among the %d in the file (%s...)", len(p.Residues), strings.Join(names, ", "))
}
