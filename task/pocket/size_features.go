package pocket

import (
	"math"

	"keel/chem"
)

// The room for a ligand about a centre, counted on a lattice of 1 Å: how many points are free of protein, by the distance to its nearest atom, and how many
// of these are in a pocket's lining rather than in the open, by the number of protein atoms about them; each within some radii of the centre. A free point lies
// at least 2.8 Å from any protein atom, where a ligand's atoms may be.
//
// Of the counts that were tried on the training complexes (protein atoms in shells, floods of points that rays from them find buried, lengths of rays from the
// centre) these few explain as much as all together. They look at protein within 13 Å of the centre, all of which a training pocket has, whatever the size of
// the ligand that it was cut about: wider ones would tell of the cut.
var sizeFeatures = []struct {
	clear  float64 // Å from the nearest protein atom, at least
	lining int     // protein atoms within liningRadius, at least
	radius float64 // Å from the centre, at most
}{
	{2.8, 0, 4}, {2.8, 0, 5}, {2.8, 0, 6}, {2.8, 0, 7},
	{3.5, 0, 5}, {3.5, 0, 7},
	{2.8, 15, 5}, {2.8, 15, 6}, {2.8, 15, 7},
	{2.8, 22, 5}, {2.8, 22, 7},
}

const (
	liningRadius = 6.0 // Å
	roomRadius   = 7.0 // Å, the largest radius of sizeFeatures
)

// roomPoints are the lattice's points within roomRadius of the origin.
var roomPoints = func() (points []chem.Vec) {
	for x := -roomRadius; x <= roomRadius; x++ {
		for y := -roomRadius; y <= roomRadius; y++ {
			for z := -roomRadius; z <= roomRadius; z++ {
				if v := (chem.Vec{x, y, z}); v.Norm() <= roomRadius {
					points = append(points, v)
				}
			}
		}
	}
	return points
}()

// room counts the lattice's points about the centre, one number for each of sizeFeatures.
func room(p *Pocket, centre chem.Vec) []float64 {
	nearest, near := make([]float64, len(roomPoints)), make([]int, len(roomPoints)) // squared distances
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	for _, i := range p.atoms {
		at := p.Protein.Atoms[i].Pos.Sub(centre)
		if at.Norm() > roomRadius+liningRadius {
			continue
		}
		for k, v := range roomPoints {
			d := at.Sub(v)
			square := d.Dot(d)
			nearest[k] = min(nearest[k], square)
			if square <= liningRadius*liningRadius {
				near[k]++
			}
		}
	}
	counts := make([]float64, len(sizeFeatures))
	for k, v := range roomPoints {
		for f, is := range sizeFeatures {
			if nearest[k] >= is.clear*is.clear && near[k] >= is.lining && v.Norm() <= is.radius {
				counts[f]++
			}
		}
	}
	return counts
}
