package chem

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// sdfRecord makes an SDF record of atoms 1.5 Å apart, bound in a chain where bonded says so.
func sdfRecord(bonded bool, symbols ...string) string {
	var text strings.Builder
	bonds := 0
	if bonded {
		bonds = len(symbols) - 1
	}
	fmt.Fprintf(&text, "made\n\n\n%3d%3d  0  0  0  0            999 V2000\n", len(symbols), bonds)
	for i, s := range symbols {
		fmt.Fprintf(&text, "%10.4f%10.4f%10.4f %-3s 0  0\n", 1.5*float64(i), 0.0, 0.0, s)
	}
	for i := range bonds {
		fmt.Fprintf(&text, "%3d%3d  1  0\n", i+1, i+2)
	}
	return text.String() + "M  END\n$$$$\n"
}

// TestBadLigands: what a ligand file may hold that chemistry programs stumble over is either read for what it is or refused in one line.
func TestBadLigands(t *testing.T) {
	for _, c := range []struct {
		name, text string
		problem    string // of the reader; "" if it reads
		smiles     string
		valence    string // of CheckValence
	}{
		{"zinc", sdfRecord(false, "Zn"), "", "[Zn]", ""},
		{"a carbon bound to platinum", sdfRecord(true, "C", "Pt", "C"), "", "C[Pt]C", ""},
		{"selenium", sdfRecord(true, "C", "Se", "C"), "", "C[Se]C", ""},
		{"boron", sdfRecord(true, "C", "B", "O"), "", "CBO", ""},
		{"two fragments", sdfRecord(false, "C", "O"), "", "C.O", ""},
		{"hydrogens only", sdfRecord(true, "H", "H"), "", "[HH]", ""},
		{"a fluorine with two bonds", sdfRecord(true, "C", "F", "C"), "", "C[F]C", "atom 2 (F, charge +0) has bonds of total order 2, at most 1 fit"},
		{"a dummy atom", sdfRecord(true, "C", "*"), `x.sdf:6: "*" is not an element; repair or remove this record`, "", ""},
		{"an R group", sdfRecord(true, "C", "R#"), `x.sdf:6: "R#" is not an element; repair or remove this record`, "", ""},
		{"zero atoms", strings.Replace(sdfRecord(false, "C"), "  1  0", "  0  0", 1), "x.sdf:4: the record has no atoms; repair or remove this record", "", ""},
		{"NaN", strings.Replace(sdfRecord(false, "C"), "0.0000", "   nan", 1), "x.sdf:5: expected coordinates in columns 1-30, found", "", ""},
		{"all at one place", strings.ReplaceAll(sdfRecord(true, "C", "O"), "1.5000", "0.0000"), "", "CO", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			mols, bad, err := ParseSDF(strings.NewReader(c.text), "x.sdf")
			if err != nil {
				t.Fatal(err)
			}
			if c.problem != "" {
				var input *InputError
				if len(mols) > 0 || len(bad) != 1 || !errors.As(bad[0], &input) || !strings.HasPrefix(bad[0].Error(), c.problem) || strings.Contains(bad[0].Error(), "\n") {
					t.Errorf("%d molecules, bad %v, want %q", len(mols), bad, c.problem)
				}
				return
			}
			if len(mols) != 1 || len(bad) > 0 || mols[0].SMILES() != c.smiles {
				t.Fatalf("%d molecules, bad %v, as %s", len(mols), bad, mols[0].SMILES())
			}
			valence := ""
			if err := mols[0].CheckValence(); err != nil {
				valence = err.Error()
			}
			if valence != c.valence {
				t.Errorf("valence: %q, want %q", valence, c.valence)
			}
		})
	}
}

// TestBadReceptors: each case either becomes a receptor, with a note of what was not taken as it stands, or is refused in one line.
func TestBadReceptors(t *testing.T) {
	gly := residueText("GLY", 0) // at x from 0 to 1.8
	het := func(columns string, x float64) string { return line("HETATM", columns, x) + "\n" }
	for _, c := range []struct {
		name, text string
		problem    string // of reading or of making a receptor
		note       string
		has        string // an atom that must be in the receptor, and its type
	}{
		{"zinc", gly + het("ZN    ZN A 301", 3), "", "", "A 301 ZN ZN:Zn"},
		{"platinum", gly + het("PT    PT A 301", 3), "", noteMetal + ": PT A 301", "A 301 PT PT:Zn"},
		{"sodium, as ATOM", gly + line("ATOM", "NA    NA A 301", 3) + "\n", "", "", "A 301 NA NA:Na"},
		{"chloride", gly + het("CL    CL A 301", 3), "", noteLeftOut + ": CL A 301", ""},
		{"selenomethionine", gly + residueText("MSE", 5, " CB ", " CG ", "SE  ", " CE "), "", "", "A 1005 MSE SE:Se"},
		{"selenocysteine", gly + residueText("SEC", 5, " CB ", "SE  "), "", noteGeneric + ": SEC A 1005", "A 1005 SEC SE:Se"},
		{"boron in a residue", gly + residueText("BOR", 5, " B  "), "", noteUntyped + ": BOR A 1005", "A 1005 BOR CA:C"},
		{"an iron-sulfur cluster", gly + het("FE1  SF4 A 301", 3) + het(" S1  SF4 A 301", 5), "", noteLeftOut + ": SF4 A 301", ""},
		{"an unknown residue", gly + residueText("XYZ", 5, " CB ", " OX "), "", noteGeneric + ": XYZ A 1005", "A 1005 XYZ OX:OA"},
		{"a bare side chain", gly + residueText("LYS", 5), "", noteMissing + ": LYS A 1005", "A 1005 LYS CA:C"},
		{"no hydrogens", residueText("SER", 5, " CB ", " OG "), "", "", "A 1005 SER OG:OA"},
		{"one atom", line("ATOM", " CA  GLY A   1", 1), "", "", "A 1 GLY CA:C"},
		{"all atoms at one place", strings.ReplaceAll(residueText("SER", 0, " CB ", " OG "), line("", "", 0.6)[30:38], "   0.000"), "", "", "A 1000 SER OG:OA"},
		{"zero atoms", "HEADER    NOTHING\nEND\n", "x.pdb: no protein residues: no ATOM or HETATM line at all; give a PDB file of a protein receptor", "", ""},
		{"hydrogens only", line("ATOM", " HA  GLY A   1", 1), "x.pdb: no protein residues: only water and hydrogens; give", "", ""},
		{"a ligand alone", het(" C1  LIG A   1", 1), "x.pdb: no protein residues among the 1 in the file (LIG...); give", "", ""},
		{"DNA", residueText(" DA", 0), "x.pdb: no protein residues among the 1 in the file (DA...); give", "", ""},
		{"an element that is none", gly + line("HETATM", " X   DUM A   9", 3, "  1.00  0.00           X"), "", "", "A 1000 GLY CA:C"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := ParsePDB(strings.NewReader(c.text), "x.pdb")
			var pdbqt []byte
			var notes []string
			if err == nil {
				pdbqt, notes, err = ReceptorPDBQT(p)
			}
			if c.problem != "" {
				if err == nil || !strings.HasPrefix(err.Error(), c.problem) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%v, want %q", err, c.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(notes, "\n"); !strings.Contains(all, c.note) || c.note == "" && all != "" {
				t.Errorf("notes %q, want %q", notes, c.note)
			}
			if who, kind, _ := strings.Cut(c.has, ":"); c.has != "" && readPDBQT(t, pdbqt)[who].kind != kind {
				t.Errorf("%s is %+v, want %s", who, readPDBQT(t, pdbqt)[who], kind)
			}
		})
	}
}

// TestBadPockets: a ligand that has no place in the receptor is told from one that has, with the distance.
func TestBadPockets(t *testing.T) {
	p := parse(t, residueText("GLY", 0)+residueText("XYZ", 1)+line("HETATM", "ZN    ZN A 301", 3))
	for _, c := range []struct {
		name    string
		ligand  *Molecule
		problem string
	}{
		{"in place", &Molecule{Atoms: []Atom{{Element: Carbon, Pos: Vec{1, 1, 1}}}}, ""},
		{"one fragment in place, one far off", &Molecule{Atoms: []Atom{{Element: Carbon}, {Element: Carbon, Pos: Vec{900, 0, 0}}}}, ""},
		{"far outside", &Molecule{Atoms: []Atom{{Element: Carbon, Pos: Vec{0, 0, 500}}}}, "x.pdb: the centre 0.0,0.0,500.0 is 500.0 Å from the nearest protein atom (limit 10 Å); give"},
		{"far outside, two atoms", &Molecule{Atoms: []Atom{{Pos: Vec{0, 0, 500}}, {Pos: Vec{0, 0, 502}}}}, "x.pdb: the ligand at 0.0,0.0,501.0 is 500.0 Å"},
		{"no atoms", &Molecule{}, "no points to cut a pocket of x.pdb around"},
		{"at infinity", &Molecule{Atoms: []Atom{{Pos: Vec{0, 0, math.Inf(1)}}}}, "a pocket cannot be cut around"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pocket, err := CutPocket(p, c.ligand.Positions(), 10)
			switch {
			case c.problem == "" && (err != nil || len(pocket.Atoms) == 0):
				t.Errorf("%v, %v", pocket, err)
			case c.problem != "" && (err == nil || !strings.HasPrefix(err.Error(), c.problem)):
				t.Errorf("%v, want %q", err, c.problem)
			}
		})
	}
}
