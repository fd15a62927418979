package figure

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// runs gives the stretches of a series whose numbers are all finite, as indices from, to.
func runs(x []float64, ys ...[]float64) (out [][2]int) {
	open := false
	for i, v := range x {
		good := finite(v)
		for _, y := range ys {
			good = good && finite(y[i])
		}
		switch {
		case good && open:
			out[len(out)-1][1] = i + 1
		case good:
			out = append(out, [2]int{i, i + 1})
		}
		open = good
	}
	return out
}

// band fills the space between a series' low and high.
type band struct {
	s    Series
	look look
}

// Plot fills it.
func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	if b.s.Low == nil {
		return
	}
	trX, trY := p.Transforms(&c)
	low := make([]float64, len(b.s.Low)) // what a logarithmic axis cannot show goes down to its end
	for i, v := range b.s.Low {
		low[i] = max(v, p.Y.Min)
	}
	for _, r := range runs(b.s.X, low, b.s.High) {
		var ring []vg.Point
		for i := r[0]; i < r[1]; i++ {
			ring = append(ring, vg.Point{X: trX(b.s.X[i]), Y: trY(b.s.High[i])})
		}
		for i := r[1] - 1; i >= r[0]; i-- {
			ring = append(ring, vg.Point{X: trX(b.s.X[i]), Y: trY(low[i])})
		}
		if ring = c.ClipPolygonXY(ring); len(ring) > 2 {
			c.FillPolygon(b.look.band, ring)
		}
	}
}

// curve is a series' line with markers.
type curve struct {
	s    Series
	look look
}

// mostMarkers keeps long curves from being chains of markers.
const mostMarkers = 10

// Plot draws it.
func (v curve) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	every := (len(v.s.X) + mostMarkers - 1) / mostMarkers
	for _, r := range runs(v.s.X, v.s.Y) {
		var line []vg.Point
		for i := r[0]; i < r[1]; i++ {
			line = append(line, vg.Point{X: trX(v.s.X[i]), Y: trY(v.s.Y[i])})
		}
		c.StrokeLines(v.look.line, c.ClipLinesXY(line)...)
		for i, at := range line {
			if (len(v.s.X)-1-r[0]-i)%every == 0 { // the last point has one
				c.DrawGlyph(v.look.glyph, at)
			}
		}
	}
}

// grid are thin lines at the labelled ticks.
type grid struct{}

// Plot draws them.
func (grid) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	style := draw.LineStyle{Color: gridGrey, Width: 0.4}
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if x := trX(t.Value); t.Label != "" && x >= c.Min.X && x <= c.Max.X {
			c.StrokeLine2(style, x, c.Min.Y, x, c.Max.Y)
		}
	}
	ticker := p.Y.Tick.Marker
	if u, ok := ticker.(unlabelled); ok {
		ticker = u.Ticker
	}
	for _, t := range ticker.Ticks(p.Y.Min, p.Y.Max) {
		if y := trY(t.Value); t.Label != "" && y >= c.Min.Y && y <= c.Max.Y {
			c.StrokeLine2(style, c.Min.X, y, c.Max.X, y)
		}
	}
}

// levelLine is a horizontal line.
type levelLine Level

// Plot draws it where the axis shows it.
func (l levelLine) Plot(c draw.Canvas, p *plot.Plot) {
	if y, ok := l.height(c, p); ok {
		c.StrokeLine2(levelLook().line, c.Min.X, y, c.Max.X, y)
	}
}

func (l levelLine) height(c draw.Canvas, p *plot.Plot) (vg.Length, bool) {
	if !finite(l.At) || l.At < p.Y.Min || l.At > p.Y.Max {
		return 0, false
	}
	_, trY := p.Transforms(&c)
	return trY(l.At), true
}
