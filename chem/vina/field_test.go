package vina

import (
	"errors"
	"math"
	"sync"
	"testing"

	"keel/chem"
)

func TestBadBoxes(t *testing.T) {
	_, f := protease(t)
	const each = "; each side must be above 0 and at most 192 Å"
	tests := []struct {
		name string
		box  chem.Box
		want string
	}{
		{"no size", chem.Box{Size: chem.Vec{0, 10, 10}},
			"the box is not a box: center [0.000 0.000 0.000], size [0.000 10.000 10.000]" + each},
		{"NaN", chem.Box{Size: chem.Vec{math.NaN(), 10, 10}},
			"the box is not a box: center [0.000 0.000 0.000], size [NaN 10.000 10.000]" + each},
		{"NaN center", chem.Box{Center: chem.Vec{0, math.NaN()}, Size: chem.Vec{9, 9, 9}},
			"the box is not a box: center [0.000 NaN 0.000], size [9.000 9.000 9.000]" + each},
		{"huge", chem.Box{Size: chem.Vec{9, 9, 1e9}},
			"the box is not a box: center [0.000 0.000 0.000], size [9.000 9.000 1000000000.000]" + each},
		{"far", chem.Box{Center: chem.Vec{200, 0, 0}, Size: chem.Vec{20, 20, 20}},
			"the box is too far from the receptor: its nearest atom is 156.7 Å away; give the centre of a pocket"},
	}
	for _, test := range tests {
		if _, err := f.receptor.Field(test.box); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v\n  want %s", test.name, err, test.want)
		}
	}
}

func TestOutsideTheBox(t *testing.T) {
	ref, f := protease(t)
	l := caseNamed(t, ref, "benzene/pocket")
	small, err := f.receptor.Field(chem.Box{Center: ref.Center, Size: chem.Vec{2, 2, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := small.Score(l); !errors.Is(err, ErrOutside) {
		t.Errorf("scored: %v", err)
	}
	if _, _, err := small.Minimise(l); !errors.Is(err, ErrOutside) {
		t.Errorf("minimised: %v", err)
	}
}

// TestOrderDoesNotTell minimises from many goroutines in a new field, and one by one backwards in another.
func TestOrderDoesNotTell(t *testing.T) {
	ref, f := protease(t)
	box := chem.Box{Center: ref.Center, Size: ref.Size}
	together, err := f.receptor.Field(box)
	if err != nil {
		t.Fatal(err)
	}
	cases := ref.Cases[:40]
	got := make([]Energy, len(cases))
	var wg sync.WaitGroup
	for i, c := range cases {
		wg.Go(func() {
			l, err := ReadLigand([]byte(c.PDBQT), c.Name)
			if err == nil {
				got[i], _, err = together.Minimise(l)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	alone, err := f.receptor.Field(box)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(cases) - 1; i >= 0; i-- {
		l := readLigand(t, cases[i].PDBQT)
		want, _, err := alone.Minimise(l)
		if err != nil || got[i] != want {
			t.Errorf("%s: %v, alone %v (%v)", cases[i].Name, got[i], want, err)
		}
		if before, after := readLigand(t, cases[i].PDBQT).Positions(), l.Positions(); before[0] != after[0] {
			t.Errorf("%s: minimising moved the ligand itself", cases[i].Name)
		}
	}
}
