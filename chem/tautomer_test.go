package chem

import (
	"testing"

	"pgregory.net/rapid"
)

// By hand: imines of rings that could be aromatic amines, and such as cannot.
func TestAminate(t *testing.T) {
	for _, test := range []struct{ name, from, to string }{
		{"2-aminopyrimidine", "N=C1N=CC=CN1", "Nc1ncccn1"},
		{"of its other end", "CC1=CC=NC(=N)N1", "Cc1ccnc(N)n1"},
		{"4-aminoquinazoline, over a double bond", "N=C1N=CNc2ccccc12", "Nc1ncnc2ccccc12"},
		{"4-aminopyridine, over two", "N=C1C=CNC=C1", "Nc1ccncc1"},
		{"2-aminothiazole", "N=C1SC=CN1", "Nc1nccs1"},
		{"an aniline", "c1ccccc1N=C1N=CC=CN1", "c1ccccc1Nc1ncccn1"},
		{"two of them", "N=C1N=CC=CN1.N=C1SC=CN1", "Nc1ncccn1.Nc1nccs1"},
		{"cytosine", "N=C1C=CNC(=O)N1", "Nc1cc[nH]c(=O)n1"},
		{"a methyl in the hydrogen's place", "CN1C=CC=NC1=N", "CN1C=CC=NC1=N"},
		{"nothing aromatic to win", "N=C1NCCN1", "N=C1NCCN1"},
		{"an amidine", "CC(=N)NC", "CC(=N)NC"},
		{"an oxime", "ON=C1N=CC=CN1", "ON=C1N=CC=CN1"},
		{"a pyridone", "O=C1C=CC=CN1", "O=C1C=CC=CN1"},
		{"an imine without a nitrogen in the ring", "N=C1C=CCC=C1", "N=C1C=CCC=C1"},
	} {
		m, err := ParseSMILES(test.from)
		if err != nil {
			t.Fatal(err)
		}
		want, err := ParseSMILES(test.to)
		if err != nil {
			t.Fatal(err)
		}
		if m.Aminate(func(int) bool { return false }); m.SMILES() != mustParse(t, test.from).SMILES() {
			t.Errorf("%s: held atoms changed: %s", test.name, m.SMILES())
		}
		m.Aminate(func(int) bool { return true })
		if m.SMILES() != want.SMILES() {
			t.Errorf("%s: %s, expected %s", test.name, m.SMILES(), want.SMILES())
		}
	}
}

func mustParse(t *testing.T, text string) *Molecule {
	t.Helper()
	m, err := ParseSMILES(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAminateKeeps: the formula stays, valences too, and a second time changes nothing.
func TestAminateKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"N=C1N=CC=CN1", "N=C1C=CNC(=O)N1", "N=C1N=CNc2ccccc12", "CC(=N)NC", "N=C1SC=CN1", "Cc1nc2c(N)ncnc2[nH]1", "C[N+](C)=C1C=CNC=C1"}), 1, 3).Draw(t, "parts")
		for _, text := range parts {
			m, err := ParseSMILES(text)
			if err != nil {
				t.Fatal(err)
			}
			count := func() (h int) {
				for _, n := range m.ImplicitHydrogens() {
					h += n
				}
				return h
			}
			had := count()
			m.Aminate(func(int) bool { return true })
			if count() != had {
				t.Fatalf("%s: %d hydrogens became %d: %s", text, had, count(), m.SMILES())
			}
			if n := m.Aminate(func(int) bool { return true }); n != 0 {
				t.Fatalf("%s: a second time changes %d more: %s", text, n, m.SMILES())
			}
		}
	})
}
