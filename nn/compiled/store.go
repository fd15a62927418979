// Package compiled keeps the programs that XLA has compiled on disk: a program is compiled once on a machine, and not once in each process that runs it.
package compiled

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"keel/run"
)

const (
	suffix = ".xla"
	// magic begins each file; what follows is the SHA-256 of the machine code and the machine code.
	magic = "keel compiled program 1\n"
)

// Store is a folder of compiled programs. What is wrong with it costs time and nothing else: a program that cannot be read is compiled, and one that cannot
// be written is compiled again by the next process.
type Store struct {
	Dir   string
	Limit int64         // bytes; beyond it, the programs that were not used for longest go
	Least time.Duration // what compiles faster than this is not kept

	compiler       []byte // tells programs of other plug-ins, settings and processors apart
	loaded, missed atomic.Int64
}

// NewStore keeps the programs of the plug-in at a path in dir, which is made when there is something to keep: 1 GB at most, some two hundred programs (the step of a
// training takes 4 to 7 MB, a sampler 1 to 2), and none that compiles within half a second.
func NewStore(dir, plugin string) (*Store, error) {
	info, err := os.Stat(plugin)
	if err != nil {
		return nil, err
	}
	return &Store{Dir: dir, Limit: 1 << 30, Least: time.Second / 2,
		// The size and the time of the file stand for its 200 MB. The compiler splits loops by the number of threads.
		compiler: digest([]byte(plugin), number(info.Size()), number(info.ModTime().UnixNano()), []byte(os.Getenv("XLA_FLAGS")),
			[]byte(runtime.GOARCH), number(int64(runtime.NumCPU())), processor())}, nil
}

// Counts says how many programs this process has loaded from here and how many it had to compile.
func (s *Store) Counts() (loaded, compiled int) { return int(s.loaded.Load()), int(s.missed.Load()) }

// Size says how many programs the folder holds, and their bytes.
func (s *Store) Size() (programs int, total int64) {
	for _, f := range s.files() {
		programs++
		total += f.Size()
	}
	return programs, total
}

// processor tells processors of different instruction sets apart, as far as the system says: machine code of one does not run on the other.
func processor() []byte {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return nil
	}
	var lines []string
	for line := range strings.Lines(string(info)) {
		name, _, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "model name", "flags", "Features", "CPU part":
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	return []byte(strings.Join(lines, ""))
}

func number(n int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }

// digest hashes a list of parts, each with its length: no two lists run into the same bytes.
func digest(parts ...[]byte) []byte {
	h := sha256.New()
	for _, part := range parts {
		h.Write(number(int64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

func (s *Store) key(parts ...[]byte) string {
	return hex.EncodeToString(digest(append(parts, s.compiler)...))
}

func (s *Store) path(key string) string { return filepath.Join(s.Dir, key+suffix) }

// read gives the machine code under key, and nil when there is none that is whole.
func (s *Store) read(key string) []byte {
	file, err := os.ReadFile(s.path(key))
	if err != nil {
		return nil
	}
	rest, ok := bytes.CutPrefix(file, []byte(magic))
	if !ok || len(rest) < sha256.Size {
		return nil
	}
	sum, code := rest[:sha256.Size], rest[sha256.Size:]
	if sha256.Sum256(code) != [sha256.Size]byte(sum) {
		return nil
	}
	now := time.Now()
	os.Chtimes(s.path(key), now, now) // used last now; where that fails, it goes sooner
	return code
}

func (s *Store) remove(key string) { os.Remove(s.path(key)) }

func (s *Store) write(key string, code []byte) {
	if os.MkdirAll(s.Dir, 0o700) != nil {
		return
	}
	sum := sha256.Sum256(code)
	err := run.WriteFile(s.path(key), func(w io.Writer) error {
		for _, part := range [][]byte{[]byte(magic), sum[:], code} {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.evict(key)
	}
}

// evict removes the programs that were not used for longest until the others fit the limit; the one under key stays.
func (s *Store) evict(key string) {
	files := s.files()
	var total int64
	for _, f := range files {
		total += f.Size()
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= s.Limit {
			return
		}
		if f.Name() != key+suffix {
			os.Remove(filepath.Join(s.Dir, f.Name()))
			total -= f.Size()
		}
	}
}

// files lists the programs of the folder, and what writers that were killed have left.
func (s *Store) files() []fs.FileInfo {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return nil
	}
	var files []fs.FileInfo
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) && !strings.HasSuffix(e.Name(), ".part") {
			continue
		}
		if info, err := e.Info(); err == nil {
			files = append(files, info)
		}
	}
	return files
}
