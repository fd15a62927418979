package chem

import "slices"

// rotatable tells which bonds of the ligand with hydrogens turn, as Meeko has it: single bonds outside rings, but for amide-like
// ones and those beside a triple bond. A triple bond between two single ones turns in their place.
func (l *ligand) rotatable() []bool {
	turns := make([]bool, len(l.bond))
	var classes []uint64
	for n, b := range l.bond {
		switch {
		case n >= len(l.bonds):
			turns[n] = !l.besideTriple(b)
		case l.ringBond[n] || l.aromaticBond[n]:
		case b.Order == 3:
			turns[n] = l.hasSingle(b.A) && l.hasSingle(b.B)
		case b.Order == 1 && !l.besideTriple(b):
			nitrogen, carbon := b.A, b.B
			if l.full[nitrogen].Element != Nitrogen {
				nitrogen, carbon = carbon, nitrogen
			}
			turns[n] = !l.isAmide(nitrogen, carbon)
			if sides := l.substituents(nitrogen, carbon); !turns[n] && len(sides) == 2 {
				if classes == nil {
					classes = l.classes()
				}
				turns[n] = classes[sides[0]] != classes[sides[1]] // cis and trans are two shapes, and neither is known to be right
			}
		}
	}
	return turns
}

// besideTriple reports whether a single bond lies in one line with a triple bond.
func (l *ligand) besideTriple(b Bond) bool {
	for _, i := range [2]int{b.A, b.B} {
		for _, n := range l.link[i] {
			if l.bond[n.bond].Order == 3 && (len(l.link[n.atom]) == 1 || l.hasSingle(n.atom)) {
				return true
			}
		}
	}
	return false
}

// hasSingle reports whether an atom has a single bond that is not aromatic.
func (l *ligand) hasSingle(i int) bool {
	return slices.ContainsFunc(l.link[i], func(n link) bool {
		return l.bond[n.bond].Order == 1 && (n.bond >= len(l.bonds) || !l.aromaticBond[n.bond])
	})
}

// isAmide reports whether a bond joins a three-bonded nitrogen to a carbon with a double bond to oxygen, nitrogen or sulfur.
func (l *ligand) isAmide(nitrogen, carbon int) bool {
	return l.full[nitrogen].Element == Nitrogen && l.full[carbon].Element == Carbon && l.degree(nitrogen) == 3 && l.degree(carbon) == 3 &&
		!l.aromaticAtom[nitrogen] && !l.aromaticAtom[carbon] && l.doubleBond(carbon, []Element{Oxygen, Nitrogen, Sulfur})
}

// substituents returns an amide nitrogen's other neighbours by single bonds that are not hydrogens.
func (l *ligand) substituents(nitrogen, carbon int) (sides []int) {
	for _, n := range l.link[nitrogen] {
		if n.atom != carbon && l.full[n.atom].Element != Hydrogen && l.bond[n.bond].Order == 1 {
			sides = append(sides, n.atom)
		}
	}
	return sides
}
