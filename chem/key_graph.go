package chem

import "slices"

// skeleton is a molecule's constitution: its heavy atoms and their bonds, with hydrogens as counts. Hydrogens stay atoms of
// their own only where a count cannot stand for them: charged, bridging, or bound to nothing.
type skeleton struct {
	atoms     []Atom
	hydrogens []int // implicit ones, and those that were atoms
	bonds     []Bond
	graph     *adjacency
	resonant  []bool // by bond: single in one Kekulé structure, double in another
	kekule    *matching
}

func newSkeleton(m *Molecule) *skeleton {
	host := hydrogenHosts(m)
	implicit := m.ImplicitHydrogens()
	s := &skeleton{}
	at := make([]int, len(m.Atoms))
	for i, a := range m.Atoms {
		if host[i] < 0 {
			at[i] = len(s.atoms)
			s.atoms = append(s.atoms, a)
			s.hydrogens = append(s.hydrogens, implicit[i])
		}
	}
	for _, h := range host {
		if h >= 0 {
			s.hydrogens[at[h]]++
		}
	}
	for _, b := range m.Bonds {
		if host[b.A] < 0 && host[b.B] < 0 {
			s.bonds = append(s.bonds, Bond{at[b.A], at[b.B], b.Order})
		}
	}
	s.graph = newAdjacency(len(s.atoms), s.bonds)
	s.findResonance()
	return s
}

// hydrogenHosts returns for each neutral hydrogen atom with one single bond the atom that it counts with, and -1 for all other
// atoms. In a hydrogen molecule the second counts with the first.
func hydrogenHosts(m *Molecule) []int {
	host, degree := make([]int, len(m.Atoms)), make([]int, len(m.Atoms))
	for _, b := range m.Bonds {
		degree[b.A]++
		degree[b.B]++
	}
	counts := func(i, order int) bool {
		return m.Atoms[i].Element == Hydrogen && m.Atoms[i].Charge == 0 && degree[i] == 1 && order == 1
	}
	for i := range host {
		host[i] = -1
	}
	for _, b := range m.Bonds {
		switch {
		case counts(b.B, b.Order):
			host[b.B] = b.A
		case counts(b.A, b.Order):
			host[b.A] = b.B
		}
	}
	return host
}

// findResonance tells the bonds that differ between the molecule's Kekulé structures: two structures with the same hydrogens and
// charges differ by cycles of single and double bonds in turn. Such cycles run through rings, and through atoms with one double
// bond in a ring; among these the double bonds are a perfect matching.
func (s *skeleton) findResonance() {
	s.resonant = make([]bool, len(s.bonds))
	inRing := s.graph.ringBonds()
	doubles := make([]int, len(s.atoms))
	for n, b := range s.bonds {
		if inRing[n] && b.Order == 2 {
			doubles[b.A]++
			doubles[b.B]++
		}
	}
	open := slices.Clone(doubles)
	for n, b := range s.bonds {
		if inRing[n] && b.Order == 2 && (doubles[b.A] > 1 || doubles[b.B] > 1) {
			open[b.A], open[b.B] = 0, 0
		}
	}
	if !slices.Contains(open, 1) {
		return
	}
	s.kekule = newMatching(s.graph, func(n int) bool {
		b := s.bonds[n]
		return inRing[n] && b.Order < 3 && open[b.A] == 1 && open[b.B] == 1
	})
	s.pairAsDrawn()
	before := make([]int, len(s.atoms))
	for n, b := range s.bonds {
		if !s.kekule.allow[n] || s.resonant[n] || s.kekule.mate[b.A] == b.B {
			continue
		}
		copy(before, s.kekule.mate)
		if s.kekule.exchange(b.A, b.B) {
			s.markCycle(before)
		}
	}
}

// pairAsDrawn sets the matching to the double bonds as they stand.
func (s *skeleton) pairAsDrawn() {
	for v := range s.kekule.mate {
		s.kekule.mate[v] = -1
	}
	for n, b := range s.bonds {
		if s.kekule.allow[n] && b.Order == 2 {
			s.kekule.mate[b.A], s.kekule.mate[b.B] = b.B, b.A
		}
	}
}

// markCycle notes the bonds that are paired either before or now, but not both.
func (s *skeleton) markCycle(before []int) {
	for n, b := range s.bonds {
		if s.kekule.allow[n] && (before[b.A] == b.B) != (s.kekule.mate[b.A] == b.B) {
			s.resonant[n] = true
		}
	}
}

// chooseKekule sets the orders of resonant bonds to the one structure that the atoms' ranks single out: in the order of ranks, each
// atom has its double bond to the first neighbour that leaves all others one too.
func (s *skeleton) chooseKekule(rank []int) {
	if !slices.Contains(s.resonant, true) {
		return
	}
	m := s.kekule
	byRank := make([]int, len(rank))
	for v, r := range rank {
		byRank[r] = v
	}
	for _, v := range byRank {
		if m.mate[v] < 0 || m.gone[v] {
			continue
		}
		next := slices.Clone(s.graph.at(v))
		slices.SortFunc(next, func(a, b arc) int { return rank[a.to] - rank[b.to] })
		for _, a := range next {
			w := int(a.to)
			if (s.resonant[a.bond] || m.mate[v] == w) && !m.gone[w] && m.exchange(v, w) {
				m.gone[v], m.gone[w] = true, true
				break
			}
		}
	}
	for n, b := range s.bonds {
		if s.resonant[n] {
			s.bonds[n].Order = 1
			if m.mate[b.A] == b.B {
				s.bonds[n].Order = 2
			}
		}
	}
}
