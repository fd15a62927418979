package figure

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Rows writes path.png and path.svg: panels in rows of perRow, as wide as a page, with one legend below all.
func Rows(path string, perRow int, panels ...Panel) error {
	if len(panels) == 0 || perRow < 1 {
		return fmt.Errorf("figure %s: %d panels in rows of %d", path, len(panels), perRow)
	}
	keys := newKeys(panels)
	plots, err := plotAll(panels, keys)
	if err != nil {
		return fmt.Errorf("figure %s: %w", path, err)
	}
	rowHeight := titleHigh + 1.5*vg.Inch
	rows := vg.Length((len(plots) + perRow - 1) / perRow)
	below := keys.legendHeight(textWidth)
	height := rows*rowHeight + below
	return save(path, textWidth, height, func(c draw.Canvas) {
		for row := 0; row*perRow < len(plots); row++ {
			of := plots[row*perRow : min((row+1)*perRow, len(plots))]
			top := vg.Length(row) * rowHeight
			width := (textWidth - 8) * (1 - vg.Length(len(of))/vg.Length(perRow)) // of the panels that the last row lacks
			tile(draw.Crop(c, 2, -6-width, 2+height-top-rowHeight, -top-titleHigh), of, 10)
		}
		keys.legend(draw.Crop(c, 0, 0, 0, below-height))
	})
}
