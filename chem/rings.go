package chem

import "slices"

// Rings returns a smallest set of smallest rings: as many independent rings as the bonds close, of the least total size. Each
// ring lists its atoms in order around it, from the lowest one towards the lower of its two neighbours; rings come by size, then
// by atoms. The sizes depend on the bonds alone. Which ring stands for several that could replace each other (the six faces of
// cubane, of which five make the set) depends on the numbering.
//
// Candidates are Vismara's ring families (Electron. J. Combin. 4, 1997, R9), from which rings are taken as they come by size
// unless they are a sum of rings taken before.
func (m *Molecule) Rings() [][]int {
	basis, _ := ringSets(len(m.Atoms), m.links(), len(m.Bonds))
	rings := make([][]int, len(basis))
	for k, r := range basis {
		rings[k] = r.atoms
	}
	return rings
}

// link leads from an atom to a neighbour over a bond.
type link struct{ atom, bond int }

// links returns every atom's bonds and neighbours, in the order of the bonds.
func (m *Molecule) links() [][]link {
	next := make([][]link, len(m.Atoms))
	degree := make([]int, len(m.Atoms))
	for _, b := range m.Bonds {
		degree[b.A]++
		degree[b.B]++
	}
	all := make([]link, 2*len(m.Bonds))
	for i, d := range degree {
		next[i], all = all[:0:d], all[d:]
	}
	for n, b := range m.Bonds {
		next[b.A] = append(next[b.A], link{b.B, n})
		next[b.B] = append(next[b.B], link{b.A, n})
	}
	return next
}

// ring is a closed path: its atoms in order, and the set of its bonds.
type ring struct {
	atoms []int
	bonds bits
}

// ringSets returns a smallest set of smallest rings, and every candidate that is no sum of smaller rings, whether or not the set
// has it: the rings that an equally good set may have.
func ringSets(atoms int, next [][]link, bonds int) (basis, relevant []ring) {
	candidates := ringCandidates(atoms, next, bonds)
	slices.SortFunc(candidates, func(a, b ring) int {
		if d := len(a.atoms) - len(b.atoms); d != 0 {
			return d
		}
		return slices.Compare(a.atoms, b.atoms)
	})
	var rows, smaller echelon
	for k, r := range candidates {
		if k > 0 && len(r.atoms) > len(candidates[k-1].atoms) {
			smaller = slices.Clone(rows)
		}
		if len(smaller.reduce(r.bonds)) > 0 {
			relevant = append(relevant, r)
		}
		if left := rows.reduce(r.bonds); len(left) > 0 {
			rows = append(rows, left)
			basis = append(basis, r)
		}
	}
	return basis, relevant
}

// ringSearch looks for the rings in which one atom, the top, has the highest number.
type ringSearch struct {
	next   [][]link
	bonds  int
	dist   []int  // bonds from the top, over any atoms; -1 for none
	from   []link // the way back to the top over lower atoms
	inside []bool // a shortest way from the top leads over lower atoms only
	queue  []int
	mark   []int // the last pair for which the atom was on the first way
	pairs  int
	found  []ring
}

// ringCandidates returns one ring of every family: two shortest ways from the family's highest atom, disjoint, and what joins
// their ends (a bond, or an atom bonded to both).
func ringCandidates(atoms int, next [][]link, bonds int) []ring {
	s := &ringSearch{next: next, bonds: bonds, dist: make([]int, atoms), from: make([]link, atoms),
		inside: make([]bool, atoms), mark: make([]int, atoms)}
	core := ringAtoms(next)
	for top := range atoms {
		if core[top] {
			s.spread(top, core)
			s.close(top)
		}
	}
	return s.found
}

// ringAtoms tells the atoms left when those with fewer than two neighbours have been taken off again and again: rings and the
// chains between them.
func ringAtoms(next [][]link) []bool {
	core := make([]bool, len(next))
	degree := make([]int, len(next))
	var drop []int
	for i, l := range next {
		core[i], degree[i] = len(l) > 1, len(l)
		if !core[i] {
			drop = append(drop, i)
		}
	}
	for k := 0; k < len(drop); k++ {
		for _, l := range next[drop[k]] {
			if degree[l.atom]--; core[l.atom] && degree[l.atom] < 2 {
				core[l.atom] = false
				drop = append(drop, l.atom)
			}
		}
	}
	return core
}

// spread finds the distances from the top and the ways back over lower atoms.
func (s *ringSearch) spread(top int, core []bool) {
	for i := range s.dist {
		s.dist[i], s.inside[i] = -1, false
	}
	s.dist[top], s.inside[top] = 0, true
	s.queue = append(s.queue[:0], top)
	for k := 0; k < len(s.queue); k++ {
		at := s.queue[k]
		for _, l := range s.next[at] {
			if !core[l.atom] {
				continue
			}
			if s.dist[l.atom] < 0 {
				s.dist[l.atom] = s.dist[at] + 1
				s.queue = append(s.queue, l.atom)
			}
			if s.dist[l.atom] == s.dist[at]+1 && s.inside[at] && !s.inside[l.atom] && l.atom < top {
				s.inside[l.atom], s.from[l.atom] = true, link{at, l.bond}
			}
		}
	}
}

// close adds the rings through the top.
func (s *ringSearch) close(top int) {
	var ends []link // neighbours of an atom that are one bond nearer to the top
	for _, y := range s.queue {
		if !s.inside[y] {
			continue
		}
		ends = ends[:0]
		for _, l := range s.next[y] {
			switch z := l.atom; {
			case !s.inside[z] || y == top || z == top && s.dist[y] == 1:
			case s.dist[z]+1 == s.dist[y]:
				ends = append(ends, l)
			case s.dist[z] == s.dist[y] && z < y && s.disjoint(top, y, z):
				s.add(top, y, z, -1, l.bond, -1)
			}
		}
		for i, p := range ends {
			for _, q := range ends[:i] {
				if s.disjoint(top, p.atom, q.atom) {
					s.add(top, p.atom, q.atom, y, p.bond, q.bond)
				}
			}
		}
	}
}

// disjoint reports whether the ways from y and z to the top meet there only.
func (s *ringSearch) disjoint(top, y, z int) bool {
	s.pairs++
	for ; y != top; y = s.from[y].atom {
		s.mark[y] = s.pairs
	}
	for ; z != top; z = s.from[z].atom {
		if s.mark[z] == s.pairs {
			return false
		}
	}
	return true
}

// add keeps the ring over the ways from p and q, joined by bond b1 or, over an atom between them, by b1 and b2.
func (s *ringSearch) add(top, p, q, between, b1, b2 int) {
	r := ring{atoms: make([]int, 0, 2*s.dist[p]+2), bonds: newBits(s.bonds)}
	r.bonds.set(b1)
	for ; q != top; q = s.from[q].atom {
		r.atoms = append(r.atoms, q)
		r.bonds.set(s.from[q].bond)
	}
	slices.Reverse(r.atoms)
	if between >= 0 {
		r.atoms = append(r.atoms, between)
		r.bonds.set(b2)
	}
	for ; p != top; p = s.from[p].atom {
		r.atoms = append(r.atoms, p)
		r.bonds.set(s.from[p].bond)
	}
	r.atoms = append(r.atoms, top)
	turnToLowest(r.atoms)
	s.found = append(s.found, r)
}

// turnToLowest lets a ring begin at its lowest atom and go on to the lower of the two beside it.
func turnToLowest(atoms []int) {
	lowest := slices.Index(atoms, slices.Min(atoms))
	slices.Reverse(atoms[:lowest])
	slices.Reverse(atoms[lowest:])
	slices.Reverse(atoms)
	if atoms[len(atoms)-1] < atoms[1] {
		slices.Reverse(atoms[1:])
	}
}
