package chem

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const zwitterion = `glycine
  test

  6  5  0  0  0  0            999 V2000
    0.0000    0.0000    0.0000 N   0  3  0  0  0
    1.4700    0.0000    0.0000 C   0  0
    2.0000    1.4000    0.0000 C
    3.2000    1.5000    0.0000 O   0  5
    1.1000    2.3000   -0.1000 O
   -0.3000    0.9000    0.0000 H
  1  2  1  0
  2  3  1
  3  4  1
  5  3  2
  1  6  1
M  CHG  2   1   1   4  -1
M  END
>  <pKa>  (1)
2.34
9.60

> <EMPTY>

$$$$
`

func TestParseSDF(t *testing.T) {
	for name, text := range map[string]string{
		"LF": zwitterion, "CRLF": strings.ReplaceAll(zwitterion, "\n", "\r\n"), "CR": strings.ReplaceAll(zwitterion, "\n", "\r"),
		"no $$$$": strings.TrimSuffix(zwitterion, "$$$$\n"), "gzip": gz(t, zwitterion), "blank tail": zwitterion + "\n\n",
	} {
		mols, bad, err := ParseSDF(strings.NewReader(text), "x.sdf")
		if err != nil || len(bad) > 0 || len(mols) != 1 {
			t.Fatalf("%s: %d molecules, %v, %v", name, len(mols), bad, err)
		}
		m := mols[0]
		want := []Bond{{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {2, 4, 2}, {0, 5, 1}}
		if m.Name != "glycine" || !reflect.DeepEqual(m.Bonds, want) || m.Atoms[0].Charge != 1 || m.Atoms[3].Charge != -1 {
			t.Errorf("%s: read %+v", name, m)
		}
		if !reflect.DeepEqual(m.Props, []Prop{{"pKa", "2.34\n9.60"}, {"EMPTY", ""}}) {
			t.Errorf("%s: data items %q", name, m.Props)
		}
		if h := m.HeavyOnly().ImplicitHydrogens(); !reflect.DeepEqual(h, []int{3, 2, 0, 0, 0}) {
			t.Errorf("%s: implicit hydrogens %v", name, h)
		}
	}
}

func TestChargeColumnCountsWithoutCHG(t *testing.T) {
	text := strings.ReplaceAll(zwitterion, "M  CHG  2   1   1   4  -1\n", "")
	mols, _, err := ParseSDF(strings.NewReader(text), "x.sdf")
	if err != nil || mols[0].Atoms[0].Charge != 1 || mols[0].Atoms[3].Charge != -1 {
		t.Errorf("charges of %+v, %v", mols, err)
	}
}

func TestSDFErrorsNameFileLineAndRemedy(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(zwitterion, old, new, 1) }
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "x.sdf: the file is empty; expected an SDF"},
		{"blank", "\n\n\n", "x.sdf: the file is empty"},
		{"PDB", "HEADER    HYDROLASE\nATOM      1  N   PRO A   1      13.1  39.0   5.1\n", "x.sdf:1: this is a PDB file, not SDF"},
		{"mmCIF", "data_1HPV\nloop_\n", "x.sdf:1: this is an mmCIF file"},
		{"SMILES", "CC(=O)Oc1ccccc1C(=O)O aspirin\n", "x.sdf:1: this is SMILES text"},
		{"MOL2", "@<TRIPOS>MOLECULE\nx\n", "x.sdf:1: this is a MOL2 file"},
		{"prose", "Dear reader,\nthis is no molecule.\n", "x.sdf: this is not an SDF file"},
		{"long line", strings.Repeat("x", 1<<20), "x.sdf:1: a line of more than 65536 bytes"},
		{"cut gzip", gz(t, zwitterion)[:60], "cannot read on: unexpected EOF"},
		{"V3000", edit("V2000", "V3000"), "x.sdf:4: a V3000 record"},
		{"NaN", edit("    1.4700", "       NaN"), "x.sdf:6: expected coordinates"},
		{"huge", edit("    1.4700", "     1e300"), "x.sdf:6: expected coordinates"},
		{"element", edit("0.0000 C ", "0.0000 R#"), `x.sdf:6: "R#" is not an element`},
		{"bond to nowhere", edit("  2  3  1", "  2 13  1"), "x.sdf:12: no bond can join atoms 2 and 13 of 6"},
		{"query bond", edit("  2  3  1", "  2  3  8"), "x.sdf:12: bond order 8"},
		{"doubled bond", edit("  2  3  1", "  2  1  1"), "x.sdf:12: a second bond"},
		{"no Kekulé", edit("  2  3  1", "  2  3  4"), "x.sdf:11: the aromatic bonds"},
		{"charges", edit("M  CHG  2", "M  CHG  3"), "x.sdf:16: expected M  CHG"},
		{"short", zwitterion[:150] + "\nM  END\n", "6 atoms and 5 bonds announced"},
	} {
		t.Run(c.name, func(t *testing.T) {
			mols, bad, err := ParseSDF(strings.NewReader(c.text), "x.sdf")
			if err == nil && len(bad) > 0 {
				err = bad[0]
			}
			var input *InputError
			if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || len(mols) > 0 {
				t.Errorf("got %v, want one line with %q", err, c.want)
			}
		})
	}
}

func TestABadRecordLeavesTheOthers(t *testing.T) {
	broken := strings.Replace(zwitterion, "0.0000 C ", "0.0000 Xx", 1)
	mols, bad, err := ParseSDF(strings.NewReader(zwitterion+broken+zwitterion), "x.sdf")
	if err != nil || len(mols) != 2 || len(bad) != 1 || !strings.HasPrefix(bad[0].Error(), "x.sdf:30:") {
		t.Errorf("%d molecules, bad %v, err %v", len(mols), bad, err)
	}
}

func TestReadLigandStripsHydrogens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.sdf")
	if err := os.WriteFile(path, []byte(zwitterion), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := ReadLigand(path)
	if err != nil || len(m.Atoms) != 5 || len(m.Bonds) != 4 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := ReadLigand(path + "x"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("missing file: %v", err)
	}
}

func TestWriteSDFRefusesWhatItCannotHold(t *testing.T) {
	good := func() *Molecule { return &Molecule{Name: "m", Atoms: []Atom{{Element: Carbon}, {Element: Oxygen}}} }
	for name, spoil := range map[string]func(*Molecule){
		"NaN":       func(m *Molecule) { m.Atoms[0].Pos[1] = math.NaN() },
		"far":       func(m *Molecule) { m.Atoms[0].Pos[1] = 1e5 },
		"element":   func(m *Molecule) { m.Atoms[0].Element = 0 },
		"bond":      func(m *Molecule) { m.Bonds = []Bond{{0, 2, 1}} },
		"order":     func(m *Molecule) { m.Bonds = []Bond{{0, 1, 4}} },
		"name":      func(m *Molecule) { m.Name = "$$$$" },
		"key":       func(m *Molecule) { m.Props = []Prop{{"a>b", "1"}} },
		"value":     func(m *Molecule) { m.Props = []Prop{{"a", "1\n\n2"}} },
		"too large": func(m *Molecule) { m.Atoms = make([]Atom, 1000) },
	} {
		m := good()
		spoil(m)
		if err := WriteSDF(&bytes.Buffer{}, []*Molecule{good(), m}); err == nil || !strings.Contains(err.Error(), "record 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// drawMolecule draws any molecule that SDF can hold, chemically sensible or not.
func drawMolecule(t *rapid.T) *Molecule {
	coordinate := rapid.Map(rapid.IntRange(-9999_9999, 9999_9999), func(n int) float64 { return float64(n) / 1e4 })
	m := &Molecule{Name: rapid.StringMatching(`([a-z][a-zA-Z0-9 $_]{0,20}[a-z])?`).Draw(t, "name")}
	for range rapid.IntRange(1, 120).Draw(t, "atoms") {
		a := Atom{Element: Element(rapid.IntRange(1, 118).Draw(t, "element")), Charge: rapid.IntRange(-3, 3).Draw(t, "charge")}
		for k := range a.Pos {
			a.Pos[k] = coordinate.Draw(t, "x")
		}
		m.Atoms = append(m.Atoms, a)
	}
	for b := 1; b < len(m.Atoms); b++ {
		if rapid.Bool().Draw(t, "bonded") {
			m.Bonds = append(m.Bonds, Bond{rapid.IntRange(0, b-1).Draw(t, "to"), b, rapid.IntRange(1, 3).Draw(t, "order")})
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "props") {
		m.Props = append(m.Props, Prop{rapid.StringMatching(`[A-Za-z_ ]{1,8}`).Draw(t, "key"), rapid.StringMatching(`([a-z>][ -~]{0,9}(\n[a-z][ -~]{0,9})?)?`).Draw(t, "value")})
	}
	return m
}

func TestSDFRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := []*Molecule{drawMolecule(t), drawMolecule(t)}
		var buf bytes.Buffer
		if err := WriteSDF(&buf, want); err != nil {
			t.Fatal(err)
		}
		got, bad, err := ParseSDF(&buf, "x")
		if err != nil || len(bad) > 0 || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v, %v, want %+v", got, bad, err, want)
		}
	})
}

func TestAromaticBondsBecomeTheSameMolecule(t *testing.T) {
	mols := drugs(t, "testdata/drugs_aromatic.sdf") // written by RDKit with order 4
	for _, m := range mols {
		want, _ := m.Prop("HYDROGENS")
		sum := 0
		for _, h := range m.ImplicitHydrogens() {
			sum += h
		}
		if err := m.CheckValence(); err != nil || strconv.Itoa(sum) != want {
			t.Errorf("%s: %d implicit hydrogens, RDKit has %s; %v", m.Name, sum, want, err)
		}
	}
}

func drugs(t testing.TB, path string) []*Molecule {
	t.Helper()
	mols, bad, err := ReadSDF(path)
	if err != nil || len(bad) > 0 || len(mols) != 18 {
		t.Fatalf("%s: %d molecules, %v, %v", path, len(mols), bad, err)
	}
	return mols
}

func gz(t testing.TB, text string) string {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func BenchmarkParseSDF(b *testing.B) {
	data, err := os.ReadFile("testdata/drugs.sdf")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := ParseSDF(bytes.NewReader(data), "x"); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleParseSDF() {
	mols, _, err := ParseSDF(strings.NewReader(zwitterion), "glycine.sdf")
	if err != nil {
		fmt.Println(err)
		return
	}
	m := mols[0].HeavyOnly()
	fmt.Println(m.Name, len(m.Atoms), m.ImplicitHydrogens())
	// Output: glycine 5 [3 2 0 0 0]
}
