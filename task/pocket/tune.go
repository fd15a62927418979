package pocket

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"keel/chem"
	"keel/nn"
	"keel/oracle"
	"keel/reward"
	"keel/run"
	"keel/sde"
	"keel/solver"
	"keel/tune"
)

// TuneConfig is the configuration file of `keel tune`. Relative paths are relative to the file.
type TuneConfig struct {
	Task      string                    `toml:"task"` // "pocket"
	Algo      string                    `toml:"algo"` // the estimator's name
	Seed      uint64                    `toml:"seed"`
	Weights   string                    `toml:"weights"` // of the pre-trained model
	Pocket    PocketConfig              `toml:"pocket"`
	Pockets   []NamedPocket             `toml:"pockets,omitempty"` // many pockets in place of the one: one model for all
	Each      int                       `toml:"each"`              // of many pockets, how many share a batch
	Reward    reward.Config             `toml:"reward"`
	Tune      tune.Config               `toml:"tune"`
	Estimator map[string]map[string]any `toml:"estimator"` // [estimator.NAME]: settings that differ from the estimator's defaults
	Compare   int                       `toml:"compare"`   // molecules sampled before and after tuning
	Designs   int                       `toml:"designs"`   // best molecules of the whole run to write down
	Noise     float64                   `toml:"noise"`     // of all sampling, 0 to 1: see solver.Cooled
	Workers   int                       `toml:"workers"`   // reward processes; 0 means one per CPU
}

// PocketConfig says where to design, and how large.
type PocketConfig struct {
	Protein string    `toml:"protein"` // PDB file
	Ligand  string    `toml:"ligand"`  // SDF file of a ligand in the pocket, or
	Centre  []float64 `toml:"center"`  // x, y, z in Å
	Atoms   [2]int    `toml:"atoms"`   // least and most heavy atoms
	Mean    float64   `toml:"mean"`    // mean number of heavy atoms; 0 means what the pocket suggests, and then what pays
	Dock    bool      `toml:"dock"`    // samples are mended and docked for a moment before they are rewarded, in the pose that is found
}

func (c PocketConfig) sizes() Sizes { return Sizes{Low: c.Atoms[0], High: c.Atoms[1], Mean: c.Mean} }

// sampling is how molecules are drawn before and after.
func (c *TuneConfig) sampling() Sampling { return Sampling{Steps: c.Tune.Steps, Noise: c.Noise} }

// Check says what is wrong with the configuration.
func (c *TuneConfig) Check() error {
	switch {
	case c.Task != "pocket":
		return fmt.Errorf("task = %q: expected \"pocket\"", c.Task)
	case c.Compare < 0:
		return fmt.Errorf("compare = %d: expected 0 or more molecules", c.Compare)
	case c.Designs < 0:
		return fmt.Errorf("designs = %d: expected 0 or more molecules", c.Designs)
	case c.Workers < 0:
		return fmt.Errorf("workers = %d: expected 0 (one per CPU) or more", c.Workers)
	}
	return cmp.Or(c.checkPlaces(), c.Pocket.sizes().Check(), c.Reward.Check(reward.Env{}), c.Tune.Check(), c.sampling().Check(), tune.CheckAll(c.Algo, c.Estimator))
}

// Resolve makes relative paths, which are relative to folder, absolute: a run can then be resumed from anywhere.
func (c *TuneConfig) Resolve(folder string) error {
	paths := []*string{&c.Weights, &c.Pocket.Protein, &c.Pocket.Ligand}
	for i := range c.Pockets {
		paths = append(paths, &c.Pockets[i].Protein, &c.Pockets[i].Ligand)
	}
	if err := run.Resolve(folder, paths...); err != nil {
		return err
	}
	return c.Reward.Resolve(folder)
}

// NamedPocket is one of several pockets: [[pockets]].
type NamedPocket struct {
	Name    string    `toml:"name"`             // of its folder in the run
	Protein string    `toml:"protein"`          // PDB file
	Ligand  string    `toml:"ligand,omitempty"` // SDF file of a ligand in the pocket, or
	Centre  []float64 `toml:"center,omitempty"` // x, y, z in Å
}

// check says what is wrong with where the pocket is.
func (p *NamedPocket) check(section string) error {
	switch {
	case p.Protein == "":
		return fmt.Errorf("%s protein is missing: the PDB file; or give --pocket", section)
	case p.Ligand == "" && len(p.Centre) == 0:
		return fmt.Errorf("%s says not where: give ligand (an SDF file) or center (x, y, z); or --ligand or --center", section)
	case len(p.Centre) != 0 && len(p.Centre) != 3:
		return fmt.Errorf("%s center has %d numbers, expected x, y, z", section, len(p.Centre))
	}
	return nil
}

// places are the pockets of the run; one that stands alone has no name.
func (c *TuneConfig) places() []NamedPocket {
	if len(c.Pockets) > 0 {
		return c.Pockets
	}
	return []NamedPocket{{Protein: c.Pocket.Protein, Ligand: c.Pocket.Ligand, Centre: c.Pocket.Centre}}
}

// checkPlaces says what is wrong with where to design.
func (c *TuneConfig) checkPlaces() error {
	if len(c.Pockets) == 0 {
		return c.places()[0].check("[pocket]")
	}
	if c.Pocket.Protein != "" {
		return errors.New("[pocket] protein and [[pockets]]: expected one or the other")
	}
	if c.Each < 1 {
		return fmt.Errorf("each = %d: expected at least 1 pocket in a batch", c.Each)
	}
	names := map[string]bool{}
	for i, p := range c.Pockets {
		section := fmt.Sprintf("[[pockets]] %d (%s):", i+1, p.Name)
		if p.Name == "" || names[p.Name] || p.Name != filepath.Base(p.Name) || strings.HasPrefix(p.Name, ".") {
			return fmt.Errorf("%s name: expected one of its own that can name a folder", section)
		}
		names[p.Name] = true
		if err := p.check(section); err != nil {
			return err
		}
	}
	return nil
}

// OpenSites opens the configured pockets, and checks that they have what the reward names of them.
func (c *TuneConfig) OpenSites() ([]*Site, error) {
	var list []*Site
	for _, p := range c.places() {
		var centre *chem.Vec
		if p.Ligand == "" {
			centre = (*chem.Vec)(p.Centre)
		}
		s, err := OpenSite(p.Protein, p.Ligand, centre)
		if err != nil {
			return nil, err
		}
		if err := c.Reward.Check(reward.Env{Protein: s.Protein}); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// Tune samples from the pre-trained model, tunes it in the configuration's pockets, whose sites are in their order, and samples again with the same
// noise. It goes on where the run left off.
func Tune(ctx context.Context, e *nn.Engine, c *TuneConfig, sites []*Site, model *Model, r *run.Run, log io.Writer) (sum run.Summary, err error) {
	c.Fill()
	t := &tuning{ctx: ctx, engine: e, config: c, run: r, log: log, grounds: newGrounds(ctx, c, sites)}
	defer t.grounds.Close()
	if err := t.prepare(model); err != nil {
		return sum, err
	}
	if sum.Before, err = t.compare(model.Params, "before", "before.json"); err != nil {
		return sum, err
	}
	process := sde.VP{}
	tuned, err := tune.Setting{Engine: e, Task: t.task(), Process: process, Steps: solver.Cooled(tune.Grid(process, c.Tune.Steps), c.Noise), Params: model.Params,
		Seed: c.Seed, Beta: c.Tune.Beta}.Tune(ctx, c.Algo, c.Estimator[c.Algo], c.Tune, r, log)
	if err != nil {
		return sum, err
	}
	if err := run.WriteFile(r.Path("model.safetensors"), func(w io.Writer) error { return model.write(w, tuned) }); err != nil {
		return sum, err
	}
	if sum.After, err = t.compare(tuned, "molecules", "after.json"); err != nil {
		return sum, err
	}
	if sum.Designs, err = t.designs(); err != nil {
		return sum, err
	}
	if err := t.grounds.tell(log); err != nil {
		return sum, err
	}
	records, err := run.ReadMetrics(r.Dir)
	if err != nil {
		return sum, err
	}
	sum.Cost = run.CostOf(records)
	return sum, run.WriteSummary(r.Dir, sum)
}

// tuning is one run of Tune.
type tuning struct {
	ctx     context.Context
	engine  *nn.Engine
	config  *TuneConfig
	run     *run.Run
	log     io.Writer
	grounds *grounds
	targets []*Target
}

// prepare makes the targets, and leaves each pocket in the run for the report.
func (t *tuning) prepare(model *Model) error {
	for i, p := range t.grounds.places {
		site := t.grounds.sites[i]
		for _, n := range site.Notes {
			fmt.Fprintln(t.log, "receptor:", n)
		}
		if err := os.MkdirAll(t.folder(p), 0o777); err != nil {
			return err
		}
		target, err := NewTarget(t.engine, model, site.Pocket, site.Centre, t.config.Pocket.sizes())
		if err != nil {
			return err
		}
		target.dock, target.memory, target.samples = t.config.Pocket.Dock, reward.NewMemory(t.config.Reward.Diversity), filepath.Join(t.folder(p), "samples")
		if t.config.Pocket.Mean == 0 {
			target.sizing = &sizePolicy{}
		}
		t.targets = append(t.targets, target)
		g, err := t.grounds.of(i)
		if err != nil {
			return err
		}
		target.reward, target.pool = g.earn, g.pool
		if err := describeSite(t.ctx, g.pool, site, t.folder(p)); err != nil {
			return err
		}
	}
	return nil
}

// folder is where what belongs to a pocket lies: the run's own, or one of its pockets.
func (t *tuning) folder(p NamedPocket) string {
	if p.Name == "" {
		return t.run.Dir
	}
	return t.run.Path(filepath.Join("pockets", p.Name))
}

// task is what is tuned on: one pocket, whose conditions a batch shares, or many.
func (t *tuning) task() tune.Task {
	if len(t.config.Pockets) == 0 {
		return t.targets[0]
	}
	all := &Targets{Target: t.targets[0], list: t.targets, grounds: t.grounds, each: t.config.Each}
	for _, p := range t.grounds.places {
		all.names = append(all.names, p.Name)
	}
	return all
}

// compare samples in every pocket, or finds what was sampled there, and sums all up.
func (t *tuning) compare(params []float32, name, list string) (st run.Stats, err error) {
	if t.config.Compare == 0 {
		return st, nil
	}
	return t.tabulate(name, list, oracle.Quick|oracle.Depiction, func(target *Target, pool *oracle.Pool) ([]*chem.Molecule, error) {
		mols, err := Sample(t.ctx, t.engine, target, params, t.config.Compare, t.config.sampling(), t.config.Seed+1<<32, t.log)
		if err != nil {
			return nil, err
		}
		return target.settled(t.ctx, pool, mols)
	})
}

// tabulate scores and rewards molecules of every pocket and writes name.sdf, name.csv and the list into its folder, or finds them there, and sums all up.
func (t *tuning) tabulate(name, list string, what oracle.Metrics, of func(*Target, *oracle.Pool) ([]*chem.Molecule, error)) (st run.Stats, err error) {
	var all []oracle.Score
	for i, p := range t.grounds.places {
		folder := t.folder(p)
		scores, ok, err := readScores(filepath.Join(folder, list))
		if err != nil {
			return st, err
		}
		if !ok {
			g, err := t.grounds.of(i)
			if err != nil {
				return st, err
			}
			mols, err := of(t.targets[i], g.pool)
			if err != nil {
				return st, err
			}
			s, err := ScoreAll(t.ctx, g.pool, mols, what|g.earn.Needs(), t.log)
			if err != nil {
				return st, err
			}
			results, err := g.earn.Of(t.ctx, mols, s.Scores)
			if err != nil {
				return st, err
			}
			s.Extra = merits(g.earn, results)
			if err := errors.Join(s.WriteCSV(filepath.Join(folder, name+".csv")), s.Write(folder, name+".sdf", list)); err != nil {
				return st, err
			}
			scores = s.Scores
		}
		all = append(all, scores...)
	}
	return Statistics(all, len(all)), nil
}

// write writes the model with other parameters.
func (m *Model) write(w io.Writer, params []float32) error {
	out := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: m.Info}
	m.Layout.Pack(out, "", params)
	return out.Write(w)
}

// describeSite leaves the pocket and the reference ligand, scored in the same way, in the folder for the report.
func describeSite(ctx context.Context, pool *oracle.Pool, s *Site, folder string) error {
	write := func(name string, put func(io.Writer) error) error {
		return run.WriteFile(filepath.Join(folder, name), put)
	}
	if err := write("pocket.pdb", func(w io.Writer) error { _, err := w.Write(s.PDB); return err }); err != nil {
		return err
	}
	if s.Ligand == nil {
		return nil
	}
	scores, err := pool.Score(ctx, []*chem.Molecule{s.Ligand}, oracle.Quick|oracle.Depiction, nil)
	if err != nil {
		return err
	}
	return errors.Join(
		write("reference.sdf", func(w io.Writer) error { return chem.WriteSDF(w, []*chem.Molecule{s.Ligand}) }),
		write("reference.json", func(w io.Writer) error { return json.NewEncoder(w).Encode(scores[0]) }),
	)
}
