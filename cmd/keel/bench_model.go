package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"keel/evaluate"
	"keel/nn"
	"keel/oracle"
	"keel/quality"
	"keel/run"
	"keel/task/pocket"
)

// modelJob is the flags of bench model, and what follows from them.
type modelJob struct {
	pockets, molecules, weights, atoms, out string
	only, training                          []string
	n, first, workers, compared             int
	how                                     pocket.Sampling
	seed                                    uint64
	asJSON, asked, relax                    bool

	sizes  pocket.Sizes
	model  *pocket.Model // nil where molecules are given
	engine *nn.Engine
}

func modelCommand() *cobra.Command {
	var job modelJob
	c := &cobra.Command{
		Use:   "model --pockets DIR|COMPLEXES.tar.gz [--weights FILE | --molecules SDF|DIR] [--training FILE,...] --out DIR",
		Short: "Every quality figure of a model of molecules in pockets",
		Long: `Samples molecules in every pocket and judges them: valid, in one piece, different, new, like drugs, poses by Vina and PoseBusters, strain,
geometry against the training molecules; beside them the reference ligands, and the same molecules placed at random. --molecules judges
molecules that there are: a folder with a folder for each pocket, or an SDF file for the one pocket that --only names. A run that was
stopped goes on with the same command. docs/quality.md defines the figures.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			job.asked = cmd.Flags().Changed("number")
			return job.do(cmd)
		},
	}
	f := c.Flags()
	f.StringVar(&job.pockets, "pockets", "", "folder of pockets as keel eval takes it, or complexes (.tar.gz of <id>/pocket.pdb and <id>/ligand.sdf)")
	f.IntVar(&job.first, "first", 0, "only so many pockets, the first by name (default all)")
	f.StringSliceVar(&job.only, "only", nil, "only these pockets, by name")
	f.StringVar(&job.weights, "weights", "", "model (default the shipped one)")
	f.StringVar(&job.molecules, "molecules", "", "judge these molecules instead of sampling")
	f.IntVarP(&job.n, "number", "n", 100, "molecules a pocket; with --molecules how many were asked for (default as many as there are)")
	f.StringVar(&job.atoms, "atoms", "20-30", "heavy atoms, from-to; within it the pocket suggests the mean")
	samplingFlags(f, &job.how)
	f.Uint64Var(&job.seed, "seed", 1, "of sampling and of random places")
	f.StringSliceVar(&job.training, "training", nil, "training molecules: SMILES or SDF files, gzipped or not, or complexes")
	f.IntVar(&job.compared, "compared", 20000, "training molecules of each file to compare with, evenly spaced; all count for novelty")
	f.IntVar(&job.workers, "workers", 0, "scoring processes (default one per CPU)")
	f.StringVar(&job.out, "out", "runs/quality", "folder for the report, figures, molecules and scores")
	f.BoolVar(&job.relax, "relax", false, "relax the molecules in their pockets, and judge the relaxed poses too")
	f.BoolVar(&job.asJSON, "json", false, "print the report as JSON")
	c.MarkFlagsMutuallyExclusive("weights", "molecules")
	return c
}

func (j *modelJob) do(cmd *cobra.Command) error {
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	if err := j.check(); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "keel-pockets-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	list, left, err := j.find(temp, stderr)
	if err != nil {
		return err
	}
	if j.molecules == "" {
		if err := j.open(stderr); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(j.out, 0o777); err != nil {
		return badInputf("folder %s cannot be made: choose another --out", j.out)
	}
	unlock, err := run.Lock(j.out)
	if err != nil {
		return badInput(err)
	}
	defer unlock()
	if err := j.same(); err != nil {
		return err
	}
	training, err := j.readTraining(ctx, stderr)
	if err != nil {
		return j.resumable(ctx, err)
	}
	var done []quality.Pocket
	for i, p := range list {
		fmt.Fprintf(stderr, "pocket %d of %d: %s\n", i+1, len(list), p.Name)
		got, unfit, err := j.judge(ctx, p, stderr)
		if err != nil {
			return j.resumable(ctx, err)
		}
		left = append(left, tell(stderr, unfit)...)
		if got != nil {
			done = append(done, *got)
		}
	}
	if len(done) == 0 {
		return badInputf("%s: none of %d pockets can be used: %s", j.pockets, len(list), left[0])
	}
	return j.report(cmd, done, training, left)
}

func (j *modelJob) check() error {
	if j.pockets == "" || j.out == "" {
		return badInputf("--pockets (a folder of pockets, or complexes) and --out (a folder) are needed")
	}
	if err := j.how.Check(); err != nil {
		return badInputf("--%v", err)
	}
	if j.n < 1 || j.workers < 0 || j.first < 0 || j.compared < 1 {
		return badInputf("-n, --workers, --first and --compared: expected at least 1, 0, 0 and 1")
	}
	var err error
	if j.sizes, err = parseSizes(j.atoms); err != nil {
		return err
	}
	if j.molecules == "" {
		return badInput(j.sizes.Check())
	}
	return nil
}

// find lists the pockets that are asked for. Complexes are unpacked into temp.
func (j *modelJob) find(temp string, stderr io.Writer) (list []evaluate.Pocket, left []string, err error) {
	dir, samples := j.pockets, ""
	if quality.IsComplexes(dir) {
		most := j.first
		if len(j.only) > 0 {
			most = 0
		}
		if err := quality.Unpack(dir, most, temp); err != nil {
			return nil, nil, err
		}
		dir = temp
	}
	info, err := os.Stat(j.molecules)
	if j.molecules != "" && err != nil {
		return nil, nil, badInputf("--molecules %s: no such file or folder", j.molecules)
	}
	if j.molecules != "" && info.IsDir() {
		samples = j.molecules
	}
	found, bad, err := evaluate.FindPockets(dir, samples)
	if err != nil {
		return nil, nil, err
	}
	left = tell(stderr, bad)
	for _, p := range found {
		if len(j.only) == 0 || slices.Contains(j.only, p.Name) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil, nil, badInputf("--only: %s has no pocket %s", j.pockets, j.only[0])
	}
	if j.first > 0 {
		list = list[:min(j.first, len(list))]
	}
	switch {
	case j.molecules == "":
		for i := range list {
			list[i].Molecules = nil
		}
	case samples == "" && len(list) > 1:
		return nil, nil, badInputf("--molecules %s is one file and there are %d pockets: say with --only which it belongs to", j.molecules, len(list))
	case samples == "":
		list[0].Molecules = []string{j.molecules}
	}
	return list, left, nil
}

// same keeps in the folder what it is of, and refuses one that is of something else.
func (j *modelJob) same() error {
	is := map[string]any{"pockets": j.pockets, "seed": j.seed, "molecules": j.molecules}
	if j.molecules == "" {
		text, err := os.ReadFile(j.weights)
		if err != nil {
			return badInput(err)
		}
		sum := sha256.Sum256(text)
		is["weights"], is["n"], is["atoms"], is["sampling"] = hex.EncodeToString(sum[:]), j.n, j.atoms, j.how
	}
	text, err := json.MarshalIndent(is, "", " ")
	if err != nil {
		return err
	}
	path := filepath.Join(j.out, "settings.json")
	if there, err := os.ReadFile(path); err == nil {
		if string(there) != string(text) {
			return badInputf("%s was made with other weights, pockets or settings (settings.json): choose another --out", j.out)
		}
		return nil
	}
	return run.WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

func (j *modelJob) resumable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Canceled // whatever else it led to
	}
	return resumeWith(err, "the same command; what is sampled and scored stays in "+j.out)
}

// trainedScored is how many training molecules RDKit's figures are computed of.
const trainedScored = 2000

// readTraining reads the training molecules and scores some of them; nil where none were named.
func (j *modelJob) readTraining(ctx context.Context, stderr io.Writer) (*quality.Training, error) {
	if len(j.training) == 0 {
		return nil, nil
	}
	t, err := quality.ReadTraining(j.training, j.compared)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "training: %d molecules, %d different, %d records that cannot be read\n", t.Records, len(t.Keys), t.Bad)
	pool, err := oracle.Start(ctx, oracle.Config{Workers: j.workers, CacheFile: filepath.Join(j.out, "training.jsonl")})
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	mols, at := t.Spaced(trainedScored)
	s, err := pocket.ScoreAll(ctx, pool, mols, oracle.QED|oracle.SA|oracle.LogP|oracle.Rotatable, stderr)
	if err != nil {
		return nil, err
	}
	t.SetScores(at, s.Scores)
	return t, nil
}

func (j *modelJob) report(cmd *cobra.Command, done []quality.Pocket, training *quality.Training, left []string) error {
	s := quality.Settings{Model: j.weights, Pockets: j.pockets, Seed: j.seed, Training: j.training}
	if j.molecules == "" {
		s.Asked, s.Atoms, s.Steps, s.Noise = j.n, j.atoms, j.how.Steps, j.how.Noise
	} else {
		s.Model = ""
	}
	if training != nil {
		s.Trained, s.Unread, s.Compared = training.Records, training.Bad, len(training.Sample)
	}
	r := quality.Judge(done, training, s)
	r.LeftOut = left
	write := func(name string, to func(io.Writer) error) error {
		return run.WriteFile(filepath.Join(j.out, name), to)
	}
	if err := errors.Join(
		write("quality.txt", func(w io.Writer) error { return quality.WriteText(w, r) }),
		write("quality.json", func(w io.Writer) error { return quality.WriteJSON(w, r) }),
		write("molecules.csv", func(w io.Writer) error { return quality.WriteMolecules(w, done, training) }),
		quality.Draw(filepath.Join(j.out, "quality"), done, training),
	); err != nil {
		return err
	}
	if j.asJSON {
		return writeOutput(cmd, "", func(w io.Writer) error { return quality.WriteJSON(w, r) })
	}
	if err := writeOutput(cmd, "", func(w io.Writer) error { return quality.WriteText(w, r) }); err != nil {
		return err
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(j.out, "quality.txt"))
	return err
}
