package chem

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxRecordLines bounds one SDF record: 999 atoms, 999 bonds, and ample data items.
const maxRecordLines = 100_000

// ReadSDF reads an SDF or MOL file (V2000), plain or gzip. See ParseSDF.
func ReadSDF(path string) (mols []*Molecule, bad []error, err error) {
	err = withFile(path, func(r io.Reader) error {
		mols, bad, err = ParseSDF(r, path)
		return err
	})
	return mols, bad, err
}

// ParseSDF reads V2000 records up to the end of r; name stands for the input in errors. It returns the readable records in
// order with their hydrogens as they stand (see HeavyOnly), one *InputError per unreadable record, and an error if the input
// as a whole is not SDF: empty, another format, damaged, or too large. Aromatic bonds (order 4) become Kekulé bonds.
func ParseSDF(r io.Reader, name string) (mols []*Molecule, bad []error, err error) {
	in, err := newLines(r, name)
	if err != nil {
		return nil, nil, err
	}
	for {
		rec, more, err := nextRecord(in)
		if err != nil {
			return mols, bad, err
		}
		if rec != nil {
			if len(mols) == 0 && len(bad) == 0 {
				if err := rec.checkFormat(); err != nil {
					return nil, nil, err
				}
			}
			mol, err := rec.molecule()
			if err != nil {
				bad = append(bad, err)
			} else {
				mols = append(mols, mol)
			}
		}
		if !more {
			break
		}
	}
	if len(mols) == 0 && len(bad) == 0 {
		return nil, nil, &InputError{File: name, Problem: "the file is empty", Hint: sdfHint}
	}
	return mols, bad, nil
}

const sdfHint = "expected an SDF or MOL file (V2000) with 3D coordinates"

// ReadLigand reads the first record of an SDF file and returns its heavy atoms; anything wrong with it is one clear error.
func ReadLigand(path string) (*Molecule, error) {
	mols, bad, err := ReadSDF(path)
	switch {
	case err != nil:
		return nil, err
	case len(mols) == 0:
		return nil, bad[0]
	}
	m := mols[0].HeavyOnly()
	if len(m.Atoms) == 0 {
		return nil, &InputError{File: path, Problem: "the first record has no heavy atoms", Hint: sdfHint}
	}
	return m, nil
}

// record is the lines of one SDF record without its $$$$; first is the number of its first line.
type record struct {
	file  string
	first int
	lines []string
}

// nextRecord returns the next record, nil if only blank lines were left, and whether another may follow.
func nextRecord(in *lines) (*record, bool, error) {
	rec := &record{file: in.file, first: in.n + 1}
	blank := true
	for in.next() {
		if strings.HasPrefix(in.text, "$$$$") {
			return rec, true, nil
		}
		if len(rec.lines) == maxRecordLines {
			return nil, false, in.fail(sdfHint, "a record of more than %d lines", maxRecordLines)
		}
		blank = blank && strings.TrimSpace(in.text) == ""
		rec.lines = append(rec.lines, in.text)
	}
	if blank {
		rec = nil
	}
	return rec, false, in.err()
}

func (r *record) fail(line int, format string, args ...any) error {
	return &InputError{File: r.file, Line: r.first + line, Problem: fmt.Sprintf(format, args...), Hint: "repair or remove this record"}
}

// checkFormat tells a file of another format from an SDF with a broken first record.
func (r *record) checkFormat() error {
	for _, l := range r.lines {
		if strings.HasPrefix(l, "M  END") || strings.Contains(l, "V2000") || strings.Contains(l, "V3000") {
			return nil
		}
	}
	if len(r.lines) > 4 {
		if _, _, err := r.counts(); err == nil {
			return nil
		}
	}
	if len(r.lines) == 0 {
		return nil // an empty first record; its own error follows
	}
	for n, l := range r.lines {
		if what := otherFormat(l); what != "" {
			return &InputError{File: r.file, Line: r.first + n, Problem: "this is " + what + ", not SDF", Hint: sdfHint}
		}
	}
	return &InputError{File: r.file, Problem: "this is not an SDF file: no counts line and no M  END", Hint: sdfHint}
}

// molecule parses the record.
func (r *record) molecule() (*Molecule, error) {
	nAtoms, nBonds, err := r.counts()
	if err != nil {
		return nil, err
	}
	if len(r.lines) < 4+nAtoms+nBonds {
		return nil, r.fail(3, "%d atoms and %d bonds announced, but the record ends after %d lines", nAtoms, nBonds, len(r.lines))
	}
	m := &Molecule{Name: strings.TrimSpace(r.lines[0]), Atoms: make([]Atom, nAtoms)}
	for i := range m.Atoms {
		if m.Atoms[i], err = r.atom(4 + i); err != nil {
			return nil, err
		}
	}
	if err := r.bonds(m, 4+nAtoms, nBonds); err != nil {
		return nil, err
	}
	rest, err := r.properties(m, 4+nAtoms+nBonds)
	if err != nil {
		return nil, err
	}
	m.Props = dataItems(r.lines[rest:])
	return m, nil
}

func (r *record) counts() (atoms, bonds int, err error) {
	if len(r.lines) < 4 {
		return 0, 0, r.fail(0, "a record of %d lines has no counts line", len(r.lines))
	}
	l := r.lines[3]
	if strings.Contains(l, "V3000") {
		return 0, 0, r.fail(3, "a V3000 record, only V2000 is read (convert it, as with RDKit or Open Babel)")
	}
	atoms, errA := fixedInt(l, 0, 3)
	bonds, errB := fixedInt(l, 3, 6)
	if errA != nil || errB != nil || atoms < 0 || bonds < 0 {
		return 0, 0, r.fail(3, "expected the counts line (columns 1-3 atoms, 4-6 bonds), found %q", clip(l))
	}
	if atoms == 0 {
		return 0, 0, r.fail(3, "the record has no atoms")
	}
	return atoms, bonds, nil
}

// chargeCode is the V2000 atom block's charge column; 4 is a doublet radical.
var chargeCode = [...]int{0, 3, 2, 1, 0, -1, -2, -3}

func (r *record) atom(n int) (a Atom, err error) {
	l := r.lines[n]
	for k := range a.Pos {
		if a.Pos[k], err = fixedFloat(l, 10*k, 10*k+10); err != nil {
			return a, r.fail(n, "expected coordinates in columns 1-30, found %q", clip(l))
		}
	}
	symbol := field(l, 31, 34)
	if a.Element = ElementOf(symbol); a.Element == 0 {
		return a, r.fail(n, "%q is not an element", symbol)
	}
	code, err := fixedInt(l, 36, 39)
	if err != nil || code < 0 || code >= len(chargeCode) {
		return a, r.fail(n, "expected a charge code 0-7 in columns 37-39, found %q", field(l, 36, 39))
	}
	a.Charge = chargeCode[code]
	return a, nil
}

func (r *record) bonds(m *Molecule, from, count int) error {
	seen := make(map[[2]int]bool, count)
	aromatic := false
	for n := from; n < from+count; n++ {
		l := r.lines[n]
		a, errA := fixedInt(l, 0, 3)
		b, errB := fixedInt(l, 3, 6)
		order, errO := fixedInt(l, 6, 9)
		switch {
		case errA != nil || errB != nil || errO != nil:
			return r.fail(n, "expected a bond (two atoms and an order, three columns each), found %q", clip(l))
		case a < 1 || b < 1 || a > len(m.Atoms) || b > len(m.Atoms) || a == b:
			return r.fail(n, "no bond can join atoms %d and %d of %d", a, b, len(m.Atoms))
		case order < 1 || order > 4:
			return r.fail(n, "bond order %d is not 1, 2, 3 or 4 (aromatic)", order)
		}
		bond := Bond{A: min(a, b) - 1, B: max(a, b) - 1, Order: order}
		if seen[[2]int{bond.A, bond.B}] {
			return r.fail(n, "a second bond between atoms %d and %d", a, b)
		}
		seen[[2]int{bond.A, bond.B}] = true
		aromatic = aromatic || order == 4
		m.Bonds = append(m.Bonds, bond)
	}
	if aromatic && !kekulize(m) {
		return r.fail(from, "the aromatic bonds (order 4) have no Kekulé structure")
	}
	return nil
}

// properties reads the lines up to M  END and returns the number of the line after it. Any M  CHG replaces the charge column.
func (r *record) properties(m *Molecule, from int) (rest int, err error) {
	charged := false
	for n := from; n < len(r.lines); n++ {
		l := r.lines[n]
		switch {
		case strings.HasPrefix(l, "M  END"):
			return n + 1, nil
		case strings.HasPrefix(l, "M  CHG"):
			if !charged {
				for i := range m.Atoms {
					m.Atoms[i].Charge = 0
				}
				charged = true
			}
			if err := r.charges(m, n); err != nil {
				return 0, err
			}
		case strings.HasPrefix(l, ">"):
			return n, nil // some writers leave M  END out
		}
	}
	return len(r.lines), nil
}

func (r *record) charges(m *Molecule, n int) error {
	f := strings.Fields(r.lines[n][len("M  CHG"):])
	bad := func() error {
		return r.fail(n, "expected M  CHG with a count and as many pairs of atom and charge, found %q", clip(r.lines[n]))
	}
	if len(f) == 0 {
		return bad()
	}
	count, err := strconv.Atoi(f[0])
	if err != nil || len(f) != 1+2*count || count < 0 {
		return bad()
	}
	for k := 1; k < len(f); k += 2 {
		atom, errA := strconv.Atoi(f[k])
		charge, errC := strconv.Atoi(f[k+1])
		if errA != nil || errC != nil || atom < 1 || atom > len(m.Atoms) || charge < -15 || charge > 15 {
			return bad()
		}
		m.Atoms[atom-1].Charge = charge
	}
	return nil
}

// dataItems reads "> <KEY>" headers, each with the lines up to the next blank one as its value.
func dataItems(lines []string) (props []Prop) {
	open := false
	for _, l := range lines {
		switch {
		case !open && strings.HasPrefix(l, ">"):
			from, to := strings.IndexByte(l, '<'), strings.LastIndexByte(l, '>')
			if from < 0 || to <= from {
				continue // a header without a key names nothing
			}
			props = append(props, Prop{Key: l[from+1 : to]})
			open = true
		case open && strings.TrimSpace(l) == "":
			open = false
		case open:
			p := &props[len(props)-1]
			if p.Value != "" {
				p.Value += "\n"
			}
			p.Value += l
		}
	}
	return props
}
