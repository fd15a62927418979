package dataset

import (
	"archive/tar"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// odd are a folder's files, by what becomes of them.
var odd = []struct {
	name    string
	files   map[string]string
	kept    int
	dropped map[string]int
	notes   map[string]int
}{
	{"a complex", map[string]string{"a/protein.pdb": helix(1, 4), "a/ligand.sdf": octanol(8)}, 1, nil, nil},
	{"any names", map[string]string{"a/1abc.pdb": helix(1, 4), "a/drug.sdf": octanol(8)}, 1, nil, nil},
	{"several ligand files", map[string]string{"a/1abc.pdb": helix(1, 4), "a/x.sdf": octanol(8), "a/y.sdf": octanol(9)}, 2, nil, nil},
	{"several records", map[string]string{"a/1abc.pdb": helix(1, 4), "a/x.sdf": octanol(8) + octanol(9) + "bad\n$$$$\n"}, 1, nil, map[string]int{noteRecords: 2}},
	{"PDBbind", map[string]string{"x/1abc/1abc_protein.pdb": helix(1, 4), "x/1abc/1abc_pocket.pdb": helix(1, 4), "x/1abc/1abc_ligand.sdf": octanol(8),
		"x/1abc/1abc_ligand.mol2": "@<TRIPOS>"}, 1, nil, map[string]int{noteSecond: 1, noteOther: 1}},
	{"no ligand", map[string]string{"a/protein.pdb": helix(1, 4)}, 0, map[string]int{missingLigand: 1}, nil},
	{"no protein", map[string]string{"a/ligand.sdf": octanol(8)}, 0, map[string]int{missingProtein: 1}, nil},
	{"several proteins", map[string]string{"a/x.pdb": helix(1, 4), "a/y.pdb": helix(1, 4), "a/l.sdf": octanol(8)}, 0,
		map[string]int{severalProteins: 1, missingLigand: 2}, nil},
	{"empty ligand", map[string]string{"a.pdb": helix(1, 4), "a.sdf": " \n"}, 0, map[string]int{emptyFile: 1}, nil},
	{"empty protein", map[string]string{"a.pdb": "", "a.sdf": octanol(8)}, 0, map[string]int{emptyFile: 1}, nil},
	{"rubbish ligand", map[string]string{"a.pdb": helix(1, 4), "a.sdf": "<html>no</html>"}, 0, map[string]int{unreadableSDF: 1}, nil},
	{"rubbish protein", map[string]string{"a.pdb": "ATOM  rubbish\n", "a.sdf": octanol(8)}, 0, map[string]int{unreadablePDB: 1}, nil},
	{"PDB without protein", map[string]string{"a.pdb": "HETATM    1  O   HOH A   1       1.000   2.000   3.000  1.00 10.00           O\n", "a.sdf": octanol(8)}, 0,
		map[string]int{noProtein: 1}, nil},
	{"NaN in the ligand", map[string]string{"a.pdb": helix(1, 4), "a.sdf": strings.Replace(octanol(8), "    1.2500", "       nan", 1)}, 0, map[string]int{notNumbers: 1}, nil},
	{"NaN in the protein", map[string]string{"a.pdb": strings.Replace(helix(1, 4), "   0.900", "     NaN", 1), "a.sdf": octanol(8)}, 0, map[string]int{notNumbers: 1}, nil},
	{"infinity", map[string]string{"a.pdb": helix(1, 4), "a.sdf": strings.Replace(octanol(8), "    1.2500", "      -inf", 1)}, 0, map[string]int{notNumbers: 1}, nil},
	{"metal", map[string]string{"a.pdb": helix(1, 4), "a.sdf": chain(0, "C", "C", "C", "Fe", "C", "C", "C", "C")}, 0, map[string]int{metal: 1}, nil},
	{"an ion", map[string]string{"a.pdb": helix(1, 4), "a.sdf": chain(0, "Zn")}, 0, map[string]int{metal: 1}, nil},
	{"boron", map[string]string{"a.pdb": helix(1, 4), "a.sdf": chain(0, "C", "C", "C", "B", "C", "C", "C", "C")}, 0, map[string]int{element: 1}, nil},
	{"too small", map[string]string{"a.pdb": helix(1, 4), "a.sdf": octanol(6)}, 0, map[string]int{tooSmall: 1}, nil},
	{"too large", map[string]string{"a.pdb": helix(1, 4), "a.sdf": octanol(45)}, 0, map[string]int{tooLarge: 1}, nil},
	{"fragments", map[string]string{"a.pdb": helix(1, 4), "a.sdf": strings.Replace(octanol(8), "  4  5  1  0\n", "", 1)}, 0, map[string]int{unreadableSDF: 1}, nil},
	{"salt", map[string]string{"a.pdb": helix(1, 4), "a.sdf": strings.Replace(strings.Replace(octanol(8), "  4  5  1  0\n", "", 1), "  9  8", "  9  7", 1)}, 0,
		map[string]int{fragments: 1}, nil},
	{"valence", map[string]string{"a.pdb": helix(1, 4), "a.sdf": strings.Replace(octanol(8), "  8  9  1", "  8  9  3", 1)}, 0, map[string]int{valence: 1}, nil},
	{"torn", map[string]string{"a.pdb": helix(1, 4), "a.sdf": strings.Replace(octanol(8), "   10.0000", "   14.0000", 1)}, 0, map[string]int{distorted: 1}, nil},
	{"stacked", map[string]string{"a.pdb": helix(1, 4), "a.sdf": strings.Replace(octanol(8), "   10.0000    0.0000", "    8.7500    0.8500", 1)}, 0,
		map[string]int{distorted: 1}, nil},
	{"flat", map[string]string{"a.pdb": helix(1, 4), "a.sdf": strings.ReplaceAll(octanol(8), "    0.1000", "    0.0000")}, 0, map[string]int{flat: 1}, nil},
	{"clash", map[string]string{"a.pdb": helix(1, 1), "a.sdf": octanol(8)}, 0, map[string]int{clash: 1}, nil},
	{"at some distance", map[string]string{"a.pdb": helix(1, 8), "a.sdf": octanol(8)}, 0, map[string]int{noPocket: 1}, nil},
	{"far away", map[string]string{"a.pdb": helix(1, 800), "a.sdf": octanol(8)}, 0, map[string]int{noPocket: 1}, nil},
	{"twice the same", map[string]string{"a.pdb": helix(1, 4), "a.sdf": octanol(8), "b/a.pdb": helix(1, 4), "b/a.sdf": octanol(8)}, 1,
		map[string]int{duplicateComplex: 1}, nil},
	{"huge ligand", map[string]string{"a.pdb": helix(1, 4), "a.sdf": octanol(8) + strings.Repeat(" \n", 1<<19)}, 0, map[string]int{hugeFile: 1}, nil},
	{"hidden", map[string]string{".a.pdb": helix(1, 4), "a.pdb": helix(1, 4), "a.sdf": octanol(8), ".git/x.sdf": "", "__MACOSX/a.pdb": ""}, 1, nil,
		map[string]int{noteHidden: 3}},
	{"other files", map[string]string{"a.pdb": helix(1, 4), "a.sdf": octanol(8), "readme.txt": "x", "a.cif": "data_"}, 1, nil, map[string]int{noteOther: 2}},
	{"deep", map[string]string{"1/2/3/4/5/6/7/8/a.pdb": helix(1, 4), "1/2/3/4/5/6/7/8/a.sdf": octanol(8), "1/2/3/4/5/6/7/8/9/a.pdb": helix(1, 4)}, 1, nil,
		map[string]int{noteDeep: 1}},
	{"nitro drawn flat", map[string]string{"a.pdb": helix(1, 5), "a.sdf": nitro}, 1, nil, map[string]int{noteCharges: 1}},
}

// nitro is octanol with a nitro group of neutral atoms in the place of the last carbon and the oxygen.
var nitro = func() string {
	s := strings.Replace(chain(0, "C", "C", "C", "C", "C", "C", "C", "N", "O", "O"), "  9 10  1", "  8 10  2", 1)
	s = strings.Replace(s, "   11.2500    0.8500", "    8.7500    2.1000", 1)
	return strings.Replace(s, "  8  9  1", "  8  9  2", 1)
}()

func TestOddFolders(t *testing.T) {
	for _, c := range odd {
		t.Run(c.name, func(t *testing.T) {
			cfg, dir := config(t), t.TempDir()
			cfg.FileMB = 1
			write(t, dir, c.files)
			write(t, dir, map[string]string{"zz/good.pdb": helix(9001, 4), "zz/good.sdf": octanol(20)}) // for what is odd must not take the good with it
			cfg.Complexes = []string{dir}
			m, err := Build(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, m, c.kept+1, c.dropped, c.notes)
		})
	}
}

// expect compares the counts of all sources.
func expect(t *testing.T, m *Manifest, kept int, dropped, notes map[string]int) {
	t.Helper()
	gotDropped, gotNotes, gotKept, lost := map[string]int{}, map[string]int{}, 0, 0
	for _, s := range m.Sources {
		gotKept += s.Kept
		for why, n := range s.Dropped {
			gotDropped[why] += n
			lost += n
		}
		for why, n := range s.Notes {
			gotNotes[why] += n
		}
		if s.Read != s.Kept+lost {
			t.Errorf("%d read, %d kept, %d dropped", s.Read, s.Kept, lost)
		}
		lost = 0
	}
	if gotKept != kept || !maps.Equal(gotDropped, orEmpty(dropped)) || !maps.Equal(gotNotes, orEmpty(notes)) {
		t.Errorf("%d kept, dropped %v, notes %v; want %d, %v, %v", gotKept, gotDropped, gotNotes, kept, dropped, notes)
	}
}

func orEmpty(m map[string]int) map[string]int {
	if m == nil {
		return map[string]int{}
	}
	return m
}

func TestLinksAreNotFollowed(t *testing.T) {
	cfg, dir := config(t), t.TempDir()
	write(t, dir, map[string]string{"a/good.pdb": helix(1, 4), "a/good.sdf": octanol(8)})
	for _, link := range [][2]string{{"a", "b"}, {"/etc/passwd", "a/passwd.sdf"}, {".", "loop"}, {"nowhere", "x.pdb"}} {
		if err := os.Symlink(link[0], filepath.Join(dir, link[1])); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Complexes = []string{dir}
	m, err := Build(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, m, 1, nil, map[string]int{noteLink: 4})
}

func TestOddArchives(t *testing.T) {
	good := complexes(4)
	whole := packed(t, good...)
	huge := strings.Repeat("x", 2<<20)
	for _, c := range []struct {
		name    string
		archive []byte
		kept    int
		dropped map[string]int
		notes   map[string]int
	}{
		{"good", whole, 4, nil, nil},
		{"not a gzip", []byte("this is no archive"), 0, nil, map[string]int{noteNotArchive: 1}},
		{"a long text", []byte(strings.Repeat("no archive ", 1000)), 0, nil, map[string]int{noteNotArchive: 1}},
		{"a gzip of a text", gzipped(strings.Repeat("no archive ", 1000)), 0, nil, map[string]int{noteNotArchive: 1}},
		{"empty", nil, 0, nil, map[string]int{noteNotArchive: 1}},
		{"gzip's head alone", whole[:4], 0, nil, map[string]int{noteNotGzip: 1}},
		{"truncated", packed(t, append(complexes(2), noise(1<<19)...)...)[:200_000], 2, nil, map[string]int{noteTruncated: 1}},
		{"no gzip around it", []byte(gunzipped(t, whole)), 4, nil, nil},
		{"apart", packed(t, good[0], good[2], good[4], good[1], good[3], good[5]), 3, nil, nil},
		{"ligand first", packed(t, good[1], good[0]), 1, nil, nil},
		{"halves", packed(t, good[0], good[3]), 0, map[string]int{missingLigand: 1, missingProtein: 1}, nil},
		{"path traversal", packed(t, append(good, entry{name: "../../etc/x/pocket.pdb", text: "x"}, entry{name: "/etc/ligand.sdf"}, entry{name: `c:\x.pdb`})...), 4, nil,
			map[string]int{noteUnsafe: 3}},
		{"links", packed(t, append(good, entry{"x/pocket.pdb", "/etc/passwd", tar.TypeSymlink}, entry{"x/ligand.sdf", "c000/ligand.sdf", tar.TypeLink},
			entry{"x/fifo.pdb", "", tar.TypeFifo}, entry{"x/", "", tar.TypeDir})...), 4, nil, map[string]int{noteLink: 2, noteSpecial: 1}},
		{"hidden", packed(t, append(good, entry{name: "./._c000/pocket.pdb"}, entry{name: "c000/._ligand.sdf"})...), 4, nil, map[string]int{noteHidden: 2}},
		{"other files", packed(t, append(good, entry{name: "c000/x.mol2", text: "x"})...), 4, nil, map[string]int{noteOther: 1}},
		{"huge", packed(t, append(good, entry{name: "h/pocket.pdb", text: huge}, good[1])...), 4, map[string]int{missingProtein: 1, missingLigand: 1}, nil},
		{"huge pocket", packed(t, append(good, entry{name: "h/pocket.pdb", text: huge}, entry{name: "h/ligand.sdf", text: octanol(9)})...), 4, map[string]int{hugeFile: 1}, nil},
		{"no folders", packed(t, entry{name: "a_protein.pdb", text: helix(1, 4)}, entry{name: "./a_ligand.sdf", text: octanol(8)}), 1, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, dir := config(t), t.TempDir()
			cfg.FileMB = 1
			write(t, dir, map[string]string{"a.tar.gz": string(c.archive), "good/x.pdb": helix(9001, 4), "good/x.sdf": octanol(20)})
			cfg.Complexes = []string{filepath.Join(dir, "a.tar.gz"), filepath.Join(dir, "good")}
			m, err := Build(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, m, c.kept+1, c.dropped, c.notes)
		})
	}
}

func TestOddSMILES(t *testing.T) {
	lines := []string{
		"SMILES\tsource", "CCCCCCCCO\tmine", "OCCCCCCCC", "", "CCCCCCCCN name of two words", "C(", "CCCCCCCCCI", "CCCCC[Fe]CCCC", "CCCCC[SiH2]CCCC", "CC",
		strings.Repeat("C", 46), "CCCCCCCC.O", "[Na+].CCCCCCCC(=O)[O-]", strings.Repeat("C", 20_000), "CCCCCCC[NH3+]", "\x00\xff\xfe", "CCCCCCCC[N+](=O)[O-]\r",
	}
	dropped := map[string]int{duplicateMolecule: 1, unreadableSMILES: 2, "RDKit finds no conformer": 1, metal: 2, element: 1, tooSmall: 1, tooLarge: 1,
		fragments: 1, longLine: 1}
	notes := map[string]int{noteHeader: 1, noteBlank: 1, noteCharges: 1}
	text := strings.Join(lines, "\n") // the last line has no end
	for name, content := range map[string]string{"plain.smi": text, "packed.smi.gz": string(gzipped(text))} {
		t.Run(name, func(t *testing.T) {
			cfg, dir := config(t), t.TempDir()
			write(t, dir, map[string]string{name: content})
			cfg.SMILES = []string{filepath.Join(dir, name)}
			m, err := Build(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, m, 4, dropped, notes)
			d, err := Open(cfg.Out)
			if err != nil {
				t.Fatal(err)
			}
			var sources []string
			for mol, err := range d.Conformers() {
				if err != nil {
					t.Fatal(err)
				}
				source, _ := mol.Prop("source")
				sources = append(sources, source)
			}
			if got, want := fmt.Sprint(sources), fmt.Sprint([]string{"mine", "name of two words", name, name}); got != want {
				t.Errorf("sources %s, want %s", got, want)
			}
		})
	}
}

func TestTruncatedSMILES(t *testing.T) {
	var lines strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&lines, "%s%s%s\n", strings.Repeat("C", 8+i%30), strings.Repeat("N", 1+i/30%7), strings.Repeat("O", i%11))
	}
	whole := gzipped(lines.String())
	cfg, dir := config(t), t.TempDir()
	cfg.PerShard, cfg.Most = 10, 20
	write(t, dir, map[string]string{"a.smi.gz": string(whole[:len(whole)-20]), "b.smi.gz": "\x1f\x8bno"})
	cfg.SMILES = []string{filepath.Join(dir, "b.smi.gz"), filepath.Join(dir, "a.smi.gz")}
	m, err := Build(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if m.Conformers != 20 || m.Sources[0].Notes[noteNotGzip] != 1 || m.Sources[1].Notes[noteUnread] != 1 {
		t.Errorf("%d conformers, %+v", m.Conformers, m.Sources)
	}
	cfg.Most, cfg.Out, cfg.PerShard = 0, filepath.Join(t.TempDir(), "all"), 5000
	if m, err = Build(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if m.Conformers < 100 || m.Sources[1].Notes[noteTruncated] != 1 {
		t.Errorf("%d conformers, %+v", m.Conformers, m.Sources)
	}
}
