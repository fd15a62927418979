package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// palette is that of Okabe and Ito (Color Universal Design, 2008), its yellow left out: too light for lines on paper.
var palette = []color.NRGBA{
	{0x00, 0x72, 0xb2, 255}, // blue
	{0xd5, 0x5e, 0x00, 255}, // vermilion
	{0x00, 0x9e, 0x73, 255}, // bluish green
	{0xcc, 0x79, 0xa7, 255}, // reddish purple
	{0xe6, 0x9f, 0x00, 255}, // orange
	{0x56, 0xb4, 0xe9, 255}, // sky blue
	{0x40, 0x40, 0x40, 255}, // dark grey
}

var shapes = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, diamond{}, draw.CrossGlyph{}}

var (
	grey     = color.NRGBA{0x70, 0x70, 0x70, 255}
	gridGrey = color.NRGBA{0xe4, 0xe4, 0xe4, 255}
)

// dashes in points; the first is unbroken.
var dashes = [][]vg.Length{nil, {4, 1.6}, {1.2, 1.4}}

const (
	small  = 7 // points, of ticks and labels
	normal = 8 // points, of axes and titles
)

// lettering is a text of that size.
func lettering(points vg.Length, of color.Color) text.Style {
	return text.Style{Color: of, Font: font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, points), Handler: plot.DefaultTextHandler}
}

// look is how a series is drawn.
type look struct {
	line  draw.LineStyle
	glyph draw.GlyphStyle
	band  color.NRGBA
}

// lookOf gives every style a shape too, another one for each dash of a colour.
func lookOf(style Style) look {
	c := palette[style.Color%len(palette)]
	band := c
	band.A = 0x2c
	return look{
		line:  draw.LineStyle{Color: c, Width: 1.1, Dashes: dashes[style.Dash%len(dashes)]},
		glyph: draw.GlyphStyle{Color: c, Radius: 1.9, Shape: shapes[(style.Color+2*style.Dash)%len(shapes)]},
		band:  band,
	}
}

// diamond is a square on its corner.
type diamond struct{}

// DrawGlyph draws it about p.
func (diamond) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, p vg.Point) {
	r := s.Radius * 1.2
	var path vg.Path
	path.Move(vg.Point{X: p.X - r, Y: p.Y})
	path.Line(vg.Point{X: p.X, Y: p.Y + r})
	path.Line(vg.Point{X: p.X + r, Y: p.Y})
	path.Line(vg.Point{X: p.X, Y: p.Y - r})
	path.Close()
	c.Fill(path)
}

// levelLook is that of horizontal lines.
func levelLook() look {
	return look{line: draw.LineStyle{Color: grey, Width: 0.8, Dashes: []vg.Length{3, 2}}}
}

// titleHigh is the room in points that a panel's title takes above it.
const titleHigh = normal + 6

// title is centred above the panel's axes, at one height in all panels of a figure.
type title string

// Plot draws it.
func (t title) Plot(c draw.Canvas, _ *plot.Plot) {
	style := lettering(normal, color.Black)
	style.XAlign, style.YAlign = draw.XCenter, draw.YBottom
	c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Max.Y + 3}, string(t))
}

// newPlot is an empty panel in this package's lettering.
func newPlot(name, x, y string) *plot.Plot {
	p := plot.New()
	p.Add(title(name))
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		style := lettering(normal, color.Black)
		style.XAlign, style.YAlign = draw.XCenter, draw.YBottom
		a.Label.TextStyle, a.Label.Padding = style, 2
		ticks := a.Tick.Label
		a.Tick.Label = lettering(small, color.Black)
		a.Tick.Label.XAlign, a.Tick.Label.YAlign = ticks.XAlign, ticks.YAlign
		a.Padding, a.Tick.Length = 0, 3
	}
	p.X.Label.Text, p.Y.Label.Text = x, y
	return p
}
