package pocket

import (
	"math"

	"keel/chem/rigid"
)

// credits are what the rigid groups of a batch's molecules do for their energies. Vina's energy with the receptor is a sum over atoms, so what a molecule would lose without one
// of its groups, a difference reward (Wolpert and Tumer 2001), is that group's share of it. A group is held to what the atoms of all in the same pocket have on average, which is what
// others would bring in its place: numbers of atoms are asked for.
type credits struct {
	layout Layout
	groups []creditedGroup // of a sample in order
}

// creditedGroup is one group of a sample in a pocket.
type creditedGroup struct {
	in            *Target
	sample        int
	atoms, energy float64 // heavy atoms, and their energy in kcal/mol
}

// add takes a molecule in, with the energies of its atoms.
func (c *credits) add(in *Target, sample int, energies []float64, pieces []rigid.Piece) {
	for _, p := range pieces {
		one := creditedGroup{in: in, sample: sample, atoms: float64(len(p.Atoms))}
		for _, a := range p.Atoms {
			one.energy += energies[a]
		}
		c.groups = append(c.groups, one)
	}
}

// of is the credit of a batch's states [size, dims]: of a group's place, axes and type how far its energy is below what its number of atoms has on average, in standard deviations of
// all groups in the pocket; of a bond the mean of its groups'. 0 where nothing is known.
func (c *credits) of(size int) []float32 {
	byPocket := map[*Target][]creditedGroup{}
	for _, g := range c.groups {
		byPocket[g.in] = append(byPocket[g.in], g)
	}
	credit := make([][]float64, size) // [sample][group]
	for _, groups := range byPocket {
		var energy, atoms, square float64
		for _, g := range groups {
			energy, atoms = energy+g.energy, atoms+g.atoms
		}
		each := energy / atoms
		for _, g := range groups {
			square += (g.energy - each*g.atoms) * (g.energy - each*g.atoms)
		}
		deviation := max(math.Sqrt(square/float64(len(groups))), 1e-6)
		for _, g := range groups {
			credit[g.sample] = append(credit[g.sample], max(min((each*g.atoms-g.energy)/deviation, mostCredit), -mostCredit))
		}
	}
	l := c.layout
	out := make([]float32, size*l.Dims())
	for sample, of := range credit {
		row := out[sample*l.Dims() : (sample+1)*l.Dims()]
		for i, own := range of {
			fill(row[3*i:3*i+3], own)
			fill(row[l.axisOffset()+6*i:l.axisOffset()+6*i+6], own)
			fill(row[l.typeOffset()+l.Types*i:l.typeOffset()+l.Types*(i+1)], own)
			for j := i + 1; j < len(of); j++ {
				fill(row[l.bond(i, j, 0):l.bond(i, j, 0)+NumOrders], (own+of[j])/2)
			}
		}
	}
	return out
}

// mostCredit keeps one atom in a wall from being all that is learned, in standard deviations.
const mostCredit = 3

func fill(row []float32, with float64) {
	for k := range row {
		row[k] = float32(with)
	}
}
