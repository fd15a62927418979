package chem

// neighbour is an atom at the other end of a bond.
type neighbour struct {
	atom, order int
	aromatic    bool
	ring        bool
}

// surroundings are a molecule's atoms with their heavy neighbours.
type surroundings struct {
	atoms    []Atom
	next     [][]neighbour
	aromatic []bool
	rings    []ring
}

// LabileSites is how many bonds and carbons of a molecule fall apart in water, in air, or on the shelf: what diffusion models like to make of nitrogens and oxygens, and what
// catalogues of alerts, which were drawn up from what people make, do not know.
//
//   - single bonds of two of N, O, S and halogens, outside aromatic rings: hydrazines, peroxides, disulphides. Not counted: the bonds of sulphur to its
//     oxo groups' neighbours (sulphonamides), oximes, hydrazones, and a nitrogen that carries a carbonyl or a sulphonyl group; but every bond of a chain N-N-N is,
//     and every halogen on nitrogen or oxygen
//   - saturated carbons with two of N, O, S, of which one is an amine or a hydroxyl: aminals, hemiaminals, hemiacetals. Not acetals, not amides' nitrogens, not N of aromatic rings;
//     but all with two nitrogens by bonds of no ring, as where formaldehyde joins two amides
//   - saturated carbons with one of N, O, S and chlorine, bromine, iodine, or a single fluorine
//   - imines C=N-H without another heteroatom on the carbon
//   - oxygens between two acyl groups: anhydrides; and nitrogens between two outside rings: imides of two acids, acyl ureas, acyl carbamates, biurets; and those with three,
//     as in acyl imides. Not sulphonyl ureas
//   - carbamic and carbonic acids: a carboxyl group on nitrogen or oxygen
//   - acyl groups on a nitrogen of an aromatic ring of five with another nitrogen, as in acylimidazoles, or of one of six, as in acylated uracils and quinazolinones
//   - tetrazoles beyond the first, which drugs do not have and explosives do
func (m *Molecule) LabileSites() (n int) {
	m = m.HeavyOnly()
	st := newStructure(m)
	s := surroundings{m.Atoms, make([][]neighbour, len(m.Atoms)), st.aromaticAtom, st.rings}
	for i, b := range m.Bonds {
		s.next[b.A] = append(s.next[b.A], neighbour{b.B, b.Order, st.aromaticBond[i], st.ringBond[i]})
		s.next[b.B] = append(s.next[b.B], neighbour{b.A, b.Order, st.aromaticBond[i], st.ringBond[i]})
	}
	for i, b := range m.Bonds {
		if b.Order == 1 && !st.aromaticBond[i] && s.weak(b.A, b.B) {
			n++
		}
	}
	for i, a := range m.Atoms {
		if a.Element == Carbon && !s.aromatic[i] && s.labileCarbon(i) {
			n++
		}
	}
	return n + s.acylatedTwice() + s.halfAcids() + s.azolides() + max(s.tetrazoles()-1, 0)
}

// acylatedTwice counts oxygens with two acyl groups, nitrogens with two that no bond of a ring holds, and nitrogens with three.
func (s *surroundings) acylatedTwice() (n int) {
	for i := range s.atoms {
		acyls, free := 0, 0 // of them, by a bond of no ring
		for _, v := range s.next[i] {
			if !s.aromatic[i] && s.is(i, Oxygen, Nitrogen) && s.acyl(v.atom) {
				acyls++
				if !v.ring {
					free++
				}
			}
		}
		if s.is(i, Oxygen) && acyls > 1 || free > 1 || acyls > 2 {
			n++
		}
	}
	return n
}

// halfAcids counts carbonyls that carry a hydroxyl and another nitrogen or oxygen by single bonds: carbamic and carbonic acids, which lose carbon dioxide.
func (s *surroundings) halfAcids() (n int) {
	for i := range s.atoms {
		if !s.acyl(i) {
			continue
		}
		hydroxyls, others := 0, 0
		for _, v := range s.next[i] {
			switch {
			case v.order != 1 || !s.is(v.atom, Nitrogen, Oxygen):
			case s.is(v.atom, Oxygen) && len(s.next[v.atom]) == 1:
				hydroxyls++
			default:
				others++
			}
		}
		if hydroxyls > 1 || hydroxyls > 0 && others > 0 {
			n++
		}
	}
	return n
}

// azolides counts acyl groups on aromatic rings, by a nitrogen that is one of six atoms, or of five and not the only nitrogen.
func (s *surroundings) azolides() (n int) {
	for _, r := range s.rings {
		nitrogens := s.nitrogens(r)
		if len(r.atoms) != 6 && (len(r.atoms) != 5 || len(nitrogens) < 2) {
			continue
		}
		for _, i := range nitrogens {
			for _, v := range s.next[i] {
				if s.acyl(v.atom) && !v.ring {
					n++
				}
			}
		}
	}
	return n
}

// acyl says whether the atom is the carbon of a C=O or C=S group.
func (s *surroundings) acyl(i int) bool {
	return s.is(i, Carbon) && s.doublyBonded(i, Oxygen, Sulfur)
}

// doublyBonded says whether the atom has a double bond to one of the elements.
func (s *surroundings) doublyBonded(i int, to ...Element) bool {
	for _, v := range s.next[i] {
		if v.order == 2 && s.is(v.atom, to...) {
			return true
		}
	}
	return false
}

// tetrazoles counts aromatic rings with four nitrogens.
func (s *surroundings) tetrazoles() (n int) {
	for _, r := range s.rings {
		if len(s.nitrogens(r)) > 3 {
			n++
		}
	}
	return n
}

// nitrogens are a ring's aromatic ones.
func (s *surroundings) nitrogens(r ring) (list []int) {
	for _, i := range r.atoms {
		if s.aromatic[i] && s.is(i, Nitrogen) {
			list = append(list, i)
		}
	}
	return list
}

func (s *surroundings) is(i int, elements ...Element) bool {
	for _, e := range elements {
		if s.atoms[i].Element == e {
			return true
		}
	}
	return false
}

func (s *surroundings) hetero(i int) bool { return s.is(i, Nitrogen, Oxygen, Sulfur) }

func (s *surroundings) halogen(i int) bool {
	return s.is(i, Fluorine, Chlorine, Bromine, Iodine)
}

// unsaturated says whether the atom has a double or triple bond.
func (s *surroundings) unsaturated(i int) bool {
	for _, v := range s.next[i] {
		if v.order > 1 {
			return true
		}
	}
	return false
}

// tamed says whether what makes a heteroatom give its electrons away is taken up: by an aromatic ring that it is part of, a double bond, or a carbonyl or sulphonyl group on it.
func (s *surroundings) tamed(i int) bool {
	if s.aromatic[i] || s.unsaturated(i) {
		return true
	}
	for _, v := range s.next[i] {
		if !s.aromatic[v.atom] && s.is(v.atom, Carbon, Sulfur, Phosphorus) && s.doublyBonded(v.atom, Oxygen, Sulfur, Nitrogen) {
			return true
		}
	}
	return false
}

// weak says whether a single bond of two atoms is one of two heteroatoms that nothing holds together. What tames a nitrogen makes a halogen on it all the readier to leave.
func (s *surroundings) weak(a, b int) bool {
	if s.halogen(a) && s.is(b, Nitrogen, Oxygen) || s.halogen(b) && s.is(a, Nitrogen, Oxygen) {
		return true
	}
	if !(s.hetero(a) || s.halogen(a)) || !(s.hetero(b) || s.halogen(b)) || s.aromatic[a] || s.aromatic[b] {
		return false
	}
	for _, i := range []int{a, b} {
		if s.is(i, Sulfur) && s.unsaturated(i) {
			return false
		}
	}
	if s.is(a, Nitrogen) && s.is(b, Nitrogen) && (s.chained(a, b) || s.chained(b, a)) {
		return true
	}
	return !s.tamed(a) && !s.tamed(b)
}

// chained says whether nitrogen a has a single bond to another nitrogen than b.
func (s *surroundings) chained(a, b int) bool {
	for _, v := range s.next[a] {
		if v.atom != b && v.order == 1 && !v.aromatic && s.is(v.atom, Nitrogen) {
			return true
		}
	}
	return false
}

// labileCarbon says whether the carbon, outside aromatic rings, is that of an aminal, hemiaminal, hemiacetal, alpha-halo ether or amine, or of an imine.
func (s *surroundings) labileCarbon(i int) bool {
	var heteros, halogens, fluorines, ready, hung int // hung: nitrogens by bonds of no ring
	imine := false
	for _, v := range s.next[i] {
		switch {
		case v.order == 2 && s.is(v.atom, Nitrogen) && len(s.next[v.atom]) == 1 && s.atoms[v.atom].Charge == 0:
			imine = true
		case v.order > 1:
			return false
		case s.hetero(v.atom):
			heteros++
			if s.is(v.atom, Nitrogen) && !v.ring {
				hung++
			}
			hydroxyl := s.is(v.atom, Oxygen) && len(s.next[v.atom]) == 1
			if hydroxyl || s.is(v.atom, Nitrogen) && !s.tamed(v.atom) {
				ready++
			}
		case s.is(v.atom, Fluorine):
			fluorines++
		case s.halogen(v.atom):
			halogens++
		}
	}
	if imine {
		return heteros == 0
	}
	return heteros > 1 && ready > 0 || hung > 1 || heteros > 0 && (halogens > 0 || fluorines == 1)
}
