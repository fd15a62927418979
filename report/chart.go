package report

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// Size of a small chart, and its margins, in the units of its viewBox.
const (
	chartWidth, chartHeight = 320.0, 180.0
	marginLeft, marginRight = 46.0, 12.0
	marginTop, marginBottom = 12.0, 26.0
	plotRight, plotBottom   = chartWidth - marginRight, chartHeight - marginBottom
)

// svg builds one drawing.
type svg struct{ strings.Builder }

func newSVG(label string) *svg {
	s := &svg{}
	fmt.Fprintf(s, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, chartWidth, chartHeight, html.EscapeString(label))
	return s
}

func (s *svg) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(s, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

func (s *svg) text(class string, x, y float64, text string) {
	fmt.Fprintf(s, `<text class="%s" x="%.1f" y="%.1f">%s</text>`, class, x, y, html.EscapeString(text))
}

func (s *svg) html() template.HTML { return template.HTML(s.String() + "</svg>") }

// axes draws the grid, the ticks' labels and the line at the foot.
func (s *svg) axes(x axis, xTicks []float64, y axis, yTicks []float64) {
	for _, v := range yTicks {
		s.line("grid", marginLeft, y.at(v), plotRight, y.at(v))
		s.text("tick y", marginLeft-6, y.at(v)+3.5, tickLabel(v, yTicks))
	}
	s.line("foot", marginLeft, plotBottom, plotRight, plotBottom)
	for _, v := range xTicks {
		s.line("foot", x.at(v), plotBottom, x.at(v), plotBottom+4)
		s.text("tick x", x.at(v), plotBottom+16, tickLabel(v, xTicks))
	}
}

// series is a curve; NaN breaks it. Low and high, where there are any, are the band around it; NaN there leaves the line bare.
type series struct {
	steps, values, low, high []float64
}

func (s series) band(i int) (low, high float64) {
	if s.low == nil || math.IsNaN(s.low[i]) || math.IsNaN(s.high[i]) {
		return s.values[i], s.values[i]
	}
	return s.low[i], s.high[i]
}

// lineChart draws a series; a fraction's axis reaches from 0 to 1.
func lineChart(label string, s series, fraction bool) template.HTML {
	lo, hi := math.Inf(1), math.Inf(-1)
	if fraction {
		lo, hi = 0, 1
	}
	for i, v := range s.values {
		if !math.IsNaN(v) {
			low, high := s.band(i)
			lo, hi = min(lo, v, low), max(hi, v, high)
		}
	}
	x, xTicks := wholeAxis(s.steps[0], s.steps[len(s.steps)-1], marginLeft, plotRight, 5)
	y, yTicks := niceAxis(lo, hi, plotBottom, marginTop, 4)
	out := newSVG(label)
	out.axes(x, xTicks, y, yTicks)
	for _, run := range finiteRuns(s.values) {
		out.curve(s, run[0], run[1], x, y)
	}
	return out.html()
}

// curve draws points [from, to) of s: the band, the line, and a dot where a line would not show.
func (s *svg) curve(c series, from, to int, x, y axis) {
	if c.low != nil && to-from > 1 {
		s.WriteString(`<path class="band" d="M`)
		for i := from; i < to; i++ {
			_, high := c.band(i)
			fmt.Fprintf(s, "%.1f %.1f ", x.at(c.steps[i]), y.at(high))
		}
		for i := to - 1; i >= from; i-- {
			low, _ := c.band(i)
			fmt.Fprintf(s, "%.1f %.1f ", x.at(c.steps[i]), y.at(low))
		}
		s.WriteString(`Z"/>`)
	}
	s.WriteString(`<polyline class="curve" points="`)
	for i := from; i < to; i++ {
		fmt.Fprintf(s, "%.1f,%.1f ", x.at(c.steps[i]), y.at(c.values[i]))
	}
	s.WriteString(`"/>`)
	if to == len(c.values) || to-from == 1 {
		fmt.Fprintf(s, `<circle class="dot" cx="%.1f" cy="%.1f" r="2.6"/>`, x.at(c.steps[to-1]), y.at(c.values[to-1]))
	}
}

// finiteRuns are the stretches [from, to) without NaN.
func finiteRuns(values []float64) [][2]int {
	var runs [][2]int
	from := -1
	for i, v := range values {
		switch {
		case !math.IsNaN(v) && from < 0:
			from = i
		case math.IsNaN(v) && from >= 0:
			runs = append(runs, [2]int{from, i})
			from = -1
		}
	}
	if from >= 0 {
		runs = append(runs, [2]int{from, len(values)})
	}
	return runs
}
