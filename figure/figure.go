// Package figure draws figures for papers, each as a PNG of 300 dots an inch and an SVG: curves with bands ([Lines]) and vector fields
// with samples ([Field]), in a palette that colour-blind readers can tell apart.
package figure

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"keel/run"
)

// The widths of one and of both columns of a two-column paper.
const (
	column    = 3.4 * vg.Inch
	textWidth = 7 * vg.Inch
)

const (
	dotsPerInch = 300
	perMetre    = dotsPerInch * 10000 / 254
)

// save writes path.png and path.svg, each whole or not at all; paint draws on a white canvas of that size.
func save(path string, width, height vg.Length, paint func(draw.Canvas)) error {
	raster := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dotsPerInch))
	paint(draw.New(raster))
	var picture bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: raster}).WriteTo(&picture); err != nil {
		return err
	}
	vector := vgsvg.New(width, height)
	paint(draw.New(vector))
	var text strings.Builder
	if _, err := vector.WriteTo(&text); err != nil {
		return err
	}
	if err := run.WriteFile(path+".png", func(w io.Writer) error {
		_, err := w.Write(withResolution(picture.Bytes()))
		return err
	}); err != nil {
		return err
	}
	return run.WriteFile(path+".svg", func(w io.Writer) error {
		// Fonts of the same widths, for readers who do not have this one.
		const font = "font-family:Liberation Sans"
		_, err := io.WriteString(w, strings.ReplaceAll(text.String(), font, font+",Arial,Helvetica,sans-serif"))
		return err
	})
}

// withResolution puts the dots per metre behind a PNG's header, so that typesetting programs place it at its size.
func withResolution(png []byte) []byte {
	const header = 8 + 25 // signature and IHDR
	chunk := binary.BigEndian.AppendUint32(nil, 9)
	body := binary.BigEndian.AppendUint32([]byte("pHYs"), perMetre)
	body = append(binary.BigEndian.AppendUint32(body, perMetre), 1)
	chunk = binary.BigEndian.AppendUint32(append(chunk, body...), crc32.ChecksumIEEE(body))
	return append(append(append([]byte(nil), png[:header]...), chunk...), png[header:]...)
}

// tile lays plots out side by side with axes of one size at one height. Each needs room of its own beside its axes.
func tile(c draw.Canvas, plots []*plot.Plot, gap vg.Length) {
	n := vg.Length(len(plots))
	share := (c.Max.X - c.Min.X - gap*(n-1)) / n
	rooms := make([]vg.Rectangle, len(plots)) // left and below in Min, right and above in Max
	inner := vg.Rectangle{Min: vg.Point{X: 0, Y: c.Min.Y}, Max: vg.Point{X: c.Max.X - c.Min.X - gap*(n-1), Y: c.Max.Y}}
	for i, p := range plots {
		part := draw.Canvas{Canvas: c, Rectangle: vg.Rectangle{Min: c.Min, Max: vg.Point{X: c.Min.X + share, Y: c.Max.Y}}}
		axes := p.DataCanvas(part)
		rooms[i] = vg.Rectangle{Min: axes.Min.Sub(part.Min), Max: part.Max.Sub(axes.Max)}
		inner.Max.X -= rooms[i].Min.X + rooms[i].Max.X
		inner.Min.Y, inner.Max.Y = max(inner.Min.Y, axes.Min.Y), min(inner.Max.Y, axes.Max.Y)
	}
	x := c.Min.X
	for i, p := range plots {
		x += rooms[i].Min.X
		want := vg.Rectangle{Min: vg.Point{X: x, Y: inner.Min.Y}, Max: vg.Point{X: x + inner.Max.X/n, Y: inner.Max.Y}}
		drawAxesIn(c, p, want)
		x = want.Max.X + rooms[i].Max.X + gap
	}
}

// drawAxesIn draws the plot with its axes around that rectangle. The room that labels take depends a little on the size: a few steps settle it.
func drawAxesIn(c draw.Canvas, p *plot.Plot, want vg.Rectangle) {
	c.Rectangle = want
	for range 5 {
		axes := p.DataCanvas(c)
		c.Min, c.Max = c.Min.Add(want.Min.Sub(axes.Min)), c.Max.Add(want.Max.Sub(axes.Max))
	}
	p.Draw(c)
}
