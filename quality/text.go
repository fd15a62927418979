package quality

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"keel/evaluate"
)

// WriteText writes the report for a terminal: every figure with the number that it rests on.
func WriteText(w io.Writer, r *Report) error {
	var b bytes.Buffer
	r.writeHead(&b)
	r.writeLines(&b)
	r.writeTests(&b)
	r.writeGeometry(&b)
	r.writePockets(&b)
	for _, part := range []struct {
		what string
		list []Reason
	}{{"rejected", r.Rejected}, {"a figure is missing", r.Missing}, {"placed at random, no energy", r.Unplaced}} {
		for _, reason := range part.list {
			fmt.Fprintf(&b, "%s: %d × %s\n", part.what, reason.Count, reason.Reason)
		}
	}
	for _, line := range r.LeftOut {
		fmt.Fprintf(&b, "left out: %s\n", line)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (r *Report) writeHead(b *bytes.Buffer) {
	s := r.Settings
	fmt.Fprintf(b, "%d pockets of %s", len(r.Pockets), s.Pockets)
	if r.Empty > 0 {
		fmt.Fprintf(b, " (%d more without molecules)", r.Empty)
	}
	if s.Model != "" {
		fmt.Fprintf(b, "; %s, %d molecules a pocket of %s heavy atoms, %d steps, noise %g, seed %d", s.Model, s.Asked, s.Atoms, s.Steps, s.Noise, s.Seed)
	}
	b.WriteString(".\n")
	if r.Seconds > 0 {
		fmt.Fprintf(b, "Sampling: %d in %.0f s, %.2f a second, compiling included.\n", r.Sampled, r.Seconds, float64(r.Sampled)/r.Seconds)
	}
	if len(s.Training) > 0 {
		fmt.Fprintf(b, "Training: %s: %d molecules (%d records cannot be read), %d of them compared with.\n",
			strings.Join(s.Training, ", "), s.Trained, s.Unread, s.Compared)
	}
	fmt.Fprintf(b, "Placed at random: the same molecules about the pocket's centre, up to %g Å off. Columns n: what the figure before rests on.\n\n", RandomReach)
}

// shownRows are the rows of which any line has a figure.
func (r *Report) shownRows() []string {
	return slices.DeleteFunc(slices.Clone(Rows), func(row string) bool {
		return !slices.ContainsFunc(r.Lines, func(l Line) bool { return l.By[row].Of > 0 })
	})
}

func (r *Report) writeLines(b *bytes.Buffer) {
	t, rows := newTable(b), r.shownRows()
	t.head("", "", rows)
	for _, l := range r.Lines {
		if len(l.By) > 0 {
			t.line(l.Name, l.Unit, l.Digits, l.By, rows)
		}
	}
	for _, l := range r.Rings {
		t.line("rings of "+l.Size+" atoms, of all rings", "%", 1, l.By, rows)
	}
	t.Flush()
	for _, row := range rows {
		if d, ok := r.RingSizes[row]; ok {
			fmt.Fprintf(b, "JS distance of ring sizes, %s to training: %s (by chance %s)\n", row, shown(d.Distance, 3), shown(d.Chance, 3))
		}
	}
	b.WriteString("\n")
}

func (r *Report) writeTests(b *bytes.Buffer) {
	if len(r.PoseBusters) == 0 {
		return
	}
	t, rows := newTable(b), []string{Model, Relaxed, Reference}
	rows = slices.DeleteFunc(rows, func(row string) bool { return r.PoseBusters[0].By[row].Of == 0 })
	t.head("PoseBusters' test, share that fails", "", rows)
	for _, test := range r.PoseBusters {
		t.line(test.Name, "%", 1, test.By, rows)
	}
	t.Flush()
	b.WriteString("\n")
}

func (r *Report) writeGeometry(b *bytes.Buffer) {
	for _, row := range []string{Model, Relaxed} {
		list := r.Geometry[row]
		if len(list) == 0 {
			continue
		}
		within, common, average := Within(list)
		fmt.Fprintf(b, "JS distances of bonds and angles, %s to %s: %d of %d common kinds (chance alone at most %g) within %g, their mean %s\n",
			row, r.Against, within, common, CommonChance, WantDistance, shown(average, 3))
		t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintf(t, "kind\tJS\tby chance\t%s\t%s\t\t\n", row, r.Against)
		for _, d := range list {
			if d.N > 0 || d.Other > 0 {
				mark := ""
				if Common(d) {
					mark = "common"
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\t%s\t\n", kindName(d), shown(d.Distance, 3), shown(d.Chance, 3), d.N, d.Other, mark)
			}
		}
		t.Flush()
		b.WriteString("\n")
	}
}

// kindName tells angles from bonds.
func kindName(d evaluate.KindDistance) string {
	if d.Angle {
		return "angle " + d.Kind
	}
	return d.Kind
}

func (r *Report) writePockets(b *bytes.Buffer) {
	if len(r.Pockets) == 0 {
		return
	}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "pocket\tasked\tin one piece\theavy atoms\tVina\tminimised\tat random\treference\tits atoms")
	for _, p := range r.Pockets {
		fmt.Fprintf(t, "%s\t%d\t%d\t%s (%s)\t%s\t%s\t%s\t%s\t%d\n", p.Name, p.Asked, p.Connected, shown(p.Atoms, 1), p.sizes(),
			shown(p.VinaScore, 2), shown(p.VinaMin, 2), shown(p.Random, 2), shown(p.Reference, 2), p.RefAtoms)
	}
	t.Flush()
	b.WriteString("\n")
}

// table has a figure and its count for each row.
type table struct{ *tabwriter.Writer }

func newTable(b *bytes.Buffer) table { return table{tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)} }

func (t table) head(first, unit string, rows []string) {
	fmt.Fprintf(t, "%s\t%s", first, unit)
	for _, row := range rows {
		fmt.Fprintf(t, "\t%s\tn", row)
	}
	fmt.Fprintln(t)
}

func (t table) line(name, unit string, digits int, by map[string]Measured, rows []string) {
	fmt.Fprintf(t, "%s\t%s", name, unit)
	for _, row := range rows {
		m, ok := by[row]
		if !ok {
			fmt.Fprint(t, "\t-\t")
			continue
		}
		if unit == "%" {
			m.Value *= 100
		}
		fmt.Fprintf(t, "\t%s\t%d", shown(m.Value, digits), m.Of)
	}
	fmt.Fprintln(t)
}

// shown writes a number with so many digits after the point, "-" for what is not known.
func shown(v float64, digits int) string {
	if !finite(v) {
		return "-"
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}
