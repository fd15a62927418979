package chem

import "math"

// Box is a docking box, with sides along the axes.
type Box struct{ Center, Size Vec } // Å

const (
	boxBuffer = 5.0  // Å beyond a ligand's extent, both sides together
	boxLeast  = 20.0 // Å, the shortest side of a ligand's box
	boxCentre = 22.0 // Å, the sides of a box around a centre
)

// BoxOfLigand returns the box that TargetDiff docks in (Guan et al., ICLR 2023; its utils/evaluation/docking_vina.py): the
// middle of the ligand's extents, and sides of the extents plus 5 Å. Sides shorter than 20 Å, the side TargetDiff takes where
// it is given no ligand, become 20 Å, so that a small reference ligand leaves room for larger ones.
func BoxOfLigand(m *Molecule) Box { return BoxOfPoints(m.Positions()) }

// BoxOfPose returns the box in which TargetDiff evaluates a molecule (Guan et al., ICLR 2023; utils/evaluation/docking_vina.py): the
// middle of its extents, hydrogens included, and sides of the extents plus 5 Å.
func BoxOfPose(m *Molecule) Box { return boxAround(m.WithHydrogens().Positions(), 0) }

// BoxOfPoints returns the box of BoxOfLigand for a ligand of which only the positions are known; without any, the box around the origin.
func BoxOfPoints(points []Vec) Box { return boxAround(points, boxLeast) }

// boxAround returns the box with sides of the points' extents plus the buffer, or least.
func boxAround(points []Vec, least float64) Box {
	if len(points) == 0 {
		return BoxAt(Vec{})
	}
	low, high := points[0], points[0]
	for _, p := range points {
		for k := range p {
			low[k], high[k] = min(low[k], p[k]), max(high[k], p[k])
		}
	}
	b := Box{Center: low.Add(high).Scale(0.5)}
	for k := range b.Size {
		b.Size[k] = max(high[k]-low[k]+boxBuffer, least)
	}
	return b
}

// BoxAt returns the cube of 22 Å around a centre: room for a ligand of 40 heavy atoms in any orientation.
func BoxAt(center Vec) Box { return Box{Center: center, Size: Vec{boxCentre, boxCentre, boxCentre}} }

// Contains reports whether a point lies in the box or on its surface.
func (b Box) Contains(v Vec) bool {
	for k := range v {
		if !(math.Abs(v[k]-b.Center[k]) <= b.Size[k]/2) {
			return false
		}
	}
	return true
}
