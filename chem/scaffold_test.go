package chem

import (
	"testing"

	"pgregory.net/rapid"
)

// scaffolds are molecules and their scaffolds by RDKit 2026.9.1 (MurckoScaffold.GetScaffoldForMol).
var scaffolds = [][2]string{
	{"CCO", ""},
	{"c1ccccc1", "c1ccccc1"},
	{"Cc1ccccc1CCN", "c1ccccc1"},
	{"O=C(Nc1ccccc1)c1ccncc1", "O=C(Nc1ccccc1)c1ccncc1"},
	{"CC(=O)c1ccccc1", "c1ccccc1"},
	{"CS(=O)(=O)c1ccc(cc1)C1CCNCC1", "c1ccc(C2CCNCC2)cc1"},
	{"C1CCCCC1=C(C)C", "C=C1CCCCC1"},
	{"CN1C=CC=C1c1ccccc1", "c1ccc(-c2ccc[nH]2)cc1"},
	{"C[N+]1(C)CCCCC1", "C1CC[NH2+]CC1"},
	{"O=C1CCCN1CC(F)(F)c1ccc2ccccc2c1", "O=C1CCCN1CCc1ccc2ccccc2c1"},
	{"c1ccccc1CC(C(=O)O)NS(=O)(=O)c1ccc(Cl)cc1", "O=S(=O)(NCCc1ccccc1)c1ccccc1"},
	{"OC1C2CCC1CC2", "C1CC2CCC1C2"},
	{"O=[N+]([O-])c1ccccc1", "c1ccccc1"},
	{"C1CC12CCC2N=O", "C1CC2(C1)CC2"},
}

func parsed(t testing.TB, smiles string) *Molecule {
	t.Helper()
	if smiles == "" {
		return &Molecule{}
	}
	m, err := ParseSMILES(smiles)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestScaffold(t *testing.T) {
	for _, pair := range scaffolds {
		if got, want := parsed(t, pair[0]).Scaffold().SMILES(), parsed(t, pair[1]).SMILES(); got != want {
			t.Errorf("%s has the scaffold %s, expected %s", pair[0], got, want)
		}
	}
	if got := parsed(t, "O=C(Nc1ccccc1)c1ccncc1").Framework().SMILES(); got != parsed(t, "CC(CC1CCCCC1)C1CCCCC1").SMILES() {
		t.Errorf("the framework is %s", got)
	}
}

// TestScaffoldProperties: a scaffold is its own, and no order of atoms changes it.
func TestScaffoldProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := ParseSMILES(rapid.SampledFrom(scaffolds).Draw(t, "molecule")[0])
		if err != nil {
			t.Fatal(err)
		}
		want := m.Scaffold().SMILES()
		order := make([]int, len(m.Atoms))
		for i := range order {
			order[i] = i
		}
		m = m.Subset(rapid.Permutation(order).Draw(t, "order"))
		s := m.Scaffold()
		if s.SMILES() != want {
			t.Fatalf("%s in another order of atoms: %s", want, s.SMILES())
		}
		if again := s.Scaffold().SMILES(); again != s.SMILES() {
			t.Fatalf("%s is not its own scaffold: %s", s.SMILES(), again)
		}
	})
}
