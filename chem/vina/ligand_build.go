package vina

import (
	"fmt"
	"math"
	"slices"
)

// mobility says how two atoms can move to each other.
type mobility uint8

const (
	variable mobility = iota
	fixed
	rotor // the two ends of a bond that turns
)

// builder puts a ligand's atoms in the order of its segments.
type builder struct {
	*Ligand
	lines []atomLine
	types []*atomType // as pos
	moves []mobility  // [atoms, atoms]
	bonds [][]bond    // by atom, in the order in which Vina finds them
}

// coincident is the distance below which two atoms are one, Å: bonds between them have no direction.
const coincident = 0.05

func (r *ligandReader) build() (*Ligand, error) {
	n := len(r.atoms)
	l := &Ligand{serials: make([]int, n), slot: make([]int32, n), pos: make([]vec, 0, n), local: make([]vec, 0, n)}
	b := &builder{Ligand: l, lines: r.atoms, types: make([]*atomType, 0, n), moves: make([]mobility, n*n)}
	for i, a := range r.atoms {
		l.serials[i] = a.serial
		for _, other := range r.atoms[:i] {
			if dist2(a.pos, other.pos) < coincident*coincident {
				return nil, r.failAll(fmt.Sprintf("atoms %d and %d coincide", other.serial, a.serial), "")
			}
		}
	}
	b.segment(-1, &r.root, r.atoms[r.root.atoms[0]].pos, vec{})
	b.findBonds()
	b.findKinds()
	b.findPairs()
	b.divisor = 1 + weightRotors*b.rotors()
	return l, nil
}

// segment lays out a fragment as the next segment, and then its branches. The anchors of its branches are its own atoms, since they
// do not move with the branch.
func (b *builder) segment(parent int, f *fragment, origin, axis vec) {
	id := len(b.segments)
	s := segment{parent: parent, begin: len(b.pos), axis: axis, originAsRead: origin}
	if parent >= 0 {
		s.fromParent = origin.sub(b.segments[parent].originAsRead)
		b.segments[parent].children = append(b.segments[parent].children, id)
	}
	slices.SortStableFunc(f.branches, func(x, y branch) int { return x.at - y.at })
	next := 0
	for i, atom := range f.atoms {
		if i != f.anchor {
			b.place(atom, origin)
		}
		for ; next < len(f.branches) && f.branches[next].at == i; next++ {
			child := f.branches[next]
			b.place(child.atoms[child.anchor], origin)
		}
	}
	s.end = len(b.pos)
	b.segments = append(b.segments, s)
	b.hold(f, s)
	for _, child := range f.branches {
		if !child.lone() {
			end := b.lines[child.atoms[child.anchor]].pos
			along := end.sub(b.lines[f.atoms[child.at]].pos)
			b.segment(id, child.fragment, end, along.scale(1/math.Sqrt(along.dot(along))))
		}
	}
}

// place puts an atom next.
func (b *builder) place(atom int, origin vec) {
	a := b.lines[atom]
	b.slot[atom] = int32(len(b.pos))
	b.pos = append(b.pos, a.pos)
	b.local = append(b.local, a.pos.sub(origin))
	b.types = append(b.types, a.kind)
}

// hold notes what does not move to the atoms of a segment: each other, and both ends of the bond to the parent.
func (b *builder) hold(f *fragment, s segment) {
	for i := s.begin; i < s.end; i++ {
		for j := s.begin; j < s.end; j++ {
			b.set(i, j, fixed)
		}
	}
	if f.anchor < 0 {
		return
	}
	end := int(b.slot[f.atoms[f.anchor]])
	begin := int(b.slot[f.hangs])
	for i := s.begin; i < s.end; i++ {
		b.set(begin, i, fixed)
		b.set(end, i, fixed)
	}
	b.set(begin, end, rotor)
}

func (b *builder) set(i, j int, m mobility) {
	n := len(b.lines)
	b.moves[i*n+j], b.moves[j*n+i] = m, m
}

func (b *builder) between(i, j int) mobility { return b.moves[i*len(b.lines)+j] }
