package chem

import (
	"cmp"
	"slices"
)

// classes returns a number for every atom, equal for atoms whose surroundings are alike: elements, hydrogens, charges and bonds
// as far as they reach, and handedness at tetrahedral centres and double bonds as the positions show it.
func (s *structure) classes() []uint64 {
	c := &classifier{structure: s, class: make([]uint64, len(s.atoms))}
	for i, a := range s.atoms {
		c.class[i] = scatter(uint64(a.Element)<<24 | uint64(len(s.next[i]))<<16 | uint64(s.implicit[i])<<8 | uint64(uint8(a.Charge)))
	}
	for count := 0; ; {
		n := c.refine()
		if n == count {
			return c.class
		}
		count = n
		c.handedness()
	}
}

type classifier struct {
	*structure
	class []uint64
}

// refine lets atoms take in the classes around them until no more of them differ, and returns how many classes there are.
func (c *classifier) refine() int {
	next := make([]uint64, len(c.class))
	for count := 0; ; {
		for i := range next {
			next[i] = scatter(c.class[i])
			for _, n := range c.next[i] {
				next[i] += scatter(c.class[n.atom] + uint64(c.order(n.bond)))
			}
		}
		c.class, next = next, c.class
		sorted := slices.Clone(c.class)
		slices.Sort(sorted)
		n := len(slices.Compact(sorted))
		if n == count {
			return n
		}
		count = n
	}
}

// order is a bond's order, 4 for aromatic.
func (c *classifier) order(bond int) int {
	if c.aromaticBond[bond] {
		return 4
	}
	return c.bonds[bond].Order
}

// handedness lets atoms that are centres of stereochemistry take in which hand they are of.
func (c *classifier) handedness() {
	next := slices.Clone(c.class)
	for i := range c.atoms {
		if v := c.volume(i); v > leastVolume {
			next[i] = scatter(next[i] + 1)
		} else if v < -leastVolume {
			next[i] = scatter(next[i] + 2)
		}
	}
	for n, b := range c.bonds {
		if b.Order != 2 || c.ringBond[n] {
			continue
		}
		if side := c.side(b.A, b.B).Dot(c.side(b.B, b.A)); side != 0 {
			hand := uint64(3)
			if side < 0 {
				hand = 4
			}
			next[b.A], next[b.B] = scatter(next[b.A]+hand), scatter(next[b.B]+hand)
		}
	}
	c.class = next
}

// leastVolume is spanned by the vectors to three neighbours of a centre that is not flat, Å³; RDKit's.
const leastVolume = 0.1

// volume returns the signed volume that three neighbours of a centre with four different ones span, in the order of their
// classes; sulfur and selenium need three. It is 0 where there is no centre.
func (c *classifier) volume(i int) float64 {
	e := c.atoms[i].Element
	if n := c.degree(i); n != 4 && (n != 3 || e != Sulfur && e != Selenium) || len(c.next[i]) < 3 {
		return 0
	}
	sorted, ok := c.ranked(i, c.next[i])
	if !ok {
		return 0
	}
	var v [3]Vec
	for k := range v {
		v[k] = c.atoms[sorted[k].atom].Pos.Sub(c.atoms[i].Pos)
	}
	return v[0].Dot(v[1].Cross(v[2]))
}

// ranked sorts neighbours of an atom by class and reports whether all of them and its implicit hydrogens differ.
func (c *classifier) ranked(of int, around []link) ([]link, bool) {
	sorted := slices.Clone(around)
	slices.SortFunc(sorted, func(a, b link) int { return cmp.Compare(c.class[a.atom], c.class[b.atom]) })
	hydrogens := c.implicit[of]
	for k, n := range sorted {
		if k > 0 && c.class[n.atom] == c.class[sorted[k-1].atom] {
			return nil, false
		}
		if c.atoms[n.atom].Element == Hydrogen {
			hydrogens++
		}
	}
	return sorted, hydrogens < 2
}

// side returns where the first neighbour of one end of a double bond lies, seen along it; zero if the neighbours do not differ.
func (c *classifier) side(end, other int) Vec {
	var around []link
	for _, n := range c.next[end] {
		if n.atom != other {
			around = append(around, n)
		}
	}
	if len(around) == 0 {
		return Vec{}
	}
	sorted, ok := c.ranked(end, around)
	if !ok {
		return Vec{}
	}
	axis := c.atoms[other].Pos.Sub(c.atoms[end].Pos).Unit()
	v := c.atoms[sorted[0].atom].Pos.Sub(c.atoms[end].Pos)
	return v.Sub(axis.Scale(axis.Dot(v)))
}
