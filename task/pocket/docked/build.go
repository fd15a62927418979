package docked

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"keel/run"
)

// Settings decide, with the inputs, which complexes are made.
type Settings struct {
	Seed          uint64
	Split         string  // the rows of the index whose receptors are used
	Tries         int     // ligands docked into a receptor
	Keep          int     // most complexes kept of a receptor
	MinAtoms      int     // heavy atoms of a ligand
	MaxAtoms      int     // the same
	ScreenSteps   int     // mutations in each of two runs with which all are docked
	Steps         int     // mutations in each of four further runs for the better ones
	MaxEnergy     float64 // Vina's, kcal/mol
	MinEfficiency float64 // minus the energy by heavy atom, kcal/mol
	MaxIntra      float64 // energy within the ligand above which it is strained, kcal/mol
	MinBuried     float64 // fraction of heavy atoms with a protein atom within 4.5 Å
	MinDistance   float64 // between heavy atoms of ligand and protein, Å
	Shard         int     // receptors in an archive
}

// Defaults are the settings of the complexes that Keel's own weights are trained on.
func Defaults() Settings {
	return Settings{
		Seed: 1, Split: "train", Tries: 32, Keep: 16, MinAtoms: 15, MaxAtoms: 32, ScreenSteps: 80, Steps: 150,
		MaxEnergy: -6, MinEfficiency: 0.22, MaxIntra: 1, MinBuried: 0.8, MinDistance: 2.4, Shard: 12,
	}
}

// Config says what to dock, and where the complexes go.
type Config struct {
	Settings
	Receptors string    // .tar.gz of <receptor>.pdb
	Index     string    // tab-separated, with columns id, split, receptor, cluster, heavy, cx, cy, cz, sx, sy, sz
	Ligands   string    // SDF, plain or gzip, with a conformer of each molecule
	Out       string    // folder to make or to go on with
	Workers   int       // receptors at a time; 0: 1
	Log       io.Writer // nil: silent
}

// Counts says what became of the ligands: "kept", and the rest by reason.
type Counts map[string]int

func (c Counts) add(d Counts) {
	for k, n := range d {
		c[k] += n
	}
}

// check says what is wrong with the settings.
func (s Settings) check() error {
	switch {
	case s.Tries < 1 || s.Keep < 1 || s.Shard < 1:
		return fmt.Errorf("%d ligands for a receptor, of which %d are kept, %d receptors a shard: each must be at least 1", s.Tries, s.Keep, s.Shard)
	case s.MinAtoms < 1 || s.MaxAtoms < s.MinAtoms:
		return fmt.Errorf("ligands of %d to %d heavy atoms: expected at least 1, and the smaller number first", s.MinAtoms, s.MaxAtoms)
	case s.ScreenSteps < 1 || s.Steps < 1:
		return fmt.Errorf("searches of %d and %d steps: each must be at least 1", s.ScreenSteps, s.Steps)
	}
	return nil
}

// Build docks until all shards are there, and returns the counts of all. Shards that are already there are not made again. It fails on
// inputs that cannot be read, on a folder begun under other settings, and when the context ends; what is finished by then stays.
func Build(ctx context.Context, cfg Config) (Counts, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	sites, err := readSites(cfg.Index, cfg.Settings)
	if err != nil {
		return nil, err
	}
	if err := begin(cfg); err != nil {
		return nil, err
	}
	b := &builder{Config: cfg}
	if b.Log == nil {
		b.Log = io.Discard
	}
	if b.receptors, err = readReceptors(cfg.Receptors, sites); err != nil {
		return nil, err
	}
	if b.ligands, err = readLigands(cfg.Ligands, cfg.Settings); err != nil {
		return nil, err
	}
	shards := split(sites, cfg.Shard)
	total, done := Counts{}, 0
	for i := range shards {
		if c, err := readCounts(b.path(i, "json")); err == nil && exists(b.path(i, "tar.gz")) {
			total.add(c)
			done += len(shards[i])
		}
	}
	b.progress = run.NewProgress(b.Log, "receptors", done, len(sites))
	defer b.progress.Done()
	for i, s := range shards {
		if exists(b.path(i, "tar.gz")) {
			continue
		}
		c, err := b.shard(ctx, i, s)
		if err != nil {
			return total, err
		}
		total.add(c)
		b.progress.Note(fmt.Sprintf("%d complexes of %d ligands", total[kept], total[tried]))
	}
	return total, nil
}

type builder struct {
	Config
	receptors map[string][]byte
	ligands   library
	progress  *run.Progress
}

func (b *builder) path(shard int, ending string) string {
	return filepath.Join(b.Out, fmt.Sprintf("docked-%03d.%s", shard, ending))
}

// shard docks into its receptors and writes the files.
func (b *builder) shard(ctx context.Context, number int, sites []site) (Counts, error) {
	results, counts := make([][]complexFile, len(sites)), make([]Counts, len(sites))
	free := make(chan struct{}, max(b.Workers, 1))
	var wg sync.WaitGroup
	for i, s := range sites {
		free <- struct{}{}
		wg.Go(func() {
			results[i], counts[i] = b.dock(ctx, s)
			b.progress.Add(1)
			<-free
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all, sum := []complexFile(nil), Counts{}
	for i := range sites {
		all = append(all, results[i]...)
		sum.add(counts[i])
	}
	return sum, b.write(number, all, sum)
}

// begin makes the folder, or checks that it was begun under the same settings.
func begin(cfg Config) error {
	if err := os.MkdirAll(cfg.Out, 0o777); err != nil {
		return err
	}
	want, err := json.MarshalIndent(cfg.Settings, "", "  ")
	if err != nil {
		return err
	}
	file := filepath.Join(cfg.Out, "settings.json")
	got, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return run.WriteFile(file, func(w io.Writer) error { _, err := w.Write(want); return err })
	case err != nil:
		return err
	case !bytes.Equal(got, want):
		return fmt.Errorf("%s: the folder was begun under other settings; give another folder, or these", file)
	}
	return nil
}

func readCounts(file string) (c Counts, err error) {
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
