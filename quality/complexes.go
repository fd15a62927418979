package quality

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"keel/chem"
)

// IsComplexes reports whether a file's name says that it holds complexes.
func IsComplexes(file string) bool {
	return strings.HasSuffix(file, ".tar.gz") || strings.HasSuffix(file, ".tgz")
}

// mostComplexBytes bounds one file of an archive.
const mostComplexBytes = 32 << 20

// Unpack writes the complexes of a .tar.gz of <id>/pocket.pdb and <id>/ligand.sdf into dir as evaluate.FindPockets reads them: the first so many by name, all
// for 0. The error is a *chem.InputError where the archive is at fault.
func Unpack(file string, first int, dir string) error {
	files, ids, err := complexes(file)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if first > 0 && first < len(ids) {
		ids = ids[:first]
	}
	for _, id := range ids {
		if err := os.MkdirAll(filepath.Join(dir, id), 0o777); err != nil {
			return err
		}
		for _, name := range []string{"pocket.pdb", "ligand.sdf"} {
			text, ok := files[id+"/"+name]
			if !ok {
				continue // FindPockets says what it misses
			}
			if name == "pocket.pdb" {
				name = "receptor.pdb"
			}
			if err := os.WriteFile(filepath.Join(dir, id, name), text, 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}

// complexes reads the archive's files of interest, by <id>/<name>.
func complexes(file string) (files map[string][]byte, ids []string, err error) {
	fault := func(problem string) error {
		return &chem.InputError{File: file, Problem: problem, Hint: "expected a .tar.gz of <id>/pocket.pdb and <id>/ligand.sdf"}
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fault("cannot be opened")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, nil, fault("is not gzipped")
	}
	files = map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fault("is damaged: " + err.Error())
		}
		id, name := path.Base(path.Dir(h.Name)), path.Base(h.Name)
		if name != "pocket.pdb" && name != "ligand.sdf" || !filepath.IsLocal(id) || id == "." {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(r, mostComplexBytes))
		if err != nil {
			return nil, nil, fault("is damaged: " + err.Error())
		}
		files[id+"/"+name] = text
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, nil, fault("holds no complexes")
	}
	return files, ids, nil
}
