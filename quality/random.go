package quality

import (
	"math"
	"math/rand/v2"

	"keel/chem"
)

// RandomReach is how far in Å from the pocket's centre a molecule's centroid may lie when it is placed at random.
const RandomReach = 4.0

// PlaceAtRandom returns the molecule in the shape it has, turned about its centroid by a rotation of the uniform law, its centroid at a place of the
// uniform law in a ball of RandomReach about the centre: a pose for which no model is needed. Data items are left out, for they were of the other pose.
func PlaceAtRandom(m *chem.Molecule, centre chem.Vec, rng *rand.Rand) *chem.Molecule {
	turn := randomRotation(rng)
	to := centre.Add(direction(rng).Scale(RandomReach * math.Cbrt(rng.Float64())))
	from := m.Centroid()
	placed := &chem.Molecule{Name: m.Name, Bonds: m.Bonds, Atoms: make([]chem.Atom, len(m.Atoms))}
	for i, a := range m.Atoms {
		v := a.Pos.Sub(from)
		a.Pos = to.Add(chem.Vec{turn[0].Dot(v), turn[1].Dot(v), turn[2].Dot(v)})
		placed.Atoms[i] = a
	}
	return placed
}

// direction is a unit vector of the uniform law.
func direction(rng *rand.Rand) chem.Vec {
	return chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}.Unit()
}

// randomRotation is a rotation matrix, by rows, of the uniform law: a unit quaternion of four normal numbers (Marsaglia 1972).
func randomRotation(rng *rand.Rand) [3]chem.Vec {
	var q [4]float64
	length := 0.0
	for i := range q {
		q[i] = rng.NormFloat64()
		length += q[i] * q[i]
	}
	length = math.Sqrt(length)
	w, x, y, z := q[0]/length, q[1]/length, q[2]/length, q[3]/length
	return [3]chem.Vec{
		{1 - 2*(y*y+z*z), 2 * (x*y - z*w), 2 * (x*z + y*w)},
		{2 * (x*y + z*w), 1 - 2*(x*x+z*z), 2 * (y*z - x*w)},
		{2 * (x*z - y*w), 2 * (y*z + x*w), 1 - 2*(x*x+y*y)},
	}
}
