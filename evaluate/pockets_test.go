package evaluate

import (
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"keel/chem"
	"keel/oracle"
)

// files writes files under a new folder; those whose names end in / are folders.
func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o777); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func sdf(t *testing.T, mols ...*chem.Molecule) string {
	t.Helper()
	var b strings.Builder
	if err := chem.WriteSDF(&b, mols); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFindPockets(t *testing.T) {
	dir := files(t, map[string]string{
		"b/receptor.pdb": "", "b/ligand.sdf.gz": "", "b/pocket10.pdb": "", "b/molecules.sdf": "", "b/samples/0.sdf": "",
		"a/1abc_A_rec.pdb": "", "a/1abc_A_rec_lig_pocket10.pdb": "", "a/ligand.sdf": "", "a/samples/2.sdf": "", "a/samples/1.sdf.gz": "",
		"a/samples/notes.txt": "",
		"two/x.pdb":           "", "two/y.pdb": "", "two/ligand.sdf": "",
		"bare/receptor.pdb": "", "empty/": "", ".hidden/receptor.pdb": "", "README.md": "",
		"c/receptor.pdb.gz": "", "c/ligand.sdf": "",
	})
	pockets, bad, err := FindPockets(dir, "")
	if err != nil || len(pockets) != 3 || len(bad) != 3 {
		t.Fatal(pockets, bad, err)
	}
	in := func(names ...string) (paths []string) {
		for _, name := range names {
			paths = append(paths, filepath.Join(dir, name))
		}
		return paths
	}
	for i, want := range []Pocket{
		{"a", in("a/1abc_A_rec.pdb")[0], in("a/ligand.sdf")[0], in("a/samples/1.sdf.gz", "a/samples/2.sdf")},
		{"b", in("b/receptor.pdb")[0], in("b/ligand.sdf.gz")[0], in("b/molecules.sdf")},
		{"c", in("c/receptor.pdb.gz")[0], in("c/ligand.sdf")[0], nil},
	} {
		got := pockets[i]
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	for i, want := range []string{"bare: no ligand.sdf", "empty: no receptor.pdb, and 0 other", "two: no receptor.pdb, and 2 other"} {
		if !strings.Contains(bad[i].Error(), want) {
			t.Errorf("%v; want %s", bad[i], want)
		}
	}

	samples := files(t, map[string]string{"a/molecules.sdf": "", "z/molecules.sdf": ""})
	pockets, bad, err = FindPockets(dir, samples)
	if err != nil || len(pockets[0].Molecules) != 1 || len(pockets[1].Molecules) != 0 || len(bad) != 4 {
		t.Fatal(pockets, bad, err)
	}
	if !strings.Contains(bad[3].Error(), "z: samples of a pocket that is not in") {
		t.Error(bad[3])
	}
}

func TestFoldersWithoutPockets(t *testing.T) {
	for _, c := range []struct{ dir, samples, want string }{
		{files(t, nil), "", "no pockets"},
		{"nowhere", "", "no such folder"},
		{files(t, map[string]string{"a/receptor.pdb": ""}), "", "a: no ligand.sdf"},
		{files(t, map[string]string{"a/receptor.pdb": "", "a/ligand.sdf": ""}), "nowhere", "nowhere: no such folder"},
		{filepath.Join(files(t, map[string]string{"file": ""}), "file"), "", "cannot be read as a folder"},
	} {
		_, _, err := FindPockets(c.dir, c.samples)
		var input *chem.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want %s", err, c.want)
		}
	}
}

// fake answers with as many scores as there are molecules, but in the pockets named unfit and broken.
type fake struct{ asked [][]*chem.Molecule }

func (f *fake) Score(_ context.Context, p Pocket, mols []*chem.Molecule, progress func(int)) ([]oracle.Score, error) {
	f.asked = append(f.asked, mols)
	switch p.Name {
	case "unfit":
		return nil, &chem.InputError{File: p.Receptor, Problem: "no protein"}
	case "broken":
		return nil, errors.New("no worker starts")
	case "short":
		return nil, nil
	}
	scores := make([]oracle.Score, len(mols))
	for i, m := range mols {
		scores[i] = oracle.Score{Name: m.Name, Valid: true, Connected: true}
		progress(i + 1)
	}
	return scores, nil
}

func TestReadAndRun(t *testing.T) {
	nameless := chain(3, true)
	nameless.Name = ""
	torn := "torn\n\n\n  2  1  0  0  0  0  0  0  0  0999 V2000\nM  END\n$$$$\n"
	dir := files(t, map[string]string{
		"a/receptor.pdb": "", "a/ligand.sdf": sdf(t, chain(4, false)), "a/samples/0.sdf": sdf(t, nameless) + torn,
		"a/samples/1.sdf": sdf(t, chain(5, false)),
		"b/receptor.pdb":  "", "b/ligand.sdf": sdf(t, chain(2, false)),
		"unfit/receptor.pdb": "", "unfit/ligand.sdf": sdf(t, chain(2, false)),
	})
	pockets, _, err := FindPockets(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	var sets []*Set
	for _, p := range pockets {
		s, err := Read(p)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, s)
	}
	if len(sets[0].Molecules) != 2 || sets[0].Molecules[0].Name != "1" || len(sets[0].Unreadable) != 1 || Count(sets) != 5 {
		t.Fatalf("%+v, %d", sets[0], Count(sets))
	}
	scorer, last := &fake{}, 0
	targets, left, err := Run(t.Context(), sets, 10, scorer, func(done int) {
		if done <= last {
			t.Errorf("progress goes from %d to %d", last, done)
		}
		last = done
	})
	if err != nil || len(targets) != 2 || len(left) != 1 || last != 4 {
		t.Fatal(targets, left, err, last)
	}
	a, b := targets[0], targets[1]
	if a.Asked != 10 || a.Unreadable != 1 || len(a.Molecules) != 2 || a.Molecules[1].Score.Name != "chain" ||
		len(a.Reference.Molecule.Atoms) != 4 || len(scorer.asked[0]) != 3 {
		t.Errorf("%+v", a)
	}
	if b.Asked != 0 || len(b.Molecules) != 0 {
		t.Errorf("a pocket without molecules was asked for %d", b.Asked)
	}
	for _, name := range []string{"broken", "short"} {
		if _, _, err := Run(t.Context(), []*Set{{Pocket: Pocket{Name: name}, Reference: chain(2, false)}}, 0, scorer, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := Read(Pocket{Ligand: pockets[0].Ligand, Molecules: []string{pockets[0].Receptor}}); err == nil {
		t.Error("an empty file is read")
	}
}

func TestTrainingSets(t *testing.T) {
	dir := files(t, map[string]string{"set.smi": "CCC propane\nCCO\nOCC again\nC(C)(C)(C)(C)C\n", "set.sdf": sdf(t, chain(3, false)),
		"bad.smi": "xyz\n", "empty.smi": ""})
	f, err := os.Create(filepath.Join(dir, "zipped.smi.gz"))
	if err != nil {
		t.Fatal(err)
	}
	zip := gzip.NewWriter(f)
	zip.Write([]byte("CCC\n"))
	zip.Close()
	f.Close()
	for _, c := range []struct {
		name      string
		keys, bad int
		shape     bool
	}{{"set.smi", 2, 1, false}, {"set.sdf", 1, 0, true}, {"zipped.smi.gz", 1, 0, false}} {
		s, err := ReadTraining(filepath.Join(dir, c.name))
		if err != nil || len(s.Keys) != c.keys || len(s.Bad) != c.bad || (s.Shape != nil) != c.shape || !s.Keys[chain(3, false).Key()] {
			t.Errorf("%s: %+v, %v", c.name, s, err)
		}
	}
	for _, name := range []string{"bad.smi", "empty.smi", "none.smi"} {
		var input *chem.InputError
		if _, err := ReadTraining(filepath.Join(dir, name)); !errors.As(err, &input) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Propane of the file is the pose's own: nothing is novel, and its geometry is that of the set.
	s, err := ReadTraining(filepath.Join(dir, "set.sdf"))
	if err != nil {
		t.Fatal(err)
	}
	one := []Target{{Name: "a", Reference: entry(chain(3, false), -1, -1, 0.5, 0.5)}, {Name: "b", Reference: entry(chain(3, true), -1, -1, 0.5, 0.5)}}
	row := Tabulate(one, Options{Training: s, Seed: 1})[0]
	if row.Figures["novel"].Value != 0.5 || row.Figures["length_js_training"].Value != 0 || row.Training.Lengths["C-C"] != 0 {
		t.Errorf("%+v", row.Figures)
	}
}
