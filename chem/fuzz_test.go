package chem

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

// inTime fails a fuzz target whose input takes so long that a file of such records would seem to hang.
func inTime(t *testing.T) func() {
	const most = 10 * time.Second
	start := time.Now()
	return func() {
		if d := time.Since(start); d > most {
			t.Fatalf("it took %v", d)
		}
	}
}

func oneLineEach(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil && (strings.Contains(err.Error(), "\n") || err.Error() == "") {
			t.Fatalf("an error of several lines or none: %q", err)
		}
	}
}

func FuzzPDB(f *testing.F) {
	gly := join(line("ATOM", " N   GLY A   1", 1), line("ATOM", " CA  GLY A   1", 2), line("ATOM", " C   GLY A   1", 3), line("ATOM", " O   GLY A   1", 4))
	f.Add([]byte(join("MODEL 1", line("ATOM", " CB ASER A   1", 2, "  0.40"), line("ATOM", " CB BTHR A   1", 3, "  0.60"), "ENDMDL")))
	f.Add([]byte(join(line("ATOM", " N   GLY A   1", 1), line("HETATM", "CA    CA A 301", 3), "TER", "END")))
	f.Add([]byte(gly + residueText("HIS", 5, " CB ", " CG ", " ND1", " NE2") + line("HETATM", "ZN    ZN A 301", 101)))
	f.Add([]byte(gly + residueText("MSE", 2, "SE  ") + residueText("XYZ", 9, " B  ", "PT  ") + line("HETATM", " C1  LIG A 303", 3)))
	f.Add([]byte(residueText("PRO", 0, " CD ") + residueText("CYX", 1, " SG ") + residueText("SEP", 2, " P  ", " OG ")))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer inTime(t)()
		p, err := ParsePDB(bytes.NewReader(data), "x")
		oneLineEach(t, err)
		if err != nil {
			return
		}
		next := 0
		for i, r := range p.Residues {
			if r.First != next || r.End <= r.First {
				t.Fatalf("residue %d has atoms [%d, %d)", i, r.First, r.End)
			}
			next = r.End
		}
		var buf bytes.Buffer
		if WritePDB(&buf, p) == nil {
			if again, err := ParsePDB(&buf, "x"); err != nil || len(again.Atoms) != len(p.Atoms) {
				t.Fatalf("%d atoms written, read %v, %v", len(p.Atoms), again, err)
			}
		}
		makeReceptor(t, p)
		for _, near := range [][]Vec{{p.Atoms[0].Pos}, p.Positions(), {{9e5, -9e5, 0}}} {
			pocket, err := CutPocket(p, near, 10)
			oneLineEach(t, err)
			if err == nil {
				makeReceptor(t, pocket)
			}
		}
		for _, code := range p.HeteroCodes() {
			if len(p.Hetero(code)) == 0 {
				t.Fatalf("no hetero residue %q", code)
			}
		}
	})
}

// makeReceptor makes a receptor of a protein that was read; only what PDBQT cannot hold may stop it.
func makeReceptor(t *testing.T, p *Protein) {
	t.Helper()
	pdbqt, notes, err := ReceptorPDBQT(p)
	oneLineEach(t, err)
	for _, n := range notes {
		if strings.Contains(n, "\n") {
			t.Fatalf("a note of several lines: %q", n)
		}
	}
	if err != nil {
		return
	}
	for l := range strings.Lines(string(pdbqt)) {
		if !strings.HasPrefix(l, "TER") && (len(l) < 79 || strings.Contains(l, "NaN") || field(l, 77, 79) == "") {
			t.Fatalf("a line that Vina cannot read: %q", l)
		}
	}
}

func FuzzSDF(f *testing.F) {
	f.Add([]byte(zwitterion))
	f.Add([]byte(strings.Replace(zwitterion, "  2  3  1", "  2  3  4", 1)))
	for _, text := range []string{"c1ccc2c(c1)[nH]cc2", "[Na+].[O-]S(=O)(=O)c1ccccc1", "C12C3C4C1C5C2C3C45", "[H][H]", "[ZnH2]"} {
		var buf bytes.Buffer
		if err := WriteSDF(&buf, []*Molecule{fromSMILES(f, text)}); err != nil {
			f.Fatal(err)
		}
		f.Add(buf.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		defer inTime(t)()
		mols, bad, err := ParseSDF(bytes.NewReader(data), "x")
		oneLineEach(t, append(bad, err)...)
		var buf bytes.Buffer
		if len(mols) > 0 && WriteSDF(&buf, mols) == nil {
			again, bad, err := ParseSDF(&buf, "x")
			if err != nil || len(bad) > 0 || len(again) != len(mols) {
				t.Fatalf("%d molecules written, %d read again: %v %v", len(mols), len(again), bad, err)
			}
		}
		for _, m := range mols {
			useMolecule(t, m)
		}
	})
}

// useMolecule does with a molecule that was read what follows reading.
func useMolecule(t *testing.T, m *Molecule) {
	t.Helper()
	oneLineEach(t, m.CheckValence())
	for _, h := range m.ImplicitHydrogens() {
		if h < 0 {
			t.Fatal("fewer than no hydrogens")
		}
	}
	m.HeavyOnly().SMILES()
	atoms := 0
	backwards := make([]int, 0, len(m.Atoms))
	for _, part := range m.Fragments() {
		atoms += len(part)
		if len(part) > mostProbed {
			return // no promise of one text whatever the order
		}
		backwards = append(backwards, part...)
	}
	if atoms != len(m.Atoms) {
		t.Fatalf("%d atoms in fragments of %d", atoms, len(m.Atoms))
	}
	slices.Reverse(backwards)
	if other := m.Subset(backwards); other.SMILES() != m.SMILES() || other.Key() != m.Key() {
		t.Fatalf("%s, backwards %s", m.SMILES(), other.SMILES())
	}
	if m.CheckValence() != nil {
		return
	}
	if again, err := ParseSMILES(m.SMILES()); err == nil && again.Key() != m.Key() {
		t.Fatalf("%s read again is %s", m.SMILES(), again.SMILES())
	}
}

func FuzzSMILES(f *testing.F) {
	for _, text := range []string{"CC(=O)Oc1ccccc1C(=O)O", "c1ccc2c(c1)[nH]cc2.[Na+]", `F/C=C\[C@@H](N)[13CH3]`, "C%12CC%(123)C%12CC%(123)", "CN=N#N", "O=n1ccccc1",
		"[H][H]", "c1cc2cccccc2c1", "[SH6]", "C1=CC=CC=CC=C1", "[Fe++](C)(C)C", "B1OB(C)OB1", "c1cc[te]c1", "C:C", "[CH2]", "C(C)(C", "P1PC#C1",
		"B1=CC2=CC=BC2=CC2=CC1=C2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer inTime(t)()
		mols, bad, err := ReadSMILES(strings.NewReader(text), "x")
		oneLineEach(t, append(bad, err)...)
		for _, m := range mols {
			useMolecule(t, m)
		}
		m, err := ParseSMILES(text)
		oneLineEach(t, err)
		if err != nil {
			return
		}
		again, err := ParseSMILES(m.SMILES())
		if err != nil || again.Key() != m.Key() && len(m.Atoms) <= mostProbed {
			t.Fatalf("%q becomes %s: %v", text, m.SMILES(), err)
		}
	})
}
