package chem

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func fromSMILES(t testing.TB, text string) *Molecule {
	t.Helper()
	m, err := ParseSMILES(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseSMILES(t *testing.T) {
	for _, c := range []struct {
		text      string
		atoms     string // symbol and charge, as read
		bonds     []Bond
		hydrogens []int // implicit
	}{
		{"CC(=O)O", "C C O O", []Bond{{0, 1, 1}, {1, 2, 2}, {1, 3, 1}}, []int{3, 0, 0, 1}},
		{"C1CC1", "C C C", []Bond{{0, 1, 1}, {1, 2, 1}, {0, 2, 1}}, []int{2, 2, 2}},
		{"C=%12CC%12", "C C C", []Bond{{0, 1, 1}, {1, 2, 1}, {0, 2, 2}}, []int{1, 2, 1}},
		{"C=%(123)CC=%(123)", "C C C", []Bond{{0, 1, 1}, {1, 2, 1}, {0, 2, 2}}, []int{1, 2, 1}},
		{"C1.C1", "C C", []Bond{{0, 1, 1}}, []int{3, 3}},
		{"C(.N)O", "C N O", []Bond{{0, 2, 1}}, []int{3, 3, 1}},
		{`F/C=C\Cl`, "F C C Cl", []Bond{{0, 1, 1}, {1, 2, 2}, {2, 3, 1}}, []int{0, 1, 1, 0}},
		{`C/1=C/CCCCCC\1`, "C C C C C C C C", []Bond{{0, 1, 2}, {1, 2, 1}, {2, 3, 1}, {3, 4, 1}, {4, 5, 1}, {5, 6, 1}, {6, 7, 1}, {0, 7, 1}}, []int{1, 1, 2, 2, 2, 2, 2, 2}},
		{"[13C@@H](N)([O-])[OH2+:7]", "C N O- O+", []Bond{{0, 1, 1}, {0, 2, 1}, {0, 3, 1}}, []int{1, 2, 0, 2}},
		{"[Co@OH12](F)[Fe--]", "Co F Fe-2", []Bond{{0, 1, 1}, {0, 2, 1}}, []int{0, 0, 0}},
		{"[Fe++].[Fe+3].[Cl-].[OH-]", "Fe+2 Fe+3 Cl- O-", nil, []int{0, 0, 0, 1}},
		{"[H]O[H]", "H O H", []Bond{{0, 1, 1}, {1, 2, 1}}, []int{0, 0, 0}},
		{"[H+].[HH]", "H+ H", nil, []int{0, 1}},
		{"[ZnH2]", "Zn H H", []Bond{{0, 1, 1}, {0, 2, 1}}, []int{0, 0, 0}},
		{"C[SH5]", "C S H H H H H", []Bond{{0, 1, 1}, {1, 2, 1}, {1, 3, 1}, {1, 4, 1}, {1, 5, 1}, {1, 6, 1}}, []int{3, 0, 0, 0, 0, 0, 0}},
		{"CN(=O)=O", "C N+ O- O", []Bond{{0, 1, 1}, {1, 2, 1}, {1, 3, 2}}, []int{3, 0, 0, 0}},
		{"CN=N#N", "C N N+ N-", []Bond{{0, 1, 1}, {1, 2, 2}, {2, 3, 2}}, []int{3, 0, 0, 0}},
		{"o1cccc1", "O C C C C", []Bond{{0, 1, 1}, {1, 2, 2}, {2, 3, 1}, {3, 4, 2}, {0, 4, 1}}, []int{0, 1, 1, 1, 1}},
		{"c1cc[nH]c1", "C C C N C", []Bond{{0, 1, 1}, {1, 2, 2}, {2, 3, 1}, {3, 4, 1}, {0, 4, 2}}, []int{1, 1, 1, 1, 1}},
		{"o1c:c:cc:1", "O C C C C", []Bond{{0, 1, 1}, {1, 2, 2}, {2, 3, 1}, {3, 4, 2}, {0, 4, 1}}, []int{0, 1, 1, 1, 1}},
		{"[te]1cccc1", "Te C C C C", []Bond{{0, 1, 1}, {1, 2, 2}, {2, 3, 1}, {3, 4, 2}, {0, 4, 1}}, []int{0, 1, 1, 1, 1}},
	} {
		m, err := ParseSMILES(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		var atoms []string
		for _, a := range m.Atoms {
			s := a.Element.String()
			if a.Charge != 0 {
				s = strings.TrimSuffix(fmt.Sprintf("%s%+d", s, a.Charge), "1")
			}
			atoms = append(atoms, s)
		}
		if got := strings.Join(atoms, " "); got != c.atoms || !reflect.DeepEqual(m.Bonds, c.bonds) || !reflect.DeepEqual(m.ImplicitHydrogens(), c.hydrogens) {
			t.Errorf("%s: atoms %s, bonds %v, hydrogens %v", c.text, got, m.Bonds, m.ImplicitHydrogens())
		}
	}
}

func TestSMILESFaultsNameTheColumn(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "column 1: expected an atom (one of B C N O P S F Cl Br I b c n o p s, or a bracket), found the end"},
		{"CC)C", "column 3: no branch is open here"},
		{"C(C", "column 2: this branch is never closed"},
		{"C()C", "column 3: expected an atom"},
		{"(C)C", "column 1: expected an atom"},
		{"CC.", "column 4: expected an atom"},
		{"C..C", "column 3: expected an atom"},
		{"CC=", "column 4: expected an atom"},
		{"C==C", "column 3: expected an atom"},
		{"C12CC1", "column 3: this ring is never closed"},
		{"C1CC%1", "column 7: expected a ring's number: a digit, or % and two digits, found the end"},
		{"C11", "column 3: ring 1 closes on the atom that opened it"},
		{"C12CC12", "column 7: a second bond between atoms 1 and 3"},
		{"C1C1", "column 4: a second bond between atoms 1 and 2"},
		{"C=1CC#1", "column 7: ring 1 opens with bond '=' and closes with '#'"},
		{"C$C", "column 2: quadruple bonds ($)"},
		{"C:C", "column 2: the bond : joins aromatic"},
		{"C*", "column 2: the wildcard *"},
		{"[*]", "column 2: expected an element's symbol, found '*'"},
		{"[Xx]", "column 2: expected an element's symbol, found 'X'"},
		{"[C", "column 3: expected ']', found the end"},
		{"[CH3:]C", "column 6: expected an atom class"},
		{"[C++2]", "column 3: expected a charge like +2 or ++"},
		{"[C+99]", "column 3: a charge of 99"},
		{"CXC", "column 2: expected an atom"},
		{"C C", "column 2: expected an atom"},
		{"CZ\n", "column 2: expected an atom"},
		{"C\xffC", "column 2: expected an atom"},
		{"[CH3]C", ""},
		{"C[CH2]", "column 2: C of charge +0 has bonds of total order 1 and 2 hydrogens, 1 short of a valence: radicals"},
		{"[C]", "column 1: C of charge +0 has bonds of total order 0 and 0 hydrogens, 4 short"},
		{"[CH5]", "column 1: C of charge +0 has bonds of total order 0 and 5 hydrogens, -1 short"},
		{"CC(C)(C)(C)C", "column 2: C of charge +0 has bonds of total order 5, at most 4 fit"},
		{"FCl(F)F", "column 2: Cl of charge +0 has bonds of total order 3, at most 1 fit"},
		{"cc", "column 1: an aromatic (lower-case) atom outside of a ring"},
		{"c1cccc1", "the aromatic bonds have no Kekulé structure"},
		{"c1ccnc1", "the aromatic bonds have no Kekulé structure"},
		{strings.Repeat("C", 1000), "column 1000: more than 999 atoms"},
		{strings.Repeat("(", 1<<17), "column 65537: a SMILES of more than 65536 bytes"},
	} {
		_, err := ParseSMILES(c.text)
		if c.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		var input *InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), `SMILES "`) {
			t.Errorf("%q: %v, want one line with %q", clip(c.text), err, c.want)
		}
	}
}

func TestReadSMILES(t *testing.T) {
	const text = "smiles name\nCCO ethanol\n\nC(\tbroken\r\n  c1ccccc1\t benzene, a ring \nN\nC1CC oh"
	for name, in := range map[string]string{"plain": text, "gzip": gz(t, text)} {
		mols, bad, err := ReadSMILES(strings.NewReader(in), "x.smi")
		if err != nil || len(mols) != 3 || len(bad) != 2 {
			t.Fatalf("%s: %d molecules, bad %v, %v", name, len(mols), bad, err)
		}
		if mols[0].Name != "ethanol" || mols[1].Name != "benzene, a ring" || mols[2].Name != "" || len(mols[1].Atoms) != 6 {
			t.Errorf("%s: names %q %q %q", name, mols[0].Name, mols[1].Name, mols[2].Name)
		}
		if want := `x.smi:4: column 3: expected an atom (one of B C N O P S F Cl Br I b c n o p s, or a bracket), found the end of "C("; repair or remove this line`; bad[0].Error() != want {
			t.Errorf("%s: %v", name, bad[0])
		}
	}
	for _, c := range []struct{ text, want string }{
		{"", "x.smi: the file is empty; expected lines of a SMILES"},
		{"smiles\n", "x.smi: the file is empty"},
		{zwitterion, ""},
		{"ATOM      1  N   PRO A   1      13.1  39.0   5.1\n", "x.smi:1: this is a PDB file, not SMILES"},
		{`{"smiles": "C"}`, "x.smi:1: this is JSON, not SMILES"},
		{gz(t, text)[:40], "cannot read on"},
	} {
		mols, bad, err := ReadSMILES(strings.NewReader(c.text), "x.smi")
		if c.want == "" {
			if err != nil || len(mols) > 0 || len(bad) == 0 {
				t.Errorf("an SDF gives %d molecules, %v", len(mols), err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", clip(c.text), err, c.want)
		}
	}
}

// goldenSMILES is a line of testdata/smiles.tsv, which testdata/smiles.py made with RDKit: counts, and three texts of one molecule.
type goldenSMILES struct {
	hydrogens, charge, heavy, rings int
	formula                         string
	texts                           []string
}

func readGoldenSMILES(t testing.TB) (list []goldenSMILES) {
	t.Helper()
	data, err := os.ReadFile("testdata/smiles.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(l, "\n"), "\t")
		var n [4]int
		for k := range n {
			if n[k], err = strconv.Atoi(f[k]); err != nil {
				t.Fatal(err)
			}
		}
		list = append(list, goldenSMILES{n[0], n[1], n[2], n[3], f[4], f[5:]})
	}
	if len(list) != 1550 {
		t.Fatalf("%d golden molecules, want 1550", len(list))
	}
	return list
}

// formula counts elements as RDKit does: carbon and hydrogen first, then by the alphabet.
func formula(m *Molecule) string {
	count := map[string]int{}
	for i, h := range m.ImplicitHydrogens() {
		count[m.Atoms[i].Element.String()]++
		count["H"] += h
	}
	var symbols []string
	for s, n := range count {
		if n > 0 {
			symbols = append(symbols, s)
		}
	}
	slices.SortFunc(symbols, func(a, b string) int {
		place := func(s string) int {
			if k := strings.Index("CH", s); k >= 0 {
				return k
			}
			return 2
		}
		if place(a) != place(b) {
			return place(a) - place(b)
		}
		return strings.Compare(a, b)
	})
	for k, s := range symbols {
		if count[s] > 1 {
			symbols[k] += strconv.Itoa(count[s])
		}
	}
	return strings.Join(symbols, "")
}

func TestSMILESAgreeWithRDKit(t *testing.T) {
	seen := map[string]string{}
	for _, g := range readGoldenSMILES(t) {
		keys := map[string]bool{}
		for _, text := range g.texts {
			m, err := ParseSMILES(text)
			if err != nil {
				t.Error(err)
				continue
			}
			heavy := m.HeavyOnly()
			charge, hydrogens := 0, len(m.Atoms)-len(heavy.Atoms)
			for i, h := range m.ImplicitHydrogens() {
				hydrogens += h
				charge += m.Atoms[i].Charge
			}
			if formula(m) != g.formula || hydrogens != g.hydrogens || charge != g.charge || len(heavy.Atoms) != g.heavy || len(heavy.Rings()) != g.rings {
				t.Errorf("%s: %s, %d hydrogens, charge %d, %d heavy atoms, %d rings; RDKit has %+v", text, formula(m), hydrogens, charge, len(heavy.Atoms), len(heavy.Rings()), g)
			}
			again := fromSMILES(t, m.SMILES())
			keys[m.Key()], keys[again.Key()] = true, true
			if again.SMILES() != m.SMILES() {
				t.Errorf("%s becomes %s and then %s", text, m.SMILES(), again.SMILES())
			}
		}
		if len(keys) != 1 {
			t.Errorf("%v have %d keys", g.texts, len(keys))
		}
		for key := range keys {
			if other, ok := seen[key]; ok {
				t.Errorf("%s and %s share a key", g.texts[0], other)
			}
			seen[key] = g.texts[0]
		}
	}
}

func BenchmarkParseSMILES(b *testing.B) {
	for b.Loop() {
		if _, err := ParseSMILES("COc1ccc2c(CNCCc3cccs3)c(C(=O)O)n(Cc3cccc(F)c3)c2c1"); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleParseSMILES() {
	m, err := ParseSMILES("OC(=O)c1ccccc1OC(C)=O")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(m.Atoms), m.SMILES())
	_, err = ParseSMILES("c1ccccc")
	fmt.Println(err)
	// Output:
	// 13 CC(=O)Oc1ccccc1C(=O)O
	// SMILES "c1ccccc": column 2: this ring is never closed: expected its number once more
}
