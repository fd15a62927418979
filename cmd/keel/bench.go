package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"keel/chem/rigid"
	"keel/nn"
	"keel/task/pocket"
)

// measurement is what bench --json prints.
type measurement struct {
	Bench   string          `json:"bench"`
	CPUs    int             `json:"cpus"`
	Engine  string          `json:"engine"`
	Model   string          `json:"model,omitempty"`
	Figures []pocket.Figure `json:"figures"`
}

func benchCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "bench engine|sampling|rewards|tune|gradient|stability",
		Short: "Measure what this machine does",
		Long: `engine    the matmul rate, and training steps of the default network
sampling  molecules sampled a second
rewards   seconds a reward, and where they go
tune      where the time of one tuning iteration goes

model judges a model's molecules in every way that Keel knows; pockets tunes in every pocket of a folder and prints the field's table; estimators compares
them in pockets; cost says how sampling grows; gradient and stability are experiments on tasks whose optimum is known. They
have flags of their own: keel bench model --help.

sampling and tune take the shipped model, or random weights where there is none; rewards and tune work on examples/1hpv.`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"engine", "sampling", "rewards", "tune"},
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := measure(cmd.Context(), args[0], cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), m)
			}
			return m.print(cmd.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "machine-readable output")
	c.AddCommand(modelCommand(), pocketsCommand(), estimatorsCommand(), costCommand(), gradientCommand(), stabilityCommand(), benchImageCommand())
	return c
}

func measure(ctx context.Context, what string, stderr io.Writer) (*measurement, error) {
	e, err := openEngine(stderr)
	if err != nil {
		return nil, err
	}
	m := &measurement{Bench: what, CPUs: runtime.NumCPU(), Engine: e.Describe()}
	switch what {
	case "engine":
		m.Figures, err = pocket.BenchEngine(ctx, e)
	case "sampling":
		var model *pocket.Model
		if model, err = benchModel(e); err == nil {
			m.Model = model.Source
			m.Figures, err = pocket.BenchSampling(ctx, e, model)
		}
	case "rewards":
		var site *pocket.Site
		if site, err = exampleSite(); err == nil {
			m.Figures, err = pocket.BenchRewards(ctx, site)
		}
	case "tune":
		err = m.tune(ctx, e, stderr)
	}
	return m, err
}

func (m *measurement) tune(ctx context.Context, e *nn.Engine, stderr io.Writer) error {
	site, err := exampleSite()
	if err != nil {
		return err
	}
	model, err := benchModel(e)
	if err != nil {
		return err
	}
	m.Model = model.Source
	dir, err := os.MkdirTemp("", "keel-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m.Figures, err = pocket.BenchTune(ctx, e, site, model, dir, stderr)
	return err
}

// benchModel is the shipped model, or random weights of the default network: speed does not depend on them.
func benchModel(e *nn.Engine) (*pocket.Model, error) {
	path := defaultWeights()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return pocket.RandomModel(e, pocket.DefaultNetwork(), rigid.NewLearner().Vocabulary(pocket.SingleAtoms, 0, 1), 1)
	}
	return pocket.ReadModel(e, path)
}

// exampleSite is the HIV-1 protease of examples/1hpv.
func exampleSite() (*pocket.Site, error) {
	dir := shipped("examples/1hpv")
	site, err := pocket.OpenSite(filepath.Join(dir, "1hpv.pdb"), filepath.Join(dir, "ligand.sdf"), nil)
	return site, badInput(err)
}

func (m *measurement) print(w io.Writer) error {
	if m.Model != "" {
		m.Engine += ", " + m.Model
	}
	if _, err := fmt.Fprintf(w, "%s: %d CPUs, %s\n", m.Bench, m.CPUs, m.Engine); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range m.Figures {
		fmt.Fprintf(t, "%s\t%10.4g\t%s\n", f.Name, f.Value, f.Unit)
	}
	return t.Flush()
}
