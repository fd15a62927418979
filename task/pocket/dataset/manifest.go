package dataset

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"keel/chem"
	"keel/run"
)

const (
	manifestFile = "manifest.json"
	format       = 1 // of manifest and shards
)

// Manifest says what a dataset holds and where it came from.
type Manifest struct {
	Format     int      `json:"format"`
	Complete   bool     `json:"complete"`
	Keel       string   `json:"keel,omitempty"`  // the version that began it
	RDKit      string   `json:"rdkit,omitempty"` // the version that made the conformers
	Settings   Settings `json:"settings"`
	Conformers int      `json:"conformers"`
	Complexes  int      `json:"complexes"`
	Sources    []Source `json:"sources"`
	Shards     []Shard  `json:"shards"`
}

// The kinds of examples, and of the shards that hold them.
const (
	Conformers = "conformers"
	Complexes  = "complexes"
)

// Source is a file, folder or program that candidates came from. Read is Kept and all of Dropped.
type Source struct {
	Name        string         `json:"name"`
	Kind        string         `json:"kind"` // of its examples
	Fingerprint string         `json:"fingerprint"`
	Read        int            `json:"read"`            // candidates
	Kept        int            `json:"kept"`            // examples
	Dropped     map[string]int `json:"dropped"`         // candidates by reason
	Notes       map[string]int `json:"notes,omitempty"` // by reason, what was no candidate, and what was changed in one
	Items       int            `json:"items"`           // candidates and what was none: where to go on
	Done        bool           `json:"done"`
}

// Shard is one file of examples.
type Shard struct {
	File     string `json:"file"`
	Kind     string `json:"kind"`
	Examples int    `json:"examples"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
}

// readManifest reads the manifest of a dataset; where there is none the error is fs.ErrNotExist.
func readManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, manifestFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, &chem.InputError{File: path, Problem: "damaged: " + err.Error(), Hint: "make the dataset again in an empty folder"}
	}
	if m.Format != format {
		return nil, &chem.InputError{File: path, Problem: fmt.Sprintf("its format is %d, this Keel has %d", m.Format, format),
			Hint: "make the dataset again with `keel data build`"}
	}
	for _, s := range m.Shards { // a name with a folder in it is not ours
		if s.File != filepath.Base(s.File) {
			return nil, &chem.InputError{File: path, Problem: fmt.Sprintf("%q is no shard's name", s.File)}
		}
	}
	return &m, nil
}

func (m *Manifest) write(dir string) error {
	return run.WriteFile(filepath.Join(dir, manifestFile), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(m)
	})
}

// checkShards finds out whether the shards are there in their sizes.
func (m *Manifest) checkShards(dir string) error {
	for _, s := range m.Shards {
		path := filepath.Join(dir, s.File)
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return &chem.InputError{File: path, Problem: "the shard is missing", Hint: "copy the folder again, or make it again in an empty one"}
		case info.Size() != s.Bytes:
			return &chem.InputError{File: path, Problem: fmt.Sprintf("the shard has %d bytes, not %d", info.Size(), s.Bytes),
				Hint: "copy the folder again, or make it again in an empty one"}
		}
	}
	return nil
}

// sameSettings says whether what a folder was begun with is what is wanted now, as far as that can be told before the sources are read; the error names
// the first difference.
func (m *Manifest) sameSettings(dir string, now *Manifest) error {
	before, after := asMap(m.Settings), asMap(now.Settings)
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if before[key] != after[key] {
			return begunWith(dir, "%s = %v, not %v", key, before[key], after[key])
		}
	}
	if len(m.Sources) != len(now.Sources) {
		return begunWith(dir, "%s (%s), not %d (%s)", plural(len(m.Sources), "source"), names(m.Sources), len(now.Sources), names(now.Sources))
	}
	for i, s := range m.Sources {
		if n := now.Sources[i]; s.Name != n.Name || s.Kind != n.Kind {
			return begunWith(dir, "the source %s as number %d, not %s", s.Name, i+1, n.Name)
		}
	}
	return nil
}

// sameContent says the same of what the sources hold, and of the program that makes conformers.
func (m *Manifest) sameContent(dir string, now *Manifest) error {
	for i, s := range m.Sources {
		if s.Fingerprint != now.Sources[i].Fingerprint {
			return begunWith(dir, "other content of the source %s", s.Name)
		}
	}
	if m.RDKit != now.RDKit {
		return begunWith(dir, "RDKit %s, not %s", cmp.Or(m.RDKit, "unknown"), cmp.Or(now.RDKit, "unknown"))
	}
	return nil
}

func begunWith(dir, format string, args ...any) error {
	return &chem.InputError{File: dir, Problem: "the folder was begun with " + fmt.Sprintf(format, args...),
		Hint: "choose another --out, or give what it was begun with"}
}

// shardsOf counts the shards of a kind.
func (m *Manifest) shardsOf(kind string) (n int) {
	for _, s := range m.Shards {
		if s.Kind == kind {
			n++
		}
	}
	return n
}

func names(sources []Source) string {
	var list []string
	for _, s := range sources {
		list = append(list, s.Name)
	}
	return strings.Join(list, ", ")
}

func asMap(s Settings) (m map[string]any) {
	text, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		panic(err) // a struct of numbers always encodes
	}
	return m
}
