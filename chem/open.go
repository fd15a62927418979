package chem

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// What the readers accept before they stop, so that a hostile or mistaken file cannot eat the memory.
const (
	maxFileBytes = 256 << 20 // after decompression
	maxLineBytes = 64 << 10
)

var errTooLarge = fmt.Errorf("it holds more than %d MB", maxFileBytes>>20)

// withFile opens a file for a reader, and says in one line what to do if it cannot be opened.
func withFile(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return &InputError{File: path, Problem: "cannot open: " + err.Error(), Hint: "check the path"}
	}
	defer f.Close()
	return read(f)
}

// lines yields a text's lines one by one, counted from 1. It ends lines at LF, CR LF or CR alone, unpacks gzip, and stops
// with an error at anything that is not bounded text.
type lines struct {
	file string
	scan *bufio.Scanner
	n    int
	text string
}

func newLines(r io.Reader, file string) (*lines, error) {
	br := bufio.NewReader(r)
	if magic, _ := br.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, &InputError{File: file, Problem: "damaged gzip: " + err.Error(), Hint: "fetch the file again"}
		}
		r = zr
	} else {
		r = br
	}
	scan := bufio.NewScanner(&capped{r: r, left: maxFileBytes})
	scan.Buffer(make([]byte, 0, 4096), maxLineBytes)
	scan.Split(splitLines)
	return &lines{file: file, scan: scan}, nil
}

// next moves to the next line; false at the end or at an error, before what a damaged file's last, cut line would give.
func (l *lines) next() bool {
	if !l.scan.Scan() || l.scan.Err() != nil {
		return false
	}
	l.n++
	l.text = l.scan.Text()
	return true
}

// err returns what stopped the reading, nil at a proper end.
func (l *lines) err() error {
	err := l.scan.Err()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bufio.ErrTooLong):
		return &InputError{File: l.file, Line: l.n + 1, Problem: fmt.Sprintf("a line of more than %d bytes", maxLineBytes),
			Hint: "this is not a text file of the expected format"}
	case errors.Is(err, errTooLarge):
		return &InputError{File: l.file, Problem: err.Error(), Hint: "split the file"}
	}
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &InputError{File: l.file, Line: l.n + 1, Problem: "cannot read on: " + err.Error(),
		Hint: "check that the file is whole and readable"}
}

// fail returns an error about the present line.
func (l *lines) fail(hint, format string, args ...any) error {
	return &InputError{File: l.file, Line: l.n, Problem: fmt.Sprintf(format, args...), Hint: hint}
}

func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF && len(data) > 0:
		return len(data), data, nil
	case i < 0:
		return 0, nil, nil
	case data[i] == '\n' || i+1 < len(data) && data[i+1] != '\n':
		return i + 1, data[:i], nil
	case i+1 < len(data):
		return i + 2, data[:i], nil
	case atEOF:
		return i + 1, data[:i], nil
	}
	return 0, nil, nil // a CR whose LF may follow in the next block
}

// capped fails with errTooLarge once more than left bytes were read.
type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.left -= int64(n)
	if c.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
