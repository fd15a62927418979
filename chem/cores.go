package chem

import "slices"

// Cores returns the molecule's fused ring systems: of rings that share atoms, two or more, all atoms and those doubly bonded to them. Rings that stand alone are in none.
func (m *Molecule) Cores() []*Molecule {
	rings := m.Rings()
	var systems [][]int // rings that hang together
	for k, r := range rings {
		joined := []int{k}
		systems = slices.DeleteFunc(systems, func(s []int) bool {
			touches := slices.ContainsFunc(s, func(q int) bool {
				return slices.ContainsFunc(rings[q], func(atom int) bool { return slices.Contains(r, atom) })
			})
			if touches {
				joined = append(joined, s...)
			}
			return touches
		})
		systems = append(systems, joined)
	}
	var cores []*Molecule
	for _, s := range systems {
		if len(s) < 2 {
			continue
		}
		inside := make([]bool, len(m.Atoms))
		for _, q := range s {
			for _, atom := range rings[q] {
				inside[atom] = true
			}
		}
		cores = append(cores, m.part(inside))
	}
	return cores
}
