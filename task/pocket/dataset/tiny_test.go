package dataset

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keel/chem"
	"keel/supervise"
)

// chain is an SDF record of a zigzag along x that begins at x = from: each letter is an atom, upper-case letters after the first are joined to the one before.
func chain(from float64, elements ...string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "chain\n\n\n%3d%3d  0  0  0  0  0  0  0  0999 V2000\n", len(elements), len(elements)-1)
	for i, e := range elements {
		fmt.Fprintf(&s, "%10.4f%10.4f%10.4f %-3s 0  0\n", from+1.25*float64(i), 0.85*float64(i%2), 0.1, e)
	}
	for i := 1; i < len(elements); i++ {
		fmt.Fprintf(&s, "%3d%3d  1  0\n", i, i+1)
	}
	return s.String() + "M  END\n$$$$\n"
}

// octanol has nine heavy atoms, n = 8 carbons by default; more make other molecules of it.
func octanol(carbons int) string {
	atoms := make([]string, carbons, carbons+1)
	for i := range atoms {
		atoms[i] = "C"
	}
	return chain(0, append(atoms, "O")...)
}

// helix is a PDB text of glycines in a row along x, y Å from the octanol; residue numbers begin at first.
func helix(first int, y float64) string {
	var s strings.Builder
	for r := range 5 {
		for k, name := range []string{"N", "CA", "C", "O"} {
			fmt.Fprintf(&s, "ATOM  %5d  %-3s GLY A%4d    %8.3f%8.3f%8.3f  1.00  0.00           %c\n", 4*r+k+1, name, first+r,
				3.6*float64(r)+0.9*float64(k), y+0.8*float64(k%2), 0.0, name[0])
		}
	}
	return s.String() + "END\n"
}

// write makes the files of a folder.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// entry is one of an archive; the text of a link is where it leads.
type entry struct {
	name, text string
	kind       byte
}

// packed is a .tar.gz.
func packed(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: tar.TypeReg, Size: int64(len(e.text)), Mode: 0o644}
		if e.kind != 0 {
			h.Typeflag, h.Size, h.Linkname = e.kind, 0, e.text
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(e.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// complexes are n entries' worth of good complexes, all different.
func complexes(n int) (list []entry) {
	for i := range n {
		id := fmt.Sprintf("c%03d", i)
		list = append(list, entry{name: id + "/pocket.pdb", text: helix(10*i+1, 4)}, entry{name: id + "/ligand.sdf", text: octanol(8 + i%7)})
	}
	return list
}

// zigzag is a maker without RDKit: a flat-out lie of a conformer that passes all checks. Molecules with iodine have none.
func zigzag(_ context.Context, smiles string, seed int64) (*chem.Molecule, *supervise.Failure, error) {
	m, err := chem.ParseSMILES(smiles)
	if err != nil {
		return nil, &supervise.Failure{Reason: "SMILES that RDKit does not read"}, nil
	}
	for i := range m.Atoms {
		if m.Atoms[i].Element == chem.Iodine {
			return nil, &supervise.Failure{Reason: "RDKit finds no conformer"}, nil
		}
		m.Atoms[i].Pos = chem.Vec{1.25 * float64(i), 0.85 * float64(i%2), 0.001 * float64(seed)}
	}
	return m, nil, nil
}

// config is a build of small shards without RDKit.
func config(t testing.TB) Config {
	s := DefaultSettings()
	s.PerShard = 3
	return Config{Settings: s, Out: filepath.Join(t.TempDir(), "out"), Workers: 2, make: zigzag}
}

// contents are the files of a folder but for its lock.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		if e.Name() == ".lock" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}
