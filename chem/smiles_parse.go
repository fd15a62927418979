package chem

import (
	"fmt"
	"strings"
)

// aromaticOrder marks a bond whose Kekulé order is yet to be found.
const aromaticOrder = 4

// smilesAtom is what a SMILES says of an atom beyond Atom.
type smilesAtom struct {
	at        int // byte of the text
	aromatic  bool
	hydrogens int // in a bracket; -1 outside of brackets, where the valence tells
}

// ringEnd is a ring closure that waits for its second end.
type ringEnd struct {
	atom, at int
	bond     byte
}

// smilesParser reads a SMILES from left to right.
type smilesParser struct {
	text   string
	at     int
	mol    *Molecule
	atoms  []smilesAtom
	last   int       // the atom that the next one binds to, -1 for none
	branch []ringEnd // atoms that open branches return to
	rings  map[int]ringEnd
}

func parseSMILES(text string) (*Molecule, *smilesFault) {
	p := &smilesParser{text: text, mol: &Molecule{}, last: -1, rings: map[int]ringEnd{}}
	if len(text) > maxLineBytes {
		return nil, &smilesFault{maxLineBytes, fmt.Sprintf("a SMILES of more than %d bytes", maxLineBytes)}
	}
	if fault := p.read(); fault != nil {
		return nil, fault
	}
	if fault := p.settle(); fault != nil {
		return nil, fault
	}
	return p.mol, nil
}

func (p *smilesParser) fail(at int, format string, args ...any) *smilesFault {
	return &smilesFault{at, fmt.Sprintf(format, args...)}
}

// expected says what should stand at the present place, and what does.
func (p *smilesParser) expected(what string) *smilesFault {
	found := "the end"
	if p.at < len(p.text) {
		found = fmt.Sprintf("%q", rune(p.text[p.at]))
	}
	return p.fail(p.at, "expected %s, found %s", what, found)
}

// peek returns the present byte, 0 at the end.
func (p *smilesParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// read takes in atoms, bonds, branches and ring closures up to the end.
func (p *smilesParser) read() *smilesFault {
	if fault := p.atom(0); fault != nil {
		return fault
	}
	for p.at < len(p.text) {
		if fault := p.step(); fault != nil {
			return fault
		}
	}
	if n := len(p.branch); n > 0 {
		return p.fail(p.branch[n-1].at, "this branch is never closed: expected ')' before the end")
	}
	first := -1
	for _, end := range p.rings {
		if first < 0 || end.at < first {
			first = end.at
		}
	}
	if first >= 0 {
		return p.fail(first, "this ring is never closed: expected its number once more")
	}
	return nil
}

// step reads what follows an atom: a dot, a branch's begin or end, or a bond to a ring closure or an atom.
func (p *smilesParser) step() *smilesFault {
	switch p.peek() {
	case '.':
		p.at++
		p.last = -1
		return p.atom(0)
	case '(':
		p.branch = append(p.branch, ringEnd{atom: p.last, at: p.at})
		p.at++
		if p.peek() == '.' {
			p.at++
			p.last = -1
			return p.atom(0)
		}
		return p.atom(p.bond())
	case ')':
		n := len(p.branch)
		if n == 0 {
			return p.fail(p.at, "no branch is open here: expected '(' before")
		}
		p.last, p.branch = p.branch[n-1].atom, p.branch[:n-1]
		p.at++
		return nil
	}
	bond := p.bond()
	if c := p.peek(); c == '%' || isDigit(c) {
		return p.ring(bond)
	}
	return p.atom(bond)
}

// bond reads a bond's sign if there is one, else 0.
func (p *smilesParser) bond() byte {
	if c := p.peek(); c != 0 && strings.IndexByte(`-=#:$/\`, c) >= 0 {
		p.at++
		return c
	}
	return 0
}

// ring opens or closes a ring: a digit, % and two digits, or, as RDKit has it, % and any number in parentheses.
func (p *smilesParser) ring(bond byte) *smilesFault {
	start := p.at
	number, ok := p.ringNumber()
	if !ok {
		return p.expected("a ring's number: a digit, or % and two digits")
	}
	begin, open := p.rings[number]
	if !open {
		p.rings[number] = ringEnd{atom: p.last, at: start, bond: bond}
		return nil
	}
	delete(p.rings, number)
	switch {
	case begin.atom == p.last:
		return p.fail(start, "ring %d closes on the atom that opened it", number)
	case bond != 0 && begin.bond != 0 && bond != begin.bond && !(isDirection(bond) && isDirection(begin.bond)):
		return p.fail(start, "ring %d opens with bond %q and closes with %q: expected the same", number, begin.bond, bond)
	case bond == 0:
		bond = begin.bond
	}
	return p.join(begin.atom, p.last, bond, start)
}

func (p *smilesParser) ringNumber() (number int, ok bool) {
	if isDigit(p.peek()) {
		return p.digits(1)
	}
	p.at++ // %
	if p.peek() == '(' {
		p.at++
		number, ok = p.digits(5)
		ok = ok && p.peek() == ')'
		p.at++
		return number, ok
	}
	from := p.at
	number, ok = p.digits(2)
	return number, ok && p.at == from+2
}

// digits reads a number of at most that many digits; false if there is none.
func (p *smilesParser) digits(most int) (number int, ok bool) {
	for ; most > 0 && isDigit(p.peek()); most-- {
		number = 10*number + int(p.peek()-'0')
		ok = true
		p.at++
	}
	return number, ok
}

func isDigit(c byte) bool     { return c >= '0' && c <= '9' }
func isDirection(c byte) bool { return c == '/' || c == '\\' }

// join binds two atoms; at is where the text says so.
func (p *smilesParser) join(a, b int, bond byte, at int) *smilesFault {
	order := 1
	aromatic := p.atoms[a].aromatic && p.atoms[b].aromatic
	switch {
	case bond == '=':
		order = 2
	case bond == '#':
		order = 3
	case bond == '$':
		return p.fail(at-1, "quadruple bonds ($) cannot be held: expected one of - = # :")
	case bond == ':' && !aromatic:
		return p.fail(at-1, "the bond : joins aromatic (lower-case) atoms only")
	case bond == ':' || bond == 0 && aromatic:
		order = aromaticOrder
	}
	a, b = min(a, b), max(a, b)
	for _, other := range p.mol.Bonds {
		if other.A == a && other.B == b {
			return p.fail(at, "a second bond between atoms %d and %d", a+1, b+1)
		}
	}
	p.mol.Bonds = append(p.mol.Bonds, Bond{a, b, order})
	return nil
}

// atom reads an atom and binds it to the last one.
func (p *smilesParser) atom(bond byte) *smilesFault {
	if len(p.atoms) == maxSMILESAtoms {
		return p.fail(p.at, "more than %d atoms", maxSMILESAtoms)
	}
	a, info, fault := p.spelled()
	if fault != nil {
		return fault
	}
	p.mol.Atoms = append(p.mol.Atoms, a)
	p.atoms = append(p.atoms, info)
	before := p.last
	p.last = len(p.atoms) - 1
	if before < 0 {
		return nil
	}
	return p.join(before, p.last, bond, info.at)
}
