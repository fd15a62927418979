package vina

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"keel/chem"
)

// atomText is a PDBQT line.
func atomText(serial int, x, y, z float64, kind string) string {
	return fmt.Sprintf("ATOM  %5d  C   LIG A   1    %8.3f%8.3f%8.3f  1.00  0.00    +0.000 %s\n", serial, x, y, z, kind)
}

// ethane is two carbons with a bond that turns, with a carbon behind each.
var ethane = "ROOT\n" + atomText(1, 0, 0, 0, "C") + atomText(2, 1.2, 0.8, 0, "C") + "ENDROOT\nBRANCH   1   3\n" +
	atomText(3, -0.9, 1.2, 0, "C") + atomText(4, -2.3, 0.9, 0.4, "C") + "ENDBRANCH   1   3\nTORSDOF 1\n"

func TestBadLigands(t *testing.T) {
	one := atomText(1, 0, 0, 0, "C")
	replace := func(old, with string) string { return strings.Replace(ethane, old, with, 1) }
	tests := []struct {
		name, text, want string
	}{
		{"nothing", "", "ligand: the ligand has no atoms; " + ligandHint},
		{"no atoms", "ROOT\nENDROOT\nTORSDOF 0\n", "ligand: the ligand has no atoms; " + ligandHint},
		{"remarks only", "REMARK x\n", "ligand: the ligand has no atoms; " + ligandHint},
		{"NaN", replace("   0.000", "     nan"), `ligand:2: coordinate "     nan" is not a finite number; ` + columns},
		{"infinite", replace("   0.000", "     Inf"), `ligand:2: coordinate "     Inf" is not a finite number; ` + columns},
		{"huge", replace("   0.000", "    9e99"), `ligand:2: coordinate "    9e99" is not a finite number; ` + columns},
		{"blank", replace("   0.000", "        "), `ligand:2: coordinate "        " is not a finite number; ` + columns},
		{"sign alone", replace("   0.000", "       -"), `ligand:2: coordinate "       -" is not a finite number; ` + columns},
		{"short line", ethane[:100] + "\n", "ligand:3: this atom line is cut short; " + columns},
		{"cut in the root", ethane[:len("ROOT\n")+len(one)], "ligand: ROOT has no ENDROOT; " + cutHint},
		{"cut in a branch", ethane[:strings.Index(ethane, "ENDBRANCH")], "ligand: BRANCH 1 3 has no ENDBRANCH; " + cutHint},
		{"cut before TORSDOF", ethane[:strings.Index(ethane, "TORSDOF")], "ligand: no TORSDOF line; " + cutHint},
		{"two TORSDOF", ethane + "TORSDOF 1\n", "ligand:10: a second TORSDOF line; give one ligand"},
		{"TORSDOF without number", replace("TORSDOF 1", "TORSDOF"), "ligand:9: TORSDOF needs a number; " + cutHint},
		{"two roots", ethane + ethane, "ligand:10: a second ROOT; give one ligand"},
		{"coincident", replace("  -2.300   0.900   0.400", "  -0.900   1.200   0.000"), "ligand: atoms 3 and 4 coincide"},
		{"unknown type", replace(" C\n", " B\n"), `ligand:2: Vina does not know the atom type "B"; ` + knownTypes},
		{"no type", replace("0.000 C\n", "0.000\n"), "ligand:2: this atom line is cut short; " + columns},
		{"broken ring", replace(" C\n", " CG0\n"), "ligand:2: atom type CG0 closes a broken ring; " + brokenRing},
		{"broken ring's dummy", replace(" C\n", " G1\n"), "ligand:2: atom type G1 closes a broken ring; " + brokenRing},
		{"receptor", one + one, "ligand:1: an atom before ROOT: this is no ligand; " + ligandHint},
		{"models", "MODEL 1\n" + ethane, "ligand:1: a MODEL line; give one ligand; vina_split takes docked poses apart"},
		{"rubbish", "<html>\n", "ligand:1: Vina does not know this line of a ligand, or not here: <html>; " + ligandHint},
		{"branch from nowhere", replace("BRANCH   1   3", "BRANCH   7   3"),
			"ligand:5: the branch hangs on atom 7, which the piece it hangs on does not have"},
		{"branch to nowhere", strings.ReplaceAll(ethane, "BRANCH   1   3", "BRANCH   1   9"), "ligand:8: the branch lacks its atom 9; " + cutHint},
		{"branch without numbers", replace("BRANCH   1   3", "BRANCH"), "ligand:5: BRANCH needs the numbers of two atoms"},
		{"crossed branches", replace("ENDBRANCH   1   3", "ENDBRANCH   2   3"), "ligand:8: ENDBRANCH does not name the branch it ends, 1 3"},
		{"bad serial", replace("ATOM      1", "ATOM      x"), `ligand:2: atom number "    x" is not a number; ` + columns},
		{"too many", "ROOT\n" + strings.Repeat(one, maxAtoms+1), "ligand:1002: more than 1000 atoms in a ligand"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadLigand([]byte(test.text), "ligand")
			checkInputError(t, err, test.want)
		})
	}
}

func TestBadReceptors(t *testing.T) {
	one := atomText(1, 0, 0, 0, "C")
	tests := []struct {
		name, text, want string
	}{
		{"nothing", "", "receptor: the receptor has no atoms; " + receptorHint},
		{"remarks only", "REMARK x\nTER\nEND\n", "receptor: the receptor has no atoms; " + receptorHint},
		{"hydrogens only", atomText(1, 0, 0, 0, "HD"), "receptor: the receptor has no atoms but hydrogens; " + receptorHint},
		{"ligand", ethane, "receptor:1: a receptor has no ROOT line; this is a ligand; " + receptorHint},
		{"models", "MODEL 1\n" + one, "receptor:1: a MODEL line; give one model of the receptor, without MODEL and ENDMDL"},
		{"PDB", "HEADER    HYDROLASE\n" + one, "receptor:1: Vina does not know this line of a receptor: HEADER    HYDROLASE; " + receptorHint},
		{"unknown type", one + atomText(2, 1, 0, 0, "Xx"), `receptor:2: Vina does not know the atom type "Xx"; ` + knownTypes},
		{"NaN", strings.Replace(one, "   0.000", "     NaN", 1), `receptor:1: coordinate "     NaN" is not a finite number; ` + columns},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadReceptor([]byte(test.text), "receptor")
			checkInputError(t, err, test.want)
		})
	}
}

func checkInputError(t *testing.T, err error, want string) {
	t.Helper()
	var bad *chem.InputError
	if !errors.As(err, &bad) || err.Error() != want {
		t.Errorf("error %q\n  want %q", err, want)
	}
}

func TestLigandAsRead(t *testing.T) {
	l := readLigand(t, ethane)
	if got := fmt.Sprint(l.Serials(), l.Torsions(), l.Positions()[3]); got != "[1 2 3 4] 1 [-2.3 0.9 0.4]" {
		t.Error(got)
	}
	crlf := strings.ReplaceAll(ethane, "\n", "\r\n")
	if got := readLigand(t, crlf).Positions(); got[2] != l.Positions()[2] {
		t.Error("line ends of another system change the pose")
	}
}

// TestFixedPoint reads numbers as strconv does.
func TestFixedPoint(t *testing.T) {
	good := map[string]float64{
		"  12.345": 12.345, "-999.999": -999.999, "   -.500": -.5, "      5.": 5, "       7": 7, "  1.5e-2": 1.5e-2, "-0.00001": -1e-5,
	}
	for text, want := range good {
		if got, ok := fixedPoint(text); !ok || got != want {
			t.Errorf("%q is %v (%v), want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-", ".", "1.2.3", "0x", "--1", "1 2", "12345678"} {
		if got, ok := fixedPoint(text); ok {
			t.Errorf("%q is no coordinate, read as %v", text, got)
		}
	}
}

// TestReceptorKinds compares the bonds found in cells with those found among all atoms.
func TestReceptorKinds(t *testing.T) {
	text, err := os.ReadFile("testdata/receptor.pdbqt")
	if err != nil {
		t.Fatal(err)
	}
	points, types := receptorPoints(t, string(text))
	all := make([]int32, len(points))
	for i := range all {
		all[i] = int32(i)
	}
	count := map[kind]int{}
	for i, got := range bondKinds(points, types) {
		polar, hetero := false, false
		for j := range points {
			if (types[j].polar || types[j].heteroatom()) && j != i && dist2(points[i], points[j]) < 25 && bonded(points, types, i, j, all) {
				polar, hetero = polar || types[j].polar, hetero || types[j].heteroatom()
			}
		}
		if want := types[i].kindBeside(polar, hetero); got != want {
			t.Errorf("atom %d is of kind %d, want %d", i, got, want)
		}
		count[got]++
	}
	for _, k := range []kind{carbonH, carbonP, nitrogenD, oxygenA, oxygenDA, unseen} {
		if count[k] == 0 {
			t.Errorf("no atom of kind %d: the test tells little", k)
		}
	}
}

func receptorPoints(t testing.TB, text string) (points []vec, types []*atomType) {
	r := &reader{file: "receptor", rest: text}
	for l, ok := r.next(); ok; l, ok = r.next() {
		if isAtom(l) {
			a, err := r.atom(l)
			if err != nil {
				t.Fatal(err)
			}
			points, types = append(points, a.pos), append(types, a.kind)
		}
	}
	return points, types
}
