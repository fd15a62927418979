package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"keel/evaluate"
	"keel/experiment"
	"keel/run"
	"keel/task/pocket"
)

// manyJob is the flags of what tunes in many pockets.
type manyJob struct {
	pockets, config, weights, out string
	only                          []string
	first, n                      int
	seed                          uint64

	eval   evalJob
	noEval bool
}

func (j *manyJob) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&j.pockets, "pockets", "", "folder with a folder for each pocket, as keel eval takes it")
	f.StringVar(&j.config, "config", "", "configuration of every run (default that of keel tune)")
	f.StringVar(&j.weights, "weights", "", "model to tune (default the shipped one)")
	f.StringVar(&j.out, "out", "", "folder for runs, tables and figures")
	f.IntVar(&j.first, "first", 0, "only so many pockets, the first by name (default all)")
	f.StringSliceVar(&j.only, "only", nil, "only these pockets, by name")
}

func pocketsCommand() *cobra.Command {
	var job manyJob
	c := &cobra.Command{
		Use:   "pockets --pockets DIR --out DIR",
		Short: "Tune in every pocket of a folder, and print the field's table of the tuned models' molecules",
		Long: `Tunes the model in each pocket with keel tune, one after another, and evaluates as keel eval does, in two tables: molecules drawn from the tuned
models, none of them chosen (eval), and each run's designs, the best by reward of all that it saw (eval-designs). A pocket that fails is
reported and the others go on. A run that was stopped or killed goes on with the same command, which also tries again what failed. pockets.txt, .csv and .json say what each pocket took.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return job.do(cmd) },
	}
	job.flags(c)
	f := c.Flags()
	f.IntVarP(&job.n, "number", "n", 20, "molecules a pocket, before tuning and after, and designs")
	f.Uint64Var(&job.seed, "seed", 1, "of every run")
	f.BoolVar(&job.noEval, "no-eval", false, "tune alone: no table")
	f.BoolVar(&job.eval.noDock, "no-dock", false, "do not dock: no Vina Dock, High Affinity and success rate")
	f.IntVar(&job.eval.exhaustiveness, "exhaustiveness", 16, "of docking")
	f.StringVar(&job.eval.docker, "docker", "vina", dockerHelp)
	f.StringVar(&job.eval.training, "training", "", "training set, as keel eval takes it")
	return c
}

func (j *manyJob) do(cmd *cobra.Command) error {
	stderr := cmd.ErrOrStderr()
	list, base, unlock, err := j.open(stderr)
	if err != nil {
		return err
	}
	defer unlock()
	base.Seed, base.Compare, base.Designs = j.seed, j.n, j.n
	var jobs []experiment.Job
	for _, p := range list {
		c, err := inPocket(base, p)
		if err != nil {
			return badInput(err)
		}
		jobs = append(jobs, experiment.Job{Name: p.Name, Dir: filepath.Join(j.out, "runs", p.Name), Config: c})
	}
	runner, err := newRunner(stderr)
	if err != nil {
		return err
	}
	var so []experiment.Outcome
	all, err := runner.All(cmd.Context(), jobs, func(o experiment.Outcome) error {
		so = append(so, o)
		return experiment.WriteOutcomes(j.out, so)
	})
	if err != nil {
		return j.resumable(err)
	}
	if err := experiment.WriteOutcomesText(cmd.OutOrStdout(), all); err != nil {
		return err
	}
	failed := slices.IndexFunc(all, func(o experiment.Outcome) bool { return o.Error != "" })
	if !j.noEval && slices.ContainsFunc(all, func(o experiment.Outcome) bool { return o.Error == "" }) {
		for _, t := range []struct{ file, out, name string }{{"designs.sdf", "eval-designs", "Keel, designs"}, {"molecules.sdf", "eval", "Keel, tuned model"}} {
			if err := j.evaluate(cmd, list, t.file, t.out, t.name); err != nil {
				return err
			}
		}
	}
	if failed >= 0 {
		return fmt.Errorf("%s failed (%s); the same command tries again what failed", all[failed].Name, all[failed].Error)
	}
	return nil
}

// open finds the pockets and the configuration, and makes and locks the folder.
func (j *manyJob) open(stderr io.Writer) (list []evaluate.Pocket, base pocket.TuneConfig, unlock func() error, err error) {
	if j.pockets == "" || j.out == "" {
		return nil, base, nil, badInputf("--pockets (a folder of pockets) and --out (a folder) are needed")
	}
	if j.first < 0 {
		return nil, base, nil, badInputf("--first: expected 0 or more")
	}
	base = pocket.DefaultTune()
	if j.config != "" {
		if err := run.LoadConfig(j.config, &base); err != nil {
			return nil, base, nil, badInput(err)
		}
		if err := base.Resolve(filepath.Dir(j.config)); err != nil {
			return nil, base, nil, badInput(err)
		}
	}
	if j.weights != "" {
		base.Weights = j.weights
	}
	if base.Weights == "" {
		base.Weights = defaultWeights()
	}
	found, bad, err := evaluate.FindPockets(j.pockets, "")
	if err != nil {
		return nil, base, nil, badInput(err)
	}
	tell(stderr, bad)
	for _, name := range j.only {
		if !slices.ContainsFunc(found, func(p evaluate.Pocket) bool { return p.Name == name }) {
			return nil, base, nil, badInputf("--only: %s has no pocket %s", j.pockets, name)
		}
	}
	for _, p := range found {
		if len(j.only) == 0 || slices.Contains(j.only, p.Name) {
			list = append(list, p)
		}
	}
	if j.first > 0 {
		list = list[:min(j.first, len(list))]
	}
	if err := os.MkdirAll(j.out, 0o777); err != nil {
		return nil, base, nil, badInputf("folder %s cannot be made: choose another --out", j.out)
	}
	unlock, err = run.Lock(j.out)
	return list, base, unlock, badInput(err)
}

// inPocket is the configuration in a pocket, with absolute paths.
func inPocket(c pocket.TuneConfig, p evaluate.Pocket) (pocket.TuneConfig, error) {
	c.Pocket.Protein, c.Pocket.Ligand, c.Pocket.Centre = p.Receptor, p.Ligand, nil
	c.Fill()
	return c, errors.Join(c.Resolve("."), c.Check())
}

// newRunner is a runner of this program.
func newRunner(stderr io.Writer) (*experiment.Runner, error) {
	exe, err := os.Executable()
	return &experiment.Runner{Keel: exe, Log: stderr}, err
}

func (j *manyJob) resumable(err error) error {
	if errors.Is(err, experiment.ErrOther) {
		return badInput(err)
	}
	return resumeWith(err, "the same command; what is done stays in "+j.out)
}

// evaluate prints the field's table of one file of molecules of each run.
func (j *manyJob) evaluate(cmd *cobra.Command, list []evaluate.Pocket, file, out, name string) error {
	folder, samples := filepath.Join(j.out, "pockets"), filepath.Join(j.out, "samples") // of those that are asked for alone
	for _, dir := range []string{folder, samples} {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o777)); err != nil {
			return err
		}
	}
	for _, p := range list {
		target, err := filepath.Abs(filepath.Dir(p.Receptor))
		if err != nil {
			return err
		}
		molecules, err := filepath.Abs(filepath.Join(j.out, "runs", p.Name, file))
		if err != nil {
			return err
		}
		if err := os.Symlink(target, filepath.Join(folder, p.Name)); err != nil {
			return err
		}
		if _, err := os.Stat(molecules); err != nil {
			continue // its run has failed, which was said
		}
		to := filepath.Join(samples, p.Name)
		if err := errors.Join(os.Mkdir(to, 0o777), os.Symlink(molecules, filepath.Join(to, "molecules.sdf"))); err != nil {
			return err
		}
	}
	e := j.eval
	e.samples, e.out, e.name, e.asked, e.seed = samples, filepath.Join(j.out, out), name, j.n, uint32(j.seed)
	e.scores = filepath.Join(j.out, scoresFile) // for both tables: the reference ligands are docked once
	return e.do(cmd, folder)
}
