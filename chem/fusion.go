package chem

import "slices"

// fusion knows which rings of a set share exactly one bond.
type fusion struct {
	next  [][]int // the rings fused to a ring
	parts [][]int // rings that hang together
	bonds []int   // how many bonds the rings of a part have in all
}

const (
	mostFused    = 6  // rings in a group
	largestFused = 24 // atoms of a ring that may be in a group, the outer ring of a porphyrin and more
)

func newFusion(rings []ring) *fusion {
	f := &fusion{next: make([][]int, len(rings))}
	for i, r := range rings {
		for j, q := range rings[:i] {
			if len(r.atoms) <= largestFused && len(q.atoms) <= largestFused && r.bonds.common(q.bonds) == 1 {
				f.next[i] = append(f.next[i], j)
				f.next[j] = append(f.next[j], i)
			}
		}
	}
	seen := make([]bool, len(rings))
	for start := range rings {
		if seen[start] {
			continue
		}
		seen[start] = true
		part, all := []int{start}, slices.Clone(rings[start].bonds)
		for k := 0; k < len(part); k++ {
			for _, j := range f.next[part[k]] {
				if !seen[j] {
					seen[j] = true
					part = append(part, j)
					all.add(rings[j].bonds)
				}
			}
		}
		f.parts, f.bonds = append(f.parts, part), append(f.bonds, all.count())
	}
	return f
}

// eachGroup gives every group of up to six rings that hang together to try, smaller groups before larger ones, and is done with
// a part when try, which returns how many bonds a group settled, has settled all.
func (f *fusion) eachGroup(try func(group []int) int) {
	for k, part := range f.parts {
		settled := 0
		for size := 1; size <= min(len(part), mostFused) && settled < f.bonds[k]; size++ {
			for _, first := range part {
				f.grow([]int{first}, after(f.next[first], first), size, func(group []int) { settled += try(group) })
			}
		}
	}
}

// grow gives every connected group of that size which holds the rings of the group, otherwise only rings after its first one,
// and at least one of more unless it is complete; each group once (Wernicke, IEEE/ACM Trans. Comput. Biol. Bioinf. 2006, 3, 347).
func (f *fusion) grow(group, more []int, size int, give func([]int)) {
	if len(group) == size {
		give(group)
		return
	}
	for k, r := range more {
		wider := slices.Clone(more[k+1:])
		for _, q := range after(f.next[r], group[0]) {
			if !slices.Contains(group, q) && !f.touches(group, q) {
				wider = append(wider, q)
			}
		}
		f.grow(append(slices.Clone(group), r), wider, size, give)
	}
}

func (f *fusion) touches(group []int, r int) bool {
	return slices.ContainsFunc(group, func(q int) bool { return slices.Contains(f.next[q], r) })
}

// after returns the rings with a higher number.
func after(rings []int, first int) (higher []int) {
	for _, r := range rings {
		if r > first {
			higher = append(higher, r)
		}
	}
	return higher
}
