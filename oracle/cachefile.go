package oracle

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"keel/chem"
	"keel/supervise"
)

// cacheHeader is the first line of a cache file.
const cacheHeader = `{"keel":"scores","version":1}` + "\n"

// cacheFile is a file of JSON lines to which each part of a score is added at once, so that a process that is killed loses only
// what it was at. The last line of a key tells all that is known. One process has it at a time.
type cacheFile struct {
	path   string
	f      *os.File
	size   int64
	where  map[cacheKey]span
	poison map[string]supervise.Failure
	torn   int // half lines cut off
}

type span struct {
	offset int64
	length int
}

type poisonJSON struct {
	Poison string `json:"poison"`
	supervise.Failure
}

// openCacheFile opens or makes the file and locks it. What is not a cache of Keel's is a *chem.InputError, and left as it is.
func openCacheFile(path string) (*cacheFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("the cache of scores cannot be opened: %w", err)
	}
	c := &cacheFile{path: path, f: f, where: map[cacheKey]span{}, poison: map[string]supervise.Failure{}}
	if err := c.begin(); err != nil {
		f.Close()
		return nil, err
	}
	return c, nil
}

func (c *cacheFile) begin() error {
	if info, err := c.f.Stat(); err != nil || !info.Mode().IsRegular() {
		return c.foreign()
	}
	if err := syscall.Flock(int(c.f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("%s is in use by another run of Keel: wait for it, or name another cache of scores", c.path)
		}
		return fmt.Errorf("%s cannot be locked: %w", c.path, err)
	}
	if err := c.load(); err != nil {
		return err
	}
	if c.size == 0 {
		return c.append([]byte(cacheHeader))
	}
	return nil
}

// load indexes the lines, and cuts off a last one without an end, which a killed process left.
func (c *cacheFile) load() error {
	lines := bufio.NewReader(c.f)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return c.cut(line)
		}
		if err != nil {
			return fmt.Errorf("%s cannot be read: %w", c.path, err)
		}
		if number == 1 && string(line) != cacheHeader {
			return c.foreign()
		}
		if number > 1 {
			if err := c.index(line); err != nil {
				return &chem.InputError{File: c.path, Line: number, Problem: fmt.Sprintf("the cache of scores is damaged (%v)", err),
					Hint: "remove that line, or the file"}
			}
		}
		c.size += int64(len(line))
	}
}

// foreign is the error of a file that Keel did not make.
func (c *cacheFile) foreign() error {
	return &chem.InputError{File: c.path, Line: 1, Problem: "not a cache of scores as this version of Keel writes it",
		Hint: "name a new file, or remove this one"}
}

// cut removes the start of a line at the file's end.
func (c *cacheFile) cut(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	if c.size == 0 && !strings.HasPrefix(cacheHeader, string(line)) {
		return c.foreign()
	}
	c.torn++
	if err := c.f.Truncate(c.size); err != nil {
		return fmt.Errorf("%s: half a line at its end cannot be cut off: %w", c.path, err)
	}
	return nil
}

// index notes where a line is, which is about to be counted in size.
func (c *cacheFile) index(line []byte) error {
	if bytes.HasPrefix(line, []byte(`{"poison":`)) {
		var j poisonJSON
		if err := json.Unmarshal(line, &j); err != nil {
			return err
		}
		c.poison[j.Poison] = j.Failure
		return nil
	}
	p, key, err := decodePart(line)
	if err != nil {
		return err
	}
	if p.have&identity == 0 {
		return errors.New("nothing is known of the molecule")
	}
	if _, _, err := p.score(p.have); err != nil {
		return err
	}
	c.where[key] = span{c.size, len(line)}
	return nil
}

// read returns the last line of a key, nil if there is none.
func (c *cacheFile) read(key cacheKey) ([]byte, error) {
	at, ok := c.where[key]
	if !ok {
		return nil, nil
	}
	line := make([]byte, at.length)
	if _, err := c.f.ReadAt(line, at.offset); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", c.path, err)
	}
	return line, nil
}

func (c *cacheFile) write(key cacheKey, line []byte) error {
	offset := c.size
	if err := c.append(line); err != nil {
		return err
	}
	c.where[key] = span{offset, len(line)}
	return nil
}

func (c *cacheFile) writePoison(key string, why supervise.Failure) error {
	line, err := json.Marshal(poisonJSON{key, why})
	if err != nil {
		return err
	}
	return c.append(append(line, '\n'))
}

// append writes a line whole or not at all.
func (c *cacheFile) append(line []byte) error {
	if _, err := c.f.Write(line); err != nil {
		return errors.Join(fmt.Errorf("%s cannot be written: %w", c.path, err), c.f.Truncate(c.size))
	}
	c.size += int64(len(line))
	return nil
}
