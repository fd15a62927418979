package experiment

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"

	"keel/run"
)

// Outcome is what became of one run.
type Outcome struct {
	Name   string    `json:"name"`
	Error  string    `json:"error,omitempty"` // why there is no summary
	Before run.Stats `json:"before"`
	After  run.Stats `json:"after"`
	Cost   run.Cost  `json:"cost"` // so far, where it failed
}

// All tunes every job, one after another, and reports each to done. A run that fails stands in its outcome; the error is the context's or
// [ErrOther], which stop all.
func (r *Runner) All(ctx context.Context, jobs []Job, done func(Outcome) error) ([]Outcome, error) {
	for _, j := range jobs {
		if err := j.settle(); err != nil {
			return nil, err
		}
	}
	var list []Outcome
	for i, j := range jobs {
		fmt.Fprintf(r.Log, "run %d of %d: %s\n", i+1, len(jobs), j.Name)
		err := r.tune(ctx, j)
		if ctx.Err() != nil {
			return list, err
		}
		o := outcome(j, err)
		if o.Error != "" {
			fmt.Fprintf(r.Log, "%s failed, going on without it: %s\n", j.Name, o.Error)
		}
		list = append(list, o)
		if done != nil {
			if err := done(o); err != nil {
				return list, err
			}
		}
	}
	return list, nil
}

func outcome(j Job, err error) Outcome {
	o := Outcome{Name: j.Name}
	if err == nil {
		var s run.Summary
		if s, err = run.ReadSummary(j.Dir); err == nil {
			o.Before, o.After, o.Cost = s.Before, s.After, s.Cost
			return o
		}
	}
	o.Error = err.Error()
	if records, err := run.ReadMetrics(j.Dir); err == nil {
		o.Cost = run.CostOf(records)
	}
	return o
}

// parts are the times that any outcome has, the whole first.
func parts(list []Outcome) []string {
	all := map[string]bool{}
	for _, o := range list {
		for part := range o.Cost.Seconds {
			all[part] = true
		}
	}
	delete(all, "total")
	return append([]string{"total"}, slices.Sorted(maps.Keys(all))...)
}

// WriteOutcomes writes pockets.json, pockets.csv and pockets.txt into the folder.
func WriteOutcomes(dir string, list []Outcome) error {
	write := func(name string, to func(io.Writer) error) error { return run.WriteFile(filepath.Join(dir, name), to) }
	return errors.Join(
		write("pockets.json", func(w io.Writer) error { return json.NewEncoder(w).Encode(list) }),
		write("pockets.csv", func(w io.Writer) error { return outcomesCSV(w, list) }),
		write("pockets.txt", func(w io.Writer) error { return WriteOutcomesText(w, list) }),
	)
}

func outcomesCSV(w io.Writer, list []Outcome) error {
	times := parts(list)
	head := []string{"pocket", "error", "iterations", "reward_calls"}
	for _, part := range times {
		head = append(head, "seconds_"+part)
	}
	for _, when := range []string{"before", "after"} {
		for _, f := range statColumns {
			head = append(head, when+"_"+f.name)
		}
	}
	out := csv.NewWriter(w)
	out.Write(head) // the writer keeps its first error for Error
	for _, o := range list {
		row := []string{o.Name, o.Error, strconv.Itoa(o.Cost.Iterations), strconv.Itoa(o.Cost.RewardCalls)}
		for _, part := range times {
			row = append(row, number(o.Cost.Seconds[part]))
		}
		for _, s := range []run.Stats{o.Before, o.After} {
			for _, f := range statColumns {
				row = append(row, number(f.of(s)))
			}
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
}

var statColumns = []struct {
	name string
	of   func(run.Stats) float64
}{
	{"vina_score", func(s run.Stats) float64 { return s.VinaScore }},
	{"vina_min", func(s run.Stats) float64 { return s.VinaMin }},
	{"qed", func(s run.Stats) float64 { return s.QED }},
	{"sa", func(s run.Stats) float64 { return s.SA }},
	{"atoms", func(s run.Stats) float64 { return s.Atoms }},
	{"valid", func(s run.Stats) float64 { return s.Valid }},
	{"connected", func(s run.Stats) float64 { return s.Connected }},
	{"unique", func(s run.Stats) float64 { return s.Unique }},
	{"samples", func(s run.Stats) float64 { return float64(s.Samples) }},
}

// number is a cell: empty where nothing is known.
func number(x float64) string {
	if x != x {
		return ""
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

// WriteOutcomesText writes the table that people read.
func WriteOutcomesText(w io.Writer, list []Outcome) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "pocket\tminutes\treward calls\tVina min before\tafter\tVina score before\tafter\tQED\tafter\tSA\tafter\tatoms\tafter\twhole\tafter\t\n")
	for _, o := range list {
		if o.Error != "" {
			fmt.Fprintf(t, "%s\t%.1f\t%d\tfailed: %s\n", o.Name, o.Cost.Seconds["total"]/60, o.Cost.RewardCalls, o.Error)
			continue
		}
		b, a := o.Before, o.After
		fmt.Fprintf(t, "%s\t%.1f\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\t%.1f\t%.0f%%\t%.0f%%\t\n", o.Name, o.Cost.Seconds["total"]/60, o.Cost.RewardCalls,
			b.VinaMin, a.VinaMin, b.VinaScore, a.VinaScore, b.QED, a.QED, b.SA, a.SA, b.Atoms, a.Atoms, 100*b.Connected, 100*a.Connected)
	}
	return t.Flush()
}
