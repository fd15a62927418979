package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"keel/experiment"
	"keel/task/pocket"
)

// estimatorsJob is the flags of bench estimators.
type estimatorsJob struct {
	manyJob
	arms   string
	labels []string
	seeds  []uint
	calls  int
	asJSON bool
}

func estimatorsCommand() *cobra.Command {
	var job estimatorsJob
	c := &cobra.Command{
		Use:   "estimators --pockets DIR --out DIR [--calls 2000] [--seeds 1,2,3] [--arms FILE.toml]",
		Short: "Compare estimators in pockets at equal reward calls: learning curves and a table",
		Long: `Tunes the same model with every estimator in every pocket with every seed, each run with the same number of reward calls, and writes
learning curves (PNG, SVG) and tables (text, CSV, JSON). What is compared is the reward without what the diversity filter takes from it. A run that
was stopped or killed goes on with the same command; a trial that fails is reported, and the others go on.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return job.do(cmd) },
	}
	job.flags(c)
	f := c.Flags()
	f.StringVar(&job.arms, "arms", "", "what to compare (default configs/estimators.toml)")
	f.StringSliceVar(&job.labels, "estimators", nil, "labels of the arms to run; all where none is given")
	f.UintSliceVar(&job.seeds, "seeds", []uint{1, 2, 3}, "one run of each estimator in each pocket for each seed")
	f.IntVar(&job.calls, "calls", 2000, "reward calls of a run")
	f.BoolVar(&job.asJSON, "json", false, "machine-readable output")
	return c
}

func (j *estimatorsJob) do(cmd *cobra.Command) error {
	stderr := cmd.ErrOrStderr()
	if j.arms == "" {
		j.arms = shipped("configs/estimators.toml")
	}
	arms, err := experiment.ReadArms(j.arms, j.labels)
	if err != nil {
		return badInput(err)
	}
	if j.calls < 2 || len(j.seeds) == 0 {
		return badInputf("--calls and --seeds: expected at least 2 reward calls and one seed")
	}
	list, base, unlock, err := j.open(stderr)
	if err != nil {
		return err
	}
	defer unlock()
	var names []string
	var configs []pocket.TuneConfig
	for _, p := range list {
		c, err := inPocket(base, p)
		if err != nil {
			return badInput(err)
		}
		names, configs = append(names, p.Name), append(configs, c)
	}
	var seeds []uint64
	for _, s := range j.seeds {
		seeds = append(seeds, uint64(s))
	}
	out, err := filepath.Abs(j.out)
	if err != nil {
		return err
	}
	trials, err := experiment.Trials(out, arms, names, configs, seeds, j.calls)
	if err != nil {
		return badInput(err)
	}
	runner, err := newRunner(stderr)
	if err != nil {
		return err
	}
	c, err := runner.Compare(cmd.Context(), trials, func(c *experiment.Comparison) error { return c.Write(j.out) })
	if err != nil {
		return j.resumable(err)
	}
	if j.asJSON {
		return printJSON(cmd.OutOrStdout(), c)
	}
	return c.Text(cmd.OutOrStdout())
}
