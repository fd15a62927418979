package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"keel/chem"
	"keel/oracle"
)

// printScores prints a column's figures a line, and what is missing with its reasons.
func printScores(w io.Writer, sum oracle.Summary, stats oracle.Stats, took time.Duration) {
	fmt.Fprintf(w, "%d molecules in %.1f s", sum.Molecules, took.Seconds())
	if stats.Hits > 0 {
		fmt.Fprintf(w, ", %d of them known before", stats.Hits)
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\tmean\tmedian\tlowest\thighest\tmolecules\t\n")
	for _, f := range sum.Figures {
		fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.3f\t%.3f\t%d\t\n", f.Column, f.Mean, f.Median, f.Low, f.High, f.Count)
	}
	t.Flush()
	const shown = 10
	reasons := slices.SortedFunc(maps.Keys(sum.Errors), func(a, b string) int {
		if d := sum.Errors[b] - sum.Errors[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for _, reason := range reasons[:min(shown, len(reasons))] {
		fmt.Fprintf(w, "incomplete: %d × %s\n", sum.Errors[reason], reason)
	}
	if more := len(reasons) - shown; more > 0 {
		fmt.Fprintf(w, "incomplete: %d further reasons, in the column error\n", more)
	}
	if stats.Restarts > 0 {
		fmt.Fprintf(w, "%d workers had to be replaced\n", stats.Restarts)
	}
}

// printCheck tells how far Keel's energies are from AutoDock Vina's own.
func printCheck(w io.Writer, scores []oracle.Score) {
	for _, pair := range []struct {
		name string
		of   func(oracle.Score) float64
	}{
		{"vina_score", func(s oracle.Score) float64 { return s.VinaScore - s.VinaScoreReference }},
		{"vina_min", func(s oracle.Score) float64 { return s.VinaMin - s.VinaMinReference }},
	} {
		var apart []float64
		for _, s := range scores {
			if d := math.Abs(pair.of(s)); !math.IsNaN(d) {
				apart = append(apart, d)
			}
		}
		if len(apart) == 0 {
			continue
		}
		slices.Sort(apart)
		fmt.Fprintf(w, "%s against AutoDock Vina on the same input: median |difference| %.3f, 95 %% within %.3f, largest %.3f kcal/mol (%d molecules)\n",
			pair.name, apart[len(apart)/2], apart[(len(apart)*95-1)/100], apart[len(apart)-1], len(apart))
	}
}

// writePoses writes the relaxed poses where they were asked for and docking was not, else the docked or minimised ones.
func (j *scoreJob) writePoses(w io.Writer, poses []*chem.Molecule, scores []oracle.Score) error {
	if j.relax && !j.dock {
		return writeRelaxed(w, poses, scores)
	}
	return writePoses(w, scores)
}

// writePoses writes the docked poses, else the minimised ones, with energies as data items, and leaves out molecules without.
func writePoses(w io.Writer, scores []oracle.Score) error {
	var poses []*chem.Molecule
	for _, s := range scores {
		text, props := s.PoseDock, []chem.Prop{{Key: "vina_dock", Value: fmt.Sprintf("%.3f", s.VinaDock)}}
		if text == "" {
			text, props = s.PoseMin, []chem.Prop{{Key: "vina_min", Value: fmt.Sprintf("%.3f", s.VinaMin)}}
		}
		if text == "" {
			continue
		}
		list, bad, err := chem.ParseSDF(strings.NewReader(text), "pose of "+s.Name)
		if err = errors.Join(append(bad, err)...); err != nil {
			return err
		}
		list[0].Name, list[0].Props = s.Name, props
		poses = append(poses, list[0])
	}
	return chem.WriteSDF(w, poses)
}
