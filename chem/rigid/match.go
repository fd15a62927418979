package rigid

import (
	"fmt"
	"strings"

	"keel/chem"
)

// part is a set of a molecule's atoms seen as a molecule of its own: bonds that leave it count as hydrogens.
type part struct {
	mol  *chem.Molecule
	free []int // hydrogens by atom
}

// newPart takes atoms, in rising order, of a molecule with its hydrogens by atom. The hydrogens of the part by itself would be too few: sulfur and
// phosphorus have several valences, of which the whole molecule tells which is meant.
func newPart(m *chem.Molecule, hydrogens, atoms []int) part {
	p := part{m.Subset(atoms), make([]int, len(atoms))}
	at := map[int]int{}
	for k, i := range atoms {
		at[i] = k
		p.free[k] = hydrogens[i]
	}
	for _, b := range m.Bonds {
		k, inA := at[b.A]
		l, inB := at[b.B]
		switch {
		case inA && !inB:
			p.free[k] += b.Order
		case inB && !inA:
			p.free[l] += b.Order
		}
	}
	return p
}

// signature names the atoms and bonds as they stand: parts with one signature are the same graph in the same order.
func (p part) signature() string {
	var b strings.Builder
	for i, a := range p.mol.Atoms {
		fmt.Fprintf(&b, "%d.%d.%d ", a.Element, a.Charge, p.free[i])
	}
	for _, x := range p.mol.Bonds {
		fmt.Fprintf(&b, "%d-%d.%d ", x.A, x.B, x.Order)
	}
	return b.String()
}

// mostMatches bounds the isomorphisms that are looked at: rigid groups have few symmetries.
const mostMatches = 96

// matches lists the isomorphisms from a template to a part as lists of the part's atoms in the template's order. Bond orders are not
// compared: with equal hydrogens and one canonical key they can differ by resonance only.
func matches(g *Group, p part) [][]int {
	n := len(g.Atoms)
	if len(p.mol.Atoms) != n || len(p.mol.Bonds) != len(g.Bonds) {
		return nil
	}
	nextG, nextP := adjacency(n, g.Bonds), adjacency(n, p.mol.Bonds)
	order := searchOrder(n, nextG)
	var out [][]int
	image, used := make([]int, n), make([]bool, n)
	for i := range image {
		image[i] = -1
	}
	var extend func(k int)
	extend = func(k int) {
		if len(out) >= mostMatches {
			return
		}
		if k == n {
			out = append(out, append([]int(nil), image...))
			return
		}
		i := order[k]
		for j := range n {
			a, b := g.Atoms[i], p.mol.Atoms[j]
			if used[j] || a.Element != b.Element || a.Charge != b.Charge || g.Free[i] != p.free[j] || count(nextG[i]) != count(nextP[j]) {
				continue
			}
			fits := true
			for l := range n {
				if nextG[i][l] && image[l] >= 0 && !nextP[j][image[l]] {
					fits = false
					break
				}
			}
			if !fits {
				continue
			}
			image[i], used[j] = j, true
			extend(k + 1)
			image[i], used[j] = -1, false
		}
	}
	extend(0)
	return out
}

func adjacency(n int, bonds []chem.Bond) [][]bool {
	next := make([][]bool, n)
	for i := range next {
		next[i] = make([]bool, n)
	}
	for _, b := range bonds {
		next[b.A][b.B], next[b.B][b.A] = true, true
	}
	return next
}

func count(set []bool) (n int) {
	for _, in := range set {
		if in {
			n++
		}
	}
	return n
}

// searchOrder lists the atoms so that each but the first of a connected part has a neighbour before it.
func searchOrder(n int, next [][]bool) []int {
	seen, order := make([]bool, n), make([]int, 0, n)
	for start := range n {
		if seen[start] {
			continue
		}
		seen[start] = true
		order = append(order, start)
		for k := len(order) - 1; k < len(order); k++ {
			for j := range n {
				if next[order[k]][j] && !seen[j] {
					seen[j] = true
					order = append(order, j)
				}
			}
		}
	}
	return order
}
