package dataset

import (
	"context"
	"errors"
	"iter"
)

// Feed is a program that makes complexes, such as docking: they are checked, cut and counted as those of a user's files are.
type Feed interface {
	// Name is the source's in the manifest.
	Name() string
	// Fingerprint says what the complexes depend on: a dataset that another fingerprint was begun with is refused. about is how many there will be, 0 if
	// nobody knows.
	Fingerprint(ctx context.Context) (fingerprint string, about int, err error)
	// Complexes yields all results but the first from of them (failures count), the same each time: a complex, or why there is none. A *Dropped is counted by its
	// reason; any other error ends the build.
	Complexes(ctx context.Context, from int) iter.Seq2[*Complex, error]
}

// Dropped is why a Feed has no complex. Reason has the same words for every case of its kind.
type Dropped struct{ Reason string }

func (d *Dropped) Error() string { return d.Reason }

// feedSource is a Feed as a source.
type feedSource struct {
	settings *Settings
	feed     Feed
}

func (f *feedSource) survey(ctx context.Context) (string, int, error) { return f.feed.Fingerprint(ctx) }

func (f *feedSource) items(ctx context.Context, from int) iter.Seq[item] {
	return func(yield func(item) bool) {
		for c, err := range f.feed.Complexes(ctx, from) {
			if !yield(f.item(c, err)) {
				return
			}
		}
	}
}

func (f *feedSource) item(c *Complex, err error) item {
	var dropped *Dropped
	switch {
	case errors.As(err, &dropped):
		return lost(dropped.Reason)
	case err != nil:
		return item{make: func(context.Context) outcome { return outcome{err: err} }}
	}
	return item{make: func(context.Context) outcome { return guarded(func() outcome { return f.examine(c) }) }}
}

func (f *feedSource) examine(c *Complex) (o outcome) {
	source := c.Source
	if source == "" {
		source = f.feed.Name()
	}
	ligand := standardise(c.Ligand, &o)
	if o.dropped = f.settings.checkLigand(ligand); o.dropped == "" {
		o.example, o.dropped = f.settings.cut(cleanID(c.ID), source, ligand, c.Protein)
	}
	return o
}
