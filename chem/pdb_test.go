package chem

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// line makes an atom line from what stands in columns 13-27, a position and, optionally, the columns from 55.
func line(record, columns13to27 string, x float64, tail ...string) string {
	return fmt.Sprintf("%-6s    1 %-15s   %8.3f%8.3f%8.3f%s", record, columns13to27, x, 2*x, -x, strings.Join(tail, ""))
}

func join(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func parse(t testing.TB, text string) *Protein {
	t.Helper()
	p, err := ParsePDB(strings.NewReader(text), "x.pdb")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// summary shows residues and their atoms: "ALA A 1: N CA | ...".
func summary(p *Protein) string {
	var parts []string
	for i, r := range p.Residues {
		s := r.label()
		if r.Het {
			s = "*" + s
		}
		s += ":"
		for _, a := range p.ResidueAtoms(i) {
			s += fmt.Sprintf(" %s(%v %g)", a.Name, a.Element, a.Pos[0])
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " | ")
}

func TestParsePDBSurvivesRealFiles(t *testing.T) {
	gly := join(line("ATOM", " N   GLY A   1", 1), line("ATOM", " CA  GLY A   1", 2))
	const glyRead = "GLY A 1: N(N 1) CA(C 2)"
	for _, c := range []struct {
		name, text, want string
		dropped          map[string]int
	}{
		{"short lines, element from the name", gly, glyRead, nil},
		{"CRLF", strings.ReplaceAll(gly, "\n", "\r\n"), glyRead, nil},
		{"gzip", gz(t, gly), glyRead, nil},
		{"lower case", strings.ToLower(strings.Replace(gly, " A ", " A ", 2)), "GLY a 1: N(N 1) CA(C 2)", nil},
		{"line numbers in the element columns", join(line("ATOM", " CA  GLY A   1", 2, "  1.00 55.41      1HPV 186")), "GLY A 1: CA(C 2)", nil},
		{"calcium beside an alpha carbon", gly + join(line("HETATM", "CA    CA A 301", 3)), glyRead + " | *CA A 301: CA(Ca 3)", nil},
		{"wrong element of an alpha carbon", join(line("ATOM", "CA   GLY A   1", 2, "  1.00  0.00          CA")), "GLY A 1: CA(C 2)", nil},
		{"elements of a ligand", gly + join(line("HETATM", "CL1  LIG A 301", 3), line("HETATM", " C1  LIG A 301", 4), line("HETATM", "C10A LIG A 301", 5),
			line("HETATM", "BR   LIG A 301", 6, "  1.00  0.00          Br"), line("HETATM", " CD  LIG A 301", 7)),
			glyRead + " | *LIG A 301: CL1(Cl 3) C1(C 4) C10A(C 5) BR(Br 6) CD(C 7)", nil},
		{"water and hydrogens", gly + join(line("ATOM", " HA2 GLY A   1", 3), line("ATOM", "1HA  GLY A   1", 3), line("HETATM", " O   HOH A 401", 4)), glyRead,
			map[string]int{DroppedHydrogens: 2, DroppedWaters: 1}},
		{"alternate locations", join(line("ATOM", " N   SER A   1", 1), line("ATOM", " CB ASER A   1", 2, "  0.40"), line("ATOM", " CB BSER A   1", 3, "  0.60"),
			line("ATOM", " OG ASER A   1", 4, "  0.40"), line("ATOM", " OG BSER A   1", 5, "  0.60"), line("ATOM", " O  ASER A   1", 6, "  0.40")),
			"SER A 1: N(N 1) CB(C 3) OG(O 5) O(O 6)", map[string]int{DroppedAlternates: 2}},
		{"equal alternates", join(line("ATOM", " CB ASER A   1", 2, "  0.50"), line("ATOM", " CB BSER A   1", 3, "  0.50")), "SER A 1: CB(C 2)", map[string]int{DroppedAlternates: 1}},
		{"two kinds of residue in one place", join(line("ATOM", " N  ASER A   1", 1, "  0.30"), line("ATOM", " N  BTHR A   1", 2, "  0.70"), line("ATOM", " CA ASER A   1", 3, "  0.30"),
			line("ATOM", " CA BTHR A   1", 4, "  0.70")), "THR A 1: N(N 2) CA(C 4)", map[string]int{DroppedAlternates: 2}},
		{"residues that share a number", gly + gly + join(line("ATOM", " N   ALA A   1", 5)), glyRead + " | " + glyRead + " | ALA A 1: N(N 5)", nil},
		{"and a label", join(line("ATOM", " N  AGLY A   1", 1), line("ATOM", " N  AGLY A   1", 2)), "GLY A 1: N(N 1) | GLY A 1: N(N 2)", nil},
		{"insertion codes", gly + join(line("ATOM", " N   GLY A   1A", 5)), glyRead + " | GLY A 1A: N(N 5)", nil},
		{"first model", join("MODEL        1") + gly + join("ENDMDL", "MODEL        2") + gly + join("ENDMDL"), glyRead, map[string]int{DroppedModels: 1}},
		{"after END", gly + join("END") + gly, glyRead, map[string]int{DroppedAfterEnd: 2}},
		{"MSE as HETATM", join(line("HETATM", "SE   MSE A   1", 1), line("HETATM", " CA  MSE A   1", 2)), "MSE A 1: SE(Se 1) CA(C 2)", nil},
		{"large numbers", join(line("ATOM", " N   GLY A12345", 1), line("ATOM", " N   GLY AA000", 2), line("ATOM", " N   GLY A  -5", 3)),
			"GLY A A1T5: N(N 1) | GLY A A000: N(N 2) | GLY A -5: N(N 3)", nil},
		{"ligand as ATOM", gly + join(line("ATOM", " C1  UNL     1", 3)), glyRead + " | *UNL 1: C1(C 3)", nil},
		{"dummy atoms", gly + join(line("HETATM", " X   DUM A   9", 3, "  1.00  0.00           X")), glyRead, map[string]int{DroppedNoElement: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parse(t, c.text)
			if got := summary(p); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if len(p.Dropped)+len(c.dropped) > 0 && !reflect.DeepEqual(p.Dropped, c.dropped) {
				t.Errorf("dropped %v, want %v", p.Dropped, c.dropped)
			}
		})
	}
}

func TestPDBErrorsNameFileLineAndRemedy(t *testing.T) {
	good := line("ATOM", " N   GLY A   1", 1) + "\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "x.pdb: the file is empty; give a PDB file"},
		{"no atoms", "REMARK nothing\n", "x.pdb: no protein residues: no ATOM or HETATM line"},
		{"water only", line("HETATM", " O   HOH A   1", 1), "x.pdb: no protein residues: only water"},
		{"ligand only", line("HETATM", " C1  LIG A   1", 1), "x.pdb: no protein residues among the 1 in the file (LIG"},
		{"mmCIF", "data_1HPV\n#\nloop_\n", "x.pdb:1: this is mmCIF, not PDB; convert"},
		{"SDF", zwitterion, "x.pdb: this is an SDF file, not PDB"},
		{"NaN", good + strings.Replace(good, "   2.000", "     nan", 1), `x.pdb:2: "nan" is not a coordinate; PDB wants`},
		{"garbage", good + strings.Replace(good, "   2.000", "   2.0x0", 1), `x.pdb:2: "2.0x0" is not a coordinate`},
		{"cut line", good + good[:40], "x.pdb:2: the atom line ends before its coordinates"},
		{"number", strings.Replace(good, "   1   ", "  1x   ", 1), `x.pdb:1: "1x" is not a residue number`},
		{"nameless", strings.Replace(good, " N   ", "     ", 1), "x.pdb:1: the atom has no name"},
		{"cut gzip", gz(t, good)[:30], "cannot read on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParsePDB(strings.NewReader(c.text), "x.pdb")
			var input *InputError
			if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %q", err, c.want)
			}
		})
	}
}

func TestGzipBombStops(t *testing.T) {
	bomb := gz(t, strings.Repeat("REMARK nothing but air\n", (maxFileBytes+1<<20)/23))
	if _, err := ParsePDB(strings.NewReader(bomb), "x.pdb"); err == nil || !strings.Contains(err.Error(), "more than 256 MB") {
		t.Errorf("got %v", err)
	}
}

func TestModifiedResidueInTheChainIsProtein(t *testing.T) {
	var text string
	for i, name := range []string{"ALA", "XYZ", "ALA"} {
		record := "ATOM"
		if name == "XYZ" {
			record = "HETATM"
		}
		for k, atom := range []string{" N ", " CA", " C "} {
			text += fmt.Sprintf("%-6s    1 %-4s %s A%4d    %8.3f%8.3f%8.3f\n", record, atom, name, i+1, float64(3*i+k)*1.3, 0.0, 0.0)
		}
	}
	p := parse(t, text)
	if p.Residues[1].Het {
		t.Error("a residue with peptide bonds on both sides is not part of the chain")
	}
	if p := parse(t, strings.ReplaceAll(text, "XYZ A   2", "XYZ B   2")); p.Residues[1].Het {
		t.Error("the chain letter decided, not the bonds")
	}
}

func Test1HPV(t *testing.T) {
	p, err := ReadPDB(filepath.Join("..", "examples", "1hpv", "1hpv.pdb"))
	if err != nil {
		t.Fatal(err)
	}
	ligand := p.Hetero("478")
	if len(p.Residues) != 199 || len(p.Atoms) != 1551 || p.Dropped[DroppedWaters] != 80 || len(ligand) != 1 || len(ligand[0]) != 35 {
		t.Fatalf("%d residues, %d atoms, dropped %v, %d ligands", len(p.Residues), len(p.Atoms), p.Dropped, len(ligand))
	}
	if codes := p.HeteroCodes(); !reflect.DeepEqual(codes, []string{"478"}) {
		t.Errorf("hetero codes %v", codes)
	}
	for i := range p.Residues[:198] {
		if p.Residues[i].Parent() == "" || !p.IsAminoAcid(i) {
			t.Errorf("%s is no amino acid", p.Residues[i].label())
		}
	}
	pocket, err := CutPocket(p, ligand[0], 10)
	if err != nil || len(pocket.Residues) < 40 || len(pocket.Residues) > 120 || pocket.Dropped[DroppedHetero] != 1 {
		t.Errorf("pocket %v, %v", pocket, err)
	}
}

func TestCutPocketFarFromTheProtein(t *testing.T) {
	p := parse(t, line("ATOM", " CA  GLY A   1", 1))
	for _, c := range []struct {
		near []Vec
		want string
	}{
		{[]Vec{{101, 2, -1}}, "x.pdb: the centre 101.0,2.0,-1.0 is 100.0 Å from the nearest protein atom (limit 10 Å); give"},
		{[]Vec{{101, 2, -1}, {101, 2, -1}}, "the ligand at 101.0,2.0,-1.0 is 100.0 Å"},
		{nil, "no points"},
	} {
		if _, err := CutPocket(p, c.near, 10); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if _, err := CutPocket(p, []Vec{{1, 2, -1}}, 0); err == nil {
		t.Error("a radius of 0 was taken")
	}
}

// drawProtein draws residues that differ from their neighbours, so that their boundaries can be read back.
func drawProtein(t *rapid.T) *Protein {
	p := &Protein{Name: "x", Dropped: map[string]int{}}
	coordinate := rapid.Map(rapid.IntRange(-999_999, 9999_999), func(n int) float64 { return float64(n) / 1e3 })
	kinds := []Residue{{Name: "ALA"}, {Name: "MSE"}, {Name: "HIE"}, {Name: "ZN", Het: true}, {Name: "LIG", Het: true}}
	seq := rapid.IntRange(-999, 2000).Draw(t, "start")
	for range rapid.IntRange(1, 30).Draw(t, "residues") {
		r := rapid.SampledFrom(kinds).Draw(t, "kind")
		if len(p.Residues) == 0 {
			r = kinds[0]
		}
		r.Chain = rapid.SampledFrom([]string{"", "A", "b", "1"}).Draw(t, "chain")
		seq += rapid.IntRange(1, 900).Draw(t, "gap")
		r.Seq, r.ICode = seq, rapid.SampledFrom([]byte{0, 'A', 'z'}).Draw(t, "icode")
		r.First = len(p.Atoms)
		atoms := []ProteinAtom{{Name: "N", Element: Nitrogen}, {Name: "CA", Element: Carbon}, {Name: "OXT", Element: Oxygen}}
		if r.Name == "ZN" {
			atoms = []ProteinAtom{{Name: "ZN", Element: 30}}
		}
		for _, a := range atoms[:rapid.IntRange(1, len(atoms)).Draw(t, "atoms")] {
			for k := range a.Pos {
				a.Pos[k] = coordinate.Draw(t, "x")
			}
			a.Residue = len(p.Residues)
			p.Atoms = append(p.Atoms, a)
		}
		r.End = len(p.Atoms)
		p.Residues = append(p.Residues, r)
	}
	return p
}

func TestPDBRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawProtein(t)
		var buf bytes.Buffer
		if err := WritePDB(&buf, want); err != nil {
			t.Fatal(err)
		}
		text := buf.String()
		got, err := ParsePDB(&buf, "x")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v\ngot  %+v\nwant %+v\n%s", err, got, want, text)
		}
	})
}

func TestPocketIsTheResiduesInReach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProtein(t)
		radius := rapid.Float64Range(1, 5000).Draw(t, "radius")
		centre := p.Atoms[0].Pos.Add(Vec{radius / 2, 0, 0})
		pocket, err := CutPocket(p, []Vec{centre}, radius)
		if err != nil {
			t.Fatal(err)
		}
		k := 0
		for i, r := range p.Residues {
			if Nearest(centre, positions(p.ResidueAtoms(i))) > radius || r.Name == "LIG" {
				continue
			}
			if pocket.Residues[k].Name != r.Name || !reflect.DeepEqual(positions(pocket.ResidueAtoms(k)), positions(p.ResidueAtoms(i))) {
				t.Fatalf("residue %d of the pocket is not %s", k, r.label())
			}
			k++
		}
		if k != len(pocket.Residues) {
			t.Fatalf("%d residues too many", len(pocket.Residues)-k)
		}
	})
}

func BenchmarkParsePDB(b *testing.B) {
	data, err := os.ReadFile(filepath.Join("..", "examples", "1hpv", "1hpv.pdb"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := ParsePDB(bytes.NewReader(data), "x"); err != nil {
			b.Fatal(err)
		}
	}
}
