package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// deepest is how far folders of complexes may be nested.
const deepest = 8

// folder is a user's folder of complexes, at any depth: see pairUp.
type folder struct {
	settings *Settings
	path     string
	name     string // the source's
}

// walk calls visit with each folder's plain files, in the order of names, and what was set aside there, until visit says no.
func (f *folder) walk(ctx context.Context, visit func(dir string, files []file, aside []string) bool) {
	f.walkIn(ctx, "", 0, visit)
}

func (f *folder) walkIn(ctx context.Context, dir string, depth int, visit func(string, []file, []string) bool) bool {
	if ctx.Err() != nil {
		return false
	}
	if depth > deepest {
		return visit(dir, nil, []string{noteDeep})
	}
	entries, err := os.ReadDir(filepath.Join(f.path, dir))
	var files []file
	var set, below []string
	if err != nil {
		set = append(set, noteFolder)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch mode := e.Type(); {
		case isHidden(e.Name()):
			set = append(set, noteHidden)
		case mode&os.ModeSymlink != 0:
			set = append(set, noteLink)
		case e.IsDir():
			below = append(below, name)
		case !mode.IsRegular():
			set = append(set, noteSpecial)
		default:
			if kind, _ := kindOf(e.Name()); kind == isOther {
				set = append(set, noteOther)
				continue
			}
			size := int64(-1) // gone meanwhile: reading it says so
			if info, err := e.Info(); err == nil {
				size = info.Size()
			}
			files = append(files, file{name: name, path: filepath.Join(f.path, name), size: size})
		}
	}
	if !visit(dir, files, set) {
		return false
	}
	for _, name := range below {
		if !f.walkIn(ctx, name, depth+1, visit) {
			return false
		}
	}
	return true
}

// isHidden tells files that file managers and archivers leave behind.
func isHidden(name string) bool { return strings.HasPrefix(name, ".") || name == "__MACOSX" }

// survey takes the names and sizes of all files for the folder's fingerprint.
func (f *folder) survey(ctx context.Context) (fingerprint string, candidates int, err error) {
	h := sha256.New()
	f.walk(ctx, func(dir string, files []file, aside []string) bool {
		fmt.Fprintf(h, "%q %q\n", dir, aside)
		for _, x := range files {
			fmt.Fprintf(h, "%q %d\n", x.name, x.size)
			if kind, _ := kindOf(x.name); kind == isSDF {
				candidates++
			}
		}
		return true
	})
	return hex.EncodeToString(h.Sum(nil)), candidates, ctx.Err()
}

func (f *folder) items(ctx context.Context, from int) iter.Seq[item] {
	return after(from, func(yield func(item) bool) {
		f.walk(ctx, func(dir string, files []file, set []string) bool {
			return yieldPairs(f.settings, f.name, dir, files, set, yield)
		})
	})
}

// yieldPairs yields what a folder holds.
func yieldPairs(s *Settings, source, dir string, files []file, set []string, yield func(item) bool) bool {
	pairs, further := pairUp(dir, files)
	for _, why := range set {
		if !yield(aside(why)) {
			return false
		}
	}
	for range further {
		if !yield(aside(noteSecond)) {
			return false
		}
	}
	for _, p := range pairs {
		it := lost(p.why)
		if p.why == "" {
			c := candidate{id: p.id, source: source, protein: p.protein, ligand: p.ligand}
			it = item{make: func(context.Context) outcome { return guarded(func() outcome { return s.examine(c) }) }}
		}
		if !yield(it) {
			return false
		}
	}
	return true
}
