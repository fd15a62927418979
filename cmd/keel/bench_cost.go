package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/task/pocket"
	"keel/tune"
)

// costJob is the flags of bench cost.
type costJob struct {
	weights             string
	atoms, batch, steps []int
	asJSON              bool
}

// The point that one quantity at a time is varied about.
const (
	costAtoms = 24
	costBatch = 16
	costSteps = 20
)

func costCommand() *cobra.Command {
	var job costJob
	c := &cobra.Command{
		Use:   "cost [--atoms 15,20,25,30,35] [--batch 1,4,16,64] [--steps 20,50,100]",
		Short: "How sampling's time and memory grow with atoms, batch and steps",
		Long: fmt.Sprintf(`Samples in the pocket of examples/1hpv and varies one quantity at a time about %d heavy atoms, batches of %d and %d steps. Compiling is
told apart. Memory is the most that the process held at once, on Linux. The number of pocket atoms is the network's and does not vary.`,
			costAtoms, costBatch, costSteps),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return job.do(cmd) },
	}
	f := c.Flags()
	f.StringVar(&job.weights, "weights", "", "model (default the shipped one, or random weights)")
	f.IntSliceVar(&job.atoms, "atoms", []int{15, 20, 25, 30, 35}, "heavy atoms")
	f.IntSliceVar(&job.batch, "batch", []int{1, 4, 16, 64}, "molecules at once")
	f.IntSliceVar(&job.steps, "steps", []int{20, 50, 100}, "of the sampler")
	f.BoolVar(&job.asJSON, "json", false, "machine-readable output")
	return c
}

// cost is one measurement.
type cost struct {
	Atoms    int      `json:"atoms"`
	Batch    int      `json:"batch"`
	Steps    int      `json:"steps"`
	Compile  float64  `json:"compile_seconds"` // with the first step
	Sampling float64  `json:"sampling_seconds"`
	Decoding float64  `json:"decoding_seconds"`
	Rate     float64  `json:"molecules_a_second"`  // without compiling
	Peak     *float64 `json:"peak_mib,omitempty"`  // most memory that the process held; absent where the system does not tell
	Grown    *float64 `json:"grown_mib,omitempty"` // of it, what it did not hold before
	LeftOut  string   `json:"left_out,omitempty"`  // why it was not measured
}

func (j *costJob) do(cmd *cobra.Command) error {
	points := j.points()
	for _, p := range points {
		if p.Atoms < 1 || p.Batch < 1 || p.Steps < 2 {
			return badInputf("--atoms, --batch and --steps: expected at least 1, 1 and 2")
		}
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
	for i := range points {
		if err := points[i].measure(cmd.Context(), e, model, site); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "measured %d of %d\n", i+1, len(points))
	}
	if j.asJSON {
		return printJSON(cmd.OutOrStdout(), map[string]any{"bench": "cost", "cpus": runtime.NumCPU(), "engine": e.Describe(), "model": model.Source, "points": points})
	}
	fmt.Fprintf(cmd.OutOrStdout(), "cost: %d CPUs, %s, %s\n", runtime.NumCPU(), e.Describe(), model.Source)
	return printCosts(cmd.OutOrStdout(), points)
}

// points vary one quantity at a time; the common one is measured once.
func (j *costJob) points() (list []cost) {
	add := func(c cost) {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	for _, n := range j.atoms {
		add(cost{Atoms: n, Batch: costBatch, Steps: costSteps})
	}
	for _, n := range j.batch {
		add(cost{Atoms: costAtoms, Batch: n, Steps: costSteps})
	}
	for _, n := range j.steps {
		add(cost{Atoms: costAtoms, Batch: costBatch, Steps: n})
	}
	return list
}

// measure fills the measurement in. Sizes that the model does not have are left out, and say so.
func (c *cost) measure(ctx context.Context, e *nn.Engine, m *pocket.Model, site *pocket.Site) error {
	t, err := pocket.NewTarget(e, m, site.Pocket, site.Centre, pocket.Sizes{Low: c.Atoms, High: c.Atoms, Mean: float64(c.Atoms)})
	if err != nil {
		c.LeftOut = err.Error()
		return nil
	}
	resetPeak()
	before := memory(residentLine)
	rng := rand.New(rand.NewPCG(1, 2))
	prior, err := t.Prior(rng, c.Batch)
	if err != nil {
		return err
	}
	defer nn.Free(prior.Cond...)
	net, layout := t.Network()
	sampler, err := policy.NewSampler(e, net, layout, sde.VP{}, tune.Grid(sde.VP{}, c.Steps))
	if err != nil {
		return err
	}
	params := nn.FromFloats(m.Params, len(m.Params))
	defer nn.Free(params)
	begin := time.Now()
	lap := func() float64 { took := time.Since(begin).Seconds(); begin = time.Now(); return took }
	first := *sampler
	first.Steps = first.Steps[:1]
	if _, err := first.Roll(ctx, params, prior, false, rng); err != nil {
		return err
	}
	c.Compile = lap()
	var r *policy.Rollout
	for range 2 {
		if r, err = sampler.Roll(ctx, params, prior, false, rng); err != nil {
			return err
		}
		if took := lap(); c.Sampling == 0 || took < c.Sampling {
			c.Sampling = took
		}
	}
	mols := t.Molecules(r)
	c.Decoding = lap()
	c.Rate = float64(len(mols)) / (c.Sampling + c.Decoding)
	if c.Peak = memory(peakLine); c.Peak != nil && before != nil {
		grown := *c.Peak - *before
		c.Grown = &grown
	}
	return nil
}

// resetPeak forgets the most memory that the process has held, where the system can.
func resetPeak() {
	runtime.GC()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // elsewhere the peak is that since the start
}

var (
	peakLine     = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB`)
	residentLine = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB`)
)

// memory is what a line of the process's status says, in MiB; nil where the system does not tell.
func memory(line *regexp.Regexp) *float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil
	}
	found := line.FindSubmatch(text)
	if found == nil {
		return nil
	}
	kib, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		return nil
	}
	mib := kib / 1024
	return &mib
}

func printCosts(w io.Writer, points []cost) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "atoms\tbatch\tsteps\tcompile s\tsampling s\tms a step\tdecoding s\tmolecules/s\tpeak MiB\tgrown MiB\t")
	var left []string
	for _, c := range points {
		if c.LeftOut != "" {
			left = append(left, fmt.Sprintf("left out: %d atoms: %s", c.Atoms, c.LeftOut))
			continue
		}
		fmt.Fprintf(t, "%d\t%d\t%d\t%.2f\t%.3f\t%.1f\t%.3f\t%.2f\t%s\t%s\t\n", c.Atoms, c.Batch, c.Steps, c.Compile, c.Sampling, 1000*c.Sampling/float64(c.Steps), c.Decoding, c.Rate,
			mebibytes(c.Peak), mebibytes(c.Grown))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, line := range left {
		fmt.Fprintln(w, line)
	}
	return nil
}

func mebibytes(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f", *v)
}
