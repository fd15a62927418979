package dataset

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"os"
	"strings"

	"keel/chem"
	"keel/supervise"
)

// maker makes a conformer of a SMILES: conformer.Maker.Make.
type maker func(ctx context.Context, smiles string, seed int64) (*chem.Molecule, *supervise.Failure, error)

// smilesFile is a file of SMILES<TAB>source lines.
type smilesFile struct {
	settings *Settings
	path     string
	name     string              // the source's, for lines that name none
	seen     map[uint64]struct{} // keys of the molecules so far, of all SMILES files
	make     maker
}

const longestLine = 16 << 10

// survey reads the whole file once for its fingerprint and number of lines.
func (f *smilesFile) survey(ctx context.Context) (fingerprint string, candidates int, err error) {
	file, err := os.Open(f.path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	h := sha256.New()
	whole := &interruptible{ctx, io.TeeReader(file, h)}
	if r, _, err := unpack(whole); err == nil {
		block := make([]byte, 1<<16)
		for err == nil {
			var n int
			n, err = r.Read(block)
			candidates += bytes.Count(block[:n], []byte("\n"))
		}
	}
	if _, err := io.Copy(io.Discard, whole); err != nil && ctx.Err() == nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), candidates, ctx.Err()
}

// items reads all lines, those before from too: they say which molecules are known.
func (f *smilesFile) items(ctx context.Context, from int) iter.Seq[item] {
	return after(from, func(yield func(item) bool) {
		file, err := os.Open(f.path)
		if err != nil {
			yield(aside(cannotRead))
			return
		}
		defer file.Close()
		r, _, err := unpack(&interruptible{ctx, file})
		if err != nil {
			yield(aside(noteNotGzip))
			return
		}
		in := bufio.NewReaderSize(r, longestLine)
		for n := int64(0); ; n++ {
			line, tooLong, err := readLine(in)
			if err != nil && !errors.Is(err, io.EOF) {
				yield(aside(noteTruncated))
				return
			}
			if err != nil && line == "" && !tooLong {
				return
			}
			if !yield(f.item(n, line, tooLong)) || err != nil {
				return
			}
		}
	})
}

// readLine returns a line without its end, or that it was too long and was passed over. At the end of the file the error is io.EOF, beside the last line.
func readLine(in *bufio.Reader) (line string, tooLong bool, err error) {
	text, err := in.ReadSlice('\n')
	for tooLong = len(text) > longestLine; errors.Is(err, bufio.ErrBufferFull); tooLong = true {
		text, err = in.ReadSlice('\n')
	}
	return strings.TrimRight(string(text), "\r\n"), tooLong, err
}

// item judges the n-th line, from 0. What Keel can tell of a molecule by itself is told here, in the file's order; the rest is RDKit's.
func (f *smilesFile) item(n int64, line string, tooLong bool) item {
	smiles, rest := strings.TrimSpace(line), ""
	if i := strings.IndexAny(smiles, " \t"); i >= 0 {
		smiles, rest = smiles[:i], smiles[i:]
	}
	switch {
	case tooLong:
		return lost(longLine)
	case smiles == "":
		return aside(noteBlank)
	case n == 0 && strings.EqualFold(smiles, "smiles"):
		return aside(noteHeader)
	}
	var key string
	if o := guarded(func() outcome { var o outcome; key, o.dropped = f.judge(smiles); return o }); o.dropped != "" {
		return lost(o.dropped)
	}
	source := strings.Join(strings.Fields(rest), " ")
	if source == "" {
		source = f.name
	}
	seed := (f.settings.Seed + n) & 0x7fffffff // RDKit takes 31 bits
	return item{make: func(ctx context.Context) outcome {
		m, why, err := f.make(ctx, smiles, seed)
		switch {
		case err != nil:
			return outcome{err: err}
		case why != nil:
			return drop(why.Reason)
		}
		return guarded(func() outcome { return f.accept(m, key, source) })
	}}
}

// judge returns the molecule's key, or why it is not wanted. A molecule that is wanted is known from now on.
func (f *smilesFile) judge(smiles string) (key, why string) {
	m, err := chem.ParseSMILES(smiles)
	if err != nil {
		return "", unreadableSMILES
	}
	m = standardise(m, nil)
	if why := f.settings.checkGraph(m); why != "" {
		return "", why
	}
	key = m.Key()
	n := shortKey(key)
	if _, known := f.seen[n]; known {
		return "", duplicateMolecule
	}
	f.seen[n] = struct{}{}
	return key, ""
}

// accept checks what RDKit made.
func (f *smilesFile) accept(m *chem.Molecule, key, source string) (o outcome) {
	m = standardise(m, &o)
	switch o.dropped = f.settings.checkLigand(m); {
	case o.dropped != "":
	case m.Key() != key:
		o.dropped = otherMolecule
	default:
		o.example = &example{id: "smiles-" + key[:12], ligand: m, source: source}
	}
	return o
}

// shortKey is 64 bits of a molecule's key: among ten million molecules, two share them with a probability of 3e-6.
func shortKey(key string) (n uint64) {
	b, err := hex.DecodeString(key[:16])
	if err != nil {
		panic(err) // a key is hexadecimal digits
	}
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}
