package dataset

import (
	"math"

	"keel/chem"
)

// elements are what the pocket model can make.
var elements = map[chem.Element]bool{chem.Carbon: true, chem.Nitrogen: true, chem.Oxygen: true, chem.Fluorine: true, chem.Phosphorus: true,
	chem.Sulfur: true, chem.Chlorine: true, chem.Bromine: true, chem.Iodine: true}

// checkGraph says why a molecule of heavy atoms is no ligand, wherever its atoms are; "" if it is one.
func (s *Settings) checkGraph(m *chem.Molecule) string {
	for _, a := range m.Atoms { // before the size, for an ion is best called a metal
		if a.Element.IsMetal() {
			return metal
		}
	}
	switch n := len(m.Atoms); {
	case n < s.MinAtoms:
		return tooSmall
	case n > s.MaxAtoms:
		return tooLarge
	}
	for _, a := range m.Atoms {
		if !elements[a.Element] {
			return element
		}
	}
	switch {
	case len(m.Fragments()) > 1:
		return fragments
	case m.CheckValence() != nil:
		return valence
	}
	return ""
}

// checkPose says what is wrong with the positions of a molecule's atoms; "" if nothing is.
func (s *Settings) checkPose(m *chem.Molecule) string {
	zs := [2]float64{math.Inf(1), math.Inf(-1)}
	for i, a := range m.Atoms {
		if !a.Pos.Finite() {
			return notNumbers
		}
		zs[0], zs[1] = min(zs[0], a.Pos[2]), max(zs[1], a.Pos[2])
		for _, b := range m.Atoms[:i] {
			if a.Pos.Dist(b.Pos) < s.Apart {
				return distorted
			}
		}
	}
	if zs[0] == 0 && zs[1] == 0 && len(m.Atoms) > 3 {
		return flat
	}
	for _, b := range m.Bonds {
		if m.Atoms[b.A].Pos.Dist(m.Atoms[b.B].Pos) > s.LongBond {
			return distorted
		}
	}
	return ""
}
