package conformer

import (
	"os"
	"slices"
	"strings"
	"testing"

	"keel/chem"
	"keel/oracle"
)

// maker starts real workers; without their Python the test is skipped, unless KEEL_TEST_ALL=1 wants it.
func maker(t testing.TB, workers int) *Maker {
	t.Helper()
	if _, err := oracle.FindPython(); err != nil && os.Getenv("KEEL_TEST_ALL") != "1" {
		t.Skip(err)
	}
	m, err := Start(t.Context(), Config{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestMake(t *testing.T) {
	m := maker(t, 1)
	if m.RDKit() == "" {
		t.Error("RDKit has no version")
	}
	for _, smiles := range []string{"c1ccccc1C(=O)NCC", "CC(C)[N+](=O)[O-]", "Cn1cnc2c1c(=O)n(C)c(=O)n2C"} {
		want, err := chem.ParseSMILES(smiles)
		if err != nil {
			t.Fatal(err)
		}
		got, why, err := m.Make(t.Context(), smiles, 3)
		if err != nil || why != nil {
			t.Fatal(smiles, why, err)
		}
		if got.Key() != want.Key() || len(got.Atoms) != len(want.Atoms) {
			t.Errorf("%s: another molecule, %s", smiles, got.SMILES())
		}
		for _, b := range got.Bonds {
			if d := got.Atoms[b.A].Pos.Dist(got.Atoms[b.B].Pos); d < 1.1 || d > 1.7 {
				t.Errorf("%s: a bond of %.2f Å", smiles, d)
			}
		}
	}
}

// One seed gives one conformer, on whichever worker; another seed gives another.
func TestSeed(t *testing.T) {
	m := maker(t, 2)
	pose := func(seed int64) []chem.Vec {
		mol, why, err := m.Make(t.Context(), "CCCCCCCCC(=O)NCc1ccccc1", seed)
		if err != nil || why != nil {
			t.Fatal(why, err)
		}
		return mol.Positions()
	}
	first, other := pose(1), pose(2)
	if slices.Equal(first, other) {
		t.Error("two seeds give one conformer")
	}
	for range 4 {
		if !slices.Equal(first, pose(1)) {
			t.Error("one seed gives two conformers")
		}
	}
}

func TestMakeSaysWhyNot(t *testing.T) {
	m := maker(t, 1)
	for smiles, want := range map[string]string{
		"C(":             "SMILES that RDKit does not read",
		"c1cccc1":        "SMILES that RDKit does not read",
		"C[Si-2](C)C(B)": "no MMFF94s parameters for an atom",
		"C1#CC1":         "RDKit finds no conformer",
	} {
		mol, why, err := m.Make(t.Context(), smiles, 1)
		if err != nil || mol != nil || why == nil || why.Reason != want {
			t.Errorf("%s: %v, %v, %v; want %q", smiles, mol, why, err, want)
		}
	}
}

func TestStartSaysWhatToDo(t *testing.T) {
	for _, command := range [][]string{
		{"sh", "-c", `echo '{"ready": false, "error": "no rdkit"}'`}, {"sh", "-c", "echo hello"}, {"/nowhere/python"},
	} {
		m, err := Start(t.Context(), Config{Workers: 1, command: command})
		if err == nil || !strings.Contains(err.Error(), "make setup") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", command, err)
		}
		if m != nil {
			m.Close()
		}
	}
}

func TestParse(t *testing.T) {
	for _, body := range []string{`{}`, `{"sdf": ""}`, `{"sdf": "no"}`, `{"sdf": 3}`, `[]`} {
		if _, _, err := parse([]byte(body)); err == nil {
			t.Errorf("%s was taken for an answer", body)
		}
	}
}

func BenchmarkMake(b *testing.B) {
	m := maker(b, 1)
	seed := int64(0)
	for b.Loop() {
		seed++
		if _, why, err := m.Make(b.Context(), "COc1ccc2c(CNCCc3cccs3)c(C(=O)O)n(Cc3cccc(F)c3)c2c1", seed); err != nil || why != nil {
			b.Fatal(why, err)
		}
	}
}
