package contact

import "keel/chem"

// ligand is a molecule seen from its atoms.
type ligand struct {
	*chem.Molecule
	next      [][]end
	hydrogens []int
	aromatic  []bool
}

// end is a heavy neighbour and the order of the bond to it.
type end struct{ atom, order int }

func ligandFeatures(m *chem.Molecule) (f features) {
	l := ligand{Molecule: m, next: make([][]end, len(m.Atoms)), hydrogens: m.ImplicitHydrogens()}
	l.aromatic, _ = m.Aromatic()
	for _, b := range m.Bonds {
		l.join(b.A, b.B, b.Order)
		l.join(b.B, b.A, b.Order)
	}
	for i, a := range m.Atoms {
		at := polar{pos: a.Pos, neighbours: l.neighbours(i)}
		if l.isDonor(i) {
			f.donors = append(f.donors, at)
		}
		if l.isAcceptor(i) {
			f.acceptors = append(f.acceptors, at)
		}
		if l.isHydrophobic(i) {
			f.carbons = append(f.carbons, a.Pos)
		}
	}
	f.positive, f.negative = l.charges()
	for _, r := range m.Rings() {
		if l.isAromaticRing(r) {
			f.rings = append(f.rings, ringPlane(l.at(r)))
		}
	}
	f.bounds(m.Positions())
	return f
}

// join notes a neighbour, or counts it where it is a hydrogen of the record.
func (l *ligand) join(a, b, order int) {
	if l.Atoms[b].Element == chem.Hydrogen {
		l.hydrogens[a]++
		return
	}
	l.next[a] = append(l.next[a], end{b, order})
}

func (l *ligand) neighbours(i int) (list []chem.Vec) {
	for _, e := range l.next[i] {
		list = append(list, l.Atoms[e.atom].Pos)
	}
	return list
}

func (l *ligand) at(atoms []int) (list []chem.Vec) {
	for _, i := range atoms {
		list = append(list, l.Atoms[i].Pos)
	}
	return list
}

func (l *ligand) isDonor(i int) bool {
	e := l.Atoms[i].Element
	return (e == chem.Nitrogen || e == chem.Oxygen) && l.hydrogens[i] > 0
}

// isAcceptor: oxygens, and nitrogens with a lone pair to spare: not amides, anilines, pyrroles or cations.
func (l *ligand) isAcceptor(i int) bool {
	a := l.Atoms[i]
	if a.Charge > 0 {
		return false
	}
	if a.Element != chem.Nitrogen {
		return a.Element == chem.Oxygen
	}
	return l.unsaturated(i) || !l.conjugated(i)
}

// unsaturated reports whether the atom has a double or triple bond.
func (l *ligand) unsaturated(i int) bool {
	for _, e := range l.next[i] {
		if e.order > 1 {
			return true
		}
	}
	return false
}

// conjugated reports whether the atom can give its lone pair to a neighbour's double bond.
func (l *ligand) conjugated(i int) bool {
	for _, e := range l.next[i] {
		if l.unsaturated(e.atom) {
			return true
		}
	}
	return false
}

func (l *ligand) isHydrophobic(i int) bool {
	if l.Atoms[i].Element != chem.Carbon {
		return false
	}
	for _, e := range l.next[i] {
		if l.Atoms[e.atom].Element != chem.Carbon {
			return false
		}
	}
	return true
}

func (l *ligand) isAromaticRing(ring []int) bool {
	for _, i := range ring {
		if !l.aromatic[i] {
			return false
		}
	}
	return true
}

// charges returns the centres of groups that bear a charge in water, whatever the record says: amines, guanidines and amidines
// positive; carboxylic, sulfonic and phosphoric acids negative; and what else has a formal charge that no neighbour undoes.
func (l *ligand) charges() (positive, negative []chem.Vec) {
	for i, a := range l.Atoms {
		switch {
		case l.isAmine(i):
			positive = append(positive, a.Pos)
		case l.isAmidine(i):
			positive = append(positive, chem.Centroid(l.at(l.of(i, chem.Nitrogen))))
		case l.isAcid(i):
			negative = append(negative, chem.Centroid(l.at(l.freeOxygens(i))))
		case a.Charge > 0 && !l.beside(i, func(k int) bool { return l.Atoms[k].Charge < 0 || l.isAmidine(k) }):
			positive = append(positive, a.Pos)
		case a.Charge < 0 && !l.beside(i, func(k int) bool { return l.Atoms[k].Charge > 0 || l.isAcid(k) }):
			negative = append(negative, a.Pos)
		}
	}
	return positive, negative
}

// isAmine: a nitrogen with single bonds to saturated carbons alone, or four bonds.
func (l *ligand) isAmine(i int) bool {
	if l.Atoms[i].Element != chem.Nitrogen || len(l.next[i]) == 0 || l.unsaturated(i) {
		return false
	}
	for _, e := range l.next[i] {
		if l.Atoms[e.atom].Element != chem.Carbon || l.unsaturated(e.atom) {
			return false
		}
	}
	return true
}

// isAmidine: a carbon outside aromatic rings with a double bond to one nitrogen and single ones to others; guanidines are such.
func (l *ligand) isAmidine(i int) bool {
	if l.Atoms[i].Element != chem.Carbon || l.aromatic[i] {
		return false
	}
	doubles := 0
	for _, e := range l.next[i] {
		if l.Atoms[e.atom].Element == chem.Nitrogen && e.order == 2 {
			doubles++
		}
	}
	return doubles == 1 && len(l.of(i, chem.Nitrogen)) >= 2 && len(l.of(i, chem.Oxygen)) == 0
}

// isAcid: carbon, sulfur or phosphorus with a double bond to a free oxygen, and another free oxygen with a hydrogen or a charge.
func (l *ligand) isAcid(i int) bool {
	switch l.Atoms[i].Element {
	case chem.Carbon, chem.Sulfur, chem.Phosphorus:
	default:
		return false
	}
	double, single := false, false
	for _, e := range l.next[i] {
		if l.Atoms[e.atom].Element == chem.Oxygen && len(l.next[e.atom]) == 1 {
			double = double || e.order == 2
			single = single || e.order == 1
		}
	}
	return double && single
}

// freeOxygens are the oxygens on an atom that are bonded to nothing else.
func (l *ligand) freeOxygens(i int) (list []int) {
	for _, k := range l.of(i, chem.Oxygen) {
		if len(l.next[k]) == 1 {
			list = append(list, k)
		}
	}
	return list
}

// of are the neighbours of an element.
func (l *ligand) of(i int, element chem.Element) (list []int) {
	for _, e := range l.next[i] {
		if l.Atoms[e.atom].Element == element {
			list = append(list, e.atom)
		}
	}
	return list
}

func (l *ligand) beside(i int, is func(int) bool) bool {
	for _, e := range l.next[i] {
		if is(e.atom) {
			return true
		}
	}
	return false
}
