package report

import (
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"keel/oracle"
)

// complexOf is a run of one molecule, amprenavir in HIV-1 protease, with figures that no worker would say.
func complexOf(t *testing.T) *Input {
	t.Helper()
	pocket, err := os.ReadFile("../examples/1hpv/1hpv.pdb")
	if err != nil {
		t.Fatal(err)
	}
	ligand, err := os.ReadFile("../examples/1hpv/ligand.sdf")
	if err != nil {
		t.Fatal(err)
	}
	m := newMolecule()
	m.Name, m.SMILES, m.Set = "amprenavir", "as the file says", "after"
	m.SDF = splitSDF(string(ligand))[0].text
	m.Values["qed"] = 0.125
	m.Values["reward"] = 1
	in := &Input{Title: "fill", Pocket: string(pocket), After: []Molecule{m}}
	in.choice = in.choose()
	return in
}

// Workers add what is missing and change nothing.
func TestFill(t *testing.T) {
	if _, err := oracle.FindPython(); err != nil && os.Getenv("KEEL_TEST_ALL") != "1" {
		t.Skip(err)
	}
	in := complexOf(t)
	if err := in.Fill(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	m := &in.After[0]
	if m.SMILES != "as the file says" || m.Values["qed"] != 0.125 || m.filled["qed"] {
		t.Errorf("what the file said became %s, QED %v", m.SMILES, m.Values["qed"])
	}
	if m.Values["weight"] < 505 || m.Values["weight"] > 506 || m.Values["pb_valid"] != 1 || m.Values["clashes"] != 0 || !m.filled["weight"] {
		t.Errorf("filled in: %v", m.Values) // amprenavir weighs 505.6 g/mol
	}
	if len(m.Fingerprint) != 256 || !strings.Contains(m.Depiction, "<svg") || len(in.Missing) > 0 {
		t.Errorf("fingerprint of %d bytes, picture of %d, missing: %q", len(m.Fingerprint), len(m.Depiction), in.Missing)
	}
	compact := compactPicture(m.Depiction)
	if 2*len(compact) > len(m.Depiction) || strings.Count(compact, "M") != strings.Count(m.Depiction, "M ") {
		t.Errorf("a picture of %d bytes became one of %d: %s", len(m.Depiction), len(compact), compact)
	}
	d := table(in, in.choice)
	told := map[string]bool{}
	for _, c := range d.Molecules[0].Contacts {
		told[string(c.Kind)+" "+c.Residue] = true
	}
	if !told["hbond ASP25:A"] || !told["hydrophobic ILE84:B"] {
		t.Errorf("contacts %v", told)
	}
	if again := in.questions(); len(again) > 0 {
		t.Errorf("still asked for: %v", again[0].what)
	}
}

// Without workers there is a page, which says why something is not on it.
func TestFillWithoutWorkers(t *testing.T) {
	t.Setenv("KEEL_PYTHON", "/nowhere/python")
	in := complexOf(t)
	if err := in.Fill(t.Context(), io.Discard); err != nil {
		t.Fatal(err)
	}
	if len(in.Missing) != 1 || !strings.Contains(in.Missing[0], "KEEL_PYTHON=/nowhere/python") {
		t.Errorf("missing: %q", in.Missing)
	}
	if err := Write(io.Discard, in); err != nil {
		t.Fatal(err)
	}
}

// A figure that was filled in for some of a set only says nothing of the set.
func TestFilledFiguresDoNotSpeakForOthers(t *testing.T) {
	var all []Molecule
	for i := range 10 {
		m := newMolecule()
		m.Step = 1 + i/5
		m.Values["qed"] = float64(i) / 10
		if i < 3 {
			m.Values["strain"] = 1
			m.filled = map[string]bool{"strain": true}
		}
		all = append(all, m)
	}
	series := sampleSeries(all)
	if _, ok := series["strain"]; ok || len(valuesOf(all, "strain")) > 0 {
		t.Error("the strain of three molecules stands for ten")
	}
	if s := series["qed"]; len(s.values) != 2 || math.Abs(s.values[1]-0.7) > 1e-12 || math.Abs(s.low[1]-0.54) > 1e-12 || math.Abs(s.high[1]-0.86) > 1e-12 {
		t.Errorf("QED by iteration: %+v", s)
	}
}
