package docked

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"keel/chem"
)

// inputs makes a folder with an archive of two copies of HIV protease, their index, and a few drugs to dock.
func inputs(t *testing.T) Config {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile("../../../examples/1hpv/1hpv.pdb")
	if err != nil {
		t.Fatal(err)
	}
	p, err := chem.ParsePDB(bytes.NewReader(text), "1hpv")
	if err != nil {
		t.Fatal(err)
	}
	at := chem.Centroid(p.Hetero("478")[0])
	table := "id\tsplit\treceptor\tcluster\theavy\tcx\tcy\tcz\tsx\tsy\tsz\n"
	var archive bytes.Buffer
	z := gzip.NewWriter(&archive)
	w := tar.NewWriter(z)
	for _, name := range []string{"one", "two"} {
		if err := addFile(w, name+".pdb", text); err != nil {
			t.Fatal(err)
		}
		for range 2 { // a receptor is used once
			table += fmt.Sprintf("%s_x\ttrain\t%s\t7\t24\t%.2f\t%.2f\t%.2f\t8\t8\t8\n", name, name, at[0], at[1], at[2])
		}
	}
	table += "v\tval\tthree\t8\t24\t0\t0\t0\t8\t8\t8\n"
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	drugs, err := os.ReadFile("../../../chem/testdata/drugs.sdf")
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Settings: Defaults(), Receptors: filepath.Join(dir, "r.tar.gz"), Index: filepath.Join(dir, "index.tsv"),
		Ligands: filepath.Join(dir, "l.sdf"), Out: filepath.Join(dir, "out")}
	c.Tries, c.Keep, c.Shard, c.ScreenSteps, c.Steps = 5, 3, 1, 20, 20
	for file, content := range map[string][]byte{c.Receptors: archive.Bytes(), c.Index: []byte(table), c.Ligands: drugs} {
		if err := os.WriteFile(file, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func build(t *testing.T, c Config) Counts {
	t.Helper()
	n, err := Build(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestBuild docks, and looks at what is written as training reads it.
func TestBuild(t *testing.T) {
	c := inputs(t)
	n := build(t, c)
	sum := 0
	for reason, k := range n {
		if reason != tried {
			sum += k
		}
	}
	if n[kept] == 0 || sum != n[tried] {
		t.Errorf("counts do not add up: %v", n)
	}
	pockets, ligands := 0, 0
	for shard := range 2 {
		f, err := os.Open(filepath.Join(c.Out, fmt.Sprintf("docked-%03d.tar.gz", shard)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		var pocket *chem.Protein
		for r := tar.NewReader(z); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if path.Base(h.Name) == "pocket.pdb" {
				pockets++
				if pocket, err = chem.ParsePDB(r, h.Name); err != nil {
					t.Fatal(err)
				}
				continue
			}
			ligands++
			mols, bad, err := chem.ParseSDF(r, h.Name)
			if err != nil || len(bad) > 0 || len(mols) != 1 {
				t.Fatalf("%s: %d molecules, %v, %v", h.Name, len(mols), bad, err)
			}
			checkComplex(t, c, pocket, mols[0])
		}
	}
	if pockets != n[kept] || ligands != n[kept] {
		t.Errorf("%d pockets and %d ligands of %d kept", pockets, ligands, n[kept])
	}
}

func checkComplex(t *testing.T, c Config, pocket *chem.Protein, m *chem.Molecule) {
	t.Helper()
	var f facts
	f.measure(pocket, m.Positions())
	if f.buried < c.MinBuried || f.nearest < c.MinDistance-0.002 {
		t.Errorf("%s: %+v", m.Name, f)
	}
	if len(m.Atoms) != len(m.HeavyOnly().Atoms) {
		t.Errorf("%s has hydrogens", m.Name)
	}
	var e float64
	text, _ := m.Prop("vina")
	if _, err := fmt.Sscan(text, &e); err != nil || e > c.MaxEnergy {
		t.Errorf("%s: energy %q", m.Name, text)
	}
}

// TestGoingOn wants the same bytes from a build that lost a shard, and from another number of workers.
func TestGoingOn(t *testing.T) {
	c := inputs(t)
	n := build(t, c)
	file := filepath.Join(c.Out, "docked-001.tar.gz")
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	c.Workers = 2
	again := build(t, c)
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) || fmt.Sprint(again) != fmt.Sprint(n) {
		t.Errorf("the shard made again differs: %v; %v, first %v", err, again, n)
	}
	c.Seed++
	if _, err := Build(context.Background(), c); err == nil || !strings.Contains(err.Error(), "begun under other settings") {
		t.Errorf("other settings in the same folder: %v", err)
	}
}

func TestBadSettings(t *testing.T) {
	for _, spoil := range []func(*Config){
		func(c *Config) { c.Tries = 0 }, func(c *Config) { c.MinAtoms = 40 }, func(c *Config) { c.Steps = 0 }, func(c *Config) { c.Split = "test" },
	} {
		c := inputs(t)
		spoil(&c)
		if _, err := Build(context.Background(), c); err == nil {
			t.Errorf("no error: %+v", c.Settings)
		}
	}
}

func TestBuildEndsWithItsContext(t *testing.T) {
	c := inputs(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Build(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if exists(filepath.Join(c.Out, "docked-000.tar.gz")) {
		t.Error("a shard was written although nothing was docked")
	}
}

func TestOneSiteOfEachClusterFirst(t *testing.T) {
	var sites []site
	for i := range 12 {
		sites = append(sites, site{receptor: fmt.Sprint(i), cluster: fmt.Sprint(i % 4)})
	}
	seen := map[string]bool{}
	for _, s := range diverse(sites, rand.New(rand.NewPCG(1, 2)))[:4] {
		seen[s.cluster] = true
	}
	if len(seen) != 4 {
		t.Errorf("the first four sites are of %d clusters", len(seen))
	}
}

func TestTwistedEster(t *testing.T) {
	// methyl acetate with its methyl group on the side of the carbonyl oxygen, at a right angle, and opposite
	for _, test := range []struct {
		methyl chem.Vec
		want   bool
	}{{chem.Vec{2.2, 1.7, 0}, false}, {chem.Vec{2.0, 0.3, 1.3}, true}, {chem.Vec{2.2, -1.7, 0}, true}} {
		m := &chem.Molecule{Atoms: []chem.Atom{
			{Element: chem.Carbon, Pos: chem.Vec{-0.75, -1.3, 0}}, {Element: chem.Carbon}, {Element: chem.Oxygen, Pos: chem.Vec{-0.6, 1.05, 0}},
			{Element: chem.Oxygen, Pos: chem.Vec{1.35, 0, 0}}, {Element: chem.Carbon, Pos: test.methyl},
		}, Bonds: []chem.Bond{{A: 0, B: 1, Order: 1}, {A: 1, B: 2, Order: 2}, {A: 1, B: 3, Order: 1}, {A: 3, B: 4, Order: 1}}}
		if got := twistedEster(m); got != test.want {
			t.Errorf("methyl at %v: %v", test.methyl, got)
		}
	}
}
