package vina

import (
	"cmp"
	"slices"
)

// bond is one atom's bond to another.
type bond struct {
	to    int
	turns bool
}

// findBonds bonds atoms that are near enough, unless a third that moves with neither is nearer to both than they are to each other.
func (b *builder) findBonds() {
	n := len(b.pos)
	b.bonds = make([][]bond, n)
	const usual = 4 // bonds of an atom; more find room of their own
	room := make([]bond, usual*n)
	for i := range b.bonds {
		b.bonds[i] = room[usual*i : usual*i : usual*(i+1)]
	}
	order := searchOrder(b.pos)
	var near []int
	for i := range n {
		near = near[:0]
		reach := b.types[i].reach()
		for _, j := range order {
			if j != i && b.between(i, j) != variable && dist2(b.pos[i], b.pos[j]) < reach*reach {
				near = append(near, j)
			}
		}
		for _, j := range near {
			r2 := dist2(b.pos[i], b.pos[j])
			if j > i && shorterThanBond(b.types[i], b.types[j], r2) && !b.anyBetween(i, j, r2, near) {
				turns := b.between(i, j) == rotor
				b.bonds[i] = append(b.bonds[i], bond{j, turns})
				b.bonds[j] = append(b.bonds[j], bond{i, turns})
			}
		}
	}
}

func (b *builder) anyBetween(i, j int, r2 float64, near []int) bool {
	for _, c := range near {
		if c != j && b.between(j, c) != variable && dist2(b.pos[i], b.pos[c]) < r2 && dist2(b.pos[j], b.pos[c]) < r2 {
			return true
		}
	}
	return false
}

// searchOrder is the order in which Vina comes upon the atoms: by spheres of 15 Å around the first atom that no earlier sphere holds.
// It tells only in rings of three or four atoms, where the order of the bonds decides which pairs count as four bonds apart.
func searchOrder(pos []vec) []int {
	const radius = 15.0
	order, sphere := make([]int, len(pos)), make([]int, len(pos))
	var centers []vec
	for i, p := range pos {
		order[i] = i
		at := slices.IndexFunc(centers, func(c vec) bool { return dist2(p, c) < radius*radius })
		if at < 0 {
			at = len(centers)
			centers = append(centers, p)
		}
		sphere[i] = at
	}
	if len(centers) > 1 {
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(sphere[i], sphere[j]) })
	}
	return order
}

func (b *builder) findKinds() {
	b.kinds = make([]kind, len(b.pos))
	for i, t := range b.types {
		polar, hetero := false, false
		for _, x := range b.bonds[i] {
			polar = polar || b.types[x.to].polar
			hetero = hetero || b.types[x.to].heteroatom()
		}
		b.kinds[i] = t.kindBeside(polar, hetero)
		if t.element != isHydrogen {
			b.heavy = append(b.heavy, int32(i))
		}
	}
}

// findPairs lists the pairs that have an energy: their distance varies and they are not reached over three bonds.
func (b *builder) findPairs() {
	tables := pairTables()
	reached := make([]int, len(b.pos)) // by atom, one more than the atom that last reached it
	for i := range b.pos {
		b.walk(i, 3, reached, i+1)
		for j := i + 1; j < len(b.pos); j++ {
			if b.between(i, j) == variable && reached[j] != i+1 && b.kinds[i] != unseen && b.kinds[j] != unseen {
				b.pairs = append(b.pairs, pair{uint16(i), uint16(j), tables[b.kinds[i]][b.kinds[j]]})
			}
		}
	}
}

// walk marks what is within some bonds of an atom as Vina does: depth first, never twice, so that in small rings an atom first met
// the long way round is not walked on from the short way.
func (b *builder) walk(i, bonds int, reached []int, mark int) {
	if reached[i] == mark {
		return
	}
	reached[i] = mark
	if bonds > 0 {
		for _, x := range b.bonds[i] {
			b.walk(x.to, bonds-1, reached, mark)
		}
	}
}

// rotors counts the rotatable bonds: half for each end whose other end is heavy and bonded to more than one heavy atom, so that a
// methyl group's bond counts half.
func (b *builder) rotors() float64 {
	count := 0.0
	for i, bonds := range b.bonds {
		if b.types[i].element == isHydrogen {
			continue
		}
		for _, x := range bonds {
			if x.turns && b.types[x.to].element != isHydrogen && b.heavyNeighbours(x.to) > 1 {
				count += 0.5
			}
		}
	}
	return count
}

func (b *builder) heavyNeighbours(i int) int {
	n := 0
	for _, x := range b.bonds[i] {
		if b.types[x.to].element != isHydrogen {
			n++
		}
	}
	return n
}
