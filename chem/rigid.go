package chem

import "slices"

// body is a rigid part of a ligand: the atoms that no turning bond parts, and the turning bonds to other bodies.
type body struct {
	atoms  []int
	joints []joint
}

// joint is a turning bond from an atom of one body to an atom of another.
type joint struct{ from, to, body int }

// tree is a ligand's rigid bodies, which hang together without rings.
type tree struct {
	bodies []body
	root   int
	count  int // bodies left when single atoms are merged
}

// newTree divides a ligand into rigid bodies in the order of Meeko's walk, which decides the order of the text.
func newTree(l *ligand) *tree {
	w := &walk{ligand: l, turns: l.rotatable(), seen: make([]bool, len(l.full))}
	w.walk(slices.Index(l.merged, false), nil)
	t := &tree{bodies: w.bodies, root: middle(w.bodies), count: len(w.bodies)}
	t.mergeSingles()
	return t
}

type walk struct {
	*ligand
	turns  []bool // by bond
	seen   []bool
	bodies []body
}

// walk adds the body that holds an atom, with the joints back to where the walk comes from, then those beyond it, each to its ends.
func (w *walk) walk(start int, back []joint) {
	number := len(w.bodies)
	w.bodies = append(w.bodies, body{})
	w.seen[start] = true
	atoms := []int{start}
	var sprouts []joint
	for k := 0; k < len(atoms); k++ {
		for _, n := range w.link[atoms[k]] {
			switch {
			case w.merged[n.atom] || w.seen[n.atom]:
			case w.turns[n.bond]:
				sprouts = append(sprouts, joint{from: atoms[k], to: n.atom})
			default:
				w.seen[n.atom] = true
				atoms = append(atoms, n.atom)
			}
		}
	}
	w.bodies[number] = body{atoms, back}
	for _, j := range sprouts {
		j.body = len(w.bodies)
		w.bodies[number].joints = append(w.bodies[number].joints, j)
		w.walk(j.to, []joint{{from: j.to, to: j.from, body: number}})
	}
}

// middle returns the body at the least depth from all ends: ends are taken off until one or two bodies are left, of which the
// larger is the middle, and of equal ones the first.
func middle(bodies []body) int {
	left := len(bodies)
	gone, joints := make([]bool, left), make([]int, left)
	for b := range bodies {
		joints[b] = len(bodies[b].joints)
	}
	for left > 2 {
		var ends []int
		for b, n := range joints {
			if n == 1 && !gone[b] {
				ends = append(ends, b)
			}
		}
		for _, b := range ends {
			gone[b] = true
			left--
			for _, j := range bodies[b].joints {
				joints[j.body]--
			}
		}
	}
	best := slices.Index(gone, false)
	for b := range bodies {
		if !gone[b] && len(bodies[b].atoms) > len(bodies[best].atoms) {
			best = b
		}
	}
	return best
}

// mergeSingles merges bodies of one atom at an end, which turning does not move, into those they hang on.
func (t *tree) mergeSingles() {
	for b := range t.bodies {
		single := &t.bodies[b]
		if b == t.root || len(single.atoms) != 1 || len(single.joints) != 1 {
			continue
		}
		host := &t.bodies[single.joints[0].body]
		host.atoms = append(host.atoms, single.atoms[0])
		host.joints = slices.DeleteFunc(host.joints, func(j joint) bool { return j.body == b })
		t.count--
	}
}
