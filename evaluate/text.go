package evaluate

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// WriteText writes the report for a terminal.
func WriteText(w io.Writer, r *Report) error {
	var b bytes.Buffer
	p := r.Protocol
	b.WriteString("Vina's box: " + p.Box + ".")
	if p.Docked {
		fmt.Fprintf(&b, " Docking: %s, exhaustiveness %d, seed %d.", p.Docker, p.Exhaustiveness, p.Seed)
	} else {
		b.WriteString(" Not docked.")
	}
	b.WriteString("\nEnergies in kcal/mol; figures are of all molecules pooled, High Affinity and diversity of pockets.\n\n")
	lines := r.lines(mainColumns(), true)
	writeGrid(&b, grid(mainColumns(), lines))
	b.WriteString("\n")
	own := r.lines(moreColumns(), false)
	writeGrid(&b, grid(known(moreColumns(), own), own))
	b.WriteString("\n")
	r.writeCounts(&b)
	r.writeSpread(&b)
	r.writeLosses(&b)
	b.WriteString("Published rows: other molecules, others' docking, the 100 test pockets of CrossDocked2020.\n")
	for i, row := range r.Published {
		fmt.Fprintf(&b, "[%d] %s: %s. %s\n", i+1, row.Name, row.Protocol, row.Source)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// grid are the cells of a table with two lines of header.
func grid(columns []Column, lines []line) [][]string {
	head, under := []string{""}, []string{""}
	for i, c := range columns {
		title, unit := c.Head, ""
		if i > 0 && columns[i-1].Head == c.Head {
			title = ""
		}
		if c.Unit == "%" {
			unit = "%"
		}
		head, under = append(head, title), append(under, strings.TrimSpace(c.Under+" "+unit))
	}
	cells := [][]string{head, under}
	for _, l := range lines {
		name := l.name
		if l.mark != "" {
			name += " [" + l.mark + "]"
		}
		row := []string{name}
		for _, c := range columns {
			row = append(row, c.show(l.figures(c.Key)))
		}
		cells = append(cells, row)
	}
	return cells
}

// writeGrid aligns cells: the first column to the left, the others to the right. Titles in the first line may reach
// over the empty ones that follow; an empty first line is left out.
func writeGrid(b *bytes.Buffer, cells [][]string) {
	widths := make([]int, len(cells[0]))
	for _, row := range cells[1:] {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for i := 1; i < len(widths); {
		to := i + 1
		for to < len(widths) && cells[0][to] == "" {
			to++
		}
		room := -2
		for k := i; k < to; k++ {
			room += widths[k] + 2
		}
		if lack := utf8.RuneCountInString(cells[0][i]) - room; lack > 0 {
			widths[i] += lack
		}
		i = to
	}
	for n, row := range cells {
		if strings.Join(row, "") == "" {
			continue
		}
		var line strings.Builder
		for i, cell := range row {
			switch {
			case i == 0:
				line.WriteString(pad(cell, widths[0], false))
			case n == 0 && cell == "":
			case n == 0:
				room := widths[i]
				for k := i + 1; k < len(row) && row[k] == ""; k++ {
					room += 2 + widths[k]
				}
				line.WriteString("  " + pad(cell, room, true))
			default:
				line.WriteString("  " + pad(cell, widths[i], true))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

func pad(text string, width int, right bool) string {
	blanks := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
	if right {
		return blanks + text
	}
	return text + blanks
}

func (r *Report) writeCounts(b *bytes.Buffer) {
	cells := [][]string{{"molecules", "pockets", "asked", "readable", "valid", "connected", "scored", "docked"}}
	for _, row := range r.Rows {
		c := row.Counts
		line := []string{row.Name}
		for _, n := range []int{c.Pockets, c.Asked, c.Readable, c.Valid, c.Connected, c.Scored, c.Docked} {
			line = append(line, fmt.Sprint(n))
		}
		cells = append(cells, line)
	}
	writeGrid(b, slices.Insert(cells, 0, make([]string, len(cells[0]))))
	b.WriteString("\n")
}

// writeSpread lists every figure of the last row of Keel's own figures, with its spread over pockets.
func (r *Report) writeSpread(b *bytes.Buffer) {
	row := r.Rows[len(r.Rows)-1]
	if row.ByVina {
		row = r.Rows[len(r.Rows)-2] // the same molecules'
	}
	cells := [][]string{make([]string, 8), {row.Name + ", over pockets", "value", "mean of pockets", "SD", "95% from", "to", "values", "pockets"}}
	for _, c := range Columns {
		f := row.Figures[c.Key]
		if finite(f.Value) {
			cells = append(cells, []string{c.title(), c.show(f.Value), c.show(f.PocketMean), c.show(f.SD), c.show(f.Low), c.show(f.High),
				fmt.Sprint(f.N), fmt.Sprint(f.Pockets)})
		}
	}
	writeGrid(b, cells)
	b.WriteString("\n")
}

// writeLosses says what is not in the figures, and why.
func (r *Report) writeLosses(b *bytes.Buffer) {
	any := false
	for _, row := range r.Rows {
		if row.Counts.Empty > 0 {
			fmt.Fprintf(b, "%s: pockets without molecules: %d\n", row.Name, row.Counts.Empty)
			any = true
		}
		for _, f := range row.Failures {
			fmt.Fprintf(b, "%s: %d × %s\n", row.Name, f.Count, f.Reason)
			any = true
		}
	}
	for _, why := range r.LeftOut {
		fmt.Fprintln(b, "left out:", why)
		any = true
	}
	if any {
		b.WriteString("\n")
	}
}
