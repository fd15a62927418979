package pocket

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"keel/chem"
	"keel/nn"
	"keel/oracle"
	"keel/reward"
	"keel/run"
	"keel/sde"
	"keel/tune"
)

// TuneConfig is the configuration file of `keel tune`. Relative paths are relative to the file.
type TuneConfig struct {
	Task      string                    `toml:"task"` // "pocket"
	Algo      string                    `toml:"algo"` // the estimator's name
	Seed      uint64                    `toml:"seed"`
	Weights   string                    `toml:"weights"` // of the pre-trained model
	Pocket    PocketConfig              `toml:"pocket"`
	Reward    reward.Config             `toml:"reward"`
	Tune      tune.Config               `toml:"tune"`
	Estimator map[string]map[string]any `toml:"estimator"` // [estimator.NAME]: settings that differ from the estimator's defaults
	Compare   int                       `toml:"compare"`   // molecules sampled before and after tuning
	Workers   int                       `toml:"workers"`   // reward processes; 0 means one per CPU
}

// PocketConfig says where to design, and how large.
type PocketConfig struct {
	Protein string    `toml:"protein"` // PDB file
	Ligand  string    `toml:"ligand"`  // SDF file of a ligand in the pocket, or
	Centre  []float64 `toml:"center"`  // x, y, z in Å
	Atoms   [2]int    `toml:"atoms"`   // least and most heavy atoms
	Mean    float64   `toml:"mean"`    // mean number of heavy atoms; 0 means what the pocket suggests
}

func (c PocketConfig) sizes() Sizes { return Sizes{Low: c.Atoms[0], High: c.Atoms[1], Mean: c.Mean} }

// DefaultTune is what a configuration file starts from.
func DefaultTune() TuneConfig {
	return TuneConfig{Task: "pocket", Algo: "diffac", Seed: 1, Reward: reward.Default(),
		Pocket: PocketConfig{Atoms: [2]int{16, 28}}, Tune: tune.Config{Iterations: 20, Batch: 64, Steps: 50}, Compare: 64}
}

// Check says what is wrong with the configuration.
func (c *TuneConfig) Check() error {
	switch {
	case c.Task != "pocket":
		return fmt.Errorf("task = %q: expected \"pocket\"", c.Task)
	case c.Pocket.Protein == "":
		return errors.New("[pocket] protein is missing: the PDB file; or give --pocket")
	case c.Pocket.Ligand == "" && len(c.Pocket.Centre) == 0:
		return errors.New("[pocket] says not where: give ligand (an SDF file) or center (x, y, z); or --ligand or --center")
	case len(c.Pocket.Centre) != 0 && len(c.Pocket.Centre) != 3:
		return fmt.Errorf("[pocket] center has %d numbers, expected x, y, z", len(c.Pocket.Centre))
	case c.Compare < 0:
		return fmt.Errorf("compare = %d: expected 0 or more molecules", c.Compare)
	case c.Workers < 0:
		return fmt.Errorf("workers = %d: expected 0 (one per CPU) or more", c.Workers)
	}
	return cmp.Or(c.Pocket.sizes().Check(), c.Reward.Check(reward.Env{}), c.Tune.Check(), c.checkEstimators())
}

// checkEstimators checks the chosen estimator and the settings of all that are named.
func (c *TuneConfig) checkEstimators() error {
	errs := []error{tune.Check(c.Algo, c.Estimator[c.Algo])}
	for _, name := range slices.Sorted(maps.Keys(c.Estimator)) {
		if !slices.Contains(tune.Names(), name) {
			return fmt.Errorf("[estimator.%s]: expected one of %s", name, strings.Join(tune.Names(), ", "))
		}
		errs = append(errs, tune.Check(name, c.Estimator[name]))
	}
	return cmp.Or(errs...)
}

// Resolve makes relative paths, which are relative to folder, absolute: a run can then be resumed from anywhere.
func (c *TuneConfig) Resolve(folder string) error {
	for _, p := range []*string{&c.Weights, &c.Pocket.Protein, &c.Pocket.Ligand} {
		if err := resolve(folder, p); err != nil {
			return err
		}
	}
	return c.Reward.Resolve(folder)
}

// OpenSite opens the configured pocket, and checks that it has what the reward names of it.
func (c *TuneConfig) OpenSite() (*Site, error) {
	var centre *chem.Vec
	if c.Pocket.Ligand == "" {
		centre = (*chem.Vec)(c.Pocket.Centre)
	}
	s, err := OpenSite(c.Pocket.Protein, c.Pocket.Ligand, centre)
	if err != nil {
		return nil, err
	}
	return s, c.Reward.Check(reward.Env{Protein: s.Protein})
}

// Tune samples from the pre-trained model, tunes it in the pocket, and samples again with the same sizes and noise. It goes on where
// the run left off.
func Tune(ctx context.Context, e *nn.Engine, c *TuneConfig, site *Site, model *Model, r *run.Run, log io.Writer) (run.Summary, error) {
	var sum run.Summary
	for _, n := range site.Notes {
		fmt.Fprintln(log, "receptor:", n)
	}
	earn, err := reward.Open(ctx, c.Reward, reward.Env{Receptor: c.Pocket.Protein, Protein: site.Protein})
	if err != nil {
		return sum, err
	}
	defer earn.Close()
	workers := oracle.Config{Workers: c.Workers}
	c.Reward.Oracle(&workers)
	pool, err := site.Oracle(ctx, workers)
	if err != nil {
		return sum, err
	}
	defer pool.Close()
	t, err := NewTarget(e, model, site.Pocket, site.Centre, c.Pocket.sizes(), earn, pool)
	if err != nil {
		return sum, err
	}
	if err := describeSite(ctx, pool, site, r); err != nil {
		return sum, err
	}
	t.Keep(r.Path("samples"))
	compare := func(params []float32, sdf, list string) (run.Stats, error) {
		st, ok, err := readStats(r.Path(list))
		if ok || err != nil || c.Compare == 0 {
			return st, err
		}
		mols, err := Sample(ctx, e, t, params, c.Compare, c.Tune.Steps, c.Seed+1<<32, log)
		if err != nil {
			return st, err
		}
		s, err := ScoreAll(ctx, pool, mols, oracle.Quick|oracle.Depiction, log)
		if err != nil {
			return st, err
		}
		if err := s.WriteCSV(r.Path(sdf[:len(sdf)-len(".sdf")] + ".csv")); err != nil {
			return st, err
		}
		return s.Stats, s.Write(r.Dir, sdf, list)
	}
	if sum.Before, err = compare(model.Params, "before.sdf", "before.json"); err != nil {
		return sum, err
	}
	process := sde.VP{}
	setting, err := tune.Setting{Engine: e, Task: t, Process: process, Steps: tune.Grid(process, c.Tune.Steps), Params: model.Params,
		Seed: c.Seed, Beta: c.Tune.Beta}.Open()
	if err != nil {
		return sum, err
	}
	est, err := tune.New(c.Algo, setting, c.Estimator[c.Algo])
	if err != nil {
		return sum, err
	}
	loop := &tune.Loop{Config: c.Tune, Setting: setting, Estimator: est, Run: r, Log: log}
	if err := loop.Go(ctx); err != nil {
		return sum, err
	}
	tellFailures(log, earn.Stats())
	tuned := nn.Floats(est.Params())
	if err := run.WriteFile(r.Path("model.safetensors"), func(w io.Writer) error { return model.write(w, tuned) }); err != nil {
		return sum, err
	}
	if sum.After, err = compare(tuned, "molecules.sdf", "after.json"); err != nil {
		return sum, err
	}
	records, err := run.ReadMetrics(r.Dir)
	if err != nil {
		return sum, err
	}
	sum.Cost = run.CostOf(records)
	return sum, run.WriteSummary(r.Dir, sum)
}

// tellFailures says how many rewards are missing, and why.
func tellFailures(log io.Writer, s reward.Stats) {
	if s.Failed > 0 {
		fmt.Fprintf(log, "%d of %d molecules have no reward\n", s.Failed, s.Molecules)
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Failures)) {
		fmt.Fprintf(log, "  %d × %s\n", s.Failures[reason], reason)
	}
}

// write writes the model with other parameters.
func (m *Model) write(w io.Writer, params []float32) error {
	out := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: m.Info}
	m.Layout.Pack(out, "", params)
	return out.Write(w)
}

// describeSite leaves the pocket and the reference ligand, scored in the same way, in the run for the report.
func describeSite(ctx context.Context, pool *oracle.Pool, s *Site, r *run.Run) error {
	write := func(name string, put func(io.Writer) error) error { return run.WriteFile(r.Path(name), put) }
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
