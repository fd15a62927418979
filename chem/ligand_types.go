package chem

// adType returns the AutoDock type that Meeko gives to an atom of the ligand with hydrogens, "" for elements without one.
// Hydrogens of type H are merged into the atom that carries them. Meeko has no type for selenium; Vina reads Se as sulfur, so
// it is written so. Meeko's type B is written although Vina knows no boron.
func (l *ligand) adType(i int) string {
	switch e := l.full[i].Element; e {
	case Hydrogen:
		for _, n := range l.link[i] {
			switch l.full[n.atom].Element {
			case Nitrogen, Oxygen, Fluorine, Phosphorus, Sulfur:
				return "HD"
			}
		}
		return "H"
	case Carbon:
		if l.aromaticAtom[i] {
			return "A"
		}
		return "C"
	case Nitrogen:
		if l.full[i].Charge == 1 || l.givesLonePair(i) {
			return "N"
		}
		return "NA"
	case Oxygen:
		return "OA"
	case Sulfur:
		if l.degree(i) == 2 && !l.aromaticAtom[i] {
			return "SA"
		}
		return "S"
	default:
		switch name := e.String(); name {
		case "B", "F", "Mg", "Si", "P", "Cl", "Ca", "Mn", "Fe", "Zn", "Se", "Br", "I":
			return name
		}
		return ""
	}
}

// givesLonePair reports whether a nitrogen with three single bonds has its lone pair in a pi system: it is beside an aromatic
// atom (pyrrole, aniline), a three-bonded carbon (amide, enamine), or a doubly bonded nitrogen (triazene).
func (l *ligand) givesLonePair(i int) bool {
	if l.degree(i) != 3 || l.valence(i) != 3 {
		return false
	}
	for _, n := range l.next[i] {
		j := n.atom
		switch {
		case l.aromaticAtom[j],
			l.atoms[j].Element == Carbon && l.degree(j) == 3 && l.valence(j) == 4,
			l.atoms[j].Element == Nitrogen && l.degree(j) == 2 && l.doubleBond(j, nil):
			return true
		}
	}
	return false
}

// doubleBond reports whether an atom has a double bond that is not aromatic to an atom of one of the elements, any if nil, that
// is not aromatic either.
func (l *ligand) doubleBond(i int, to []Element) bool {
	for _, n := range l.next[i] {
		if l.bonds[n.bond].Order != 2 || l.aromaticBond[n.bond] {
			continue
		}
		if to == nil {
			return true
		}
		for _, e := range to {
			if l.atoms[n.atom].Element == e && !l.aromaticAtom[n.atom] {
				return true
			}
		}
	}
	return false
}
