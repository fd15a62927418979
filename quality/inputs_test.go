package quality

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"keel/chem"
	"keel/oracle"
)

// A random place keeps the molecule's shape and its handedness, and lies within the reach of the centre.
func TestPlaceAtRandom(t *testing.T) {
	m := read(t, "CC(N)O")
	m.Atoms[0].Pos, m.Atoms[1].Pos, m.Atoms[2].Pos, m.Atoms[3].Pos = chem.Vec{1, 2, 3}, chem.Vec{2, 3, 3}, chem.Vec{2, 3, 4.5}, chem.Vec{4, 3, 3}
	volume := func(m *chem.Molecule) float64 {
		at := m.Atoms[1].Pos
		return m.Atoms[0].Pos.Sub(at).Cross(m.Atoms[2].Pos.Sub(at)).Dot(m.Atoms[3].Pos.Sub(at))
	}
	centre, rng := chem.Vec{10, -20, 30}, rand.New(rand.NewPCG(1, 1))
	var mean, turned chem.Vec
	const n = 4000
	for range n {
		p := PlaceAtRandom(m, centre, rng)
		for i := range m.Atoms {
			for k := range i {
				if d, want := p.Atoms[i].Pos.Dist(p.Atoms[k].Pos), m.Atoms[i].Pos.Dist(m.Atoms[k].Pos); math.Abs(d-want) > 1e-9 {
					t.Fatalf("atoms %d and %d are %v apart, want %v", i, k, d, want)
				}
			}
		}
		if math.Abs(volume(p)-volume(m)) > 1e-9 {
			t.Fatal("the molecule became its mirror image")
		}
		off := p.Centroid().Sub(centre)
		if off.Norm() > RandomReach+1e-9 {
			t.Fatalf("%v Å off", off.Norm())
		}
		mean, turned = mean.Add(off.Scale(1./n)), turned.Add(p.Atoms[3].Pos.Sub(p.Centroid()).Scale(1./n))
	}
	if mean.Norm() > 0.15 || turned.Norm() > 0.15 {
		t.Errorf("over %d places the mean is %v off, and an atom's direction %v; want none", n, mean, turned)
	}
}

func TestSpaced(t *testing.T) {
	for _, c := range []struct {
		n, most int
		want    []int
	}{{3, 9, []int{0, 1, 2}}, {10, 4, []int{0, 2, 5, 7}}, {0, 4, nil}} {
		if got := spaced(c.n, c.most); !slices.Equal(got, c.want) {
			t.Errorf("%d of %d: %v, want %v", c.most, c.n, got, c.want)
		}
	}
}

// archive writes a .tar.gz of these files.
func archive(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range files {
		w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o600})
		w.Write([]byte(text))
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "set.tar.gz")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func sdf(t *testing.T, m *chem.Molecule) string {
	t.Helper()
	var b bytes.Buffer
	if err := chem.WriteSDF(&b, []*chem.Molecule{m}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestUnpack(t *testing.T) {
	path := archive(t, map[string]string{"b/pocket.pdb": "B", "b/ligand.sdf": "b", "a/pocket.pdb": "A", "a/ligand.sdf": "a", "../../c/pocket.pdb": "C",
		"../notes.txt": "x", "../pocket.pdb": "y"})
	dir := t.TempDir()
	if err := Unpack(path, 1, dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "a", "receptor.pdb")); err != nil || string(text) != "A" {
		t.Errorf("%q, %v", text, err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%d complexes, want the first by name", len(list))
	}
	if err := Unpack(path, 0, dir); err != nil {
		t.Fatal(err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 3 {
		t.Errorf("%d complexes, want a, b and c, none outside of the folder", len(list))
	}
	var input *chem.InputError
	for _, bad := range []string{filepath.Join(dir, "none.tar.gz"), filepath.Join(dir, "a", "receptor.pdb"), archive(t, map[string]string{"x": "y"})} {
		if err := Unpack(bad, 0, dir); !errors.As(err, &input) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// All records count for novelty, the sample alone for the rest, and only poses for geometry.
func TestReadTraining(t *testing.T) {
	dir := t.TempDir()
	smiles := filepath.Join(dir, "set.smi")
	if err := os.WriteFile(smiles, []byte("CCO a\nCCC b\nC(C)(C)(C)(C)C bad\nCCN c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	one, err := ReadTraining([]string{smiles}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Keys) != 3 || len(one.Sample) != 1 || one.Records != 3 || one.Bad != 1 || one.Shape != nil || !one.Keys[read(t, "NCC").Key()] {
		t.Errorf("%+v", one)
	}
	both, err := ReadTraining([]string{smiles, archive(t, map[string]string{"a/ligand.sdf": sdf(t, read(t, "CCO")), "a/pocket.pdb": "x", "b/pocket.pdb": "x"})}, 9)
	if err != nil {
		t.Fatal(err)
	}
	if len(both.Keys) != 3 || len(both.Sample) != 4 || both.Bad != 2 || both.Shape == nil || both.Shape.Molecules != 1 {
		t.Errorf("%+v", both)
	}
	mols, at := both.Spaced(2)
	if !slices.Equal(at, []int{0, 2}) || mols[0].Atoms[0].Pos == mols[0].Atoms[1].Pos {
		t.Errorf("%v at %v", mols, at)
	}
	scores := []oracle.Score{Unscored(mols[0]), Unscored(mols[1])}
	scores[0].QED, scores[0].Valid, scores[1].QED = 0.25, false, 0.75
	both.SetScores(at, scores)
	if first, second := both.Sample[0].Score, both.Sample[2].Score; first.QED != 0.25 || !first.Valid || second.QED != 0.75 {
		t.Errorf("%+v, %+v: want the scores, and molecules that are whole as they were read", first, second)
	}
	var input *chem.InputError
	if _, err := ReadTraining([]string{filepath.Join(dir, "none.smi")}, 9); !errors.As(err, &input) {
		t.Error(err)
	}
}
