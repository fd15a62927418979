package chem

import "strings"

const smilesAtomHint = "an atom (one of B C N O P S F Cl Br I b c n o p s, or a bracket)"

// spelled reads an atom, in brackets or not.
func (p *smilesParser) spelled() (Atom, smilesAtom, *smilesFault) {
	info := smilesAtom{at: p.at, hydrogens: -1}
	switch c := p.peek(); {
	case c == '[':
		return p.bracket()
	case c == '*':
		return Atom{}, info, p.fail(p.at, "the wildcard * is no element: expected an atom")
	case strings.HasPrefix(p.text[p.at:], "Cl"), strings.HasPrefix(p.text[p.at:], "Br"):
		p.at += 2
	case c != 0 && strings.IndexByte("BCNOPSFIbcnops", c) >= 0:
		p.at++
		info.aromatic = c >= 'a'
	default:
		return Atom{}, info, p.expected(smilesAtomHint)
	}
	return Atom{Element: ElementOf(p.text[info.at:p.at])}, info, nil
}

// bracket reads [isotope symbol chirality hydrogens charge :class].
func (p *smilesParser) bracket() (a Atom, info smilesAtom, fault *smilesFault) {
	info.at = p.at
	p.at++
	p.digits(len(p.text)) // the isotope
	if a.Element, info.aromatic = p.symbol(); a.Element == 0 {
		return a, info, p.expected("an element's symbol")
	}
	p.chirality()
	if p.peek() == 'H' {
		p.at++
		info.hydrogens = 1
		if n, ok := p.digits(1); ok {
			info.hydrogens = n
		}
	}
	if a.Charge, fault = p.charge(); fault != nil {
		return a, info, fault
	}
	if p.peek() == ':' {
		p.at++
		if _, ok := p.digits(len(p.text)); !ok {
			return a, info, p.expected("an atom class, a number")
		}
	}
	if p.peek() != ']' {
		return a, info, p.expected("']'")
	}
	p.at++
	return a, info, nil
}

// symbol reads an element's symbol, lower case for an aromatic atom; 0 if there is none. Of two readings the longer one counts.
func (p *smilesParser) symbol() (e Element, aromatic bool) {
	for _, n := range [...]int{2, 1} {
		if p.at+n > len(p.text) {
			continue
		}
		s := p.text[p.at : p.at+n]
		switch s {
		case "b", "c", "n", "o", "p", "s", "se", "as", "te", "si":
			p.at += n
			return ElementOf(s), true
		}
		if e := ElementOf(s); e != 0 && e.String() == s {
			p.at += n
			return e, false
		}
	}
	return 0, false
}

// chirality reads over @, @@ and the classes @TH1, @AL2, @SP3, @TB20, @OH30.
func (p *smilesParser) chirality() {
	if p.peek() != '@' {
		return
	}
	p.at++
	if p.peek() == '@' {
		p.at++
		return
	}
	rest := p.text[p.at:]
	for _, class := range [...]string{"TH", "AL", "SP", "TB", "OH"} {
		if strings.HasPrefix(rest, class) && len(rest) > 2 && isDigit(rest[2]) {
			p.at += 2
			p.digits(2)
		}
	}
}

// charge reads +, -, ++, -- and so on, or a sign and a number of at most 15, as SDF has it.
func (p *smilesParser) charge() (charge int, fault *smilesFault) {
	start, sign := p.at, p.peek()
	if sign != '+' && sign != '-' {
		return 0, nil
	}
	for p.peek() == sign {
		charge++
		p.at++
	}
	if n, ok := p.digits(3); ok {
		if charge > 1 {
			return 0, p.fail(start, "expected a charge like +2 or ++, not both at once")
		}
		charge = n
	}
	if charge > 15 {
		return 0, p.fail(start, "a charge of %d: expected 15 at most", charge)
	}
	if sign == '-' {
		charge = -charge
	}
	return charge, nil
}
