package vina

import (
	"math"
	"slices"
)

// minimum is a pose that a search stopped at.
type minimum struct {
	energy float64 // between ligand and receptor and within the ligand, kcal/mol
	conf   conf
	pos    []vec
	heavy  []int32 // atoms that count for the distance of two
}

// minima are distinct poses, the lowest energy first.
type minima []minimum

const distinct = 1.0 // Å, root mean square, from which two poses are two

// add takes up a pose unless a better one is as near as that, or there are enough that are better. Of the poses within that distance only
// the nearest gives way, as in Vina.
func (m *minima) add(n minimum, most int) {
	nearest, at := math.Inf(1), -1
	for i := range *m {
		if d := (*m)[i].distance(&n); d < nearest {
			nearest, at = d, i
		}
	}
	switch {
	case at >= 0 && nearest < distinct:
		if !(n.energy < (*m)[at].energy) {
			return
		}
		*m = slices.Delete(*m, at, at+1)
	case len(*m) == most:
		if !(n.energy < (*m)[most-1].energy) {
			return
		}
		*m = (*m)[:most-1]
	}
	to := 0
	for to < len(*m) && (*m)[to].energy <= n.energy {
		to++
	}
	*m = slices.Insert(*m, to, n)
}

// distance is the root mean square over heavy atoms, Å.
func (m *minimum) distance(n *minimum) float64 {
	sum := 0.0
	for _, i := range m.heavy {
		sum += dist2(m.pos[i], n.pos[i])
	}
	return math.Sqrt(sum / float64(max(len(m.heavy), 1)))
}
