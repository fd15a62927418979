package dataset

import (
	"context"
	"fmt"
	"iter"
	"time"

	"keel/chem"
)

// example is what a shard takes in.
type example struct {
	id     string // wanted; the shard's may have a number behind it
	ligand *chem.Molecule
	source string

	pocket []byte // PDB text; nil for a lone conformer
	pair   uint64 // what duplicates share
}

// outcome is what became of a candidate: an example or the reason why there is none.
type outcome struct {
	example *example
	dropped string
	notes   map[string]int // what was left out or changed on the way
	err     error          // ends the build
}

// item is one thing met in a source, in the source's order: something set aside, or a candidate and how to make an example of it.
type item struct {
	note string                        // what was set aside; "" for a candidate
	make func(context.Context) outcome // runs beside others
}

// aside is something that is no candidate.
func aside(why string) item { return item{note: why} }

func drop(why string) outcome { return outcome{dropped: why} }

// lost is a candidate that is known to be no good.
func lost(why string) item {
	return item{make: func(context.Context) outcome { return drop(why) }}
}

// source is a place that items come from.
type source interface {
	// survey returns what tells this source's content from another's, and about how many candidates it has.
	survey(ctx context.Context) (fingerprint string, candidates int, err error)
	// items yields all items but the first from, the same each time.
	items(ctx context.Context, from int) iter.Seq[item]
}

// after leaves out the first n items.
func after(n int, items iter.Seq[item]) iter.Seq[item] {
	return func(yield func(item) bool) {
		for it := range items {
			if n > 0 {
				n--
				continue
			}
			if !yield(it) {
				return
			}
		}
	}
}

// guarded turns a panic on somebody's data into a reason that is counted: one bad file among a million must not end the work.
func guarded(work func() outcome) (o outcome) {
	defer func() {
		if recover() != nil {
			o = drop(bug)
		}
	}()
	return work()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// plural is "1 complex", "2 complexes".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	suffix := "s"
	if what[len(what)-1] == 'x' {
		suffix = "es"
	}
	return fmt.Sprintf("%d %s%s", n, what, suffix)
}
