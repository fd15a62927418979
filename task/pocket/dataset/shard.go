package dataset

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"

	"keel/chem"
	"keel/run"
)

// shard is a shard in the making. It is kept in memory, compressed, until it is whole: 5,000 conformers or complexes take 4 or 40 MB.
type shard struct {
	kind     string
	examples int
	packed   bytes.Buffer
	gzip     *gzip.Writer
	tar      *tar.Writer // nil for conformers
}

var endings = map[string]string{Conformers: ".sdf.gz", Complexes: ".tar.gz"}

func newShard(kind string) *shard {
	s := &shard{kind: kind}
	s.gzip = gzip.NewWriter(&s.packed)
	if kind == Complexes {
		s.tar = tar.NewWriter(s.gzip)
	}
	return s
}

// add takes in an example, whose ligand's record is given.
func (s *shard) add(id string, pocket, ligand []byte) error {
	s.examples++
	if s.tar == nil {
		_, err := s.gzip.Write(ligand)
		return err
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{pocketFile, pocket}, {ligandFile, ligand}} {
		// No times and no owners: equal complexes give equal bytes.
		if err := s.tar.WriteHeader(&tar.Header{Name: id + "/" + f.name, Size: int64(len(f.text)), Mode: 0o644, Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		if _, err := s.tar.Write(f.text); err != nil {
			return err
		}
	}
	return nil
}

const (
	pocketFile = "pocket.pdb"
	ligandFile = "ligand.sdf"
)

// write writes the shard as the n-th of its kind.
func (s *shard) write(dir string, n int) (Shard, error) {
	if s.tar != nil {
		if err := s.tar.Close(); err != nil {
			return Shard{}, err
		}
	}
	if err := s.gzip.Close(); err != nil {
		return Shard{}, err
	}
	sum := sha256.Sum256(s.packed.Bytes())
	done := Shard{File: fmt.Sprintf("%s-%05d%s", s.kind, n, endings[s.kind]), Kind: s.kind, Examples: s.examples,
		Bytes: int64(s.packed.Len()), SHA256: hex.EncodeToString(sum[:])}
	return done, run.WriteFile(filepath.Join(dir, done.File), func(w io.Writer) error {
		_, err := w.Write(s.packed.Bytes())
		return err
	})
}

// sourceKey is the data item of a ligand's record that names its source.
const sourceKey = "source"

// record is a ligand's SDF record.
func record(m *chem.Molecule, id, source string) ([]byte, error) {
	var text bytes.Buffer
	named := &chem.Molecule{Name: id, Atoms: m.Atoms, Bonds: m.Bonds, Props: []chem.Prop{{Key: sourceKey, Value: source}}}
	err := chem.WriteSDF(&text, []*chem.Molecule{named})
	return text.Bytes(), err
}
