package chem

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// prepared is a molecule and what testdata/ligand_prep.py found out about it.
type prepared struct {
	*Molecule
	want struct {
		Rings, Atoms, Bonds []int
		Positions           []Vec
		PDBQT               []string
		Refused             string
	}
}

func preparedMolecules(t testing.TB) []prepared {
	mols, bad, err := ReadSDF("testdata/ligand_prep.sdf.gz")
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	f, err := os.Open("testdata/ligand_prep.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	all := make([]prepared, 0, len(mols))
	for lines.Scan() {
		p := prepared{Molecule: mols[len(all)]}
		if err := json.Unmarshal(lines.Bytes(), &p.want); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if lines.Err() != nil || len(all) != len(mols) || len(all) < 300 {
		t.Fatalf("%d molecules, %d lines, %v", len(mols), len(all), lines.Err())
	}
	return all
}

// drugSized returns a prepared molecule of 30 heavy atoms or more: imatinib's methyl relative of 37.
func drugSized(t testing.TB) *Molecule {
	for _, p := range preparedMolecules(t) {
		if strings.HasPrefix(p.Name, "Cc1ccc(cc1Nc1nccc") {
			return p.Molecule
		}
	}
	t.Fatal("no such molecule")
	return nil
}

// tokens writes a PDBQT as the golden file has it, with atoms by their number in the molecule with hydrogens, found by position.
func tokens(t fataler, full *Molecule, text *LigandText) (out []string) {
	k := 0
	for line := range strings.Lines(string(text.PDBQT)) {
		line = strings.TrimRight(line, " \n")
		switch word := strings.Fields(line); word[0] {
		case "ATOM":
			i := slices.IndexFunc(full.Atoms, func(a Atom) bool {
				return fmt.Sprintf("%8.3f%8.3f%8.3f", a.Pos[0], a.Pos[1], a.Pos[2]) == line[30:54]
			})
			if serial, err := strconv.Atoi(word[1]); err != nil || serial != k+1 || i < 0 || text.Atoms[k] >= 0 && text.Atoms[k] != i {
				t.Fatalf("%q is atom %d here, %d in Atoms", line, i, text.Atoms[k])
			}
			k++
			out = append(out, fmt.Sprintf("%d:%s", i, line[77:]))
		case "BRANCH":
			out = append(out, "("+word[1]+"-"+word[2])
		case "ENDBRANCH":
			out = append(out, ")")
		case "TORSDOF":
			out = append(out, line)
		}
	}
	if k != len(text.Atoms) {
		t.Fatalf("%d atoms in the text, %d in Atoms", k, len(text.Atoms))
	}
	return out
}

type fataler interface{ Fatalf(string, ...any) }

func TestLigandTextIsThatOfMeeko(t *testing.T) {
	refused := 0
	for k, m := range preparedMolecules(t) {
		text, err := LigandPDBQT(m.Molecule)
		if m.want.Refused != "" {
			refused++
			continue
		}
		if err != nil {
			t.Errorf("molecule %d (%s): %v", k, m.Name, err)
			continue
		}
		if d := cmp.Diff(m.want.PDBQT, tokens(t, m.WithHydrogens(), text)); d != "" {
			t.Errorf("molecule %d (%s), -Meeko +Keel:\n%s", k, m.Name, d)
		}
	}
	if refused != 3 {
		t.Errorf("Meeko refuses %d molecules, want two of selenium and one of arsenic", refused)
	}
}

func TestLigandTextWordForWord(t *testing.T) {
	m := graph(2, [2]int{0, 1})
	m.Atoms[1] = Atom{Element: Oxygen, Pos: Vec{0, 0, 1.43}}
	text, err := LigandPDBQT(m)
	if err != nil {
		t.Fatal(err)
	}
	// The hydrogen is 0.99 Å from the oxygen, at 109.471° to its bond: 1.43 + 0.99/3, and 0.99 √8/3 aside.
	const want = "ROOT\n" +
		"ATOM      1  C   UNL     1       0.000   0.000   0.000  1.00  0.00    +0.000 C \n" +
		"ATOM      2  O   UNL     1       0.000   0.000   1.430  1.00  0.00    +0.000 OA\n" +
		"ATOM      3  H   UNL     1       0.000  -0.933   1.760  1.00  0.00    +0.000 HD\n" +
		"ENDROOT\nTORSDOF 0\n"
	if d := cmp.Diff(want, string(text.PDBQT)); d != "" {
		t.Error(d)
	}
	if !slices.Equal(text.Atoms, []int{0, 1, -1}) {
		t.Errorf("atoms %v", text.Atoms)
	}
}

func TestWhatVinaCannotRead(t *testing.T) {
	with := func(change func(*Molecule)) *Molecule {
		m := graph(3, [2]int{0, 1}, [2]int{1, 2})
		m.Atoms[1].Pos, m.Atoms[2].Pos = Vec{1.5, 0, 0}, Vec{2, 1.4, 0}
		change(m)
		return m
	}
	for _, c := range []struct {
		want string
		mol  *Molecule
	}{
		{"no atoms", graph(0)},
		{"no atoms: hydrogens alone", with(func(m *Molecule) {
			m.Atoms[0].Element, m.Atoms[1].Element = Hydrogen, Hydrogen
			m.Atoms, m.Bonds = m.Atoms[:2], m.Bonds[:1]
		})},
		{"coordinates are not finite", with(func(m *Molecule) { m.Atoms[2].Pos[1] = math.NaN() })},
		{"coordinates are not finite", with(func(m *Molecule) { m.Atoms[0].Pos[2] = math.Inf(-1) })},
		{"coordinates out of range: an atom at 0.0 0.0 1000.0", with(func(m *Molecule) { m.Atoms[0].Pos[2] = 1000 })},
		{"not connected: 2 fragments", with(func(m *Molecule) { m.Bonds = m.Bonds[:1] })},
		{"does not sanitise: atom 2 (C, charge +0) has bonds of total order 5, at most 4 fit", with(func(m *Molecule) {
			m.Bonds[0].Order, m.Bonds[1].Order = 2, 3
		})},
		{"no AutoDock atom type: As (atom 2)", with(func(m *Molecule) { m.Atoms[1].Element = Arsenic })},
		{"atoms coincide: 0.030 Å apart", with(func(m *Molecule) { m.Atoms[0].Pos = Vec{1.5, 0.03, 0} })},
	} {
		_, err := LigandPDBQT(c.mol)
		var le *LigandError
		if !errors.As(err, &le) || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func TestSeleniumIsWritten(t *testing.T) {
	m := graph(3, [2]int{0, 1}, [2]int{1, 2})
	m.Atoms[1] = Atom{Element: Selenium, Pos: Vec{1.9, 0, 0}}
	m.Atoms[2].Pos = Vec{2.2, 1.9, 0}
	text, err := LigandPDBQT(m)
	if err != nil || !strings.Contains(string(text.PDBQT), "+0.000 Se\n") {
		t.Errorf("%v\n%v", err, text)
	}
}

// parts returns the rigid bodies of a ligand and its types, in the numbering of another.
func parts(t *rapid.T, m *Molecule, number []int) (bodies []string, torsions string) {
	text, err := LigandPDBQT(m)
	if err != nil {
		t.Fatal(err)
	}
	full := m.WithHydrogens()
	open := [][]string{nil}
	for _, token := range tokens(t, full, text) {
		switch {
		case strings.HasPrefix(token, "("):
			open = append(open, nil)
		case token == ")":
			bodies = append(bodies, bodyName(open[len(open)-1]))
			open = open[:len(open)-1]
		case strings.HasPrefix(token, "TORSDOF"):
			torsions = token
		default:
			at, name, _ := strings.Cut(token, ":")
			i, _ := strconv.Atoi(at)
			if i >= len(m.Atoms) { // an added hydrogen goes by the atom that carries it
				i, name = full.Bonds[len(m.Bonds)+i-len(m.Atoms)].A, "on "+name
			}
			open[len(open)-1] = append(open[len(open)-1], fmt.Sprintf("%d %s", number[i], name))
		}
	}
	bodies = append(bodies, bodyName(open[0]))
	slices.Sort(bodies)
	return bodies, torsions
}

func bodyName(atoms []string) string {
	slices.Sort(atoms)
	return strings.Join(atoms, ", ")
}

func TestRigidBodiesDoNotDependOnNumbering(t *testing.T) {
	mols := slices.DeleteFunc(preparedMolecules(t), func(p prepared) bool { return p.want.Refused != "" || len(p.Atoms) < 8 })
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(mols).Draw(t, "molecule").Molecule
		number := permutation(t, len(m.Atoms), "numbers")
		same := make([]int, len(m.Atoms))
		for i := range same {
			same[i] = i
		}
		got, torsions := parts(t, renumbered(m, number, permutation(t, len(m.Bonds), "bonds")), same)
		want, torsions2 := parts(t, m, number)
		if d := cmp.Diff(want, got); d != "" || torsions != torsions2 {
			t.Fatalf("%s: %s, %s\n%s", m.Name, torsions, torsions2, d)
		}
	})
}

// Any molecule gives a text with every atom but merged hydrogens once, or one of the known reasons.
func TestLigandTextOfAnyMolecule(t *testing.T) {
	reasons := []string{"no atoms", "does not sanitise", "no AutoDock atom type", "atoms coincide"}
	rapid.Check(t, func(t *rapid.T) {
		m := randomMolecule(t)
		text, err := LigandPDBQT(m)
		var le *LigandError
		switch {
		case errors.As(err, &le):
			if !slices.Contains(reasons, le.Reason) {
				t.Fatal(err)
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		seen := make([]bool, len(m.Atoms))
		for _, i := range text.Atoms {
			if i >= 0 {
				if seen[i] {
					t.Fatalf("atom %d twice", i)
				}
				seen[i] = true
			}
		}
		for i, a := range m.Atoms {
			if !seen[i] && a.Element != Hydrogen {
				t.Fatalf("atom %d (%v) is not in the text", i, a.Element)
			}
		}
	})
}

func BenchmarkLigandPDBQT(b *testing.B) {
	m := drugSized(b)
	for b.Loop() {
		if _, err := LigandPDBQT(m); err != nil {
			b.Fatal(err)
		}
	}
}
