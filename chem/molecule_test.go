package chem

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestImplicitHydrogens(t *testing.T) {
	for _, c := range []struct {
		element Element
		charge  int
		order   int
		want    int
	}{
		{Carbon, 0, 1, 3}, {Carbon, 1, 1, 2}, {Carbon, -1, 1, 2}, {Nitrogen, 0, 1, 2}, {Nitrogen, 1, 1, 3}, {Nitrogen, -1, 1, 1}, {Oxygen, 0, 1, 1},
		{Oxygen, -1, 1, 0}, {Oxygen, 1, 2, 1}, {Sulfur, 0, 1, 1}, {Sulfur, 0, 2, 0}, {Sulfur, 0, 3, 1}, {Sulfur, 1, 3, 0}, {Phosphorus, 0, 3, 0}, {Chlorine, 0, 1, 0},
		{Boron, -1, 1, 3}, {30, 0, 1, 0},
	} {
		m := &Molecule{Atoms: []Atom{{Element: c.element, Charge: c.charge}, {Element: 30}}, Bonds: []Bond{{0, 1, c.order}}}
		if got := m.ImplicitHydrogens()[0]; got != c.want {
			t.Errorf("%v%+d with order %d: %d hydrogens, want %d", c.element, c.charge, c.order, got, c.want)
		}
		if err := m.CheckValence(); err != nil {
			t.Error(err)
		}
	}
	m := &Molecule{Atoms: []Atom{{Element: Oxygen}, {Element: Carbon}}, Bonds: []Bond{{0, 1, 3}}}
	if err := m.CheckValence(); err == nil || err.Error() != "atom 1 (O, charge +0) has bonds of total order 3, at most 2 fit" {
		t.Errorf("carbon monoxide without charges: %v", err)
	}
}

func TestFragmentsPartTheAtoms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMolecule(t)
		parts := m.Fragments()
		part := make([]int, len(m.Atoms))
		for k, atoms := range parts {
			if k > 0 && len(atoms) > len(parts[k-1]) {
				t.Fatal("not the largest first")
			}
			for _, i := range atoms {
				part[i] += k + 1
			}
		}
		for _, b := range m.Bonds {
			if part[b.A] != part[b.B] {
				t.Fatalf("bond %v between fragments", b)
			}
		}
		// Drawn bonds join each atom to at most one before it: a forest.
		if want := len(m.Atoms) - len(m.Bonds); len(parts) != want || slices.Contains(part, 0) {
			t.Fatalf("%d fragments, want %d", len(parts), want)
		}
	})
}

func TestElements(t *testing.T) {
	for z := Element(1); z <= 118; z++ {
		if ElementOf(z.String()) != z {
			t.Errorf("element %d is %v and back %d", z, z, ElementOf(z.String()))
		}
		if r := z.CovalentRadius(); r < 0.2 || r > 3 {
			t.Errorf("%v has a radius of %g", z, r)
		}
	}
	if ElementOf("cL") != Chlorine || ElementOf("D") != Hydrogen || ElementOf("?") != 0 || ElementOf("") != 0 || Element(200).String() != "?" {
		t.Error("symbols")
	}
	for symbol, want := range map[string]bool{"Zn": true, "Na": true, "Ca": true, "C": false, "Cl": false, "Si": false, "Se": false} {
		if ElementOf(symbol).IsMetal() != want {
			t.Errorf("%s: metal is not %v", symbol, want)
		}
	}
}
