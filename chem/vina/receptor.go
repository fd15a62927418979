package vina

import (
	"math/bits"
	"strings"
	"sync/atomic"
)

// Receptor is a rigid receptor with Vina's atom types. It is safe for concurrent use.
type Receptor struct {
	atoms  []receptorAtom // those that pair terms see, in file order
	sorted *cells

	near lists // for narrow cubes
	wide lists // for wider ones, of which those are made
}

// lists has, by cube of a lattice, the indices of the atoms within the cutoff of any point in it, rising. A list is a pure function of
// the receptor, and is made when first asked for.
type lists struct {
	lattice
	of []atomic.Pointer[[]int32]
}

type receptorAtom struct {
	pos  vec
	kind kind
}

const (
	cutoff    = 8.0 // Å, where the pair terms end
	cutoff2   = cutoff * cutoff
	cellWidth = 4.0 // Å, above the length of any bond
	nearWidth = 2.0 // Å; for narrower cubes fewer atoms are listed out of reach, but there are more lists
	wideWidth = 4.0 // Å, a multiple of it, so that a narrow cube lies in one wide cube
)

const receptorHint = "give a rigid receptor as PDBQT"

// ReadReceptor reads a rigid receptor. The name stands for the file in errors, which are *chem.InputError.
func ReadReceptor(pdbqt []byte, name string) (*Receptor, error) {
	r := &reader{file: name, rest: string(pdbqt)}
	var points []vec
	var types []*atomType
	for {
		l, ok := r.next()
		if !ok {
			break
		}
		switch {
		case ignored(l), strings.HasPrefix(l, "TER"), strings.HasPrefix(l, "END"):
		case isAtom(l):
			a, err := r.atom(l)
			if err != nil {
				return nil, err
			}
			points, types = append(points, a.pos), append(types, a.kind)
		default:
			return nil, r.unknownInReceptor(l)
		}
	}
	if len(points) == 0 {
		return nil, r.failAll("the receptor has no atoms", receptorHint)
	}
	return r.receptor(points, types)
}

func (r *reader) unknownInReceptor(l string) error {
	for _, tag := range []string{"ROOT", "BRANCH", "TORSDOF"} {
		if strings.HasPrefix(l, tag) {
			return r.fail("a receptor has no "+tag+" line; this is a ligand", receptorHint)
		}
	}
	if strings.HasPrefix(l, "MODEL") {
		return r.fail("a MODEL line", "give one model of the receptor, without MODEL and ENDMDL")
	}
	return r.fail("Vina does not know this line of a receptor: "+clip(l), receptorHint)
}

// clip shortens a line for an error message.
func clip(l string) string {
	const most = 40
	if len(l) > most {
		l = l[:most] + "..."
	}
	return strings.ToValidUTF8(l, "?")
}

func (r *reader) receptor(points []vec, types []*atomType) (*Receptor, error) {
	out := new(Receptor)
	var seen []vec
	for i, k := range bondKinds(points, types) {
		if k != unseen {
			out.atoms = append(out.atoms, receptorAtom{points[i], k})
			seen = append(seen, points[i])
		}
	}
	if len(seen) == 0 {
		return nil, r.failAll("the receptor has no atoms but hydrogens", receptorHint)
	}
	out.sorted = newCells(seen, cellWidth)
	out.near, out.wide = newLists(seen, nearWidth), newLists(seen, wideWidth)
	return out, nil
}

func newLists(points []vec, width float64) lists {
	l := newLattice(points, cutoff, width)
	return lists{l, make([]atomic.Pointer[[]int32], l.cubes())}
}

// around returns the indices of all atoms that can be within the cutoff of a point, rising.
func (r *Receptor) around(p vec) []int32 {
	cube := r.near.cube(p)
	if cube < 0 {
		return nil
	}
	if list := r.near.of[cube].Load(); list != nil {
		return *list
	}
	low, high := r.near.brick(cube)
	list := r.within(low, high, r.widely(low.add(high).scale(0.5)), nil)
	r.near.of[cube].Store(&list)
	return list
}

// widely is around, for the atoms near any point of the wide cube.
func (r *Receptor) widely(p vec) []int32 {
	cube := r.wide.cube(p)
	if list := r.wide.of[cube].Load(); list != nil {
		return *list
	}
	low, high := r.wide.brick(cube)
	found := r.sorted.collect(low, high, cutoff, nil)
	list := rising(r.within(low, high, found, found[:0]), len(r.atoms))
	r.wide.of[cube].Store(&list)
	return list
}

// rising sorts distinct indices below n in place, by ticking them off in a row of bits: several times faster here than by comparing.
func rising(list []int32, n int) []int32 {
	ticked := make([]uint64, n/64+1)
	for _, i := range list {
		ticked[i/64] |= 1 << (i % 64)
	}
	list = list[:0]
	for w, word := range ticked {
		for ; word != 0; word &= word - 1 {
			list = append(list, int32(64*w+bits.TrailingZeros64(word)))
		}
	}
	return list
}

// within appends to kept those of some atoms that are within the cutoff of a brick.
func (r *Receptor) within(low, high vec, from, kept []int32) []int32 {
	const slack = 1e-6 // Å², for the rounding of the cubes' sides
	for _, i := range from {
		if brickDistance2(low, high, r.atoms[i].pos) < cutoff2+slack {
			kept = append(kept, i)
		}
	}
	return kept
}

// brickDistance2 is the squared distance of a point from a brick, 0 inside it.
func brickDistance2(low, high, p vec) float64 {
	d := vec{max(low.x-p.x, p.x-high.x, 0), max(low.y-p.y, p.y-high.y, 0), max(low.z-p.z, p.z-high.z, 0)}
	return d.dot(d)
}
