package dataset

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"keel/chem"
	"keel/oracle/conformer"
	"keel/run"
	"keel/supervise"
)

// Build makes the dataset, or goes on with it where an earlier call with the same settings and sources ended, however it did. What cannot be used is counted in
// the manifest by reason. The error is for what stops the whole: the context's end, sources that do not exist, a folder that holds something else, a
// full disk, workers that do not start, and nothing at all that could be kept; it is a *chem.InputError where the user is to change something.
func Build(ctx context.Context, cfg Config) (*Manifest, error) {
	cfg = cfg.withDefaults()
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	b := &builder{cfg: cfg, pairs: map[uint64]struct{}{}, ids: map[uint64]int{}, seen: map[uint64]struct{}{}, shards: map[string]*shard{}}
	if err := b.findSources(); err != nil {
		return nil, err
	}
	begun, unlock, err := takeFolder(cfg.Out)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := b.begin(ctx, begun); err != nil {
		return nil, err
	}
	if b.manifest.Complete {
		return b.manifest, b.manifest.checkShards(cfg.Out)
	}
	defer b.closeMaker()
	return b.manifest, b.work(ctx)
}

// builder is a build under way.
type builder struct {
	cfg        Config
	manifest   *Manifest
	sources    []source // as Manifest.Sources
	candidates []int
	conformers *conformer.Maker

	seen   map[uint64]struct{} // molecules of the SMILES files
	pairs  map[uint64]struct{} // complexes
	ids    map[uint64]int      // how often a complex's id was given
	shards map[string]*shard
}

// begin looks through the sources, compares them with what the folder was begun with, if it was, and else writes the first manifest.
func (b *builder) begin(ctx context.Context, begun *Manifest) error {
	b.manifest.Format, b.manifest.Settings, b.manifest.Keel = format, b.cfg.Settings, b.cfg.Version
	if begun != nil {
		if err := begun.sameSettings(b.cfg.Out, b.manifest); err != nil {
			return err
		}
	}
	for i, s := range b.sources {
		at := &b.manifest.Sources[i]
		var err error
		fmt.Fprintf(b.cfg.Log, "looking through %s\n", at.Name)
		if at.Fingerprint, b.candidates[i], err = s.survey(ctx); err != nil {
			return err
		}
	}
	if err := b.startMaker(ctx, begun); err != nil {
		return err
	}
	if begun == nil {
		return b.manifest.write(b.cfg.Out)
	}
	if err := begun.sameContent(b.cfg.Out, b.manifest); err != nil {
		return err
	}
	b.manifest = begun
	return nil
}

// startMaker starts RDKit where SMILES are still to be read.
func (b *builder) startMaker(ctx context.Context, begun *Manifest) error {
	if len(b.cfg.SMILES) == 0 || b.cfg.make != nil {
		return nil
	}
	if begun != nil && !slices.ContainsFunc(begun.Sources, func(s Source) bool { return s.Kind == Conformers && !s.Done }) {
		b.manifest.RDKit = begun.RDKit
		return nil
	}
	var err error
	if b.conformers, err = conformer.Start(ctx, b.cfg.conformers()); err != nil {
		return cmp.Or(ctx.Err(), err)
	}
	b.cfg.make, b.manifest.RDKit = b.conformers.Make, b.conformers.RDKit()
	return nil
}

// makeConformer asks RDKit, which is not there yet when the sources are found.
func (b *builder) makeConformer(ctx context.Context, smiles string, seed int64) (*chem.Molecule, *supervise.Failure, error) {
	return b.cfg.make(ctx, smiles, seed)
}

func (b *builder) closeMaker() {
	if b.conformers != nil {
		b.conformers.Close() // it has no error that anybody could mend
	}
}

// work makes what is missing.
func (b *builder) work(ctx context.Context) error {
	if err := b.recall(); err != nil {
		return err
	}
	if n := len(b.manifest.Shards); n > 0 {
		fmt.Fprintf(b.cfg.Log, "going on after %s: %s, %s\n", plural(n, "shard"), plural(b.manifest.Conformers, "conformer"), plural(b.manifest.Complexes, "complex"))
	}
	for _, kind := range []string{Conformers, Complexes} {
		if err := b.workOn(ctx, kind); err != nil {
			return err
		}
	}
	if b.manifest.Conformers+b.manifest.Complexes == 0 {
		return &chem.InputError{File: b.cfg.Out, Problem: "nothing could be kept: " + b.manifest.reasons(), Hint: "give other sources, in another --out"}
	}
	if err := b.dropStrays(); err != nil {
		return err
	}
	b.manifest.Complete = true
	return b.manifest.write(b.cfg.Out)
}

// dropStrays removes shards that the manifest does not know of: a kill may come between a shard and its line, and the shard that is made anew then
// need not bear its number.
func (b *builder) dropStrays() error {
	for kind, ending := range endings {
		found, err := filepath.Glob(filepath.Join(b.cfg.Out, kind+"-[0-9]*"+ending))
		if err != nil {
			return err
		}
		for _, path := range found {
			known := func(s Shard) bool { return s.File == filepath.Base(path) }
			if !slices.ContainsFunc(b.manifest.Shards, known) {
				if err := os.Remove(path); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// recall learns from finished shards which complexes there are already.
func (b *builder) recall() error {
	if err := b.manifest.checkShards(b.cfg.Out); err != nil {
		return err
	}
	for r, err := range b.manifest.records(b.cfg.Out, Complexes) {
		if err != nil {
			return err
		}
		m, err := parseLigand(r)
		if err != nil {
			return err
		}
		b.pairs[pairKey(m, r.pocket)] = struct{}{}
		b.ids[idHash(r.id)] = 1
	}
	return nil
}

// workOn goes through all sources of a kind.
func (b *builder) workOn(ctx context.Context, kind string) error {
	var of []int
	done, total, pending := 0, 0, false
	for i, s := range b.manifest.Sources {
		if s.Kind == kind {
			of, done, total, pending = append(of, i), done+s.Read, total+b.candidates[i], pending || !s.Done
		}
	}
	if !pending {
		return nil
	}
	if b.counted(kind) {
		done, total = b.manifest.Conformers, min(total, b.cfg.Most)
	}
	progress := run.NewProgress(b.cfg.Log, kind, done, total)
	defer progress.Done()
	for _, i := range of {
		if err := b.workThrough(ctx, i, progress); err != nil {
			return err
		}
	}
	if err := b.closeShard(kind); err != nil {
		return err
	}
	return b.manifest.write(b.cfg.Out)
}

// counted says whether so many examples of a kind are wanted, and not all.
func (b *builder) counted(kind string) bool { return kind == Conformers && b.cfg.Most > 0 }

// workThrough takes in the rest of the i-th source.
func (b *builder) workThrough(ctx context.Context, i int, progress *run.Progress) error {
	at := &b.manifest.Sources[i]
	from := at.Items
	switch {
	case at.Done && at.Kind == Complexes:
		return nil
	case at.Done:
		from = math.MaxInt // only for the molecules that later files may have again
	}
	if b.full(at) {
		return nil
	}
	ahead := 2*b.cfg.Workers + 2
	if at.Kind == Conformers {
		ahead = 256 * b.cfg.Workers // one slow molecule does not hold the others up
	}
	work := func(ctx context.Context, it item) outcome {
		if it.make == nil {
			return outcome{notes: map[string]int{it.note: 1}}
		}
		return it.make(ctx)
	}
	for o := range ordered(ctx, b.sources[i].items(ctx, from), b.cfg.Workers, ahead, work) {
		if err := cmp.Or(ctx.Err(), o.err); err != nil {
			return err
		}
		read := at.Read
		if err := b.take(at, o); err != nil {
			return err
		}
		progress.Note(fmt.Sprintf("%s: %d of %d kept", at.Name, at.Kept, at.Read))
		if b.counted(at.Kind) {
			progress.Set(b.manifest.Conformers)
		} else {
			progress.Add(at.Read - read)
		}
		if b.full(at) {
			return nil
		}
	}
	at.Done = ctx.Err() == nil
	return ctx.Err()
}

// full says whether enough conformers were made, and notes that the rest of their sources is not read.
func (b *builder) full(at *Source) bool {
	if !b.counted(at.Kind) || b.manifest.Conformers < b.cfg.Most {
		return false
	}
	if !at.Done {
		at.Done = true
		at.Notes = count(at.Notes, noteUnread, 1)
	}
	return true
}
