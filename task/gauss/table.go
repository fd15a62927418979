package gauss

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
)

// Line sums up an estimator's runs at its best learning rate.
type Line struct {
	Estimator           string
	Rate                float64
	Runs, Collapsed     int
	Mean, Std           float64 // of the objective over the seeds
	Worst               float64
	Calls               float64 // median of the calls to 90 % of what there is to gain; +Inf where half of the runs never get there
	Gap, Distance, Secs float64 // means at the end; Secs is for a whole run
}

// Lines gives one line for each estimator, at the learning rate of the best mean objective.
func (s *Stability) Lines() []Line {
	var lines []Line
	for _, v := range s.variants {
		best := Line{Mean: math.Inf(-1)}
		for _, rate := range s.rates(v) {
			if l := s.line(v.Label, rate); l.Runs > 0 && (l.Mean > best.Mean || best.Runs == 0) {
				best = l
			}
		}
		if best.Runs > 0 {
			lines = append(lines, best)
		}
	}
	return lines
}

func (s *Stability) line(label string, rate float64) Line {
	l := Line{Estimator: label, Rate: rate, Worst: math.Inf(1)}
	var calls []float64
	var sq float64
	for _, r := range s.Results {
		if r.Estimator != label || r.Rate != rate {
			continue
		}
		l.Runs++
		if r.Collapsed {
			l.Collapsed++
		}
		l.Mean, sq = l.Mean+r.Objective, sq+r.Objective*r.Objective
		l.Worst = min(l.Worst, r.Objective)
		if r.Reached > 0 {
			calls = append(calls, float64(r.Reached))
		} else {
			calls = append(calls, math.Inf(1))
		}
		if n := len(r.Curve); n > 0 {
			l.Gap, l.Distance = l.Gap+r.Curve[n-1].Gap, l.Distance+r.Curve[n-1].Distance
		}
		l.Secs += r.Seconds
	}
	if l.Runs == 0 {
		return l
	}
	n := float64(l.Runs)
	l.Mean, l.Gap, l.Distance, l.Secs = l.Mean/n, l.Gap/n, l.Distance/n, l.Secs/n
	l.Std = math.Sqrt(max(sq/n-l.Mean*l.Mean, 0) * n / max(n-1, 1))
	slices.Sort(calls)
	l.Calls = (calls[(len(calls)-1)/2] + calls[len(calls)/2]) / 2
	return l
}

// short is a number with so many digits after the point; those of a policy out of all bounds are only as long as their size needs.
func short(x float64, digits int) string {
	if math.Abs(x) >= 1e4 {
		return fmt.Sprintf("%.0e", x)
	}
	return fmt.Sprintf("%.*f", digits, x)
}

// Print writes the table: the best estimator first.
func (s *Stability) Print(w io.Writer) error {
	lines := s.Lines()
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(b.Mean, a.Mean) })
	if len(s.Results) > 0 {
		r := s.Results[0]
		fmt.Fprintf(w, "%s reward, %d dimensions, beta %g: start %.3f, optimum %.3f, 90 %% of the way at %.3f; %d reward calls a run, %d seeds\n",
			s.Problem.Reward, s.Problem.Dims, s.Problem.Beta, r.Start, r.Optimum, r.Start+0.9*(r.Optimum-r.Start), s.Budget.Calls, len(s.Seeds))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "estimator\trate\tobjective\t± \tworst\tof the way\tcollapsed\tcalls to 90 %\tdistance to p*\tgap\tseconds")
	for _, l := range lines {
		share := 0.0
		if r := s.Results[0]; r.Optimum != r.Start {
			share = (l.Mean - r.Start) / (r.Optimum - r.Start)
		}
		calls := "never"
		if !math.IsInf(l.Calls, 0) {
			calls = fmt.Sprintf("%.0f", l.Calls)
		}
		fmt.Fprintf(t, "%s\t%g\t%s\t%s\t%s\t%s %%\t%d/%d\t%s\t%s\t%s\t%.1f\n", l.Estimator, l.Rate, short(l.Mean, 3), short(l.Std, 3),
			short(l.Worst, 3), short(100*share, 1), l.Collapsed, l.Runs, calls, short(l.Distance, 3), short(l.Gap, 3), l.Secs)
	}
	return t.Flush()
}
