package chem

// Aromatic tells which atoms and which bonds (in the molecule's order) are aromatic by RDKit's default model (The RDKit Book,
// "Aromaticity"): ring atoms that can give electrons to a ring's pi system are counted ring by ring and over up to six fused
// rings, and 4n+2 electrons make the outer bonds of such a group aromatic. Fused rings share one bond; the bond they share
// becomes aromatic only by another group. Carbonyl carbons count none, pyrrole-like atoms two, and so on (see donors).
// Elements without valence rules never take part.
func (m *Molecule) Aromatic() (atoms, bonds []bool) {
	s := newStructure(m)
	return s.aromaticAtom, s.aromaticBond
}

// electrons is how many an atom gives to a ring: from low to high, or none at all where closed.
type electrons struct {
	low, high int
	closed    bool
}

var (
	none   = electrons{closed: true}
	vacant = electrons{}
	one    = electrons{low: 1, high: 1}
	two    = electrons{low: 2, high: 2}
)

// macrocycle is the least size of a ring in which an ether's oxygen or sulfur is only a bridge.
const macrocycle = 9

// setAromatic finds the aromatic atoms and bonds.
func (s *structure) setAromatic() {
	s.aromaticAtom, s.aromaticBond = make([]bool, len(s.atoms)), make([]bool, len(s.bonds))
	seen := make([]bool, len(s.atoms))
	gives := make([]electrons, len(s.atoms))
	var rings []ring
	for _, r := range s.rings {
		open := true
		for _, i := range r.atoms {
			if !seen[i] {
				seen[i], gives[i] = true, s.donates(i)
				if gives[i] == two && len(r.atoms) >= macrocycle && s.isEther(i) {
					gives[i] = none
				}
			}
			open = open && !gives[i].closed
		}
		if open {
			rings = append(rings, r)
		}
	}
	newFusion(rings).eachGroup(func(group []int) int { return s.tryGroup(rings, group, gives) })
}

// tryGroup makes the outer bonds of the rings of a group aromatic if their electrons allow it, and returns how many bonds are new.
func (s *structure) tryGroup(rings []ring, group []int, gives []electrons) (news int) {
	inRings, ofRings := make([]int, len(s.atoms)), make([]int, len(s.bonds))
	for _, k := range group {
		for _, i := range rings[k].atoms {
			inRings[i]++
		}
		for n := range s.bonds {
			if rings[k].bonds.has(n) {
				ofRings[n]++
			}
		}
	}
	var members []int
	for i, n := range inRings {
		if n == 1 || n == 2 { // an atom in the midst of three rings gives nothing to the way around them
			members = append(members, i)
		}
	}
	if !huckel(members, gives) {
		return 0
	}
	for n, k := range ofRings {
		if k == 1 {
			news += s.mark(n)
		}
	}
	return news
}

// mark makes a bond and, unless it is a triple bond, its atoms aromatic; it returns 1 if the bond was not so before.
func (s *structure) mark(n int) int {
	b := s.bonds[n]
	if b.Order < 3 {
		s.aromaticAtom[b.A], s.aromaticAtom[b.B] = true, true
	}
	if s.aromaticBond[n] {
		return 0
	}
	s.aromaticBond[n] = true
	return 1
}

// huckel reports whether the atoms can give 4n+2 electrons together.
func huckel(atoms []int, gives []electrons) bool {
	low, high := 0, 0
	for _, i := range atoms {
		low += gives[i].low
		high += gives[i].high
	}
	if high < 6 {
		return high == 2
	}
	for n := low; n <= high; n++ {
		if n%4 == 2 {
			return true
		}
	}
	return false
}

// isEther reports whether an atom is a neutral oxygen or sulfur with two single bonds.
func (s *structure) isEther(i int) bool {
	a := s.atoms[i]
	return (a.Element == Oxygen || a.Element == Sulfur) && a.Charge == 0 && len(s.next[i]) == 2 && s.orders[i] == 2
}

// donates returns what an atom gives to the pi system of a ring it is in, none where it cannot be part of one.
func (s *structure) donates(i int) electrons {
	a := s.atoms[i]
	if a.Element > 18 && a.Element != Selenium {
		return none
	}
	lowest := a.Element.Valences(a.Charge)
	if len(lowest) == 0 || s.valence(i) > lowest[0] || s.cumulated(i) {
		return none
	}
	outside, to := s.multipleBond(i)
	stolen := outside && attracts(s.atoms[to].Element, a.Element)
	switch n := s.piElectrons(i); {
	case n < 0:
		return none
	case n == 0 && outside:
		return vacant
	case n == 0 && s.orders[i] > len(s.next[i]):
		return one
	case n == 0:
		return none
	case n == 1 && stolen:
		return vacant
	case n == 1 && (outside || s.orders[i] > len(s.next[i])):
		return one
	case n == 1 && a.Charge == 1:
		return vacant // tropylium, cyclopropenyl
	case n == 1:
		return none
	case stolen && n%2 == 0, !stolen && n%2 == 1:
		return one
	}
	return two
}

// cumulated reports whether an atom has more than one double or triple bond.
func (s *structure) cumulated(i int) bool {
	multiple := 0
	for _, l := range s.next[i] {
		if s.bonds[l.bond].Order > 1 {
			multiple++
		}
	}
	return multiple > 1
}

// multipleBond reports whether an atom has a double or triple bond outside the rings, and to which atom.
func (s *structure) multipleBond(i int) (bool, int) {
	for _, l := range s.next[i] {
		if s.bonds[l.bond].Order > 1 && !s.ringBond[l.bond] {
			return true, l.atom
		}
	}
	return false, -1
}

// piElectrons counts the electrons that an atom has for a pi system beside its sigma bonds: those of its valence not bound, and
// its lone pairs; -1 for monovalent elements and atoms with more than three neighbours.
func (s *structure) piElectrons(i int) int {
	a := s.atoms[i]
	lowest := a.Element.valences()
	if len(lowest) == 0 || lowest[0] <= 1 || s.degree(i) > 3 {
		return -1
	}
	n := lowest[0] - s.degree(i) + max(a.Element.outerElectrons()-lowest[0]-a.Charge, 0)
	if n > 1 && s.orders[i]-len(s.next[i]) > 1 {
		return 1 // a triple bond gives one
	}
	return n
}

// attracts reports whether e draws electrons from f: by the number of outer electrons, then by the lower row.
func attracts(e, f Element) bool {
	a, b := e.outerElectrons(), f.outerElectrons()
	return a > b || a == b && e < f
}
