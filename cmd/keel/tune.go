package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"keel/nn"
	"keel/run"
	imagereward "keel/task/image/reward"
	"keel/task/pocket"
	"keel/tune"
)

// tuneJob is the tune command's flags.
type tuneJob struct {
	out, resume, algo, protein, weights string
	pockets                             string
	place                               place
	task                                string
	prompts                             []string // of pictures
	rewards                             []string // of pictures: metrics
}

func tuneCommand() *cobra.Command {
	var job tuneJob
	c := &cobra.Command{
		Use:   "tune [CONFIG.toml] (--pocket P.pdb (--ligand L.sdf | --center x,y,z) | --pockets LIST | --task image --prompt TEXT --reward METRIC) --out RUN | --resume RUN",
		Short: "Tune a model in a pocket by policy gradients against AutoDock Vina, or a model of pictures",
		Long: `Without a configuration file the defaults do for a pocket never seen; they are written into the run folder. Samples from the model, tunes it for the reward in the pocket, samples again with the same noise, and writes
molecules.sdf, summary.json and report.html into the run folder. With --task image, or a configuration that says so, it tunes the model of pictures for a reward
and writes before-after.png. A run that was interrupted or killed goes on with --resume and loses at most one iteration.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch task := cmp.Or(job.task, taskOf(args, job.resume), "pocket"); task {
			case "image":
				return job.tunePictures(cmd, args)
			case "pocket":
				if cmd.Flags().Changed("prompt") || cmd.Flags().Changed("reward") {
					return badInputf("--prompt and --reward are for pictures: add --task image; the reward in a pocket is the configuration's [reward]")
				}
				return job.do(cmd, args)
			default:
				return badInputf("task %s: expected pocket or image", task)
			}
		},
	}
	f := c.Flags()
	f.StringVar(&job.out, "out", "", "run folder to make")
	f.StringVar(&job.resume, "resume", "", "run folder to go on with")
	f.StringVar(&job.algo, "algo", "", "estimator ("+strings.Join(tune.Names(), ", ")+"), instead of the configuration's")
	f.StringVar(&job.protein, "pocket", "", "PDB file of the protein, instead of the configuration's")
	f.StringVar(&job.pockets, "pockets", "", "many pockets, one model for all: a folder of pockets as keel eval takes it, or a text with a line for each: protein.pdb, then ligand.sdf or x,y,z, then a name")
	f.StringVar(&job.weights, "weights", "", "model to tune, instead of the configuration's")
	job.place.flags(c)
	f.StringVar(&job.task, "task", "", "what to tune, instead of the configuration's: pocket or image")
	f.StringArrayVar(&job.prompts, "prompt", nil, "what to draw, with --task image, instead of the configuration's; may be given several times")
	f.StringArrayVar(&job.rewards, "reward", nil, "metric that a picture earns ("+strings.Join(imagereward.Names(), ", ")+"), instead of the configuration's; may be given several times")
	for _, one := range []string{"pocket", "ligand", "center"} {
		c.MarkFlagsMutuallyExclusive("pockets", one)
	}
	for _, one := range []string{"task", "prompt", "reward", "algo", "weights", "pocket", "pockets", "ligand", "center"} { // a run goes on with its own
		c.MarkFlagsMutuallyExclusive("resume", one)
	}
	return c
}

func (j *tuneJob) do(cmd *cobra.Command, args []string) error {
	stderr, cfg := cmd.ErrOrStderr(), pocket.DefaultTune()
	var (
		sites  []*pocket.Site
		engine *nn.Engine
		model  *pocket.Model
	)
	r, err := openRun(&cfg, args, j.out, j.resume, j.protein != "" || j.pockets != "", func() error {
		if len(args) > 0 {
			if err := cfg.Resolve(filepath.Dir(args[0])); err != nil {
				return err
			}
		}
		return j.override(&cfg)
	}, func() (err error) {
		if sites, err = cfg.OpenSites(); err != nil {
			return err
		}
		if engine, err = openEngine(stderr); err != nil {
			return err
		}
		model, err = pocket.ReadModel(engine, cfg.Weights)
		return err
	})
	if err != nil {
		return err
	}
	defer r.Close()
	sum, err := pocket.Tune(cmd.Context(), engine, &cfg, sites, model, r, stderr)
	if err != nil {
		return resumeWith(err, "keel tune --resume "+r.Dir)
	}
	path := r.Path("report.html")
	if err := drawReport(cmd.Context(), r.Dir, path, stderr); err != nil {
		return resumeWith(err, "keel report "+r.Dir)
	}
	if err := printSummary(cmd.OutOrStdout(), sum); err != nil {
		return err
	}
	folder := r.Dir
	if len(cfg.Pockets) > 0 {
		folder = r.Path(filepath.Join("pockets", "NAME"))
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\ndesigns:   %s\nmolecules: %s\nreport:    %s\n", filepath.Join(folder, "designs.sdf"), filepath.Join(folder, "molecules.sdf"), path)
	return err
}

// override applies the flags to the configuration and checks it.
func (j *tuneJob) override(cfg *pocket.TuneConfig) error {
	if j.algo != "" {
		cfg.Algo = j.algo
	}
	if j.protein != "" {
		cfg.Pocket.Protein = j.protein
	}
	if j.weights != "" {
		cfg.Weights = j.weights
	}
	if j.place.ligand != "" {
		cfg.Pocket.Ligand, cfg.Pocket.Centre = j.place.ligand, nil
	}
	if j.place.center != "" {
		v, err := parseVec(j.place.center)
		if err != nil {
			return fmt.Errorf("--center %s: %w", j.place.center, err)
		}
		cfg.Pocket.Ligand, cfg.Pocket.Centre = "", v[:]
	}
	if j.pockets != "" {
		list, err := readPockets(j.pockets)
		if err != nil {
			return err
		}
		cfg.Pockets = list
		cfg.Pocket.Protein, cfg.Pocket.Ligand, cfg.Pocket.Centre = "", "", nil
	}
	if cfg.Weights == "" {
		cfg.Weights = defaultWeights()
	}
	cfg.Fill()
	return errors.Join(cfg.Resolve("."), cfg.Check()) // the flags' paths are relative to the working folder
}

// printSummary prints the table of before and after.
func printSummary(w io.Writer, s run.Summary) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\tbefore\tafter\tdesigns\t\n")
	for _, row := range []struct {
		name                   string
		before, after, designs float64
		format                 string
	}{
		{"Vina score (kcal/mol)", s.Before.VinaScore, s.After.VinaScore, s.Designs.VinaScore, "%.2f"},
		{"Vina minimised (kcal/mol)", s.Before.VinaMin, s.After.VinaMin, s.Designs.VinaMin, "%.2f"},
		{"QED", s.Before.QED, s.After.QED, s.Designs.QED, "%.3f"},
		{"SA", s.Before.SA, s.After.SA, s.Designs.SA, "%.3f"},
		{"valid", s.Before.Valid, s.After.Valid, s.Designs.Valid, "%.3f"},
		{"connected", s.Before.Connected, s.After.Connected, s.Designs.Connected, "%.3f"},
		{"unique", s.Before.Unique, s.After.Unique, s.Designs.Unique, "%.3f"},
		{"heavy atoms", s.Before.Atoms, s.After.Atoms, s.Designs.Atoms, "%.1f"},
		{"samples", float64(s.Before.Samples), float64(s.After.Samples), float64(s.Designs.Samples), "%.0f"},
	} {
		fmt.Fprintf(t, "%s\t"+row.format+"\t"+row.format+"\t"+row.format+"\t\n", row.name, row.before, row.after, row.designs)
	}
	if err := t.Flush(); err != nil || s.Cost.Iterations == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d iterations, %d reward calls; %s\n", s.Cost.Iterations, s.Cost.RewardCalls, whereTimeWent(s.Cost))
	return err
}

// whereTimeWent says in one line how long the iterations took, by part, the longest first.
func whereTimeWent(c run.Cost) string {
	parts := slices.Collect(maps.Keys(c.Seconds))
	slices.SortFunc(parts, func(a, b string) int { return cmp.Or(cmp.Compare(c.Seconds[b], c.Seconds[a]), cmp.Compare(a, b)) })
	text := fmt.Sprintf("%.0f s", c.Seconds["total"])
	for _, part := range parts {
		if part != "total" {
			text += fmt.Sprintf(", %s %.0f s", part, c.Seconds[part])
		}
	}
	return text
}
