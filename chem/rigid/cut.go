package rigid

import (
	"slices"

	"keel/chem"
)

// Cut parts a molecule's atoms into rigid groups: each ring system with the atoms doubly bonded to it; atoms joined by multiple bonds; an
// atom outside rings with the ends of chains at it. All other atoms stand alone. Groups come by their lowest atom, atoms in order.
func Cut(m *chem.Molecule) [][]int {
	c := cutter{parent: make([]int, len(m.Atoms))}
	for i := range c.parent {
		c.parent[i] = i
	}
	inRing := make([]bool, len(m.Atoms))
	for _, ring := range m.Rings() {
		for _, i := range ring {
			inRing[i] = true
			c.join(ring[0], i)
		}
	}
	degree := make([]int, len(m.Atoms))
	ringed := slices.Clone(inRing) // in a ring or doubly bonded to one
	for _, b := range m.Bonds {
		degree[b.A]++
		degree[b.B]++
		if b.Order > 1 && inRing[b.A] != inRing[b.B] {
			ringed[b.A], ringed[b.B] = true, true
			c.join(b.A, b.B)
		}
	}
	for _, b := range m.Bonds {
		if ringed[b.A] || ringed[b.B] {
			continue
		}
		if b.Order > 1 || degree[b.A] == 1 || degree[b.B] == 1 {
			c.join(b.A, b.B)
		}
	}
	return c.groups()
}

// cutter is a partition of atoms (union-find).
type cutter struct{ parent []int }

func (c *cutter) root(i int) int {
	for c.parent[i] != i {
		c.parent[i] = c.parent[c.parent[i]]
		i = c.parent[i]
	}
	return i
}

func (c *cutter) join(i, j int) {
	i, j = c.root(i), c.root(j)
	c.parent[max(i, j)] = min(i, j)
}

func (c *cutter) groups() (out [][]int) {
	at := map[int]int{}
	for i := range c.parent {
		r := c.root(i)
		k, ok := at[r]
		if !ok {
			k = len(out)
			at[r] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], i)
	}
	return out
}
