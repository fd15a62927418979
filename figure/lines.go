package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Series is one curve, with a band about it where Low and High are given. NaN and infinities leave gaps, and so does what is not positive
// on a logarithmic axis.
type Series struct {
	Label     string
	X, Y      []float64
	Low, High []float64 // of the band; nil for none
	Style     *Style    // nil: the next that is free. Series of one label look alike in all panels of a figure
}

// Style picks a look by number: one of 7 colours, and one of 3 dashes, 0 being an unbroken line.
type Style struct{ Color, Dash int }

// Panel is a diagram of curves.
type Panel struct {
	Title, X, Y string // the axes' names; a panel without a name for Y has the vertical axis of the panel to its left
	Series      []Series
	LogX, LogY  bool
	Levels      []Level    // horizontal lines, such as an optimum
	YRange      [2]float64 // shown; both 0: what there is to show. Curves are clipped to it
	XTicks      []float64  // nil: even ones
}

// Level is a horizontal line.
type Level struct {
	At    float64
	Label string
}

// Lines writes path.png and path.svg: panels side by side, one of them as wide as a column of a paper, more as its page. One panel has its
// curves' names at their ends, where these are short; else there is one legend below.
func Lines(path string, panels ...Panel) error {
	if len(panels) == 0 {
		return fmt.Errorf("figure %s: no panels", path)
	}
	keys := newKeys(panels)
	plots, err := plotAll(panels, keys)
	if err != nil {
		return fmt.Errorf("figure %s: %w", path, err)
	}
	width, height := column, 2.3*vg.Inch
	if len(panels) > 1 {
		width = textWidth
	}
	ends, below, above := keys.endWidth(), vg.Length(0), vg.Length(4)
	if len(panels) == 1 && ends < column*2/5 {
		plots[0].Add(endLabels{keys, panels[0].onAxes()})
	} else {
		ends, below = 0, keys.legendHeight(width)
	}
	for _, p := range panels {
		if p.Title != "" {
			above = titleHigh
		}
	}
	height += below + above
	return save(path, width, height, func(c draw.Canvas) {
		tile(draw.Crop(c, 2, -6-ends, 2+below, -above), plots, 10)
		if below > 0 {
			keys.legend(draw.Crop(c, 0, 0, 0, below-height))
		}
	})
}

// plotAll builds the panels, their vertical axes shared where they are.
func plotAll(panels []Panel, keys *keys) ([]*plot.Plot, error) {
	plots := make([]*plot.Plot, len(panels))
	for from := 0; from < len(panels); {
		to := from + 1
		for to < len(panels) && panels[to].Y == "" {
			to++
		}
		y := none
		for i := from; i < to; i++ {
			if err := panels[i].check(); err != nil {
				return nil, fmt.Errorf("panel %d: %w", i+1, err)
			}
			_, own := panels[i].onAxes().ranges()
			y = [2]float64{min(y[0], own[0]), max(y[1], own[1])}
		}
		for i := from; i < to; i++ {
			p := panels[i].onAxes()
			x, _ := p.ranges()
			if x[0] > x[1] || y[0] > y[1] {
				return nil, fmt.Errorf("panel %d: nothing to draw in %d series", i+1, len(p.Series))
			}
			plots[i] = p.plot(keys, x, y)
			if i > from {
				plots[i].Y.Tick.Marker = unlabelled{plots[i].Y.Tick.Marker}
			}
		}
		from = to
	}
	return plots, nil
}

// check says what is wrong with a panel's numbers.
func (p *Panel) check() error {
	for _, s := range p.Series {
		n := len(s.X)
		if len(s.Y) != n || (s.Low != nil && len(s.Low) != n) || len(s.Low) != len(s.High) {
			return fmt.Errorf("series %q has %d, %d, %d and %d numbers as x, y, low and high; expected equal counts",
				s.Label, n, len(s.Y), len(s.Low), len(s.High))
		}
	}
	return nil
}

// onAxes is the panel in the numbers that are drawn: the logarithms to base 10 on a logarithmic axis.
func (p *Panel) onAxes() *Panel {
	out := *p
	x, y := axisOf(p.LogX), axisOf(p.LogY)
	out.Series = slices.Clone(p.Series)
	for i, s := range out.Series {
		out.Series[i].X, out.Series[i].Y = each(x, s.X), each(y, s.Y)
		out.Series[i].Low, out.Series[i].High = each(y, s.Low), each(y, s.High)
	}
	out.Levels = slices.Clone(p.Levels)
	for i, l := range out.Levels {
		out.Levels[i].At = y(l.At)
	}
	if p.YRange != [2]float64{} {
		out.YRange = [2]float64{y(p.YRange[0]), y(p.YRange[1])}
	}
	return &out
}

// axisOf gives numbers their places; the logarithm of what is not positive lies below everything.
func axisOf(log bool) func(float64) float64 {
	if !log {
		return func(v float64) float64 { return v }
	}
	return func(v float64) float64 {
		if v <= 0 {
			return math.Inf(-1)
		}
		return math.Log10(v)
	}
}

func each(f func(float64) float64, list []float64) []float64 {
	var out []float64
	for _, v := range list {
		out = append(out, f(v))
	}
	return out
}

// plot builds a panel that is on its axes, of those ranges.
func (p *Panel) plot(keys *keys, x, y [2]float64) *plot.Plot {
	out := newPlot(p.Title, p.X, p.Y)
	out.X.Min, out.X.Max, out.Y.Min, out.Y.Max = x[0], x[1], y[0], y[1]
	out.X.Tick.Marker, out.Y.Tick.Marker = marks{at: p.XTicks, log: p.LogX}, marks{log: p.LogY}
	out.Add(grid{})
	for _, l := range p.Levels {
		out.Add(levelLine(l))
	}
	for _, s := range p.Series {
		out.Add(band{s, keys.looks[s.Label]})
	}
	for _, s := range p.Series {
		out.Add(curve{s, keys.looks[s.Label]})
	}
	return out
}

// none is an empty range.
var none = [2]float64{math.Inf(1), math.Inf(-1)}

// ranges are what the axes must show of a panel that is on them.
func (p *Panel) ranges() (x, y [2]float64) {
	x, y = none, none
	grow := func(r *[2]float64, v float64) {
		if finite(v) {
			r[0], r[1] = min(r[0], v), max(r[1], v)
		}
	}
	for _, s := range p.Series {
		for i := range s.X {
			grow(&x, s.X[i])
			for _, of := range [][]float64{s.Y, s.Low, s.High} {
				if of != nil {
					grow(&y, of[i])
				}
			}
		}
	}
	for _, l := range p.Levels {
		grow(&y, l.At)
	}
	y = widened(y)
	if p.YRange != [2]float64{} {
		y = p.YRange
	}
	return widened(x), y
}

// widened leaves room of a thirtieth at both ends; an empty range stays empty.
func widened(r [2]float64) [2]float64 {
	if r[0] > r[1] {
		return r
	}
	room := (r[1] - r[0]) / 30
	if room == 0 {
		room = max(math.Abs(r[0])/30, 1e-6)
	}
	return [2]float64{r[0] - room, r[1] + room}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
