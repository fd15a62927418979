package vina

import (
	"slices"

	"keel/chem"
)

// Ligand is a flexible ligand: a tree of rigid segments with the pose it was read in. It does not change and is safe for concurrent
// use.
type Ligand struct {
	serials  []int
	slot     []int32 // by atom in file order, its place in the arrays below, where a segment's atoms are together
	pos      []vec   // pose as read
	local    []vec   // from the origin of the atom's segment, in the pose as read
	kinds    []kind
	heavy    []int32   // atoms that must be in the box: all but hydrogens
	segments []segment // the root first, each before its children, in the order of the torsions
	pairs    []pair
	divisor  float64 // by which the torsion term divides the energy
}

// segment is a rigid piece that turns about the bond to its parent.
type segment struct {
	parent       int // -1 for the root
	children     []int
	begin, end   int // its atoms
	fromParent   vec // origin, from the parent's origin, in the pose as read
	axis         vec // unit vector along the bond, in the pose as read
	originAsRead vec
}

// pair is two atoms whose distance can change and that are more than three bonds apart.
type pair struct {
	a, b  uint16
	table *table // of their kinds
}

// Serials returns the atoms' numbers in the file, in file order.
func (l *Ligand) Serials() []int { return slices.Clone(l.serials) }

// Positions returns the pose as read, [atoms, 3] in file order, Å.
func (l *Ligand) Positions() []chem.Vec { return l.inFileOrder(l.pos) }

// Torsions returns how many bonds turn in minimisation.
func (l *Ligand) Torsions() int { return len(l.segments) - 1 }

func (l *Ligand) inFileOrder(pos []vec) []chem.Vec {
	out := make([]chem.Vec, len(pos))
	for i, at := range l.slot {
		out[i] = pos[at].chem()
	}
	return out
}
