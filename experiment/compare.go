package experiment

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"

	"keel/figure"
	"keel/run"
)

// Comparison holds the results of trials.
type Comparison struct {
	Results []Result `json:"results"`
}

// Compare tunes every trial, one after another; what is there already is not done again. done is told after each. A trial that fails stands in its
// result; the error is for what stops all.
func (r *Runner) Compare(ctx context.Context, trials []Trial, done func(*Comparison) error) (*Comparison, error) {
	c := &Comparison{}
	for _, t := range trials {
		if err := t.Job.settle(); err != nil {
			return c, err
		}
	}
	for i, t := range trials {
		fmt.Fprintf(r.Log, "run %d of %d: %s\n", i+1, len(trials), t.Job.Name)
		err := r.tune(ctx, t.Job)
		if ctx.Err() != nil {
			return c, err
		}
		if err != nil {
			fmt.Fprintf(r.Log, "%s failed, going on without it: %v\n", t.Job.Name, err)
		}
		one, err := judge(t, err)
		if err != nil {
			return c, err
		}
		c.Results = append(c.Results, one)
		if err := done(c); err != nil {
			return c, err
		}
	}
	return c, nil
}

// labels are the results' arms or pockets, in order of appearance.
func (c *Comparison) labels(of func(Result) string) (list []string) {
	for _, r := range c.Results {
		if !slices.Contains(list, of(r)) {
			list = append(list, of(r))
		}
	}
	return list
}

func armOf(r Result) string    { return r.Arm }
func pocketOf(r Result) string { return r.Pocket }

// of are the results of an arm in a pocket, one for each seed.
func (c *Comparison) of(arm, pocket string) (list []Result) {
	for _, r := range c.Results {
		if r.Arm == arm && r.Pocket == pocket {
			list = append(list, r)
		}
	}
	return list
}

// spread is the mean and the sample standard deviation of the results that have the figure, and how many those are.
func spread(list []Result, of func(Result) Figure) (mean, sd float64, n int) {
	var values []float64
	for _, r := range list {
		if v := float64(of(r)); v == v {
			values = append(values, v)
			mean += v
		}
	}
	n = len(values)
	mean /= float64(n)
	for _, v := range values {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(n-1)), n
}

// measures are what arms are compared by, each with its table.
var measures = []struct {
	name, title string
	of          func(Result) Figure
}{
	{"policy", "Mean reward of the policy's own samples over the last quarter of the reward calls (standard deviation over seeds)", func(r Result) Figure { return r.Final }},
	{"asked", "Mean reward of all samples of that quarter, those that restart from others among them", func(r Result) Figure { return r.Asked }},
	{"best", fmt.Sprintf("Mean reward of the best %d different molecules of the run", TopMolecules), func(r Result) Figure { return r.Top }},
}

// Write writes comparison.json, comparison.csv, comparison.txt and, as PNG and SVG, the learning curves into the folder.
func (c *Comparison) Write(dir string) error {
	write := func(name string, to func(io.Writer) error) error { return run.WriteFile(filepath.Join(dir, name), to) }
	return errors.Join(
		write("comparison.json", func(w io.Writer) error { return json.NewEncoder(w).Encode(c) }),
		write("comparison.csv", c.csv),
		write("comparison.txt", c.Text),
		c.draw(filepath.Join(dir, "curves"), "Mean reward", func(p Point) Figure { return p.Mean }),
		c.draw(filepath.Join(dir, "curves-top"), fmt.Sprintf("Best %d", TopMolecules), func(p Point) Figure { return p.Top }),
	)
}

func (c *Comparison) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write([]string{"arm", "pocket", "seed", "error", "reward_calls", "seconds", "start", "final", "asked", "top", "unique", "vina_min", "collapsed"})
	for _, r := range c.Results {
		row := []string{r.Arm, r.Pocket, strconv.FormatUint(r.Seed, 10), r.Error, strconv.Itoa(r.Calls), number(r.Seconds)}
		for _, f := range []Figure{r.Start, r.Final, r.Asked, r.Top, r.Unique, r.VinaMin} {
			row = append(row, number(float64(f)))
		}
		out.Write(append(row, strconv.FormatBool(r.Collapsed)))
	}
	out.Flush()
	return out.Error()
}

// Text writes a table for each of the measures, by arm and pocket with the spread over seeds, and how the first arm stands against the best of the others by
// each.
func (c *Comparison) Text(w io.Writer) error {
	arms, pockets := c.labels(armOf), c.labels(pocketOf)
	for _, t := range measures {
		fmt.Fprintln(w, t.title)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprint(table, "\t")
		for _, p := range pockets {
			fmt.Fprintf(table, "%s\t", p)
		}
		fmt.Fprintln(table, "reward calls\tminutes\tcollapsed\tfailed")
		for _, a := range arms {
			fmt.Fprintf(table, "%s\t", a)
			for _, p := range pockets {
				fmt.Fprintf(table, "%s\t", cell(c.of(a, p), t.of))
			}
			calls, seconds, collapsed, failed, runs := c.totals(a)
			fmt.Fprintf(table, "%d\t%.1f\t%d of %d\t%d\n", calls/max(runs, 1), seconds/60/float64(max(runs, 1)), collapsed, runs, failed)
		}
		if err := table.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	for _, t := range measures {
		if err := c.duel(w, t.name, t.of, arms, pockets); err != nil {
			return err
		}
	}
	return nil
}

func cell(list []Result, of func(Result) Figure) string {
	mean, sd, n := spread(list, of)
	switch {
	case n == 0:
		return "-"
	case n == 1:
		return fmt.Sprintf("%.3f", mean)
	}
	return fmt.Sprintf("%.3f (%.3f)", mean, sd)
}

// totals are an arm's sums over all its runs.
func (c *Comparison) totals(arm string) (calls int, seconds float64, collapsed, failed, runs int) {
	for _, r := range c.Results {
		if r.Arm != arm {
			continue
		}
		calls, seconds, runs = calls+r.Calls, seconds+r.Seconds, runs+1
		if r.Collapsed {
			collapsed++
		}
		if r.Error != "" {
			failed++
		}
	}
	return
}

// duel says in each pocket how far the first arm is ahead of the best other one. It is clear where the difference is larger than both standard
// deviations over seeds together (the root of the sum of their squares).
func (c *Comparison) duel(w io.Writer, name string, of func(Result) Figure, arms, pockets []string) error {
	if len(arms) < 2 {
		return nil
	}
	clear := 0
	for _, p := range pockets {
		own, ownSD, n := spread(c.of(arms[0], p), of)
		best := slices.MaxFunc(arms[1:], func(a, b string) int {
			x, _, _ := spread(c.of(a, p), of)
			y, _, _ := spread(c.of(b, p), of)
			return cmp.Compare(x, y) // NaN is the least
		})
		other, otherSD, m := spread(c.of(best, p), of)
		if n == 0 || m == 0 {
			continue
		}
		verdict := "within the spread over seeds"
		switch d := math.Hypot(ownSD, otherSD); {
		case n < 2 || m < 2:
			verdict = "one seed, no spread to hold it against"
		case math.Abs(own-other) > d:
			verdict = "clear"
			if own > other {
				clear++
			}
		}
		fmt.Fprintf(w, "%s, %s: %s %+.3f against %s: %s\n", name, p, arms[0], own-other, best, verdict)
	}
	_, err := fmt.Fprintf(w, "%s: %s is clearly ahead of every other in %d of %d pockets\n", name, arms[0], clear, len(pockets))
	return err
}

// draw draws a panel for each pocket: the mean over seeds, with the band from the lowest to the highest.
func (c *Comparison) draw(path, y string, of func(Point) Figure) error {
	var panels []figure.Panel
	for _, pocket := range c.labels(pocketOf) {
		p := figure.Panel{Title: pocket, X: "Reward calls", Y: y}
		for i, arm := range c.labels(armOf) {
			if s := curveOf(c.of(arm, pocket), of); len(s.X) > 1 {
				s.Label, s.Style = arm, &figure.Style{Color: i % 7, Dash: i / 7}
				p.Series = append(p.Series, s)
			}
		}
		if len(p.Series) > 0 {
			panels = append(panels, p)
		}
	}
	if len(panels) == 0 {
		return nil
	}
	return figure.Rows(path, min(2, len(panels)), panels...)
}

func curveOf(list []Result, of func(Point) Figure) (s figure.Series) {
	for i := 0; ; i++ {
		sum, n, calls := 0.0, 0.0, 0
		low, high := math.Inf(1), math.Inf(-1)
		for _, r := range list {
			if i < len(r.Curve) {
				v := float64(of(r.Curve[i]))
				sum, n, calls = sum+v, n+1, r.Curve[i].Calls
				low, high = min(low, v), max(high, v)
			}
		}
		if n == 0 {
			return s
		}
		s.X, s.Y = append(s.X, float64(calls)), append(s.Y, sum/n)
		s.Low, s.High = append(s.Low, low), append(s.High, high)
	}
}
