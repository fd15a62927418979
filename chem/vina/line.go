package vina

import (
	"math"
	"strconv"
	"strings"

	"keel/chem"
)

// atomLine is what Vina takes from an ATOM or HETATM line of PDBQT.
type atomLine struct {
	serial int
	pos    vec
	kind   *atomType
}

// reader walks a PDBQT text line by line and makes the errors that name the place.
type reader struct {
	file string
	rest string
	line int
}

// next returns the next line, without blanks at its end, or false after the last.
func (r *reader) next() (string, bool) {
	if r.rest == "" {
		return "", false
	}
	r.line++
	l := r.rest
	if end := strings.IndexByte(r.rest, '\n'); end >= 0 {
		l, r.rest = r.rest[:end], r.rest[end+1:]
	} else {
		r.rest = ""
	}
	return strings.TrimRight(l, " \t\r"), true
}

// fail makes an error at the current line.
func (r *reader) fail(problem, hint string) error {
	return &chem.InputError{File: r.file, Line: r.line, Problem: problem, Hint: hint}
}

// failAll makes an error about the text as a whole.
func (r *reader) failAll(problem, hint string) error {
	return &chem.InputError{File: r.file, Problem: problem, Hint: hint}
}

// ignored reports whether Vina passes over a line in any PDBQT.
func ignored(l string) bool {
	return l == "" || strings.HasPrefix(l, "REMARK") || strings.HasPrefix(l, "WARNING")
}

func isAtom(l string) bool { return strings.HasPrefix(l, "ATOM  ") || strings.HasPrefix(l, "HETATM") }

const (
	columns    = "columns 7-11 hold the serial number, 31-54 the position, 78-79 the AutoDock type"
	knownTypes = "its types are AutoDock's: C A N NA OA S SA P F Cl Br I Si HD H and metals"
	brokenRing = "prepare the ligand with rings kept rigid (Meeko: rigid_macrocycles=True)"
	maxPos     = 1e5 // Å; nothing real is so far out, and squares of it stay exact enough
)

// atom reads an ATOM or HETATM line.
func (r *reader) atom(l string) (a atomLine, err error) {
	if len(l) < 78 {
		return a, r.fail("this atom line is cut short", columns)
	}
	serial, err := strconv.Atoi(strings.TrimSpace(l[6:11]))
	if err != nil || serial < 0 {
		return a, r.fail("atom number "+strconv.Quote(l[6:11])+" is not a number", columns)
	}
	a.serial = serial
	for k, x := range []*float64{&a.pos.x, &a.pos.y, &a.pos.z} {
		text, ok := l[30+8*k:38+8*k], false
		if *x, ok = fixedPoint(text); !ok {
			return a, r.fail("coordinate "+strconv.Quote(text)+" is not a finite number", columns)
		}
	}
	name := strings.TrimSpace(l[77:])
	a.kind = findType(name)
	switch {
	case a.kind != nil:
		return a, nil
	case isGlue(name):
		return a, r.fail("atom type "+name+" closes a broken ring", brokenRing)
	case len(name) > 8:
		name = name[:8] + "..."
	}
	return a, r.fail("Vina does not know the atom type "+strconv.Quote(name), knownTypes)
}

// isGlue reports whether a type is one of Meeko's ends of a broken ring: G0 to G3 and CG0 to CG3.
func isGlue(name string) bool {
	g := strings.TrimPrefix(name, "C")
	return len(g) == 2 && g[0] == 'G' && g[1] >= '0' && g[1] <= '3'
}

// powers are the exact powers of ten that eight columns can ask for.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// fixedPoint reads a number of eight columns. Plain decimals are an integer divided by a power of ten, which rounds to the nearest
// double as strconv does, in a tenth of its time; other notations go to strconv.
func fixedPoint(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimPrefix(s, "-")
	value, count, decimals := 0, 0, 0
	point := false
	for i := range len(digits) {
		switch c := digits[i]; {
		case c >= '0' && c <= '9':
			value = value*10 + int(c-'0')
			count++
			if point {
				decimals++
			}
		case c == '.' && !point:
			point = true
		default:
			x, err := strconv.ParseFloat(s, 64)
			return x, err == nil && math.Abs(x) <= maxPos
		}
	}
	x := float64(value) / powers[decimals]
	if len(digits) < len(s) {
		x = -x
	}
	return x, count > 0 && math.Abs(x) <= maxPos
}
