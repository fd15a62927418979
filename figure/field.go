package figure

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Arrow is a vector (U, V) at (X, Y).
type Arrow struct{ X, Y, U, V float64 }

// Circle is drawn as an outline, such as of a mode.
type Circle struct{ X, Y, R float64 }

// FieldPanel is a vector field in the plane, with points and circles.
type FieldPanel struct {
	Title   string
	Arrows  []Arrow // on a regular grid
	Points  [][2]float64
	Circles []Circle
	Crosses [][2]float64 // such as a reward's target
}

// longestArrow is the length, in spacings of the grid, to which arrows are cut.
const longestArrow = 1.4

// shortestArrow is the length, in points, below which an arrow has no head.
const shortestArrow = 0.1

// Field writes path.png and path.svg: panels side by side that all show the square of points whose coordinates are at most half. One scale
// goes for all panels' arrows: that which nine in ten of the first panel's do not exceed is as long as the grid's
// spacing, and much longer ones are cut. Points outside of the square are not drawn.
func Field(path string, half float64, panels ...FieldPanel) error {
	if len(panels) == 0 || !(half > 0) {
		return fmt.Errorf("figure %s: %w", path, errors.New("expected panels, and a positive half of a side"))
	}
	var lengths []float64
	for _, a := range panels[0].Arrows {
		if n := math.Hypot(a.U, a.V); !math.IsNaN(n) && !math.IsInf(n, 0) {
			lengths = append(lengths, n)
		}
	}
	unit := 1.0
	if len(lengths) > 0 {
		slices.Sort(lengths)
		unit = max(lengths[len(lengths)*9/10], math.SmallestNonzeroFloat64)
	}
	plots := make([]*plot.Plot, len(panels))
	for i, p := range panels {
		plots[i] = newPlot(p.Title, "", "")
		for _, a := range []*plot.Axis{&plots[i].X, &plots[i].Y} {
			a.Min, a.Max, a.Tick.Marker = -half, half, marks{}
		}
		if i > 0 {
			plots[i].Y.Tick.Marker = unlabelled{plots[i].Y.Tick.Marker}
		}
		plots[i].Add(fieldPlotter{p, 2 * half / math.Sqrt(float64(max(len(p.Arrows), 1))) / unit, unit})
	}
	width := textWidth
	if len(panels) == 1 {
		width = column
	}
	const gap, left, below, above = 8, 22, 14, titleHigh // points
	side := (width - left - 8 - gap*vg.Length(len(panels)-1)) / vg.Length(len(panels))
	return save(path, width, side+below+above+2, func(c draw.Canvas) {
		tile(draw.Crop(c, 2, -6, 2, -above), plots, gap)
	})
}

// fieldPlotter draws a panel; an arrow of length unit is stretch * unit long.
type fieldPlotter struct {
	panel         FieldPanel
	stretch, unit float64
}

// Plot draws points first, so that the field stays visible in dense clouds.
func (f fieldPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	at := func(x, y float64) vg.Point { return vg.Point{X: trX(x), Y: trY(y)} }
	dot := draw.GlyphStyle{Color: color.NRGBA{palette[1].R, palette[1].G, palette[1].B, 0x90}, Radius: 0.8, Shape: draw.CircleGlyph{}}
	for _, v := range f.panel.Points {
		if m := at(v[0], v[1]); c.Contains(m) { // a point far outside would keep the rasteriser busy for ever
			c.DrawGlyph(dot, m)
		}
	}
	for _, a := range f.panel.Arrows {
		f.arrow(c, a, at)
	}
	for _, v := range f.panel.Circles {
		ring := make([]vg.Point, 49)
		for i := range ring {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(ring)-1))
			ring[i] = at(v.X+v.R*cos, v.Y+v.R*sin)
		}
		c.StrokeLines(draw.LineStyle{Color: palette[2], Width: 0.9}, c.ClipLinesXY(ring)...)
	}
	for _, v := range f.panel.Crosses {
		m, r := at(v[0], v[1]), vg.Length(3)
		bold := draw.LineStyle{Color: color.Black, Width: 1.2}
		c.StrokeLine2(bold, m.X-r, m.Y-r, m.X+r, m.Y+r)
		c.StrokeLine2(bold, m.X-r, m.Y+r, m.X+r, m.Y-r)
	}
	c.StrokeLines(draw.LineStyle{Color: color.Black, Width: 0.5},
		[]vg.Point{{X: c.Min.X, Y: c.Max.Y}, c.Max, {X: c.Max.X, Y: c.Min.Y}})
}

// arrow draws one about its place.
func (f fieldPlotter) arrow(c draw.Canvas, a Arrow, at func(x, y float64) vg.Point) {
	n := math.Hypot(a.U, a.V)
	if !(n > 0) || math.IsInf(n, 0) {
		return
	}
	size := f.stretch * min(n, longestArrow*f.unit) / n / 2
	tail, tip := at(a.X-size*a.U, a.Y-size*a.V), at(a.X+size*a.U, a.Y+size*a.V)
	ink := color.NRGBA{0x30, 0x50, 0x80, 0xff}
	c.StrokeLines(draw.LineStyle{Color: ink, Width: 0.5}, c.ClipLinesXY([]vg.Point{tail, tip})...)
	dx, dy := tip.X-tail.X, tip.Y-tail.Y
	length := vg.Length(math.Hypot(float64(dx), float64(dy)))
	if !c.Contains(tip) || length < shortestArrow {
		return
	}
	head := min(2.4, 0.45*length)
	dx, dy = dx/length*head, dy/length*head
	base := vg.Point{X: tip.X - dx, Y: tip.Y - dy}
	c.FillPolygon(ink, []vg.Point{tip, {X: base.X - dy*0.45, Y: base.Y + dx*0.45}, {X: base.X + dy*0.45, Y: base.Y - dx*0.45}})
}
