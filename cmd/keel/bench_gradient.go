package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"keel/run"
	"keel/task/gauss"
)

// gradientJob is the flags of bench gradient.
type gradientJob struct {
	test   gauss.GradientTest
	seeds  []uint
	out    string
	asJSON bool
}

func gradientCommand() *cobra.Command {
	job := gradientJob{test: gauss.DefaultGradientTest()}
	c := &cobra.Command{
		Use:   "gradient [--seeds 1,2,3] [--dim D] [--samples 8,16,32] [--beta B] [--out DIR]",
		Short: "Compare gradient estimates with the exact gradient of a linear-Gaussian task",
		Long: `How good is the gradient of one update from so many reward calls? On a linear-Gaussian task the gradient of the objective is
known: both of DiffAC's actors on trajectory states and on perturbation states, with the exact critic (a luxury of this task) and
with one fitted to the samples of the update alone (--critic-steps, --critic-rate: long fits suit perturbation states, and overfit on
trajectories), and the estimators that need no critic, are compared with it.

cosine    of single updates to the exact gradient
variance  of single updates about their mean, over the squared length of the exact gradient
bias      distance of the mean update from the exact gradient, over its length; 0 where the noise hides it

Each number stands with its standard error. The policy is --progress of the way to the optimum, as exact gradient ascent goes: at 0 it is the
pre-trained model, consistent with its perturbation process, further on less so.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return job.do(cmd) },
	}
	f := c.Flags()
	for _, s := range job.test.Seeds {
		job.seeds = append(job.seeds, uint(s))
	}
	f.UintSliceVar(&job.seeds, "seeds", job.seeds, "seeds of the samples")
	f.IntVar(&job.test.Repeats, "repeats", job.test.Repeats, "updates of each seed")
	f.IntVar(&job.test.Dims, "dim", job.test.Dims, "dimensions, 1 to 64")
	f.IntVar(&job.test.Steps, "steps", job.test.Steps, "of the sampler")
	f.IntSliceVar(&job.test.Samples, "samples", job.test.Samples, "samples, and reward calls, of an update")
	f.Float64Var(&job.test.Beta, "beta", job.test.Beta, "weight of the KL to the pre-trained model")
	f.Float64Var(&job.test.Progress, "progress", job.test.Progress, "share of the way to the optimum that the policy has made, 0 to 0.8")
	f.IntVar(&job.test.Fit.Critic, "critic-steps", job.test.Fit.Critic, "that fit the critic, from zero in each update")
	f.Float64Var(&job.test.Fit.Rate, "critic-rate", job.test.Fit.Rate, "learning rate of that fit")
	f.StringVar(&job.out, "out", "", "folder for gradient.json and figures")
	f.BoolVar(&job.asJSON, "json", false, "machine-readable output")
	return c
}

func (j *gradientJob) do(cmd *cobra.Command) error {
	j.test.Seeds = nil
	for _, s := range j.seeds {
		j.test.Seeds = append(j.test.Seeds, uint64(s))
	}
	if err := j.test.Check(); err != nil {
		return badInput(err)
	}
	if j.out != "" {
		if err := os.MkdirAll(j.out, 0o777); err != nil {
			return badInput(err)
		}
		if err := checkOutput(filepath.Join(j.out, "gradient.json")); err != nil {
			return err
		}
	}
	engine, err := openEngine(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	progress := run.NewProgress(cmd.ErrOrStderr(), "rollouts", 0, j.test.Updates())
	result, err := j.test.Run(cmd.Context(), engine, func() { progress.Add(1) })
	progress.Done()
	if err != nil {
		return err
	}
	if j.out != "" {
		if err := saveGradient(j.out, result); err != nil {
			return err
		}
	}
	if j.asJSON {
		return printJSON(cmd.OutOrStdout(), result)
	}
	return printGradient(cmd.OutOrStdout(), result)
}

// saveGradient writes gradient.json and the figures.
func saveGradient(dir string, r *gauss.GradientResult) error {
	var text bytes.Buffer
	if err := printJSON(&text, r); err != nil {
		return err
	}
	err := run.WriteFile(filepath.Join(dir, "gradient.json"), func(w io.Writer) error {
		_, err := w.Write(text.Bytes())
		return err
	})
	if err != nil {
		return err
	}
	return r.Draw(dir)
}

func printGradient(w io.Writer, r *gauss.GradientResult) error {
	fmt.Fprintf(w, "%d dimensions, %d steps, beta %g; objective %.4g, from %.4g at the start; %d updates each, standard errors behind ±\n",
		r.Dims, r.Steps, r.Beta, r.Objective, r.Start, len(r.Seeds)*r.Repeats)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "estimator\tsamples\tcosine\tvariance\tbias")
	for _, c := range r.Curves {
		for _, p := range c.Points {
			fmt.Fprintf(t, "%s\t%d\t%.3f ± %.3f\t%.3g ± %.2g\t%.3f ± %.3f\n", c.Label, p.Samples,
				p.Cosine.Value, p.Cosine.Error, p.Variance.Value, p.Variance.Error, p.Bias.Value, p.Bias.Error)
		}
	}
	return t.Flush()
}
