package chem

import (
	"fmt"
	"io"
	"strings"
)

// maxSMILESAtoms bounds the atoms that a SMILES may spell out: as many as an SDF record holds.
const maxSMILESAtoms = 999

// smilesFault says what is wrong with a SMILES, and where.
type smilesFault struct {
	at      int // byte, from 0
	problem string
}

func (f *smilesFault) String() string { return fmt.Sprintf("column %d: %s", f.at+1, f.problem) }

// ParseSMILES reads one SMILES (OpenSMILES 1.0, opensmiles.org) without a name. The molecule has no positions. Atoms come in the
// text's order; hydrogens are implicit but for those in brackets of their own ([H]) and those of an atom that has more than
// ImplicitHydrogens can tell, as [SH6] or [ZnH2]: these follow as atoms at the end. Aromatic atoms get Kekulé bonds.
//
// What Molecule has no place for is read and dropped: isotopes, chirality, double bonds' directions, atom classes. Neutral
// nitrogen of valence five is read as charges apart, as RDKit does: N(=O)=O as [N+](=O)[O-], N=N#N as N=[N+]=[N-]. Radicals
// and carbenes cannot be held and are refused, as are quadruple bonds, the wildcard *, and valences that do not fit. An *InputError
// names the column, 1 being the first.
func ParseSMILES(text string) (*Molecule, error) {
	m, fault := parseSMILES(text)
	if fault != nil {
		return nil, &InputError{File: fmt.Sprintf("SMILES %q", clip(text)), Problem: fault.String()}
	}
	return m, nil
}

const smilesHint = "expected lines of a SMILES and, after a blank, a name"

// ReadSMILES reads lines of a SMILES and a name (all that follows the first blanks), plain or gzip, to the end of r; file stands for the
// input in errors. Blank lines mean nothing, nor does a first line that begins with the word SMILES. It returns the readable
// molecules in order, one *InputError per unreadable line, and an error if the input as a whole is no such file: empty, another
// format, damaged, or too large.
func ReadSMILES(r io.Reader, file string) (mols []*Molecule, bad []error, err error) {
	in, err := newLines(r, file)
	if err != nil {
		return nil, nil, err
	}
	for in.next() {
		text, name := cutBlank(in.text)
		if text == "" || in.n == 1 && strings.EqualFold(text, "smiles") {
			continue
		}
		m, fault := parseSMILES(text)
		if fault != nil {
			if what := otherFormat(in.text); len(mols)+len(bad) == 0 && what != "" && what != "SMILES text" {
				return nil, nil, in.fail(smilesHint, "this is %s, not SMILES", what)
			}
			bad = append(bad, in.fail("repair or remove this line", "%s of %q", fault, clip(text)))
			continue
		}
		m.Name = name
		mols = append(mols, m)
	}
	if err := in.err(); err != nil {
		return mols, bad, err
	}
	if len(mols)+len(bad) == 0 {
		return nil, nil, &InputError{File: file, Problem: "the file is empty", Hint: smilesHint}
	}
	return mols, bad, nil
}

// cutBlank parts a line at its first blanks.
func cutBlank(l string) (first, rest string) {
	l = strings.TrimSpace(l)
	if i := strings.IndexAny(l, " \t"); i >= 0 {
		return l[:i], strings.TrimSpace(l[i:])
	}
	return l, ""
}
