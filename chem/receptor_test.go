package chem

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// heavy is a receptor's heavy atom: its AutoDock type and the number of hydrogens on it.
type heavy struct {
	kind      string
	hydrogens int
}

// readPDBQT counts the hydrogens that follow each heavy atom, by "chain seq residue atom".
func readPDBQT(t *testing.T, pdbqt []byte) map[string]heavy {
	t.Helper()
	atoms := map[string]heavy{}
	var last string
	var at Vec
	for l := range strings.Lines(string(pdbqt)) {
		l = strings.TrimRight(l, "\n")
		if strings.HasPrefix(l, "TER") {
			continue
		}
		kind := field(l, 77, 79)
		var pos Vec
		for k := range pos {
			x, err := strconv.ParseFloat(strings.TrimSpace(l[30+8*k:38+8*k]), 64)
			if err != nil {
				t.Fatalf("%q: %v", l, err)
			}
			pos[k] = x
		}
		if kind == "HD" {
			if d := pos.Dist(at); d < 0.9 || d > 1.4 {
				t.Errorf("%s: hydrogen %.2f Å off", last, d)
			}
			h := atoms[last]
			h.hydrogens++
			atoms[last] = h
			continue
		}
		last, at = strings.Join([]string{field(l, 21, 22), field(l, 22, 26), field(l, 17, 20), field(l, 12, 16)}, " "), pos
		atoms[last] = heavy{kind: kind}
	}
	return atoms
}

// Test1HPVAgreesWithMeeko compares with atom types and hydrogens that Meeko 0.8.0's mk_prepare_receptor made of the same file
// (without ligand and water; testdata/1hpv_types.tsv). The two differ where both are right: Meeko gives the chains' first prolines
// no hydrogens, and takes HIE where ours takes the tautomer that bonds to its neighbour.
func Test1HPVAgreesWithMeeko(t *testing.T) {
	p, err := ReadPDB(filepath.Join("..", "examples", "1hpv", "1hpv.pdb"))
	if err != nil {
		t.Fatal(err)
	}
	pdbqt, notes, err := ReceptorPDBQT(p)
	if err != nil {
		t.Fatal(err)
	}
	if want := "left out of the receptor (neither protein nor metal): 478"; len(notes) != 1 || !strings.HasPrefix(notes[0], want) {
		t.Errorf("notes %q, want %q", notes, want)
	}
	ours := readPDBQT(t, pdbqt)
	f, err := os.Open("testdata/1hpv_types.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	except := map[string]bool{"A 1 PRO N": true, "B 1 PRO N": true, "B 69 HIS ND1": true, "B 69 HIS NE2": true}
	count := 0
	for in := bufio.NewScanner(f); in.Scan(); count++ {
		c := strings.Split(in.Text(), "\t")
		key := strings.Join(c[:4], " ")
		got, ok := ours[key]
		// Vina takes S and SA alike; how many hydrogens a donor has means nothing to it, nor whether a thiol shows its one.
		same := strings.TrimSuffix(got.kind, "A") == strings.TrimSuffix(c[4], "A") && (got.hydrogens > 0) == (c[5] != "0")
		if got.kind != "SA" {
			same = same && got.kind == c[4]
		}
		if !ok || !same && !except[key] {
			t.Errorf("%s: %+v, Meeko has %s with %s hydrogens", key, got, c[4], c[5])
		}
	}
	if count != 1516 || len(ours) != count {
		t.Errorf("%d atoms, Meeko has %d, want 1516", len(ours), count)
	}
}

// residueText makes a residue with the given side chain, far from all others.
func residueText(name string, seq int, atoms ...string) string {
	var text string
	for k, a := range append([]string{" N  ", " CA ", " C  ", " O  "}, atoms...) {
		text += line("ATOM", a+" "+name+" A"+strconv.Itoa(1000+seq), float64(20*seq)+0.6*float64(k)) + "\n"
	}
	return text
}

func TestReceptorTypes(t *testing.T) {
	for _, c := range []struct{ name, atom, kind string }{
		{"HID", " ND1", "N1"}, {"HID", " NE2", "NA0"}, {"HSE", " NE2", "N1"}, {"HSE", " ND1", "NA0"}, {"HIP", " ND1", "N1"}, {"HIS", " NE2", "N1"},
		{"ASH", " OD2", "OA1"}, {"ASP", " OD2", "OA0"}, {"GLH", " OE2", "OA1"}, {"LYS", " NZ ", "N3"}, {"LYN", " NZ ", "N2"},
		{"CYX", " SG ", "SA0"}, {"CYS", " SG ", "SA1"}, {"MSE", "SE  ", "Se0"}, {"MET", " SD ", "SA0"}, {"SER", " OG ", "OA1"}, {"TYR", " OH ", "OA1"},
		{"ARG", " NH1", "N2"}, {"TRP", " NE1", "N1"}, {"ASN", " OD1", "OA0"}, {"PHE", " CZ ", "A0"}, {"SEP", " P  ", "P0"}, {"GLY", " OXT", "OA0"},
	} {
		pdbqt, _, err := ReceptorPDBQT(parse(t, residueText("GLY", 0)+residueText(c.name, 5, c.atom)))
		if err != nil {
			t.Fatal(err)
		}
		got := readPDBQT(t, pdbqt)["A 1005 "+c.name+" "+strings.TrimSpace(c.atom)]
		if s := got.kind + strconv.Itoa(got.hydrogens); s != c.kind {
			t.Errorf("%s of %s is %s, want %s", c.atom, c.name, s, c.kind)
		}
	}
}

func TestHistidineLooksAround(t *testing.T) {
	his := residueText("HIS", 5, " ND1", " NE2") // ND1 at x = 102.4, y = 2x, z = -x
	for _, c := range []struct{ name, neighbour, nd1 string }{
		{"alone", "", "NA"},
		{"an acceptor at ND1", line("ATOM", " OD1 ASP A   9", 101.5), "N"},
		{"zinc at NE2 and ND1", line("HETATM", "ZN    ZN A   9", 101.5), "NA"},
	} {
		pdbqt, _, err := ReceptorPDBQT(parse(t, his+c.neighbour))
		if err != nil {
			t.Fatal(err)
		}
		if got := readPDBQT(t, pdbqt)["A 1005 HIS ND1"].kind; got != c.nd1 {
			t.Errorf("%s: ND1 is %s, want %s", c.name, got, c.nd1)
		}
	}
}

func TestReceptorMetalsAndNotes(t *testing.T) {
	text := residueText("GLY", 0) + residueText("PHE", 5) + residueText("SEP", 9, " CB ", " OG ") +
		join(line("HETATM", "ZN    ZN A 301", 3), line("HETATM", "PT    PT A 302", 500), line("HETATM", " C1  LIG A 303", 700))
	pdbqt, notes, err := ReceptorPDBQT(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	got := readPDBQT(t, pdbqt)
	if got["A 301 ZN ZN"].kind != "Zn" || got["A 302 PT PT"].kind != "Zn" || got["A 303 LIG C1"].kind != "" {
		t.Errorf("metals and ligand: %v", got)
	}
	for _, want := range []string{noteLeftOut + ": LIG A 303", noteMetal + ": PT A 302", noteMissing + ": PHE A 1005", noteGeneric + ": SEP A 1009"} {
		if !strings.Contains(strings.Join(notes, "\n"), want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
	p := &Protein{Name: "x.pdb"}
	if _, _, err := ReceptorPDBQT(p); err == nil || !strings.Contains(err.Error(), "no protein residues") {
		t.Errorf("a receptor of nothing: %v", err)
	}
}
