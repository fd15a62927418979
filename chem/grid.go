package chem

import "math"

// grid finds the atoms near a point in cells of fixed width.
type grid struct {
	atoms []ProteinAtom
	cells map[[3]int][]int
}

const cellWidth = 4.0 // Å

func newGrid(atoms []ProteinAtom) *grid {
	g := &grid{atoms: atoms, cells: make(map[[3]int][]int, len(atoms)/4+1)}
	for i, a := range atoms {
		c := cellOf(a.Pos)
		g.cells[c] = append(g.cells[c], i)
	}
	return g
}

func cellOf(v Vec) (c [3]int) {
	for k, x := range v {
		c[k] = int(math.Floor(x / cellWidth))
	}
	return c
}

// near returns the atoms within radius of x, radius being at most the width of a cell, cell by cell in file order.
func (g *grid) near(x Vec, radius float64) []ProteinAtom {
	var found []ProteinAtom
	c := cellOf(x)
	for dx := -1; dx <= 1; dx++ {
		for dy := -1; dy <= 1; dy++ {
			for dz := -1; dz <= 1; dz++ {
				for _, i := range g.cells[[3]int{c[0] + dx, c[1] + dy, c[2] + dz}] {
					if g.atoms[i].Pos.Dist(x) <= radius {
						found = append(found, g.atoms[i])
					}
				}
			}
		}
	}
	return found
}
