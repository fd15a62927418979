package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"keel/task/pocket"
)

// costJob is the flags of bench cost.
type costJob struct {
	weights                             string
	atoms, pocket, batch, steps, copies []int
	asJSON                              bool
}

// The point that one quantity at a time is varied about.
const (
	costAtoms = 25
	costBatch = 32
	costSteps = 20
)

func costCommand() *cobra.Command {
	var job costJob
	c := &cobra.Command{
		Use:   "cost [--atoms 15,20,25,30,35] [--pocket 64,128,256,512] [--batch 1,8,32,64] [--steps 20,50,100] [--copies 1,8,64]",
		Short: "How sampling's time and memory grow with atoms, pocket, batch and steps",
		Long: fmt.Sprintf(`Samples in the pocket of examples/1hpv and varies one quantity at a time about %d heavy atoms, the %d pocket atoms nearest to the ligand, batches
of %d and %d steps. Compiling is told apart (KEEL_COMPILED=off compiles what is kept from before, too). Of smaller pockets the network sees what there is, of larger ones the %d atoms: how large the protein is costs
something once, when it is read. That is measured on copies of the protein side by side. Memory is the most that the process held at once, on Linux.`,
			costAtoms, pocket.PocketAtoms, costBatch, costSteps, pocket.PocketAtoms),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return job.do(cmd) },
	}
	f := c.Flags()
	f.StringVar(&job.weights, "weights", "", "model (default the shipped one, or random weights)")
	f.IntSliceVar(&job.atoms, "atoms", []int{15, 20, 25, 30, 35}, "heavy atoms")
	f.IntSliceVar(&job.pocket, "pocket", []int{64, 128, 256, 512}, "pocket atoms that the network sees")
	f.IntSliceVar(&job.batch, "batch", []int{1, 8, 32, 64}, "molecules at once")
	f.IntSliceVar(&job.steps, "steps", []int{20, 50, 100}, "of the sampler")
	f.IntSliceVar(&job.copies, "copies", []int{1, 8, 64}, "copies of the protein in a file")
	f.BoolVar(&job.asJSON, "json", false, "machine-readable output")
	return c
}

func (j *costJob) do(cmd *cobra.Command) error {
	points := j.points()
	for _, p := range points {
		if p.Atoms < 1 || p.Pocket < 1 || p.Batch < 1 || p.Steps < 2 {
			return badInputf("--atoms, --pocket, --batch and --steps: expected at least 1, 1, 1 and 2")
		}
	}
	if slices.ContainsFunc(j.copies, func(n int) bool { return n < 1 || n > mostCopies }) {
		return badInputf("--copies: expected 1 to %d", mostCopies)
	}
	e, err := openEngine(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	var model *pocket.Model
	if j.weights == "" {
		model, err = benchModel(e)
	} else {
		model, err = pocket.ReadModel(e, j.weights)
	}
	if err != nil {
		return badInput(err)
	}
	site, err := exampleSite()
	if err != nil {
		return err
	}
	openings := make([]pocket.Opening, len(j.copies))
	for i, n := range j.copies {
		if openings[i], err = pocket.MeasureOpening(site, n); err != nil {
			return err
		}
	}
	for i := range points {
		if err := points[i].Measure(cmd.Context(), e, model, site); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "measured %d of %d\n", i+1, len(points))
	}
	if j.asJSON {
		return printJSON(cmd.OutOrStdout(), map[string]any{
			"bench": "cost", "cpus": runtime.NumCPU(), "engine": e.Describe(), "model": model.Source, "points": points, "proteins": openings,
		})
	}
	fmt.Fprintf(cmd.OutOrStdout(), "cost: %d CPUs, %s, %s\n\n", runtime.NumCPU(), e.Describe(), model.Source)
	return printCosts(cmd.OutOrStdout(), points, openings)
}

// mostCopies keeps a protein of copies within PDB's columns.
const mostCopies = 1000

// points vary one quantity at a time; the common one is measured once.
func (j *costJob) points() (list []pocket.Cost) {
	vary := func(values []int, set func(c *pocket.Cost, v int)) {
		for _, v := range values {
			c := pocket.Cost{Atoms: costAtoms, Pocket: pocket.PocketAtoms, Batch: costBatch, Steps: costSteps}
			set(&c, v)
			if !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	vary(j.atoms, func(c *pocket.Cost, v int) { c.Atoms = v })
	vary(j.pocket, func(c *pocket.Cost, v int) { c.Pocket = v })
	vary(j.batch, func(c *pocket.Cost, v int) { c.Batch = v })
	vary(j.steps, func(c *pocket.Cost, v int) { c.Steps = v })
	return list
}

// printCosts writes two tables of Markdown.
func printCosts(w io.Writer, points []pocket.Cost, openings []pocket.Opening) error {
	rows := [][]string{
		{"heavy atoms", "groups, mean", "pocket atoms", "batch", "steps", "compiling, s", "a molecule's step, ms", "decoding it, ms", "molecules/s", "peak, MiB"},
	}
	var left []string
	for _, c := range points {
		if c.LeftOut != "" {
			left = append(left, fmt.Sprintf("left out: %d atoms: %s", c.Atoms, c.LeftOut))
			continue
		}
		rows = append(rows, []string{
			fmt.Sprint(c.Atoms), fmt.Sprintf("%.1f", c.Groups), fmt.Sprint(c.Pocket), fmt.Sprint(c.Batch), fmt.Sprint(c.Steps), fmt.Sprintf("%.1f", c.Compile),
			fmt.Sprintf("%.2f", 1000*c.Sampling/float64(c.Drawn*c.Steps)), fmt.Sprintf("%.1f", 1000*c.Decoding/float64(c.Drawn)), fmt.Sprintf("%.1f", c.Rate), mebibytes(c.Peak),
		})
	}
	writeTable(w, rows)
	for _, line := range left {
		fmt.Fprintln(w, line)
	}
	rows = [][]string{{"protein atoms", "file, MB", "opening, s", "pocket atoms", "peak, MiB"}}
	for _, o := range openings {
		rows = append(rows, []string{
			fmt.Sprint(o.Atoms), fmt.Sprintf("%.1f", float64(o.Bytes)/1e6), fmt.Sprintf("%.2f", o.Seconds), fmt.Sprint(o.Pocket), mebibytes(o.Peak),
		})
	}
	fmt.Fprintln(w)
	return writeTable(w, rows)
}

// writeTable writes a table of Markdown; the first row is its head.
func writeTable(w io.Writer, rows [][]string) error {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for k, cell := range row {
			width[k] = max(width[k], len(cell))
		}
	}
	var text strings.Builder
	for i, row := range rows {
		for k, cell := range row {
			fmt.Fprintf(&text, "| %*s ", width[k], cell)
		}
		text.WriteString("|\n")
		for k := 0; i == 0 && k < len(row); k++ {
			fmt.Fprintf(&text, "|%s:", strings.Repeat("-", width[k]+1))
		}
		if i == 0 {
			text.WriteString("|\n")
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func mebibytes(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f", *v)
}
