package figure

import (
	"cmp"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// keys are a figure's labels with their looks, in the order in which they come up, levels last.
type keys struct {
	labels []string
	looks  map[string]look
}

func newKeys(panels []Panel) *keys {
	k := &keys{looks: map[string]look{}}
	for _, p := range panels {
		for _, s := range p.Series {
			if _, ok := k.looks[s.Label]; ok {
				continue
			}
			n := len(k.labels)
			style := Style{Color: n % len(palette), Dash: n / len(palette)}
			if s.Style != nil {
				style = *s.Style
			}
			k.labels = append(k.labels, s.Label)
			k.looks[s.Label] = lookOf(style)
		}
	}
	for _, p := range panels {
		for _, l := range p.Levels {
			if _, ok := k.looks[l.Label]; !ok {
				k.labels = append(k.labels, l.Label)
				k.looks[l.Label] = levelLook()
			}
		}
	}
	return k
}

const leader = 9 // points, from the panel's edge to a label at the end of a curve

// endWidth is the room that labels at the curves' ends take.
func (k *keys) endWidth() (width vg.Length) {
	style := lettering(small, color.Black)
	for _, l := range k.labels {
		width = max(width, style.Width(l))
	}
	return width + leader + 2
}

// endLabels are the curves' names, right of the panel at the heights where the curves end, moved apart where they would overlap.
type endLabels struct {
	keys  *keys
	panel *Panel // on its axes
}

type endLabel struct {
	text    string
	look    look
	end, at vg.Length // heights
	from    vg.Length // where the curve ends
}

// Plot draws them, and thin lines to the curves' ends.
func (e endLabels) Plot(c draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&c)
	var list []endLabel
	for _, s := range e.panel.Series {
		parts := runs(s.X, s.Y)
		if len(parts) == 0 {
			continue
		}
		last := parts[len(parts)-1][1] - 1
		y := min(max(trY(s.Y[last]), c.Min.Y), c.Max.Y)
		list = append(list, endLabel{s.Label, e.keys.looks[s.Label], y, y, min(trX(s.X[last]), c.Max.X)})
	}
	for _, l := range e.panel.Levels {
		if y, ok := levelLine(l).height(c, p); ok {
			list = append(list, endLabel{l.Label, levelLook(), y, y, c.Max.X - 2.5})
		}
	}
	spread(list, small+1, c.Min.Y, c.Max.Y)
	for _, l := range list {
		thin := draw.LineStyle{Color: l.look.line.Color, Width: 0.4}
		c.StrokeLine2(thin, l.from+2.5, l.end, c.Max.X+leader-2, l.at)
		style := lettering(small, l.look.line.Color)
		style.YAlign = draw.YCenter
		c.FillText(style, vg.Point{X: c.Max.X + leader, Y: l.at}, l.text)
	}
}

// spread moves labels up and down, as little as may be, until they stand a line apart and between low and high where there is room.
func spread(list []endLabel, line, low, high vg.Length) {
	slices.SortStableFunc(list, func(a, b endLabel) int { return cmp.Compare(a.end, b.end) })
	// Groups of touching labels stand about the mean height of their curves' ends.
	type group struct {
		n        int
		sum, mid vg.Length
	}
	var groups []group
	for _, l := range list {
		groups = append(groups, group{1, l.end, l.end})
		for {
			last := len(groups) - 1
			g := &groups[last]
			half := vg.Length(g.n) * line / 2
			g.mid = max(min(g.sum/vg.Length(g.n), high-half+line/2), low+half-line/2)
			if last == 0 || groups[last-1].mid+vg.Length(groups[last-1].n)*line/2 <= g.mid-half {
				break
			}
			groups[last-1].n, groups[last-1].sum = groups[last-1].n+g.n, groups[last-1].sum+g.sum
			groups = groups[:last]
		}
	}
	i := 0
	for _, g := range groups {
		for k := range g.n {
			list[i].at = g.mid + (vg.Length(k)-vg.Length(g.n-1)/2)*line
			i++
		}
	}
}

const (
	sample  = 18         // points, of a legend's line
	rowHigh = small + 3  // points, of a legend's row
	between = sample + 8 // points, from one label of a legend to the next
)

// columns are how many labels stand in a row of the legend, and how wide each is.
func (k *keys) columns(width vg.Length) (n int, wide vg.Length) {
	style := lettering(small, color.Black)
	for _, l := range k.labels {
		wide = max(wide, style.Width(l))
	}
	wide += between + 6
	n = min(max(int(width/wide), 1), max(len(k.labels), 1))
	rows := (len(k.labels) + n - 1) / n
	return (len(k.labels) + rows - 1) / max(rows, 1), wide // rows of equal length
}

// legendHeight is the room that the legend takes.
func (k *keys) legendHeight(width vg.Length) vg.Length {
	if len(k.labels) == 0 {
		return 0
	}
	n, _ := k.columns(width)
	return vg.Length((len(k.labels)+n-1)/n)*rowHigh + 4
}

// legend draws all labels with samples of their lines, in rows in the middle of the canvas.
func (k *keys) legend(c draw.Canvas) {
	n, wide := k.columns(c.Max.X - c.Min.X)
	left := (c.Min.X+c.Max.X)/2 - wide*vg.Length(n)/2
	for i, label := range k.labels {
		x, y := left+wide*vg.Length(i%n), c.Max.Y-2-rowHigh*(vg.Length(i/n)+0.5)
		look := k.looks[label]
		c.StrokeLine2(look.line, x, y, x+sample, y)
		c.DrawGlyphNoClip(look.glyph, vg.Point{X: x + sample/2, Y: y})
		style := lettering(small, color.Black)
		style.YAlign = draw.YCenter
		c.FillText(style, vg.Point{X: x + sample + 4, Y: y}, label)
	}
}
