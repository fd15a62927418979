package dataset

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"

	"keel/chem"
)

// file is a structure file: on disk, or read already.
type file struct {
	name string // for messages
	path string // "" where data holds it
	size int64
	data []byte
}

// read returns the file's text, decompressed, or why there is none.
func (f file) read(limit int64) (text []byte, why string) {
	if f.size > limit {
		return nil, hugeFile
	}
	text = f.data
	if f.path != "" {
		var err error
		if text, err = os.ReadFile(f.path); err != nil {
			return nil, cannotRead
		}
	}
	if bytes.HasPrefix(text, gzipMagic) {
		z, err := gzip.NewReader(bytes.NewReader(text))
		if err == nil {
			text, err = io.ReadAll(io.LimitReader(z, limit+1))
		}
		if err != nil {
			return nil, cannotRead
		}
	}
	switch {
	case int64(len(text)) > limit:
		return nil, hugeFile
	case len(bytes.TrimSpace(text)) == 0:
		return nil, emptyFile
	}
	return text, ""
}

var gzipMagic = []byte{0x1f, 0x8b}

// fault tells coordinates that are no numbers from other things that make a text unreadable.
func fault(text []byte, err error, other string) string {
	var bad *chem.InputError
	if !errors.As(err, &bad) || bad.Line < 1 {
		return other
	}
	n := 0
	for line := range bytes.Lines(text) {
		if n++; n < bad.Line {
			continue
		}
		for _, word := range strings.Fields(strings.ToLower(string(line))) {
			switch strings.TrimLeft(word, "+-") {
			case "nan", "inf", "infinity", "1.#qnan", "1.#ind", "1.#inf":
				return notNumbers
			}
		}
		break
	}
	return other
}
