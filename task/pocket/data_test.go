package pocket

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"keel/chem"
	"keel/task/pocket/dataset"
)

// sdf is a walk of n carbons as an SDF record.
func sdf(t *testing.T, n int, change func(*chem.Molecule)) string {
	t.Helper()
	m := walk(rand.New(rand.NewPCG(1, uint64(n))), n)
	if change != nil {
		change(m)
	}
	var b bytes.Buffer
	if err := chem.WriteSDF(&b, []*chem.Molecule{m}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func archive(t *testing.T, files ...[2]string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f[0], Mode: 0o644, Size: int64(len(f[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []interface{ Close() error }{w, z} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return write(t, "data.tar.gz", b.String())
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	alanine    = "ATOM      1  CA  ALA A   1       4.000   2.000   3.000  1.00 10.00           C\nEND\n"
	ligandOnly = "HETATM    1  C1  LIG A   1       4.000   2.000   3.000  1.00 10.00           C\nEND\n"
)

func TestComplexes(t *testing.T) {
	good := sdf(t, 9, nil)
	pair := func(id, pdb, sdf string) [][2]string {
		return [][2]string{{id + "/pocket.pdb", pdb}, {id + "/ligand.sdf", sdf}}
	}
	var files [][2]string
	for _, p := range [][][2]string{
		pair("b", alanine, good),
		pair("a", alanine, sdf(t, 12, nil)),
		pair("small", alanine, sdf(t, 5, nil)),
		pair("large", alanine, sdf(t, 41, nil)),
		pair("boron", alanine, sdf(t, 9, func(m *chem.Molecule) { m.Atoms[0].Element = 5 })),
		pair("torn", alanine, sdf(t, 9, func(m *chem.Molecule) { m.Bonds = m.Bonds[1:] })),
		pair("badpocket", "nonsense\n", good),
		pair("badligand", alanine, "nonsense\n"),
		pair("noprotein", ligandOnly, good),
		{{"noligand/pocket.pdb", alanine}, {"nopocket/ligand.sdf", good}, {"README", "hello"}},
	} {
		files = append(files, p...)
	}
	var d Dataset
	if err := d.AddComplexes(archive(t, files...), 0.3); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range d.Complexes {
		got = append(got, e.Ligand.Name)
		if e.Weight != 0.3 || e.Pocket == nil {
			t.Errorf("%s: weight %v", e.Ligand.Name, e.Weight)
		}
	}
	if d := gocmp.Diff([]string{"a", "b"}, got); d != "" {
		t.Errorf("complexes (-want +got):\n%s", d)
	}
	want := map[string]int{
		"fewer than 8 heavy atoms": 1, "more than 40 heavy atoms": 1, "an atom type the model does not have": 1,
		"more than one fragment": 1, "unreadable pocket": 2, "unreadable ligand": 1, // nonsense, and no protein
		"pocket without ligand": 1, "ligand without pocket": 1,
	}
	if diff := gocmp.Diff(want, d.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	if text := d.Describe(); !strings.HasPrefix(text, "0 conformers, 2 complexes; left out: an atom type") {
		t.Error(text)
	}
}

func TestDataErrors(t *testing.T) {
	var d Dataset
	plain := write(t, "plain.tar.gz", "no archive")
	if err := d.AddComplexes(plain, 1); err == nil || !strings.Contains(err.Error(), plain+": expected a .tar.gz") {
		t.Error(err)
	}
	whole, err := os.ReadFile(archive(t, [2]string{"a/pocket.pdb", strings.Repeat(alanine, 500)}))
	if err != nil {
		t.Fatal(err)
	}
	cut := write(t, "cut.tar.gz", string(whole[:len(whole)/2]))
	if err := d.AddComplexes(cut, 1); err == nil || !strings.Contains(err.Error(), cut) {
		t.Error(err)
	}
	if err := d.AddConformers(filepath.Join(t.TempDir(), "none.sdf")); err == nil || !strings.Contains(err.Error(), "none.sdf") {
		t.Error(err)
	}
	if _, err := NewSource(&Dataset{}, DefaultNetwork(), 4, 0.5).Next(rand.New(rand.NewPCG(1, 1))); err == nil {
		t.Error("no examples give a batch")
	}
}

// A source draws whole batches of one kind and bucket, pockets in their share.
func TestSource(t *testing.T) {
	var d Dataset
	if err := d.AddConformers(write(t, "mols.sdf", sdf(t, 8, nil)+sdf(t, 11, nil)+sdf(t, 17, nil))); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2, 3))
	d.Complexes = []Example{{Ligand: walk(rng, 13), Pocket: newShell(t, rng), Weight: 1}}
	v := vocabulary()
	d.Cut(v)
	net := DefaultNetwork()
	net.Layout.Types, net.Vocabulary = len(v.Groups), v
	s := NewSource(&d, net, 4, 0.25)
	shapes := map[string]int{}
	const draws = 400
	for range draws {
		b, err := s.Next(rng)
		if err != nil {
			t.Fatal(err)
		}
		shapes[b.Shape]++
		if len(b.X0) != len(b.Mask) || len(b.X0) != 4*b.Net.(*Network).Layout.Dims() {
			t.Fatalf("%s: %d values", b.Shape, len(b.X0))
		}
	}
	for shape, share := range map[string]float64{"4x8": 0.25, "4x11": 0.25, "4x18": 0.25, "4x14+pocket": 0.25} {
		if got := float64(shapes[shape]) / draws; got < share-0.08 || got > share+0.08 {
			t.Errorf("%s: a share of %.2f, want %.2f", shape, got, share)
		}
	}
	if len(shapes) != 4 {
		t.Errorf("shapes %v", shapes)
	}
}

// What the vocabulary cannot represent is dropped, with its reason: lone conformers with a ring that it lacks, too many groups, a triple bond that
// no group holds. A complex keeps its unknown ring as atoms.
func TestCut(t *testing.T) {
	ring := parse(t, nitro)
	alkyne := walk(rand.New(rand.NewPCG(1, 2)), 9)
	alkyne.Bonds[4].Order = 3
	d := Dataset{
		Conformers: []Example{{Ligand: ring}, {Ligand: walk(rand.New(rand.NewPCG(1, 2)), 19)}, {Ligand: walk(rand.New(rand.NewPCG(1, 2)), 9)}, {Ligand: alkyne}},
		Complexes:  []Example{{Ligand: ring.Subset([]int{0, 1, 2, 3, 4, 5, 6, 7, 8})}},
	}
	d.Cut(vocabulary())
	if len(d.Conformers) != 1 || len(d.Complexes) != 1 || len(d.Complexes[0].Pieces) != 9 {
		t.Errorf("%d conformers and %d complexes are left", len(d.Conformers), len(d.Complexes))
	}
	want := map[string]int{"a triple bond between groups": 2, "more than 18 rigid groups": 1}
	if diff := gocmp.Diff(want, d.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	d = Dataset{Conformers: []Example{{Ligand: ring.Subset([]int{0, 1, 2, 3, 4, 5, 6, 7, 8})}}}
	d.Cut(vocabulary())
	if diff := gocmp.Diff(map[string]int{"a ring that the vocabulary lacks": 1}, d.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

// What keel data build made is read with the same checks as archives.
func TestShards(t *testing.T) {
	dir := t.TempDir() + "/data"
	ligand, protein := amprenavir(t), "../../examples/1hpv/1hpv.pdb"
	source := t.TempDir()
	var sdf bytes.Buffer
	if err := chem.WriteSDF(&sdf, []*chem.Molecule{ligand}); err != nil {
		t.Fatal(err)
	}
	pdb, err := os.ReadFile(protein)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"1hpv_protein.pdb": pdb, "1hpv_ligand.sdf": sdf.Bytes()} {
		if err := os.WriteFile(filepath.Join(source, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c := dataset.Config{Settings: dataset.DefaultSettings(), Complexes: []string{source}, Out: dir, Workers: 1, Log: io.Discard}
	if _, err := dataset.Build(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	var d Dataset
	if err := d.AddShards(dir); err != nil {
		t.Fatal(err)
	}
	if len(d.Complexes) != 1 || d.Complexes[0].Ligand.Key() != ligand.Key() || d.Complexes[0].Weight != 1 || len(d.Complexes[0].Pocket.atoms) < 200 {
		t.Errorf("read %+v", d.Complexes)
	}
	if err := d.AddShards(t.TempDir()); err == nil || !strings.Contains(err.Error(), "this is no dataset") {
		t.Error(err)
	}
}
