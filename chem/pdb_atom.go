package chem

import (
	"fmt"
	"strings"
)

// pdbAtom is one ATOM or HETATM line.
type pdbAtom struct {
	name      string
	element   Element
	pos       Vec
	altLoc    byte // 0 for none
	occupancy float64
	residue   Residue // without atoms; Het as the record says
}

// parseAtom reads the present line.
func parseAtom(in *lines) (a pdbAtom, err error) {
	l := in.text
	const hint = "PDB wants x, y, z in columns 31-54; repair or remove the line"
	if len(l) < 54 && field(l, 46, 54) == "" {
		return a, in.fail(hint, "the atom line ends before its coordinates")
	}
	for k := range a.pos {
		from := 30 + 8*k
		if a.pos[k], err = fixedFloat(l, from, from+8); err != nil {
			return a, in.fail(hint, "%q is not a coordinate", field(l, from, from+8))
		}
	}
	a.residue = Residue{Name: strings.ToUpper(field(l, 17, 21)), Chain: field(l, 21, 22), Het: hasRecord(l, "HETATM")}
	if a.residue.Seq, a.residue.ICode, err = residueNumber(l); err != nil {
		return a, in.fail("PDB wants a whole number in columns 23-26", "%q is not a residue number", field(l, 22, 27))
	}
	if a.name = strings.ToUpper(field(l, 12, 16)); a.name == "" {
		return a, in.fail("PDB wants it in columns 13-16", "the atom has no name")
	}
	if a.altLoc = l[16]; a.altLoc == ' ' {
		a.altLoc = 0
	}
	if a.occupancy, err = fixedFloat(l, 54, 60); err != nil {
		a.occupancy = 1 // blank in many prepared files; it only ranks alternate locations
	}
	a.element = atomElement(a.residue, strings.ToUpper(l[12:16]), field(l, 76, 78))
	return a, nil
}

// residueNumber reads columns 23-27: a number and an insertion code. Numbers beyond 9999 may run on into the code's column, or
// be in hybrid-36 (A000 is 10000).
func residueNumber(l string) (seq int, icode byte, err error) {
	s := field(l, 22, 26)
	if c := l[26]; c != ' ' {
		if c >= '0' && c <= '9' {
			seq, err = fixedInt(l, 22, 27)
			return seq, 0, err
		}
		icode = c
	}
	if len(s) == 4 && (s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z') {
		seq, err = fromHybrid36(s)
		return seq, icode, err
	}
	seq, err = fixedInt(l, 22, 26)
	return seq, icode, err
}

const (
	digits36   = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	hybridBase = 36 * 36 * 36
	hybridMax  = 10000 + 26*hybridBase - 1 // ZZZZ
)

// fromHybrid36 decodes four characters whose first is a letter (cci.lbl.gov/hybrid_36), upper case only up to ZZZZ, lower case beyond.
func fromHybrid36(s string) (int, error) {
	upper := strings.ToUpper(s)
	if s != upper && s != strings.ToLower(s) {
		return 0, fmt.Errorf("mixed case")
	}
	n := 0
	for i := range len(upper) {
		d := strings.IndexByte(digits36, upper[i])
		if d < 0 {
			return 0, fmt.Errorf("no hybrid-36 digit %q", s[i])
		}
		n = 36*n + d
	}
	n += 10000 - 10*hybridBase
	if s != upper {
		n += 26 * hybridBase
	}
	return n, nil
}

// toHybrid36 encodes a residue number in four columns; false if it does not fit.
func toHybrid36(n int) (string, bool) {
	if n >= -999 && n <= 9999 {
		return fmt.Sprintf("%4d", n), true
	}
	if n < 0 || n > hybridMax {
		return "", false
	}
	n += 10*hybridBase - 10000
	var s [4]byte
	for i := 3; i >= 0; i-- {
		s[i] = digits36[n%36]
		n /= 36
	}
	return string(s[:]), true
}

// atomElement tells an atom's element from its residue, its name in the four columns as they stand, and the element columns.
// Amino acids hold only H, C, N, O, S, Se and P, so there the name decides and CA is carbon whatever the columns say.
func atomElement(r Residue, name4, column string) Element {
	name := strings.TrimLeft(strings.TrimSpace(name4), "0123456789'\"*")
	if name == "" {
		return ElementOf(column)
	}
	if r.inPeptide() {
		switch {
		case strings.HasPrefix(name, "SE"):
			return Selenium
		case strings.IndexByte("HDCNOSP", name[0]) >= 0:
			return ElementOf(name[:1])
		}
	}
	if e := ElementOf(column); e != 0 {
		return e
	}
	return elementFromName(r, name4, name)
}

// ambiguous are two-letter symbols that are more often a carbon, hydrogen, nitrogen or oxygen with a position letter.
var ambiguous = set("CA CD CE CF CM CO CS CU HE HF HG HO HS NA NB ND NE NI NP NO OS PA PB PD PO PU SB SC SG SN")

func elementFromName(r Residue, name4, name string) Element {
	two := ""
	if len(name) >= 2 {
		two = name[:2]
	}
	if e := ElementOf(two); e != 0 {
		ion := strings.TrimRight(name, "0123456789+-") == two && strings.Contains(r.Name, two)
		aligned := name4[0] != ' ' && (len(name) < 4 || name[2] >= '0' && name[2] <= '9') // a four-letter name starts in column 13 too
		if ion || aligned && !ambiguous[two] && !nucleotides[r.Name] {
			return e
		}
	}
	return ElementOf(name[:1])
}
