package pocket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"keel/chem/rigid"
	"keel/nn"
	"keel/pretrain"
	"keel/run"
	"keel/sde"
)

// PretrainConfig is the configuration file of `keel pretrain`.
type PretrainConfig struct {
	Task       string           `toml:"task"` // "pocket"
	Seed       uint64           `toml:"seed"`
	Batch      int              `toml:"batch"` // examples in a step
	Start      string           `toml:"start"` // a model or checkpoint with whose weights and vocabulary to start; none means random weights
	Data       DataConfig       `toml:"data"`
	Vocabulary VocabularyConfig `toml:"vocabulary"`
	Network    Network          `toml:"network"`
	Train      pretrain.Config  `toml:"train"`
}

// VocabularyConfig says which rigid groups the model is made of.
type VocabularyConfig struct {
	Size  int `toml:"size"`  // groups in all, single atoms included
	Least int `toml:"least"` // occurrences in the training data that a group must have
}

// DataConfig names the training data. Relative paths are relative to the configuration file.
type DataConfig struct {
	Shards       []string `toml:"shards"`        // folders that keel data build made
	Conformers   []string `toml:"conformers"`    // SDF files of lone molecules
	Complexes    []string `toml:"complexes"`     // .tar.gz of <id>/pocket.pdb and <id>/ligand.sdf
	Modelled     []string `toml:"modelled"`      // the same, of modelled poses: drawn with ModelledRate
	ModelledRate float64  `toml:"modelled_rate"` // weight of a modelled pose against a crystal one
	Docked       []string `toml:"docked"`        // the same, of poses that Keel docked: drawn with DockedRate
	DockedRate   float64  `toml:"docked_rate"`   // weight of a docked pose against a crystal one
	Held         []string `toml:"held"`          // complexes that are only evaluated on
	PocketShare  float64  `toml:"pocket_share"`  // of batches that are complexes
}

// DefaultPretrain is what a configuration file starts from.
func DefaultPretrain() PretrainConfig {
	return PretrainConfig{
		Task: "pocket", Seed: 1, Batch: 128, Network: DefaultNetwork(),
		Data:       DataConfig{ModelledRate: 0.3, DockedRate: 0.2, PocketShare: 0.5},
		Vocabulary: VocabularyConfig{Size: 400, Least: 5},
		Train: pretrain.Config{Samples: 1_500_000, LearningRate: 1e-3, Warmup: 300, Cooldown: 0.2, EMA: 0.999,
			LevelMean: -1, LevelStd: 1.4, LogEvery: 20, SaveEvery: 200},
	}
}

// Check says what is wrong with the configuration.
func (c *PretrainConfig) Check() error {
	if c.Task != "pocket" {
		return fmt.Errorf("task = %q: expected \"pocket\"", c.Task)
	}
	if c.Batch < 1 {
		return fmt.Errorf("batch = %d: expected at least 1", c.Batch)
	}
	if c.Vocabulary.Size < len(SingleAtoms) || c.Vocabulary.Least < 1 {
		return fmt.Errorf("[vocabulary] size = %d, least = %d: expected at least %d (single atoms) and 1", c.Vocabulary.Size, c.Vocabulary.Least, len(SingleAtoms))
	}
	if len(c.Data.Shards)+len(c.Data.Conformers)+len(c.Data.Complexes)+len(c.Data.Modelled)+len(c.Data.Docked) == 0 {
		return errors.New("[data] names no shards, conformers or complexes to train on")
	}
	return cmp.Or(c.Network.Check(), c.Train.Check())
}

// Resolve makes relative data paths, which are relative to folder, absolute: a run can then be resumed from anywhere.
func (c *PretrainConfig) Resolve(folder string) error {
	paths := []*string{&c.Start}
	for _, list := range [][]string{c.Data.Shards, c.Data.Conformers, c.Data.Complexes, c.Data.Modelled, c.Data.Docked, c.Data.Held} {
		for i := range list {
			paths = append(paths, &list[i])
		}
	}
	return run.Resolve(folder, paths...)
}

// CheckData finds out whether the files of the data can be opened.
func (c *PretrainConfig) CheckData() error {
	for _, list := range [][]string{c.Data.Shards, c.Data.Conformers, c.Data.Complexes, c.Data.Modelled, c.Data.Docked, c.Data.Held} {
		for _, path := range list {
			f, err := os.Open(path)
			if err != nil {
				return fmt.Errorf("[data]: %w", err)
			}
			f.Close()
		}
	}
	return nil
}

// load reads the training and the held-out examples, and fits the sizes of ligands to pockets: not those of docked ones, which were chosen.
func (c *PretrainConfig) load() (train, held Dataset, sizes SizeModel, err error) {
	var files reading
	files.add(&train, c.Data.Shards, (*Dataset).AddShards)
	files.add(&train, c.Data.Conformers, (*Dataset).AddConformers)
	complexes := func(weight float64) func(*Dataset, string) error {
		return func(d *Dataset, file string) error { return d.AddComplexes(file, weight) }
	}
	files.add(&train, c.Data.Complexes, complexes(1))
	files.add(&train, c.Data.Modelled, complexes(c.Data.ModelledRate))
	var docked Dataset
	files.add(&docked, c.Data.Docked, complexes(c.Data.DockedRate))
	files.add(&held, c.Data.Held, complexes(1))
	if err := files.run(); err != nil {
		return train, held, sizes, err
	}
	sizes = FitSizes(train.Complexes)
	train.merge(&docked)
	return train, held, sizes, nil
}

// reading reads several files at a time, and puts together what they hold in the order they were named in.
type reading []source

type source struct {
	into *Dataset
	path string
	add  func(*Dataset, string) error
}

func (r *reading) add(into *Dataset, paths []string, add func(*Dataset, string) error) {
	for _, p := range paths {
		*r = append(*r, source{into, p, add})
	}
}

func (r *reading) run() error {
	parts, errs := make([]Dataset, len(*r)), make([]error, len(*r))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range *r {
		group.Go(func() error {
			errs[i] = f.add(&parts[i], f.path)
			return nil
		})
	}
	group.Wait() // every file that is wrong is named, not only the first
	for i, f := range *r {
		f.into.merge(&parts[i])
	}
	return errors.Join(errs...)
}

// Pretrain fits a network to the data, or goes on where the run's latest checkpoint left off, and writes model.safetensors.
func Pretrain(ctx context.Context, e *nn.Engine, c *PretrainConfig, r *run.Run, log io.Writer) error {
	train, held, sizes, err := c.load()
	if err != nil {
		return err
	}
	path, _, ok, err := r.LatestCheckpoint()
	if err != nil {
		return err
	}
	net := c.Network
	from := c.Start
	if ok {
		from = path
	}
	var vocabulary *rigid.Vocabulary
	if from != "" {
		if vocabulary, err = readVocabulary(from); err != nil {
			return err
		}
	} else {
		vocabulary = train.Learn(c.Vocabulary)
	}
	train.Cut(vocabulary)
	held.Cut(vocabulary)
	if !ok {
		vocabulary.CountPorts(train.cuts())
	}
	fmt.Fprintf(log, "training on %s\n", train.Describe())
	if len(held.Dropped) > 0 {
		fmt.Fprintf(log, "held out: %s\n", held.Describe())
	}
	net.Layout.Types, net.Vocabulary = len(vocabulary.Groups), vocabulary
	layout, err := net.Declare(e)
	if err != nil {
		return err
	}
	fmt.Fprintf(log, "network of %d parameters over %d rigid groups\n", layout.Size(), len(vocabulary.Groups))
	m := Model{Net: net, Vocabulary: vocabulary, Sizes: sizes, Groups: CountGroups(&train)}
	adam := nn.Adam{EMA: c.Train.EMA}
	t := &pretrain.Trainer{
		Config: c.Train, Seed: c.Seed, Layout: layout, Log: log,
		Stepper:  pretrain.NewStepper(e, layout, adam, sde.VP{}, c.Train.Levels()),
		Metadata: m.Metadata(),
	}
	if t.Held, err = heldBatches(net, c, held); err != nil {
		return err
	}
	return t.Fit(ctx, NewSource(&train, net, c.Batch, c.Data.PocketShare), r, c.Start)
}

// heldBatches encodes the held-out complexes once: one batch of the larger sizes and one of the smaller, filled up by repetition.
func heldBatches(net Network, c *PretrainConfig, held Dataset) ([]*pretrain.Batch, error) {
	rng := rand.New(rand.NewPCG(c.Seed, 1<<41))
	d := newDrawer(held.Complexes)
	var out []*pretrain.Batch
	for _, bucket := range Buckets {
		examples := d.buckets[bucket]
		if len(examples) == 0 {
			continue
		}
		b, err := NewBatch(net, bucket, examples[:min(len(examples), c.Batch)], rng)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}
