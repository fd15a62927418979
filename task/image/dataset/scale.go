package dataset

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// icon is how many pixels the longer side of a picture with a transparent ground takes up: training's windows never cut it.
const icon = 34

// scale brings a picture to [Side, Side, 3]: one with a transparent ground whole, on white; another cut to its middle square.
func scale(from image.Image) []uint8 {
	to := image.NewNRGBA(image.Rect(0, 0, Side, Side))
	draw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	b := from.Bounds()
	if transparent(from) {
		w, h := icon, icon
		if b.Dx() > b.Dy() {
			h = max(icon*b.Dy()/b.Dx(), 1)
		} else {
			w = max(icon*b.Dx()/b.Dy(), 1)
		}
		x, y := (Side-w)/2, (Side-h)/2
		draw.CatmullRom.Scale(to, image.Rect(x, y, x+w, y+h), from, b, draw.Over, nil)
	} else {
		side := min(b.Dx(), b.Dy())
		x, y := b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2
		draw.CatmullRom.Scale(to, to.Bounds(), from, image.Rect(x, y, x+side, y+side), draw.Src, nil)
	}
	return cut(to, 0, 0)
}

// transparent says whether a corner of the picture is.
func transparent(m image.Image) bool {
	b := m.Bounds()
	for _, x := range []int{b.Min.X, b.Max.X - 1} {
		for _, y := range []int{b.Min.Y, b.Max.Y - 1} {
			if _, _, _, a := m.At(x, y).RGBA(); a < 0x8000 {
				return true
			}
		}
	}
	return false
}
