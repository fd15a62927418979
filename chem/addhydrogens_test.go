package chem

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestHydrogensStandWhereRDKitPutsThem(t *testing.T) {
	const rounded = 1e-5 // Å, in the golden file
	for k, m := range preparedMolecules(t) {
		full := m.WithHydrogens()
		if len(full.Atoms) != len(m.want.Positions) {
			t.Errorf("molecule %d (%s): %d atoms, RDKit has %d", k, m.Name, len(full.Atoms), len(m.want.Positions))
			continue
		}
		for i, a := range full.Atoms {
			if d := a.Pos.Dist(m.want.Positions[i]); !(d <= rounded) {
				t.Errorf("molecule %d (%s): atom %d is %.5f Å from where RDKit has it", k, m.Name, i, d)
			}
		}
		got, want := BoxOfLigand(full), BoxOfPoints(m.want.Positions)
		if got.Center.Dist(want.Center) > rounded || got.Size.Dist(want.Size) > rounded {
			t.Errorf("molecule %d (%s): box %v, with RDKit's hydrogens %v", k, m.Name, got, want)
		}
	}
}

func TestHydrogensByHand(t *testing.T) {
	water := (&Molecule{Name: "water", Atoms: []Atom{{Element: Oxygen, Pos: Vec{1, 2, 3}}}}).WithHydrogens()
	if len(water.Atoms) != 3 || len(water.Bonds) != 2 || water.Atoms[1].Pos != (Vec{1, 2, 3.99}) {
		t.Fatalf("%+v", water)
	}
	a, b := water.Atoms[1].Pos.Sub(water.Atoms[0].Pos), water.Atoms[2].Pos.Sub(water.Atoms[0].Pos)
	if angle := math.Acos(a.Dot(b)/a.Norm()/b.Norm()) * 180 / math.Pi; math.Abs(angle-109.471) > 1e-9 || math.Abs(b.Norm()-0.99) > 1e-12 {
		t.Errorf("H-O-H is %v° with %v Å", angle, b.Norm())
	}
	ethyne := graph(2, [2]int{0, 1})
	ethyne.Bonds[0].Order = 3
	ethyne.Atoms[1].Pos = Vec{1.2, 0, 0}
	full := ethyne.WithHydrogens()
	if d := full.Atoms[2].Pos.Dist(Vec{-1.1, 0, 0}) + full.Atoms[3].Pos.Dist(Vec{2.3, 0, 0}); len(full.Atoms) != 4 || d > 1e-12 {
		t.Errorf("ethyne: %+v", full.Atoms)
	}
}

// Crowded or coincident atoms may not give positions that are not finite, and the molecule itself stays as it is.
func TestHydrogensOfAnyMolecule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := randomMolecule(t)
		if rapid.Bool().Draw(t, "flat") {
			for i := range m.Atoms {
				m.Atoms[i].Pos = Vec{math.Round(m.Atoms[i].Pos[0] / 4), 0, 0}
			}
		}
		full := m.WithHydrogens()
		want := len(m.Atoms)
		for i, n := range separateCharges(m).ImplicitHydrogens() {
			for range n {
				b := full.Bonds[len(m.Bonds)+want-len(m.Atoms)]
				if b != (Bond{A: i, B: want, Order: 1}) || full.Atoms[want].Element != Hydrogen || !full.Atoms[want].Pos.Finite() {
					t.Fatalf("hydrogen %d: %+v over %+v", want, full.Atoms[want], b)
				}
				want++
			}
		}
		if len(full.Atoms) != want {
			t.Fatalf("%d atoms, want %d", len(full.Atoms), want)
		}
		if !slices.Equal(m.Atoms, full.Atoms[:len(m.Atoms)]) || !slices.Equal(m.Bonds, full.Bonds[:len(m.Bonds)]) {
			t.Fatalf("%+v became %+v", m, full)
		}
		if again := full.WithHydrogens(); len(again.Atoms) != len(full.Atoms) {
			t.Fatalf("%d atoms, %d when asked again", len(full.Atoms), len(again.Atoms))
		}
	})
}
