package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"keel/nn"
	"keel/task/gauss"
)

// stabilityJob is the flags of bench stability.
type stabilityJob struct {
	problem    gauss.Problem
	budget     gauss.Budget
	seeds      []uint
	estimators []string
	sweep      []float64
	out        string
	asJSON     bool
}

func stabilityCommand() *cobra.Command {
	job := stabilityJob{problem: gauss.DefaultProblem(), budget: gauss.DefaultBudget()}
	c := &cobra.Command{
		Use:   "stability [--seeds 1,2,3] [--dim D] [--reward smooth|non-smooth|sparse] [--out DIR]",
		Short: "Tune a mixture of Gaussians with every estimator, and compare with the exact optimum",
		Long: `Every estimator tunes the same exact model of a mixture of Gaussians for a reward whose KL-regularised optimum is known, with
equal numbers of reward calls. With --out, results and figures are written into the folder, and a run that was interrupted goes
on where it was.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return job.do(cmd) },
	}
	f := c.Flags()
	f.UintSliceVar(&job.seeds, "seeds", []uint{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, "one run of each estimator for each seed")
	f.IntVar(&job.problem.Dims, "dim", job.problem.Dims, "dimensions, 1 to 64")
	f.IntVar(&job.problem.Modes, "modes", job.problem.Modes, "modes of the mixture")
	f.StringVar(&job.problem.Reward, "reward", job.problem.Reward, "smooth, non-smooth or sparse")
	f.Float64Var(&job.problem.Target, "target", job.problem.Target, "distance of the reward's target from the origin")
	f.Float64Var(&job.problem.Beta, "beta", job.problem.Beta, "weight of the KL to the pre-trained model")
	f.StringVar(&job.problem.Solver, "solver", job.problem.Solver, "a stochastic solver")
	f.IntVar(&job.problem.Steps, "steps", job.problem.Steps, "of the solver")
	f.IntVar(&job.budget.Calls, "calls", job.budget.Calls, "reward calls of a run")
	f.StringSliceVar(&job.estimators, "estimators", nil, "labels of the estimators to run; all where none is given")
	f.Float64SliceVar(&job.sweep, "sweep", nil, "factors of the learning rates to try, instead of those found best")
	f.StringVar(&job.out, "out", "", "folder for stability.json and figures")
	f.BoolVar(&job.asJSON, "json", false, "machine-readable output")
	return c
}

func (j *stabilityJob) do(cmd *cobra.Command) error {
	variants, err := j.problem.Variants(j.estimators)
	if err != nil {
		return badInput(err)
	}
	var seeds []uint64
	for _, s := range j.seeds {
		seeds = append(seeds, uint64(s))
	}
	s, err := gauss.NewStability(j.problem, j.budget, seeds, j.sweep, variants)
	if err != nil {
		return badInput(err)
	}
	if j.out != "" {
		if err := os.MkdirAll(j.out, 0o755); err != nil {
			return badInput(err)
		}
		if err := s.Resume(filepath.Join(j.out, "stability.json")); err != nil {
			return badInput(err)
		}
	}
	engine, err := openEngine(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if err := s.Run(cmd.Context(), engine, cmd.ErrOrStderr()); err != nil {
		if j.out == "" {
			return err
		}
		return resumeWith(err, "the same command")
	}
	if j.out != "" {
		if err := j.draw(cmd, engine, s); err != nil {
			return err
		}
	}
	if j.asJSON {
		return printJSON(cmd.OutOrStdout(), s)
	}
	return s.Print(cmd.OutOrStdout())
}

// collapsing is the factor of the best learning rates at which the fields are drawn: plain estimators collapse there.
const collapsing = 10

// draw writes the figures: those of the results, and in two dimensions the fields of DiffAC and of what it stabilises.
func (j *stabilityJob) draw(cmd *cobra.Command, e *nn.Engine, s *gauss.Stability) error {
	if err := s.Draw(j.out); err != nil {
		return err
	}
	fields, err := gauss.VariantsByName([]string{"ddpg-trajectory", "diffac-ddpg"})
	if err != nil {
		return err
	}
	for i := range fields {
		fields[i].Rate *= collapsing
	}
	return s.DrawFields(cmd.Context(), e, j.out, fields)
}
