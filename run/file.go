package run

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// WriteFile writes the file at path whole or not at all: write fills a temporary file in the same folder, which is synced
// and then renamed. When anything fails, a full disk included, the file that was there stays as it was and the error names path.
// A kill may leave a *.part file behind, which Open removes.
func WriteFile(path string, write func(io.Writer) error) error {
	if err := writeFile(path, write); err != nil {
		return fmt.Errorf("%s could not be written: %w (what was there before is untouched)", path, cause(err))
	}
	return nil
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	part := fmt.Sprintf("%s.%08x.part", path, rand.Uint32())
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()       // a second close only returns an error
			os.Remove(part) // best effort: Open removes what stays
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<16)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename in dir survive a power cut.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// removeParts removes what interrupted WriteFile calls left in the folders.
func removeParts(dirs ...string) error {
	for _, dir := range dirs {
		parts, err := filepath.Glob(filepath.Join(dir, "*.part"))
		if err != nil {
			return err
		}
		for _, part := range parts {
			if err := os.Remove(part); err != nil {
				return fmt.Errorf("half-written file %s cannot be removed: %w", part, cause(err))
			}
		}
	}
	return nil
}

// appendWhole appends b to f, or leaves f as it was.
func appendWhole(f *os.File, b []byte) error {
	before, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		_ = f.Truncate(before) // should this fail too, the next Open drops the torn end
		return fmt.Errorf("%s could not be written: %w (what was there before is untouched)", f.Name(), cause(err))
	}
	return nil
}

// cause strips the operation and the path off err, for messages that name the file the user knows.
func cause(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}
