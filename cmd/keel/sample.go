package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"keel/chem"
	"keel/oracle"
	"keel/run"
	"keel/task/image"
	"keel/task/pocket"
)

// sampleJob is the sample command's flags.
type sampleJob struct {
	protein, weights, out, atoms string
	fix                          string
	place                        place
	n, workers                   int
	how                          pocket.Sampling
	seed                         uint64
	relax, asJSON                bool
	task                         string
	prompts                      []string // of pictures
	guidance                     float64
}

func sampleCommand() *cobra.Command {
	var job sampleJob
	c := &cobra.Command{
		Use:   "sample (--pocket P.pdb (--ligand L.sdf | --center x,y,z) | --task image --prompt TEXT) -n 100 --out DIR",
		Short: "Sample molecules in a pocket and score them, or draw pictures",
		Long: `Samples molecules from a model in a pocket, and writes molecules.sdf (all that decode, in the receptor's frame) and
molecules.csv (their scores) into a new folder.

With --task image it draws pictures of a prompt: picture-0001.png and so on, sheet.png with all of them, and denoising.png, an animation of how they
come out of noise. docs/image.md is a tutorial.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch job.task {
			case "image":
				return job.drawPictures(cmd)
			case "pocket":
				if cmd.Flags().Changed("prompt") || cmd.Flags().Changed("guidance") {
					return badInputf("--prompt and --guidance are for pictures: add --task image")
				}
				return job.do(cmd)
			}
			return badInputf("--task %s: expected pocket or image", job.task)
		},
	}
	f := c.Flags()
	f.StringVar(&job.protein, "pocket", "", "PDB file of the protein")
	job.place.flags(c)
	f.StringVar(&job.task, "task", "pocket", "what to sample: pocket or image")
	f.StringArrayVar(&job.prompts, "prompt", nil, "what to draw, with --task image; may be given several times")
	f.Float64Var(&job.guidance, "guidance", image.DefaultGuidance, "by how much pictures overstate the prompt; 1 is not at all")
	f.IntVarP(&job.n, "number", "n", 100, "molecules; with --task image pictures of each prompt, 16 by default")
	f.StringVar(&job.out, "out", "", "folder to make")
	f.StringVar(&job.weights, "weights", "", "model (default the shipped one)")
	f.Uint64Var(&job.seed, "seed", 1, "one seed, one result")
	f.StringVar(&job.atoms, "atoms", "18-30", "heavy atoms, from-to; within it the pocket suggests the mean")
	f.StringVar(&job.fix, "fix", "", "atoms of the ligand that every molecule holds, by their numbers in its file, such as 1-6,9: grow, link, or hop")
	samplingFlags(f, &job.how)
	f.IntVar(&job.workers, "workers", 0, "scoring processes (default one per CPU)")
	f.BoolVar(&job.relax, "relax", false, "relax the poses in the pocket: molecules.sdf holds the relaxed ones, raw.sdf those of the model")
	f.BoolVar(&job.asJSON, "json", false, "print the summary as JSON")
	c.MarkFlagsMutuallyExclusive("fix", "relax") // relaxation moves all atoms
	return c
}

func samplingFlags(f *pflag.FlagSet, how *pocket.Sampling) {
	def := pocket.DefaultSampling()
	f.IntVar(&how.Steps, "steps", def.Steps, "steps of the sampler")
	f.Float64Var(&how.Noise, "noise", def.Noise, "share of the process's noise in the sampler, 0 to 1: less gives likelier, less varied molecules")
}

func (j *sampleJob) do(cmd *cobra.Command) error {
	if j.protein == "" || j.out == "" {
		return badInputf("--pocket (the protein's PDB file) and --out (the folder to make) are needed")
	}
	if j.n < 1 || j.workers < 0 {
		return badInputf("-n and --workers: expected at least 1 and 0")
	}
	if err := j.how.Check(); err != nil {
		return badInputf("--%v", err)
	}
	sizes, err := parseSizes(j.atoms)
	if err != nil {
		return err
	}
	fix, err := j.fixed()
	if err != nil {
		return badInputf("--fix %w", err)
	}
	var centre *chem.Vec
	if j.place.center != "" {
		v, err := parseVec(j.place.center)
		if err != nil {
			return badInputf("--center %s: %w", j.place.center, err)
		}
		centre = &v
	}
	site, err := pocket.OpenSite(j.protein, j.place.ligand, centre)
	if err != nil {
		return badInput(err)
	}
	if fix != nil {
		if fix, err = site.FixedAtoms(fix); err != nil {
			return badInputf("--fix: %w", err)
		}
	}
	if err := makeFolder(j.out); err != nil {
		return badInput(err)
	}
	return j.sample(cmd, site, fix, sizes)
}

// parseSizes reads --atoms.
func parseSizes(atoms string) (s pocket.Sizes, err error) {
	if n, err := fmt.Sscanf(atoms, "%d-%d", &s.Low, &s.High); n != 2 || err != nil {
		return s, badInputf("--atoms %s: expected from-to, such as 20-28", atoms)
	}
	return s, nil
}

// fixed reads the numbers of --fix; nil without it.
func (j *sampleJob) fixed() ([]int, error) {
	if j.fix == "" {
		return nil, nil
	}
	return pocket.ParseAtoms(j.fix)
}

// sample draws and scores; fix lists the ligand's atoms that every molecule holds.
func (j *sampleJob) sample(cmd *cobra.Command, site *pocket.Site, fix []int, sizes pocket.Sizes) error {
	stderr, ctx := cmd.ErrOrStderr(), cmd.Context()
	engine, err := openEngine(stderr)
	if err != nil {
		return err
	}
	if j.weights == "" {
		j.weights = defaultWeights()
	}
	model, err := pocket.ReadModel(engine, j.weights)
	if err != nil {
		return badInput(err)
	}
	target, err := pocket.NewTarget(engine, model, site.Pocket, site.Centre, sizes)
	if err != nil {
		return badInput(err)
	}
	if fix != nil {
		part, err := pocket.NewFixed(model.Vocabulary, site.Ligand, fix)
		if err != nil {
			return badInputf("--fix: %w", err)
		}
		if err := target.Fix(part); err != nil {
			return badInputf("--fix: %w", err)
		}
	}
	mols, outside, err := pocket.Draw(ctx, engine, target, model.Params, j.n, j.how, j.seed, stderr)
	if err != nil {
		return err
	}
	if outside > 0 {
		fmt.Fprintf(stderr, "%d more had not %d to %d heavy atoms and were drawn anew\n", outside, sizes.Low, sizes.High)
	}
	if len(mols) < j.n {
		fmt.Fprintf(stderr, "only %d of %d molecules: this model seldom draws that size\n", len(mols), j.n)
	}
	pool, err := site.Oracle(ctx, oracle.Config{Workers: j.workers})
	if err != nil {
		return err
	}
	defer pool.Close()
	what := oracle.Quick | oracle.Depiction
	var relaxed []oracle.Relaxation
	if j.relax {
		what |= oracle.Strain | oracle.PoseBusters
		raw := mols
		if err := run.WriteFile(filepath.Join(j.out, "raw.sdf"), func(w io.Writer) error { return chem.WriteSDF(w, raw) }); err != nil {
			return err
		}
		if mols, relaxed, err = relaxAll(ctx, pool, raw, stderr); err != nil {
			return err
		}
	}
	s, err := pocket.ScoreAll(ctx, pool, mols, what, stderr)
	if err != nil {
		return err
	}
	noteRelaxed(relaxed, s.Scores)
	if err := s.Write(j.out, "molecules.sdf", "after.json"); err != nil {
		return err
	}
	if err := s.WriteCSV(filepath.Join(j.out, "molecules.csv")); err != nil {
		return err
	}
	if j.asJSON {
		return printJSON(cmd.OutOrStdout(), s.Stats)
	}
	if text := s.Rejected(); text != "" {
		fmt.Fprintln(stderr, text)
	}
	return printStats(cmd.OutOrStdout(), s.Stats, j.out)
}

func printStats(w io.Writer, s run.Stats, dir string) error {
	_, err := fmt.Fprintf(w, "%d samples, %.1f heavy atoms: valid %.0f%%, connected %.0f%%, unique %.0f%%; Vina %.2f, minimised %.2f kcal/mol, QED %.3f, SA %.3f\n%s\n",
		s.Samples, s.Atoms, 100*s.Valid, 100*s.Connected, 100*s.Unique, s.VinaScore, s.VinaMin, s.QED, s.SA, filepath.Join(dir, "molecules.sdf"))
	return err
}

// makeFolder makes a new folder, or takes an empty one.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("folder %s cannot be made: choose another --out", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: choose another --out", dir)
	}
	return nil
}

// defaultWeights is the shipped model.
func defaultWeights() string { return shipped("weights/pocket.safetensors") }

// shipped finds what Keel comes with: beside the binary's folder or in it, else in the working folder.
func shipped(name string) string {
	if exe, err := os.Executable(); err == nil {
		for _, up := range []string{"..", "."} {
			path := filepath.Join(filepath.Dir(exe), up, name)
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	return name
}
