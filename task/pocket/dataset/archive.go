package dataset

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"os"
	"path"
	"strings"
)

// archive is a .tar.gz or .tar of folders with complexes, read as a stream. Where the files of one folder do not follow one another they are held until
// both a PDB and an SDF are there, up to heldBytes and heldFolders in all.
type archive struct {
	settings *Settings
	path     string
	name     string // the source's
}

const (
	heldBytes   = 256 << 20
	heldFolders = 4096
)

// survey reads the whole archive once for its fingerprint, and counts what looks like ligands.
func (a *archive) survey(ctx context.Context) (fingerprint string, candidates int, err error) {
	f, err := os.Open(a.path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	whole := &interruptible{ctx, io.TeeReader(f, h)}
	if r, _, err := unpack(whole); err == nil {
		t := tar.NewReader(r)
		for {
			head, err := t.Next()
			if err != nil {
				break // what is wrong with it is told when it is read
			}
			if kind, _ := kindOf(path.Base(head.Name)); kind == isSDF {
				candidates++
			}
		}
	}
	if _, err := io.Copy(io.Discard, whole); err != nil && ctx.Err() == nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), candidates, ctx.Err()
}

// interruptible is a reader that ends with a context.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (r *interruptible) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, r.ctx.Err()
	}
	return r.r.Read(p)
}

// unpack returns what a gzip holds, or the text itself where it is none.
func unpack(r io.Reader) (text io.Reader, packed bool, err error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := b.Peek(2); bytes.Equal(magic, gzipMagic) {
		text, err = gzip.NewReader(b)
		return text, true, err
	}
	return b, false, nil
}

func (a *archive) items(ctx context.Context, from int) iter.Seq[item] {
	return after(from, func(yield func(item) bool) {
		f, err := os.Open(a.path)
		if err != nil {
			yield(aside(cannotRead))
			return
		}
		defer f.Close()
		r := &tarReader{archive: a, yield: yield}
		r.read(&interruptible{ctx, f})
	})
}

// tarReader is an archive being read.
type tarReader struct {
	*archive
	yield  func(item) bool
	groups []*group // by first appearance
	held   int64
}

// group is one folder's files so far.
type group struct {
	dir   string
	files []file
	bytes int64
	kinds [3]int
}

// read yields all items, the last ones of a damaged archive included.
func (r *tarReader) read(in io.Reader) {
	unpacked, packed, err := unpack(in)
	if err != nil {
		r.yield(aside(noteNotGzip))
		return
	}
	t, last, met := tar.NewReader(unpacked), "", 0
	for ; ; met++ {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			if met == 0 && !r.yield(aside(noteNotArchive)) {
				return
			}
			break
		}
		if err != nil {
			if !r.yield(aside(damage(err, met, packed))) {
				return
			}
			break
		}
		f, why, err := r.entry(head, t)
		if err != nil { // in the middle of a file, of which nothing is used
			if !r.yield(aside(noteTruncated)) {
				return
			}
			break
		}
		if why != "" {
			if !r.yield(aside(why)) {
				return
			}
			continue
		}
		if f == nil {
			continue
		}
		dir := path.Dir(f.name)
		if dir != last && !r.leave(last) {
			return
		}
		last = dir
		if !r.add(dir, *f) {
			return
		}
	}
	for len(r.groups) > 0 {
		if !r.flush(0) {
			return
		}
	}
}

// damage says what an error of the tar reader's means after some entries. A whole gzip that holds no tar is another kind of file.
func damage(err error, met int, packed bool) string {
	if met == 0 && (errors.Is(err, tar.ErrHeader) || !packed) {
		return noteNotArchive
	}
	return noteTruncated
}

// entry reads an entry; neither file nor reason where it is a folder.
func (r *tarReader) entry(head *tar.Header, in io.Reader) (f *file, why string, err error) {
	name := path.Clean(head.Name)
	kind, _ := kindOf(path.Base(name))
	switch {
	case head.Typeflag == tar.TypeDir || head.Typeflag == tar.TypeXGlobalHeader:
		return nil, "", nil
	case unsafePath(head.Name):
		return nil, noteUnsafe, nil
	case head.Typeflag == tar.TypeSymlink || head.Typeflag == tar.TypeLink:
		return nil, noteLink, nil
	case head.Typeflag != tar.TypeReg:
		return nil, noteSpecial, nil
	case hiddenPath(name):
		return nil, noteHidden, nil
	case kind == isOther:
		return nil, noteOther, nil
	}
	f = &file{name: name, size: head.Size}
	if head.Size <= int64(r.settings.FileMB)<<20 {
		f.data, err = io.ReadAll(in)
	}
	return f, "", err
}

func unsafePath(name string) bool {
	if strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\\x00") || len(name) > 1 && name[1] == ':' {
		return true
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

func hiddenPath(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if isHidden(part) {
			return true
		}
	}
	return false
}

// leave yields a folder that the archive has gone on from, if it has what makes a complex.
func (r *tarReader) leave(dir string) bool {
	for i, g := range r.groups {
		if g.dir == dir && g.kinds[isPDB] > 0 && g.kinds[isSDF] > 0 {
			return r.flush(i)
		}
	}
	return true
}

func (r *tarReader) add(dir string, f file) bool {
	i := 0
	for i < len(r.groups) && r.groups[i].dir != dir {
		i++
	}
	if i == len(r.groups) {
		r.groups = append(r.groups, &group{dir: dir})
	}
	g, n := r.groups[i], int64(len(f.data)+len(f.name))
	kind, _ := kindOf(path.Base(f.name))
	g.files, g.bytes, r.held = append(g.files, f), g.bytes+n, r.held+n
	g.kinds[kind]++
	for r.held > heldBytes || len(r.groups) > heldFolders {
		if !r.flush(0) {
			return false
		}
	}
	return true
}

// flush yields the i-th folder.
func (r *tarReader) flush(i int) bool {
	g := r.groups[i]
	r.groups = append(r.groups[:i], r.groups[i+1:]...)
	r.held -= g.bytes
	dir := g.dir
	if dir == "." {
		dir = ""
	}
	return yieldPairs(r.settings, r.name, dir, g.files, nil, r.yield)
}
