// Package picture has the states of the text-to-image task as pictures: single ones, contact sheets, animations.
package picture

import (
	"image"
	"image/color"
	"image/draw"
)

const (
	Side = 32              // pixels along a picture's side
	Dims = Side * Side * 3 // of a state: rows, columns, and red, green, blue from -1 to 1
)

// FromState is a state [Dims] as a picture; values beyond -1 and 1 are cut.
func FromState(x []float32) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, Side, Side))
	for i := range Side * Side {
		m.SetNRGBA(i%Side, i/Side, color.NRGBA{Byte(x[3*i]), Byte(x[3*i+1]), Byte(x[3*i+2]), 255})
	}
	return m
}

// Byte is a state's value as a channel of a picture.
func Byte(v float32) uint8 { return uint8(min(max((v+1)*127.5+0.5, 0), 255)) }

const (
	zoom   = 3 // pixels of a sheet for one of a picture, along a side
	margin = 4 // pixels between pictures of a sheet
)

// Sheet lays pictures out in rows of so many columns, enlarged, on a light ground.
func Sheet(list []*image.NRGBA, columns int) *image.NRGBA {
	columns = max(min(columns, len(list)), 1)
	rows := (len(list) + columns - 1) / columns
	const cell = Side*zoom + margin
	out := image.NewNRGBA(image.Rect(0, 0, columns*cell+margin, rows*cell+margin))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.NRGBA{225, 225, 228, 255}), image.Point{}, draw.Src)
	for n, m := range list {
		left, top := margin+n%columns*cell, margin+n/columns*cell
		for y := range Side * zoom {
			for x := range Side * zoom {
				out.SetNRGBA(left+x, top+y, m.NRGBAAt(x/zoom, y/zoom))
			}
		}
	}
	return out
}

// Beside puts sheets of one height next to each other, with a dark rule between.
func Beside(left, right *image.NRGBA) *image.NRGBA {
	const rule = 6
	l, r := left.Bounds(), right.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, l.Dx()+rule+r.Dx(), max(l.Dy(), r.Dy())))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.NRGBA{40, 40, 48, 255}), image.Point{}, draw.Src)
	draw.Draw(out, l, left, image.Point{}, draw.Src)
	draw.Draw(out, r.Add(image.Pt(l.Dx()+rule, 0)), right, image.Point{}, draw.Src)
	return out
}

// NRGBA is any picture in the form that this package works with.
func NRGBA(m image.Image) *image.NRGBA {
	out := image.NewNRGBA(m.Bounds())
	draw.Draw(out, out.Bounds(), m, m.Bounds().Min, draw.Src)
	return out
}
