package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"keel/chem"
	"keel/run"
)

// findSources opens nothing yet: it tells archives from folders, and refuses what is not there.
func (b *builder) findSources() error {
	b.manifest = &Manifest{}
	for _, path := range b.cfg.SMILES {
		if err := plainFile(path, "a file of SMILES lines"); err != nil {
			return err
		}
		name := b.nameSource(filepath.Base(path))
		b.addSource(name, Conformers, &smilesFile{settings: &b.cfg.Settings, path: path, name: name, seen: b.seen, make: b.makeConformer})
	}
	for _, path := range b.cfg.Complexes {
		clean, err := filepath.Abs(path) // "." has a name too
		if err != nil {
			return err
		}
		name := b.nameSource(filepath.Base(clean))
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			if within(b.cfg.Out, path) {
				return &chem.InputError{File: b.cfg.Out, Problem: "the folder to write lies in the folder of complexes " + path, Hint: "choose another --out"}
			}
			b.addSource(name, Complexes, &folder{&b.cfg.Settings, clean, name})
			continue
		}
		if err := plainFile(path, "an archive (.tar.gz) or a folder of complexes"); err != nil {
			return err
		}
		b.addSource(name, Complexes, &archive{&b.cfg.Settings, path, name})
	}
	b.candidates = make([]int, len(b.sources))
	return nil
}

func (b *builder) addSource(name, kind string, s source) {
	b.sources = append(b.sources, s)
	b.manifest.Sources = append(b.manifest.Sources, Source{Name: name, Kind: kind, Dropped: map[string]int{}})
}

// nameSource makes the name unlike those before.
func (b *builder) nameSource(base string) string {
	name := strings.Join(strings.Fields(base), " ")
	for n := 2; ; n++ {
		taken := false
		for _, s := range b.manifest.Sources {
			taken = taken || s.Name == name
		}
		if !taken {
			return name
		}
		name = fmt.Sprintf("%s (%d)", base, n)
	}
}

func plainFile(path, expected string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &chem.InputError{File: path, Problem: "no such file or folder", Hint: "give " + expected}
	case err != nil:
		return &chem.InputError{File: path, Problem: "cannot be read: " + errors.Unwrap(err).Error(), Hint: "give " + expected}
	case !info.Mode().IsRegular():
		return &chem.InputError{File: path, Problem: "this is no plain file", Hint: "give " + expected}
	}
	f, err := os.Open(path)
	if err != nil {
		return &chem.InputError{File: path, Problem: "cannot be read: " + errors.Unwrap(err).Error(), Hint: "give " + expected}
	}
	return f.Close()
}

// within says whether path is dir or lies in it.
func within(path, dir string) bool {
	path, errP := filepath.Abs(path)
	dir, errD := filepath.Abs(dir)
	if errP != nil || errD != nil {
		return false
	}
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// takeFolder makes the folder, or takes possession of one that a build was begun in, whose manifest it returns.
func takeFolder(dir string) (begun *Manifest, unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, nil, &chem.InputError{File: dir, Problem: "the folder cannot be made: " + errors.Unwrap(err).Error(), Hint: "choose another --out"}
	}
	if unlock, err = run.Lock(dir); err != nil {
		return nil, nil, &chem.InputError{File: dir, Problem: err.Error()}
	}
	begun, err = openFolder(dir)
	if err != nil {
		_ = unlock() // the first error is the one to tell
		return nil, nil, err
	}
	return begun, unlock, nil
}

func openFolder(dir string) (begun *Manifest, err error) {
	begun, err = readManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = refuseFull(dir)
	}
	if err != nil {
		return nil, err
	}
	parts, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.part")) // of a write that was killed
	for _, part := range parts {
		err = errors.Join(err, os.Remove(part))
	}
	return begun, err
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// refuseFull fails when a folder without a manifest holds anything but its lock and the manifest that a kill cut off.
func refuseFull(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != ".lock" && !(strings.HasPrefix(e.Name(), manifestFile) && strings.HasSuffix(e.Name(), ".part")) {
			return &chem.InputError{File: dir, Problem: "the folder is not empty and holds no dataset", Hint: "choose another --out"}
		}
	}
	return nil
}
