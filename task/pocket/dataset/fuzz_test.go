package dataset

import (
	"bytes"
	"context"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// settle makes examples of all items and checks what every source promises: each item is a note or a candidate, with one end; ids are fit for an archive; the
// second reading, from anywhere, gives the same.
func settle(t *testing.T, s source) {
	t.Helper()
	list := outcomes(s.items(t.Context(), 0))
	for _, o := range list {
		if (o.dropped != "") == (o.example != nil) && len(o.notes) == 0 || o.err != nil {
			t.Fatalf("%+v", o)
		}
		if o.dropped == bug {
			t.Fatal("a panic")
		}
		if x := o.example; x != nil && x.id != cleanID(x.id) {
			t.Fatalf("id %q", x.id)
		}
	}
	from := len(list) / 2
	again := outcomes(s.items(t.Context(), from))
	if len(again) != len(list)-from {
		t.Fatalf("%d items, and from the %d-th %d", len(list), from, len(again))
	}
	for i, o := range again {
		if o.dropped != list[from+i].dropped {
			t.Fatalf("item %d: %q, before %q", from+i, o.dropped, list[from+i].dropped)
		}
	}
}

func outcomes(items iter.Seq[item]) (list []outcome) {
	for it := range items {
		if it.make == nil {
			list = append(list, outcome{notes: map[string]int{it.note: 1}})
			continue
		}
		list = append(list, it.make(context.Background()))
	}
	return list
}

func FuzzArchive(f *testing.F) {
	good := packed(f, complexes(2)...)
	for _, text := range [][]byte{good, good[:len(good)/2], []byte(gunzipped(f, good)), packed(f, entry{name: "../x.pdb", text: "x"}, entry{name: "a/", kind: '5'}),
		gzipped("x"), {0x1f, 0x8b}, nil, packed(f, entry{name: "a/a.pdb.gz", text: string(gzipped(helix(1, 4)))}, entry{name: "a/a.sdf", text: octanol(8)})} {
		f.Add(text, true)
		f.Add(text, false)
	}
	s := DefaultSettings()
	s.FileMB = 1
	f.Fuzz(func(t *testing.T, text []byte, pack bool) {
		if pack {
			text = gzipped(string(text)) // a mutated gzip is mostly none
		}
		path := filepath.Join(t.TempDir(), "a.tar.gz")
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		a := &archive{&s, path, "a"}
		if _, _, err := a.survey(t.Context()); err != nil {
			t.Fatal(err)
		}
		settle(t, a)
	})
}

func FuzzSMILESFile(f *testing.F) {
	for _, text := range []string{"CCCCCCCCO\tx\nc1ccccc1CC[NH3+]", "SMILES\n\n\r\nC(\n", "\x1f\x8b", string(gzipped("CCCCCCCCCl\n")), "C\x00"} {
		f.Add([]byte(text))
	}
	s := DefaultSettings()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "a.smi")
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		seen := map[uint64]struct{}{}
		file := &smilesFile{settings: &s, path: path, name: "a", seen: seen, make: zigzag}
		if _, _, err := file.survey(t.Context()); err != nil {
			t.Fatal(err)
		}
		list := outcomes(file.items(t.Context(), 0))
		lines := strings.Count(string(text), "\n") + 1
		if !bytes.HasPrefix(text, gzipMagic) && len(list) > lines {
			t.Fatalf("%d items of %d lines", len(list), lines)
		}
		for _, o := range list {
			if o.dropped == bug || o.dropped == otherMolecule {
				t.Fatalf("%+v", o)
			}
		}
	})
}

// Hostile candidates: whatever the two files hold, there is an example that passes every check, or a reason.
func FuzzComplex(f *testing.F) {
	f.Add(helix(1, 4), octanol(8))
	f.Add(helix(1, 1), nitro)
	f.Add(strings.Replace(helix(1, 4), "   0.900", "     NaN", 1), "")
	f.Add("HETATM", chain(0, "Zn"))
	s := DefaultSettings()
	s.MinAtoms = 1
	f.Fuzz(func(t *testing.T, protein, ligand string) {
		o := s.examine(candidate{id: "x", source: "y", protein: file{name: "p", data: []byte(protein)}, ligand: file{name: "l", data: []byte(ligand)}})
		if (o.dropped == "") == (o.example == nil) {
			t.Fatalf("%+v", o)
		}
		if o.example == nil {
			return
		}
		if why := s.checkLigand(o.example.ligand); why != "" {
			t.Fatal(why)
		}
		text, err := record(o.example.ligand, "x", "y")
		if err != nil {
			return // is counted
		}
		m, err := parseLigand(rawExample{name: "x", ligand: text})
		if err != nil || pairKey(m, o.example.pocket) != o.example.pair {
			t.Fatalf("what is read again is another complex: %v", err)
		}
	})
}

// Every PDB and SDF of a folder is in one pair, is counted as further, or is a protein shared by several ligands; the order in which files come does not matter.
func TestPairUp(t *testing.T) {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`(1abc|x|1abc_x|protein|ligand)?([_-]?(protein|pocket|pocket10|ligand|lig|rec|2))?\.(pdb|sdf|PDB|ent|mol|sdf\.gz|pdb\.gz)`), 0, 8,
		rapid.ID[string])
	rapid.Check(t, func(t *rapid.T) {
		var files []file
		proteins, ligands := 0, 0
		for _, name := range names.Draw(t, "names") {
			files = append(files, file{name: "d/" + name})
			switch kind, _ := kindOf(name); kind {
			case isPDB:
				proteins++
			case isSDF:
				ligands++
			}
		}
		pairs, further := pairUp("d", files)
		used, seen := map[string]bool{}, 0
		for _, p := range pairs {
			if p.why == "" != (p.protein.name != "" && p.ligand.name != "") {
				t.Fatalf("%+v", p)
			}
			if p.ligand.name != "" {
				seen++
			}
			if p.protein.name != "" {
				used[p.protein.name] = true
			}
		}
		if seen != ligands || len(used)+further != proteins {
			t.Fatalf("%d of %d ligands; %d proteins used and %d further of %d", seen, ligands, len(used), further, proteins)
		}
		rng := rand.New(rand.NewPCG(1, 1))
		rng.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		again, _ := pairUp("d", files)
		if !slices.EqualFunc(pairs, again, func(a, b pair) bool {
			return a.id == b.id && a.protein.name == b.protein.name && a.ligand.name == b.ligand.name && a.why == b.why
		}) {
			t.Fatalf("%v, shuffled %v", pairs, again)
		}
	})
}

func TestPairUpByName(t *testing.T) {
	for names, want := range map[string]string{
		"protein.pdb ligand.sdf":                             "d:protein.pdb+ligand.sdf",
		"pocket.pdb ligand.sdf":                              "d:pocket.pdb+ligand.sdf",
		"1abc_protein.pdb 1abc_pocket.pdb 1abc_ligand.sdf":   "d:1abc_protein.pdb+1abc_ligand.sdf",
		"a.pdb a.sdf b.pdb b.sdf":                            "d_a:a.pdb+a.sdf d_b:b.pdb+b.sdf",
		"a_rec.pdb a_rec_x_lig.sdf a_rec_y_lig.sdf":          "d_a_rec_x:a_rec.pdb+a_rec_x_lig.sdf d_a_rec_y:a_rec.pdb+a_rec_y_lig.sdf",
		"a_rec_x_lig_tt_0_pocket10.pdb a_rec_x_lig_tt_0.sdf": "d:a_rec_x_lig_tt_0_pocket10.pdb+a_rec_x_lig_tt_0.sdf",
		"kinase.pdb best.sdf":                                "d:kinase.pdb+best.sdf",
		"a.pdb b.pdb best.sdf":                               "d:several proteins, none named like the ligand d_a:missing ligand d_b:missing ligand",
		"a.pdb a.sdf best.sdf":                               "d_a:a.pdb+a.sdf d_best:missing protein",
		"A_Protein.PDB A_LIGAND.SDF":                         "d:A_Protein.PDB+A_LIGAND.SDF",
	} {
		var files []file
		for name := range strings.FieldsSeq(names) {
			files = append(files, file{name: name})
		}
		pairs, _ := pairUp("d", files)
		var got []string
		for _, p := range pairs {
			if p.why != "" {
				got = append(got, p.id+":"+p.why)
				continue
			}
			got = append(got, p.id+":"+p.protein.name+"+"+p.ligand.name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", names, got, want)
		}
	}
}
