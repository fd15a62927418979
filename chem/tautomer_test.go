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
		m, want := fromSMILES(t, test.from), fromSMILES(t, test.to)
		if m.Aminate(func(int) bool { return false }); m.SMILES() != fromSMILES(t, test.from).SMILES() {
			t.Errorf("%s: held atoms changed: %s", test.name, m.SMILES())
		}
		m.Aminate(func(int) bool { return true })
		if m.SMILES() != want.SMILES() {
			t.Errorf("%s: %s, expected %s", test.name, m.SMILES(), want.SMILES())
		}
	}
}

// TestAminateKeeps: on a chain with whatever rings, no hydrogen is won or lost, no atom ceases to be aromatic, and a second time changes nothing.
func TestAminateKeeps(t *testing.T) {
	rings := []string{"N=C1N=CC=CN1", "N=C1C=CNC(=O)N1", "N=C1N=CNc2ccccc12", "C(=N)NC", "N=C1SC=CN1", "Cc1nc2c(N)ncnc2[nH]1", "[N+](C)=C1C=CNC=C1", "N=C1C=CNc2c1cccc2", "c1ccc(=N)[nH]c1"}
	free := func(int) bool { return true }
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for _, ring := range rapid.SliceOfN(rapid.SampledFrom(rings), 1, 4).Draw(t, "rings") {
			text += "C(" + ring + ")"
		}
		m, err := ParseSMILES(text)
		if err != nil {
			t.Fatal(err)
		}
		count := func() (hydrogens, aromatic int) {
			for _, n := range m.ImplicitHydrogens() {
				hydrogens += n
			}
			atoms, _ := m.Aromatic()
			for _, is := range atoms {
				if is {
					aromatic++
				}
			}
			return hydrogens, aromatic
		}
		hydrogens, aromatic := count()
		m.Aminate(free)
		if h, a := count(); h != hydrogens || a < aromatic {
			t.Fatalf("%s: %d hydrogens became %d, %d aromatic atoms %d: %s", text, hydrogens, h, aromatic, a, m.SMILES())
		}
		if n := m.Aminate(free); n != 0 {
			t.Fatalf("%s: a second time changes %d more: %s", text, n, m.SMILES())
		}
	})
}
