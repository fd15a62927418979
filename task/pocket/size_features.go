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
	roomRadius   = 7   // Å, the largest radius of sizeFeatures
	roomSide     = 2*roomRadius + 1
)

// room counts the lattice's points about the centre, one number for each of sizeFeatures.
func room(p *Pocket, centre chem.Vec) []float64 {
	var nearest [roomSide * roomSide * roomSide]float64 // squared distances; beyond liningRadius they do not matter
	var near [len(nearest)]int
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	for _, i := range p.atoms {
		at := p.Protein.Atoms[i].Pos.Sub(centre)
		low, high := [3]int{}, [3]int{} // points that it can be near to
		for k, x := range at {
			low[k] = int(max(math.Ceil(x-liningRadius), -roomRadius))
			high[k] = int(min(math.Floor(x+liningRadius), roomRadius))
		}
		for x := low[0]; x <= high[0]; x++ {
			for y := low[1]; y <= high[1]; y++ {
				for z := low[2]; z <= high[2]; z++ {
					dx, dy, dz := at[0]-float64(x), at[1]-float64(y), at[2]-float64(z)
					if d := dx*dx + dy*dy + dz*dz; d <= liningRadius*liningRadius {
						k := roomPoint(x, y, z)
						nearest[k] = min(nearest[k], d)
						near[k]++
					}
				}
			}
		}
	}
	counts := make([]float64, len(sizeFeatures))
	for x := -roomRadius; x <= roomRadius; x++ {
		for y := -roomRadius; y <= roomRadius; y++ {
			for z := -roomRadius; z <= roomRadius; z++ {
				k, off := roomPoint(x, y, z), float64(x*x+y*y+z*z)
				for f, is := range sizeFeatures {
					if off <= is.radius*is.radius && nearest[k] >= is.clear*is.clear && near[k] >= is.lining {
						counts[f]++
					}
				}
			}
		}
	}
	return counts
}

// roomPoint is the place of a lattice point in the arrays.
func roomPoint(x, y, z int) int {
	return ((x+roomRadius)*roomSide+y+roomRadius)*roomSide + z + roomRadius
}
