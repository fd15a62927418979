package dataset

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"

	"keel/chem"
)

// Complex is a ligand in its pocket, in one frame, Å.
type Complex struct {
	ID      string // unique in its dataset
	Ligand  *chem.Molecule
	Protein *chem.Protein // whole residues within Settings.Radius of the ligand, and metal ions
	Source  string        // the archive, folder or program that it came from
}

// Dataset is a complete dataset, open for reading. It may be read several times, and from several goroutines.
type Dataset struct {
	Dir      string
	Manifest *Manifest
}

// Open opens the dataset in dir. It fails, saying what to do, where there is none, where it is not finished, and where a shard is missing or has
// another size than the manifest says.
func Open(dir string) (*Dataset, error) {
	m, err := readManifest(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &chem.InputError{File: dir, Problem: "this is no dataset (there is no " + manifestFile + ")", Hint: "make one with `keel data build`"}
	case err != nil:
		return nil, err
	case !m.Complete:
		return nil, &chem.InputError{File: dir, Problem: "the dataset is not finished", Hint: "give the `keel data build` command that began it again"}
	}
	return &Dataset{dir, m}, m.checkShards(dir)
}

// Conformers yields the lone molecules in order, named, heavy atoms only, with their source as data item "source". An error, after which nothing comes, names the
// shard that cannot be read or is damaged.
func (d *Dataset) Conformers() iter.Seq2[*chem.Molecule, error] {
	return func(yield func(*chem.Molecule, error) bool) {
		for r, err := range d.Manifest.records(d.Dir, Conformers) {
			var m *chem.Molecule
			if err == nil {
				m, err = parseLigand(r)
			}
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// Complexes yields the complexes in order. An error is as that of Conformers.
func (d *Dataset) Complexes() iter.Seq2[*Complex, error] {
	return func(yield func(*Complex, error) bool) {
		for r, err := range d.Manifest.records(d.Dir, Complexes) {
			c := &Complex{ID: r.id}
			if err == nil {
				c.Ligand, err = parseLigand(r)
			}
			if err == nil {
				c.Source, _ = c.Ligand.Prop(sourceKey)
				c.Protein, err = chem.ParsePDB(bytes.NewReader(r.pocket), r.name+": "+r.id+"/"+pocketFile)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// rawExample is an example as its shard has it.
type rawExample struct {
	name           string // of the shard, for messages
	id             string // of a complex
	pocket, ligand []byte
}

func parseLigand(r rawExample) (*chem.Molecule, error) {
	mols, bad, err := chem.ParseSDF(bytes.NewReader(r.ligand), r.name)
	switch {
	case err != nil:
		return nil, err
	case len(bad) > 0:
		return nil, bad[0]
	}
	return mols[0], nil
}

// records yields what the shards of a kind hold, and checks each shard against the manifest.
func (m *Manifest) records(dir, kind string) iter.Seq2[rawExample, error] {
	return func(yield func(rawExample, error) bool) {
		for _, s := range m.Shards {
			if s.Kind == kind && !s.read(dir, yield) {
				return
			}
		}
	}
}

// read yields what a shard holds, and says whether to go on.
func (s Shard) read(dir string, yield func(rawExample, error) bool) bool {
	r, err := openShard(filepath.Join(dir, s.File))
	if err != nil {
		yield(rawExample{}, err)
		return false
	}
	defer r.file.Close()
	next := r.molecule
	if s.Kind == Complexes {
		next = r.complex
	}
	for n := 0; ; n++ {
		x, err := next()
		switch {
		case errors.Is(err, io.EOF):
			if err := r.check(s, n); err != nil {
				yield(rawExample{}, err)
				return false
			}
			return true
		case err != nil:
			yield(rawExample{}, r.damaged(err))
			return false
		case !yield(x, nil):
			return false
		}
	}
}

// shardReader is a shard being read.
type shardReader struct {
	path string
	file *os.File
	hash hash.Hash
	raw  io.Reader
	text *bufio.Reader
	tar  *tar.Reader
}

func openShard(path string) (*shardReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := &shardReader{path: path, file: f, hash: sha256.New()}
	r.raw = bufio.NewReader(io.TeeReader(f, r.hash))
	z, err := gzip.NewReader(r.raw)
	if err != nil {
		f.Close()
		return nil, r.damaged(err)
	}
	r.text = bufio.NewReader(z)
	r.tar = tar.NewReader(r.text)
	return r, nil
}

func (r *shardReader) damaged(err error) error {
	return &chem.InputError{File: r.path, Problem: "the shard is damaged: " + err.Error(), Hint: "copy the folder again, or make it again in an empty one"}
}

// check compares the shard that was read to the end with its entry in the manifest.
func (r *shardReader) check(s Shard, examples int) error {
	for _, rest := range []io.Reader{r.text, r.raw} {
		if _, err := io.Copy(io.Discard, rest); err != nil {
			return r.damaged(err)
		}
	}
	if examples != s.Examples || hex.EncodeToString(r.hash.Sum(nil)) != s.SHA256 {
		return r.damaged(errors.New("its content is not what the manifest says"))
	}
	return nil
}

// molecule returns the next SDF record.
func (r *shardReader) molecule() (rawExample, error) {
	x := rawExample{name: r.path}
	for {
		line, err := r.text.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, io.EOF) && len(x.ligand) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return x, err
		}
		x.ligand = append(x.ligand, line...)
		if bytes.HasPrefix(line, []byte("$$$$")) {
			return x, nil
		}
	}
}

// complex returns the next two files.
func (r *shardReader) complex() (x rawExample, err error) {
	x.name = r.path
	for _, f := range []struct {
		name string
		text *[]byte
	}{{pocketFile, &x.pocket}, {ligandFile, &x.ligand}} {
		head, err := r.tar.Next()
		switch {
		case errors.Is(err, io.EOF) && x.id != "":
			return x, io.ErrUnexpectedEOF
		case err != nil:
			return x, err
		case path.Base(head.Name) != f.name || x.id != "" && path.Dir(head.Name) != x.id:
			return x, fmt.Errorf("%q stands where %s is expected", head.Name, f.name)
		}
		x.id = path.Dir(head.Name)
		if *f.text, err = io.ReadAll(r.tar); err != nil {
			return x, err
		}
	}
	return x, nil
}
