package chem

// hybrid is how many orbitals an atom mixes for its bonds and lone pairs: one s and that many less one p, RDKit's SP, SP2 and SP3.
type hybrid uint8

const (
	sp  hybrid = 2
	sp2 hybrid = 3
	sp3 hybrid = 4
)

// conjugated tells which bonds RDKit calls conjugated: aromatic ones, and a multiple bond with a bond beside it where all three
// atoms can take part.
func (s *structure) conjugated() []bool {
	bonds := make([]bool, len(s.bonds))
	copy(bonds, s.aromaticBond)
	able := make([]bool, len(s.atoms))
	for i := range s.atoms {
		able[i] = s.conjugates(i)
	}
	for i := range s.atoms {
		if !able[i] || s.degree(i) < 2 || s.degree(i) > 3 {
			continue
		}
		for _, l := range s.next[i] {
			if !able[l.atom] || s.bonds[l.bond].Order == 1 && !s.aromaticBond[l.bond] {
				continue
			}
			for _, k := range s.next[i] {
				if k != l && able[k.atom] && s.degree(k.atom) <= 3 {
					bonds[l.bond], bonds[k.bond] = true, true
				}
			}
		}
	}
	return bonds
}

// conjugates reports whether an atom can be part of a conjugated system: it has electrons for it and no more than its lowest
// valence, and is of the first two rows or ends a chain, but for groups 15 and 16.
func (s *structure) conjugates(i int) bool {
	a := s.atoms[i]
	lowest := a.Element.valences()
	if len(lowest) == 0 || a.Charge == 0 && s.valence(i) > lowest[0] {
		return false
	}
	outer := a.Element.outerElectrons()
	if a.Element > 10 && (outer == 5 || outer == 6 && s.degree(i) > 1) {
		return false
	}
	return s.piElectrons(i) > 0
}

// hybrids returns every atom's hybridisation by its neighbours and lone pairs; an atom with a lone pair and a conjugated bond
// counts one less. conjugated is by bond.
func (s *structure) hybrids(conjugated []bool) []hybrid {
	h := make([]hybrid, len(s.atoms))
	for i, a := range s.atoms {
		n := s.degree(i)
		if a.Element > Hydrogen {
			n += (a.Element.outerElectrons() - s.valence(i) - a.Charge) / 2
		}
		h[i] = hybrid(max(n, 0))
		if h[i] != sp3 || s.degree(i) > 3 {
			continue
		}
		for _, l := range s.next[i] {
			if conjugated[l.bond] {
				h[i] = sp2
			}
		}
	}
	return h
}
