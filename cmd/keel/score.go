package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keel/chem"
	"keel/oracle"
	"keel/reward"
	"keel/run"
)

// scoreJob is the score command's flags, and what follows from them.
type scoreJob struct {
	receptor        string
	place           place
	metrics         []string
	dock, checkVina bool
	relax           bool
	exhaustiveness  int
	seed            uint32
	rewardFile      string
	references      string
	workers         int
	out, poses      string
	cache           string
	asJSON          bool

	what oracle.Metrics
	earn *reward.Config // nil where no reward was asked for
}

func scoreCommand() *cobra.Command {
	var job scoreJob
	c := &cobra.Command{
		Use:   "score MOLECULES.sdf --receptor R.pdb [--ligand L.sdf | --center x,y,z]",
		Short: "Score molecules in a receptor: Vina, QED, SA, strain, clashes, PoseBusters, alerts, your own reward",
		Long: `Scores the poses in an SDF file, one CSV row per molecule, in the file's order. Vina's box lies around the molecules
themselves unless --ligand or --center says where; where they are far apart, each has a box of its own. What could not be
computed is empty, and its reason stands in the column error. docs/rewards.md explains the columns.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return job.do(cmd, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&job.receptor, "receptor", "", "PDB file of the protein")
	job.place.flags(c)
	f.StringSliceVar(&job.metrics, "metrics", nil, "only these columns: "+strings.Join(scoreColumns(), ",")+
		" (default those that take at most a second; Vina's score and minimum alone need no Python)")
	f.BoolVar(&job.dock, "dock", false, "also search for the best pose with AutoDock Vina (vina_dock; a minute or so a molecule)")
	f.BoolVar(&job.relax, "relax", false, "relax each pose in the receptor first (about 0.3 s a molecule): all figures are of the relaxed pose")
	f.IntVar(&job.exhaustiveness, "exhaustiveness", 8, "of docking")
	f.Uint32Var(&job.seed, "seed", 1, "of docking, from 1")
	f.BoolVar(&job.checkVina, "check-vina", false, "also ask AutoDock Vina itself for score and minimum, on the very same input")
	f.StringVar(&job.rewardFile, "reward", "", "TOML file with a [reward]: adds its columns")
	f.StringVar(&job.references, "references", "", "SDF or SMILES file of molecules that similarity is measured to")
	f.StringVar(&job.poses, "poses", "", "SDF file to write: the docked poses with --dock, else the relaxed ones with --relax, else those that Vina minimised")
	f.StringVar(&job.cache, "cache", "", "file that keeps scores: what is in it is not computed again, so a run that was stopped goes on")
	f.IntVar(&job.workers, "workers", 0, "worker processes (default one per CPU)")
	f.StringVar(&job.out, "out", "", "file to write (default standard output)")
	f.BoolVar(&job.asJSON, "json", false, "JSON instead of CSV")
	return c
}

func (j *scoreJob) do(cmd *cobra.Command, path string) error {
	stderr := cmd.ErrOrStderr()
	if err := j.check(); err != nil {
		return err
	}
	mols, err := readMolecules(path, stderr)
	if err != nil {
		return err
	}
	cfg, err := j.config(mols, stderr)
	if err != nil {
		return err
	}
	mols, scores, extra, err := j.scoreAll(cmd.Context(), cfg, mols, stderr)
	if err != nil {
		if j.cache != "" {
			return resumeWith(err, "the same command; what is scored stays in "+j.cache)
		}
		return err
	}
	write := oracle.WriteCSV
	if j.asJSON {
		write = oracle.WriteJSON
	}
	if err := writeOutput(cmd, j.out, func(w io.Writer) error { return write(w, scores, extra...) }); err != nil {
		return err
	}
	if j.poses != "" {
		if err := run.WriteFile(j.poses, func(w io.Writer) error { return j.writePoses(w, mols, scores) }); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(scores, func(s oracle.Score) bool { return s.Error == "" }) {
		return fmt.Errorf("none of the %d molecules could be scored in full: %s", len(scores), scores[0].Error)
	}
	return nil
}

// scoreColumns are what --metrics takes: all metrics that have a column.
func scoreColumns() []string {
	hidden := []string{"pose_min", "pose_dock", "pose_relax", "pose_quick", "pose_mended", "depiction", "fingerprint"}
	return slices.DeleteFunc(oracle.MetricNames(), func(name string) bool { return slices.Contains(hidden, name) })
}

// check checks the flags and reads what they name, before any work.
func (j *scoreJob) check() (err error) {
	switch {
	case j.receptor == "":
		return badInputf("--receptor is missing: the PDB file of the protein that the poses are in")
	case j.workers < 0:
		return badInputf("--workers %d: expected 1 or more, or 0 for one per CPU", j.workers)
	case j.exhaustiveness < 1 || j.seed < 1:
		return badInputf("--exhaustiveness %d and --seed %d: expected 1 or more", j.exhaustiveness, j.seed)
	}
	if j.what, err = j.wanted(); err != nil {
		return err
	}
	if j.rewardFile != "" {
		if j.earn, err = readReward(j.rewardFile); err != nil {
			return err
		}
	}
	return cmp.Or(checkOutput(j.out), checkOutput(j.poses), checkOutput(j.cache))
}

// wanted translates --metrics, --dock, --check-vina and --poses.
func (j *scoreJob) wanted() (what oracle.Metrics, err error) {
	for _, name := range j.metrics {
		m, ok := oracle.MetricOf(name)
		if !ok || !slices.Contains(scoreColumns(), name) {
			return 0, badInputf("--metrics: there is no %q; known: %s", name, strings.Join(scoreColumns(), ", "))
		}
		what |= m
	}
	if what == 0 {
		what = oracle.Table | oracle.Interactions
	}
	if j.references != "" {
		what |= oracle.Similarity
	}
	if j.checkVina {
		what |= oracle.VinaScore | oracle.VinaMin | oracle.VinaScoreReference | oracle.VinaMinReference
	}
	if j.dock {
		what |= oracle.VinaDock
	}
	switch {
	case j.poses != "" && j.dock:
		what |= oracle.DockPose
	case j.poses != "" && !j.relax:
		what |= oracle.MinPose
	}
	return what, nil
}

// scoreAll relaxes the poses if that was asked for, runs the pool with progress, then the reward, and prints a summary on stderr. It
// returns the poses that the scores are of.
func (j *scoreJob) scoreAll(ctx context.Context, cfg oracle.Config, mols []*chem.Molecule, stderr io.Writer) (poses []*chem.Molecule, scores []oracle.Score, extra []oracle.Extra, err error) {
	begin := time.Now()
	what := j.what
	var earn *reward.Reward
	if j.earn != nil {
		if earn, err = reward.Open(ctx, *j.earn, reward.Env{Receptor: j.receptor, Protein: cfg.Protein}); err != nil {
			return nil, nil, nil, err
		}
		defer earn.Close()
		what |= earn.Needs()
	}
	pool, err := oracle.Start(ctx, cfg)
	if err != nil {
		return nil, nil, nil, err
	}
	defer pool.Close()
	var relaxed []oracle.Relaxation
	if j.relax {
		if mols, relaxed, err = relaxAll(ctx, pool, mols, stderr); err != nil {
			return nil, nil, nil, err
		}
	}
	progress := run.NewProgress(stderr, "scored", 0, len(mols))
	scores, err = pool.Score(ctx, mols, what, func(done, _ int) { progress.Set(done) })
	progress.Done()
	if err != nil {
		return nil, nil, nil, err
	}
	noteRelaxed(relaxed, scores)
	if earn != nil {
		results, err := earn.Of(ctx, mols, scores)
		if err != nil {
			return nil, nil, nil, err
		}
		total := oracle.Extra{Name: "reward"}
		for _, r := range results {
			total.Values = append(total.Values, r.Total)
		}
		extra = append([]oracle.Extra{total}, earn.Columns(results)...)
		for i, r := range results {
			if r.Error != "" && !strings.Contains(scores[i].Error, r.Error) {
				scores[i].Error = strings.TrimPrefix(scores[i].Error+"; "+r.Error, "; ")
			}
		}
	}
	printScores(stderr, oracle.Summarise(scores, extra...), pool.Stats(), time.Since(begin))
	if j.checkVina {
		printCheck(stderr, scores)
	}
	return mols, scores, extra, nil
}
