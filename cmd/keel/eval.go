package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"keel/evaluate"
	"keel/run"
)

// evalJob is the eval command's flags.
type evalJob struct {
	samples, out, name, training   string
	docker                         string
	scores                         string // file that keeps every score; "" for one in out
	noDock, checkVina, asJSON      bool
	exhaustiveness, workers, asked int
	seed                           uint32
}

func evalCommand() *cobra.Command {
	var job evalJob
	c := &cobra.Command{
		Use:   "eval DIR [--samples DIR2] [--training FILE.smi]",
		Short: "The field's standard table over a folder of pockets, with the reference ligands and published rows beside it",
		Long: `Evaluates molecules in pockets. DIR holds a folder for each pocket with receptor.pdb, ligand.sdf (the reference) and
molecules.sdf (or samples/*.sdf); with --samples the molecules lie in DIR2/<pocket>/ instead. Without molecules there is only the
reference ligands' row. Tables (text, CSV, JSON, LaTeX), figures and every molecule's scores are written to --out. An evaluation
that was stopped goes on with the same command. docs/evaluation.md defines the figures.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return job.do(cmd, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&job.samples, "samples", "", "folder with a folder of molecules for each pocket (default the pockets' own)")
	f.StringVar(&job.out, "out", "runs/eval", "folder for tables, figures and scores")
	f.StringVar(&job.name, "name", "This run", "what the table calls the molecules")
	f.StringVar(&job.training, "training", "", "training set for novelty: SMILES lines, or an SDF file to compare geometry with too; may be gzipped")
	f.IntVar(&job.asked, "asked", 0, "molecules asked for in each pocket, where files hold fewer (default as many as there are records)")
	f.BoolVar(&job.noDock, "no-dock", false, "do not dock: no Vina Dock, High Affinity and success rate")
	f.BoolVar(&job.checkVina, "check-vina", false, "a second row of each, with score and minimum by AutoDock Vina itself on the very same input")
	f.IntVar(&job.exhaustiveness, "exhaustiveness", 16, "of docking")
	f.StringVar(&job.docker, "docker", "vina", dockerHelp)
	f.Uint32Var(&job.seed, "seed", 1, "of docking and of the intervals, from 1")
	f.IntVar(&job.workers, "workers", 0, "scoring processes (default one per CPU)")
	f.BoolVar(&job.asJSON, "json", false, "print the table as JSON")
	return c
}

const dockerHelp = `who docks: "vina", AutoDock Vina itself, or "keel", Keel's own search, as hard and three times as fast`

// scoresPath is the file that keeps every score, so that an evaluation that was stopped need not repeat it.
func (j *evalJob) scoresPath() string { return cmp.Or(j.scores, filepath.Join(j.out, scoresFile)) }

func (j *evalJob) do(cmd *cobra.Command, dir string) error {
	if !slices.Contains([]string{"vina", "keel"}, j.docker) {
		return badInputf("--docker %s: expected vina or keel", j.docker)
	}
	if j.exhaustiveness < 1 || j.workers < 0 || j.asked < 0 || j.seed < 1 || j.name == "" || j.out == "" {
		return badInputf("--exhaustiveness, --workers, --asked and --seed: expected at least 1, 0, 0 and 1; --name and --out need a text")
	}
	stderr := cmd.ErrOrStderr()
	sets, left, err := j.read(dir, stderr)
	if err != nil {
		return err
	}
	training, err := j.readTraining(stderr)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(j.out, 0o777); err != nil {
		return badInputf("folder %s cannot be made: choose another --out", j.out)
	}
	unlock, err := run.Lock(j.out)
	if err != nil {
		return badInput(err)
	}
	defer unlock()
	targets, unfit, err := j.score(cmd.Context(), sets, stderr)
	if err != nil {
		return resumeWith(err, "the same command; what is scored stays in "+j.scoresPath())
	}
	left = append(left, tell(stderr, unfit)...)
	if len(targets) == 0 {
		return badInput(unfit[0])
	}
	report := &evaluate.Report{Protocol: j.protocol(), Targets: targets, LeftOut: left, Published: evaluate.PublishedRows()}
	report.Rows = evaluate.Tabulate(targets, evaluate.Options{Name: j.name, Training: training, Seed: uint64(j.seed), CheckVina: j.checkVina})
	if err := writeReport(j.out, report); err != nil {
		return err
	}
	if j.asJSON {
		return writeOutput(cmd, "", func(w io.Writer) error { return evaluate.WriteJSON(w, report) })
	}
	if err := writeOutput(cmd, "", func(w io.Writer) error { return evaluate.WriteText(w, report) }); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(j.out, "table.txt"))
	return err
}

// read reads all pockets. What cannot be used is told on stderr and returned as lines; the error is for a folder without one pocket to use.
func (j *evalJob) read(dir string, stderr io.Writer) (sets []*evaluate.Set, left []string, err error) {
	pockets, bad, err := evaluate.FindPockets(dir, j.samples)
	if err != nil {
		return nil, nil, err
	}
	left = tell(stderr, bad)
	var unreadable error
	for _, p := range pockets {
		s, err := evaluate.Read(p)
		if err != nil {
			left, unreadable = append(left, tell(stderr, []error{err})...), err
			continue
		}
		const shown = 3
		tell(stderr, s.Unreadable[:min(shown, len(s.Unreadable))])
		if n := len(s.Unreadable); n > shown {
			fmt.Fprintf(stderr, "%s: %d records cannot be read\n", p.Name, n)
		}
		sets = append(sets, s)
	}
	if len(sets) == 0 {
		return nil, left, unreadable
	}
	with := 0
	for _, s := range sets {
		if len(s.Pocket.Molecules) > 0 {
			with++
		}
	}
	fmt.Fprintf(stderr, "%d pockets, %d of them with molecules\n", len(sets), with)
	return sets, left, nil
}

func (j *evalJob) readTraining(stderr io.Writer) (*evaluate.TrainingSet, error) {
	if j.training == "" {
		return nil, nil
	}
	t, err := evaluate.ReadTraining(j.training)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "%s: %d different molecules, %d records that cannot be read\n", j.training, len(t.Keys), len(t.Bad))
	return t, nil
}

func (j *evalJob) protocol() evaluate.Protocol {
	docker := map[string]string{"vina": evaluate.DockerVina, "keel": evaluate.DockerKeel}[j.docker]
	return evaluate.Protocol{Docked: !j.noDock, Docker: docker, Exhaustiveness: j.exhaustiveness, Seed: int64(j.seed), Box: evaluate.TargetDiffBox, Training: j.training}
}

// score scores all sets with progress on stderr, a line for each pocket.
func (j *evalJob) score(ctx context.Context, sets []*evaluate.Set, stderr io.Writer) ([]evaluate.Target, []error, error) {
	progress := run.NewProgress(stderr, "scored", 0, evaluate.Count(sets))
	scorer := &evalScorer{job: j, progress: progress, pockets: len(sets), stderr: stderr}
	return evaluate.Run(ctx, sets, j.asked, scorer, progress.Set)
}

// tell prints what is left out, one line each, and returns the lines.
func tell(stderr io.Writer, list []error) (lines []string) {
	for _, err := range list {
		lines = append(lines, err.Error())
		fmt.Fprintln(stderr, "left out:", err)
	}
	return lines
}

// writeReport writes every table and figure into the folder.
func writeReport(dir string, r *evaluate.Report) error {
	var errs []error
	for _, f := range []struct {
		name  string
		write func(io.Writer, *evaluate.Report) error
	}{
		{"table.txt", evaluate.WriteText},
		{"table.csv", evaluate.WriteCSV},
		{"spread.csv", evaluate.WriteSpread},
		{"table.json", evaluate.WriteJSON},
		{"table.tex", evaluate.WriteLaTeX},
		{"molecules.csv", evaluate.WriteMolecules},
	} {
		errs = append(errs, run.WriteFile(filepath.Join(dir, f.name), func(w io.Writer) error { return f.write(w, r) }))
	}
	return errors.Join(append(errs, evaluate.Draw(dir, r))...)
}
