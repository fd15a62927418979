package evaluate

import (
	"fmt"
	"math"
	"strconv"
)

// Protocol is how the scores came to be, to stand beside them.
type Protocol struct {
	Docked         bool   `json:"docked"`
	Docker         string `json:"docker"`         // the program that docked
	Exhaustiveness int    `json:"exhaustiveness"` // of docking
	Seed           int64  `json:"seed"`           // of docking, and of the intervals
	Box            string `json:"box"`
	Training       string `json:"training,omitempty"` // the training set's file
}

// The programs that dock.
const (
	DockerVina = "AutoDock Vina"
	DockerKeel = "Keel's search with Vina's function"
)

// TargetDiffBox says in words what box the scores are of.
const TargetDiffBox = "each molecule's own: middle of its extents with hydrogens, extents + 5 Å in all"

// Report is the whole of an evaluation.
type Report struct {
	Protocol  Protocol
	Targets   []Target
	LeftOut   []string // what could not be evaluated, one line each
	Rows      []Row
	Published []Published
}

// line is a row as the tables show it.
type line struct {
	name    string
	mark    string // of its footnote; empty for none
	figures func(key string) float64
}

// lines are the rows with figures of these columns, the published ones last.
func (r *Report) lines(columns []Column, published bool) (list []line) {
	for _, row := range r.Rows {
		list = append(list, line{row.Name, "", func(key string) float64 { return row.Figures[key].Value }})
	}
	if !published {
		return list
	}
	for i, p := range r.Published {
		list = append(list, line{p.Name, strconv.Itoa(i + 1), func(key string) float64 {
			if v, ok := p.Figures[key]; ok {
				return v
			}
			return math.NaN()
		}})
	}
	return list
}

// show writes a column's figure as the tables have it, "-" for what is not known.
func (c *Column) show(v float64) string {
	if !finite(v) {
		return "-"
	}
	if c.Unit == "%" {
		v *= 100
	}
	return strconv.FormatFloat(v, 'f', c.Digits, 64)
}

// title is the column's name in one line.
func (c *Column) title() string {
	t := c.Head
	if c.Under != "" {
		t += " " + c.Under
	}
	if c.Unit != "" {
		t += " (" + c.Unit + ")"
	}
	return t
}

// The columns of the two tables that are shown: what the field's papers print in one, and all else.
func mainColumns() []Column { return columnsFrom("vina_score_mean", "success") }
func moreColumns() []Column { return columnsFrom("valid", "angle_js_training") }

func columnsFrom(first, last string) (list []Column) {
	in := false
	for _, c := range Columns {
		in = in || c.Key == first
		if in {
			list = append(list, c)
		}
		if c.Key == last {
			return list
		}
	}
	panic(fmt.Sprintf("no columns from %s to %s", first, last))
}

// known are the columns of which any line has a figure.
func known(columns []Column, lines []line) (list []Column) {
	for _, c := range columns {
		for _, l := range lines {
			if finite(l.figures(c.Key)) {
				list = append(list, c)
				break
			}
		}
	}
	return list
}
