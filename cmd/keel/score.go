package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keel/chem"
	"keel/oracle"
	"keel/run"
)

// metricNames are what --metrics takes, as the columns are called.
var metricNames = []struct {
	name   string
	metric oracle.Metrics
}{
	{"vina_score", oracle.VinaScore},
	{"vina_min", oracle.VinaMin},
	{"vina_dock", oracle.VinaDock},
	{"qed", oracle.QED},
	{"sa", oracle.SA},
	{"logp", oracle.LogP},
	{"strain", oracle.Strain},
	{"clashes", oracle.Clashes},
	{"pb_valid", oracle.PoseBusters},
}

// scoreJob is the score command's flags.
type scoreJob struct {
	receptor string
	place    place
	metrics  []string
	dock     bool
	workers  int
	out      string
	asJSON   bool
}

func scoreCommand() *cobra.Command {
	var job scoreJob
	c := &cobra.Command{
		Use:   "score MOLECULES.sdf --receptor R.pdb [--ligand L.sdf | --center x,y,z]",
		Short: "Score molecules in a receptor: Vina, QED, SA, strain, clashes, PoseBusters",
		Long: `Scores the poses in an SDF file, one CSV row per molecule, in the file's order. Vina's box lies around the molecules
themselves unless --ligand or --center says where. What could not be computed is empty, and its reason stands in the
column error.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return job.do(cmd, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&job.receptor, "receptor", "", "PDB file of the protein")
	job.place.flags(c)
	f.StringSliceVar(&job.metrics, "metrics", nil, "only these columns: "+strings.Join(knownMetrics(), ",")+" (default all but vina_dock)")
	f.BoolVar(&job.dock, "dock", false, "also search for the best pose (vina_dock; many seconds a molecule)")
	f.IntVar(&job.workers, "workers", 0, "worker processes (default one per CPU)")
	f.StringVar(&job.out, "out", "", "file to write (default standard output)")
	f.BoolVar(&job.asJSON, "json", false, "JSON instead of CSV")
	return c
}

func (j *scoreJob) do(cmd *cobra.Command, path string) error {
	what, err := j.wanted()
	if err != nil {
		return err
	}
	if j.receptor == "" {
		return badInputf("--receptor is missing: the PDB file of the protein that the poses are in")
	}
	if j.workers < 0 {
		return badInputf("--workers %d: expected 1 or more, or 0 for one per CPU", j.workers)
	}
	if err := checkOutput(j.out); err != nil {
		return err
	}
	stderr := cmd.ErrOrStderr()
	mols, err := readMolecules(path, stderr)
	if err != nil {
		return err
	}
	cfg, err := j.config(path, mols, stderr)
	if err != nil {
		return err
	}
	scores, err := scoreAll(cmd.Context(), cfg, mols, what, stderr)
	if err != nil {
		return err
	}
	write := oracle.WriteCSV
	if j.asJSON {
		write = oracle.WriteJSON
	}
	if err := writeOutput(cmd, j.out, func(w io.Writer) error { return write(w, scores) }); err != nil {
		return err
	}
	if !slices.ContainsFunc(scores, func(s oracle.Score) bool { return s.Error == "" }) {
		return fmt.Errorf("none of the %d molecules could be scored in full: %s", len(scores), scores[0].Error)
	}
	return nil
}

// wanted translates --metrics and --dock.
func (j *scoreJob) wanted() (what oracle.Metrics, err error) {
	for _, name := range j.metrics {
		i := slices.Index(knownMetrics(), name)
		if i < 0 {
			return 0, badInputf("--metrics: there is no %q; known: %s", name, strings.Join(knownMetrics(), ", "))
		}
		what |= metricNames[i].metric
	}
	if what == 0 {
		what = oracle.Table
	}
	if j.dock {
		what |= oracle.VinaDock
	}
	return what, nil
}

func knownMetrics() []string {
	var names []string
	for _, m := range metricNames {
		names = append(names, m.name)
	}
	return names
}

// readMolecules reads the file's heavy-atom molecules, names the nameless by their number, and tells of records that it cannot read.
func readMolecules(path string, stderr io.Writer) ([]*chem.Molecule, error) {
	records, bad, err := chem.ReadSDF(path)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, badInput(bad[0])
	}
	const shown = 3
	for _, e := range bad[:min(shown, len(bad))] {
		fmt.Fprintln(stderr, "left out:", e)
	}
	if len(bad) > 0 {
		fmt.Fprintf(stderr, "%d of %d records cannot be read and were left out\n", len(bad), len(bad)+len(records))
	}
	var mols []*chem.Molecule
	for i, r := range records {
		m := r.HeavyOnly()
		if m.Name == "" {
			m.Name = fmt.Sprint(i + 1)
		}
		mols = append(mols, m)
	}
	return mols, nil
}

// widest is the longest side of a box that is taken from the molecules themselves, in Å. Vina's grids for it take some 200 MB.
const widest = 60.0

func (j *scoreJob) config(path string, mols []*chem.Molecule, stderr io.Writer) (oracle.Config, error) {
	near, box, err := j.place.find()
	if err != nil {
		return oracle.Config{}, err
	}
	if near == nil {
		var all []chem.Vec
		for _, m := range mols {
			near = append(near, m.Centroid())
			all = append(all, m.Positions()...)
		}
		box = chem.BoxOfPoints(all)
		if side := max(box.Size[0], box.Size[1], box.Size[2]); !(side <= widest) {
			return oracle.Config{}, badInputf("%s: the molecules are spread over %.0f Å; say where the pocket is with --ligand or --center", path, side)
		}
	}
	r, err := readReceptor(j.receptor, near)
	if err != nil {
		return oracle.Config{}, err
	}
	for _, note := range r.notes {
		fmt.Fprintln(stderr, "receptor:", note)
	}
	return oracle.Config{Workers: j.workers, Receptor: r.pdbqt, ReceptorName: j.receptor, Box: box}, nil
}

// scoreAll runs the pool with progress and a summary on stderr.
func scoreAll(ctx context.Context, cfg oracle.Config, mols []*chem.Molecule, what oracle.Metrics, stderr io.Writer) ([]oracle.Score, error) {
	begin := time.Now()
	pool, err := oracle.Start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	progress := run.NewProgress(stderr, "scored", 0, len(mols))
	scores, err := pool.Score(ctx, mols, what, func(done, _ int) { progress.Set(done) })
	progress.Done()
	if err != nil {
		return nil, err
	}
	summarise(stderr, scores, time.Since(begin))
	return scores, nil
}

// summarise prints the means of what was computed, and the failures with their counts.
func summarise(w io.Writer, scores []oracle.Score, took time.Duration) {
	fmt.Fprintf(w, "%d molecules in %.1f s\n", len(scores), took.Seconds())
	for _, figure := range []struct {
		name string
		of   func(oracle.Score) float64
	}{
		{"vina_score", func(s oracle.Score) float64 { return s.VinaScore }},
		{"vina_min", func(s oracle.Score) float64 { return s.VinaMin }},
		{"vina_dock", func(s oracle.Score) float64 { return s.VinaDock }},
		{"qed", func(s oracle.Score) float64 { return s.QED }},
		{"sa", func(s oracle.Score) float64 { return s.SA }},
	} {
		sum, n := 0.0, 0
		for _, s := range scores {
			if v := figure.of(s); !math.IsNaN(v) {
				sum, n = sum+v, n+1
			}
		}
		if n > 0 {
			fmt.Fprintf(w, "  mean %-10s %7.3f  (%d molecules)\n", figure.name, sum/float64(n), n)
		}
	}
	reasons := map[string]int{}
	for _, s := range scores {
		if s.Error != "" {
			reasons[s.Error]++
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(w, "  incomplete: %d × %s\n", reasons[reason], reason)
	}
}
