package dataset

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keel/chem"
)

// What was kept comes back: as many, with names, sources, pockets about their ligands.
func TestOpen(t *testing.T) {
	cfg := config(t)
	sources(t, t.TempDir(), &cfg)
	mustBuild(t, cfg)
	d, err := Open(cfg.Out)
	if err != nil {
		t.Fatal(err)
	}
	keys, n := map[string]bool{}, 0
	for m, err := range d.Conformers() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		keys[m.Key()] = true
		if source, _ := m.Prop("source"); source == "" || !strings.HasPrefix(m.Name, "smiles-") || cfg.checkLigand(m) != "" {
			t.Errorf("%s from %q: %s", m.Name, source, cfg.checkLigand(m))
		}
	}
	if n != d.Manifest.Conformers || len(keys) != n || n == 0 {
		t.Errorf("%d conformers, %d different, the manifest says %d", n, len(keys), d.Manifest.Conformers)
	}
	from, ids := map[string]int{}, map[string]bool{}
	for c, err := range d.Complexes() {
		if err != nil {
			t.Fatal(err)
		}
		from[c.Source]++
		ids[c.ID] = true
		if d := nearest(c.Protein, c.Ligand.Positions()); d < cfg.Closest || d > cfg.Farthest || c.Ligand.Name != c.ID {
			t.Errorf("%s (%s): %.1f Å from its pocket", c.ID, c.Ligand.Name, d)
		}
	}
	if want := map[string]int{"c.tar.gz": 8, "d": 3}; !maps.Equal(from, want) || len(ids) != 11 {
		t.Errorf("complexes from %v, want %v; ids %v", from, want, ids)
	}
	for m, err := range d.Conformers() { // a loop may end early
		if m == nil || err != nil {
			t.Error(m, err)
		}
		break
	}
}

// The example of the repository, cut from its whole protein, alone and twice under one name in two frames.
func TestExample(t *testing.T) {
	cfg, dir := config(t), t.TempDir()
	for to, from := range map[string]string{"1hpv/1hpv_protein.pdb": "1hpv.pdb", "1hpv/1hpv_ligand.sdf": "ligand.sdf"} {
		text, err := os.ReadFile(filepath.Join("../../../examples/1hpv", from))
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, map[string]string{"a/" + to: string(text), "b/" + to: string(text)})
	}
	cfg.Complexes = []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}
	m, err := Build(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if m.Sources[1].Dropped[duplicateComplex] != 1 || m.Complexes != 1 {
		t.Errorf("%+v", m.Sources)
	}
	d, err := Open(cfg.Out)
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range d.Complexes() {
		if err != nil {
			t.Fatal(err)
		}
		if c.ID != "1hpv" || c.Source != "a" || len(c.Ligand.Atoms) != 35 || len(c.Protein.Residues) < 50 || len(c.Protein.Residues) > 120 {
			t.Errorf("%s from %s: %d atoms, %d residues", c.ID, c.Source, len(c.Ligand.Atoms), len(c.Protein.Residues))
		}
	}
}

func TestOneIDTwice(t *testing.T) {
	cfg, dir := config(t), t.TempDir()
	files := map[string]string{}
	for i, folder := range []string{"a", "b", "c", "d"} {
		files[folder+"/x.pdb"], files[folder+"/x.sdf"] = helix(100*i+1, 4), octanol(8)
		cfg.Complexes = append(cfg.Complexes, filepath.Join(dir, folder))
	}
	write(t, dir, files)
	mustBuild(t, cfg)
	d, err := Open(cfg.Out)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for c, err := range d.Complexes() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	if got := strings.Join(ids, " "); got != "x x-2 x-3 x-4" {
		t.Error(got)
	}
}

// drain reads everything and returns the first error.
func drain(d *Dataset) error {
	for _, err := range d.Conformers() {
		if err != nil {
			return err
		}
	}
	for _, err := range d.Complexes() {
		if err != nil {
			return err
		}
	}
	return nil
}

// Any byte of any shard changed, any end cut off, any file gone: Open or the loop says so and names the file.
func TestDamageIsFound(t *testing.T) {
	cfg := config(t)
	sources(t, t.TempDir(), &cfg)
	good := mustBuild(t, cfg)
	for name, text := range good {
		if name == manifestFile {
			continue
		}
		for damage, bytes := range map[string]string{
			"flipped":    text[:len(text)/2] + string(text[len(text)/2]^4) + text[len(text)/2+1:],
			"header":     "x" + text[1:],
			"cut":        text[:len(text)-5],
			"longer":     text + "x",
			"end":        text[:len(text)-1] + string(text[len(text)-1]^1),
			"other gzip": string(gzipped("x"))[:min(len(text), 24)] + text[min(len(text), 24):],
		} {
			write(t, cfg.Out, map[string]string{name: bytes})
			d, err := Open(cfg.Out)
			if err == nil {
				err = drain(d)
			}
			if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s %s: %v", name, damage, err)
			}
		}
		write(t, cfg.Out, map[string]string{name: text})
	}
	if err := os.Remove(filepath.Join(cfg.Out, "complexes-00000.tar.gz")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(cfg.Out); err == nil || !strings.Contains(err.Error(), "complexes-00000.tar.gz: the shard is missing") {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"begun/manifest.json": `{"format": 1}`, "trick/manifest.json": `{"format": 1, "complete": true, "shards": [{"file": "../x"}]}`})
	for folder, want := range map[string]string{
		"none": "this is no dataset (there is no manifest.json); make one with `keel data build`", "begun": "the dataset is not finished", "trick": "no shard's name",
	} {
		_, err := Open(filepath.Join(dir, folder))
		if _, isInput := errors.AsType[*chem.InputError](err); !isInput || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", folder, err)
		}
	}
}
