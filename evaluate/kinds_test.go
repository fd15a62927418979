package evaluate

import (
	"math"
	"testing"

	"keel/chem"
)

// Of B bins with n and m counts, all well filled, the divergence by chance is (B-1)/8 (1/n + 1/m), from its expansion to second order.
func TestByChance(t *testing.T) {
	even := func(bins int, n float64) []float64 {
		h := make([]float64, bins)
		for i := range h {
			h[i] = n / float64(bins)
		}
		return h
	}
	for _, c := range []struct {
		bins int
		n, m float64
	}{{20, 2000, 4000}, {100, 1e4, 1e6}} {
		want := math.Sqrt(float64(c.bins-1) / 8 * (1/c.n + 1/c.m))
		if got := ByChance(even(c.bins, c.n), even(c.bins, c.m)); math.Abs(got/want-1) > 0.08 {
			t.Errorf("%d bins, %g and %g counts: %.4f, want %.4f", c.bins, c.n, c.m, got, want)
		}
	}
	if got := ByChance([]float64{5, 0}, []float64{9, 0}); got != 0 {
		t.Errorf("one bin that is filled: %v, want 0", got)
	}
	if got := ByChance([]float64{0, 0}, []float64{1, 2}); !math.IsNaN(got) {
		t.Errorf("an empty side: %v", got)
	}
}

// A bond of 1.75 Å between carbon and sulfur has a bin of its own kind, and the mean of the field's kinds does not see it.
func TestCompare(t *testing.T) {
	bond := func(b chem.Element, length float64) *Profile {
		return NewProfile([]*chem.Molecule{{
			Atoms: []chem.Atom{{Element: chem.Carbon}, {Element: b, Pos: chem.Vec{length, 0, 0}}},
			Bonds: []chem.Bond{{A: 0, B: 1, Order: 1}},
		}})
	}
	by := map[string]KindDistance{}
	for _, d := range bond(16, 1.75).Compare(bond(16, 1.8)) {
		by[d.Kind] = d
	}
	if d := by["C-S"]; math.Abs(d.Distance-math.Sqrt(math.Ln2)) > 1e-12 || d.N != 1 || d.Other != 1 || d.Angle {
		t.Errorf("%+v, want a distance of sqrt(ln 2) of one bond on each side", d)
	}
	if d := by["C-C"]; !math.IsNaN(d.Distance) || !math.IsNaN(d.Chance) || d.N != 0 {
		t.Errorf("%+v, want nothing", d)
	}
	if len(by) != len(LengthKinds)+len(MoreLengthKinds)+len(AngleKinds) || !by["CCC"].Angle {
		t.Errorf("%d kinds", len(by))
	}
	if d := bond(16, 1.75).To(bond(16, 1.8)); !math.IsNaN(d.Length) {
		t.Errorf("the mean over the field's kinds is %v, want none", d.Length)
	}
}
