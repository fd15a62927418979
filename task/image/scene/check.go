package scene

import (
	"math"
	"slices"

	"keel/task/image/picture"
)

// Seen is an object that a picture of a scene shows.
type Seen struct {
	Object
	X, Y float64 // centre in pixels
	Fit  float64 // share of the object and the likeliest shape that the two have in common, 0 to 1
}

const (
	seenLeast = 14   // pixels of an object; smaller specks are not looked at
	seenFit   = 0.72 // of a shape, below which it is none
	seenShade = 0.3  // distance of a colour from the palette's in RGB, above which it is none
	seenInk   = 0.22 // difference from white of a pixel that belongs to an object
)

// See finds the objects in a picture [Dims] of a scene on white: connected parts, their colours by the palette, their shapes by how well each,
// drawn at the best place and size, covers the part. What has no colour or no shape of scenes has an empty one.
func See(x []float32) []Seen {
	var ink [picture.Side * picture.Side]float64
	for i := range ink {
		for k := range 3 {
			ink[i] = max(ink[i], 1-channel(x, i, k))
		}
	}
	var out []Seen
	var visited [picture.Side * picture.Side]bool
	for i := range ink {
		if visited[i] || ink[i] < seenInk {
			continue
		}
		part := flood(i, &ink, &visited)
		if len(part) >= seenLeast {
			out = append(out, look(part, x))
		}
	}
	return out
}

// channel is a part of a pixel's colour from 0 to 1.
func channel(x []float32, pixel, k int) float64 {
	return min(max((float64(x[pixel*3+k])+1)/2, 0), 1)
}

// flood gives the pixels that hang together with the first, corners included.
func flood(first int, ink *[picture.Side * picture.Side]float64, visited *[picture.Side * picture.Side]bool) []int {
	part := []int{first}
	visited[first] = true
	for at := 0; at < len(part); at++ {
		x, y := part[at]%picture.Side, part[at]/picture.Side
		for v := max(y-1, 0); v <= min(y+1, picture.Side-1); v++ {
			for u := max(x-1, 0); u <= min(x+1, picture.Side-1); u++ {
				if i := v*picture.Side + u; !visited[i] && ink[i] >= seenInk {
					visited[i] = true
					part = append(part, i)
				}
			}
		}
	}
	return part
}

// look names a connected part.
func look(part []int, x []float32) Seen {
	colour := shade(part, x)
	var s Seen
	nearest := seenShade
	for name, c := range palette {
		if d := math.Sqrt(square(c[0]-colour[0]) + square(c[1]-colour[1]) + square(c[2]-colour[2])); d < nearest {
			s.Colour, nearest = name, d
		}
	}
	mask, low, high := cover(part, x, colour)
	var weight float64
	for i, a := range mask {
		s.X += a * (float64(i%picture.Side) + 0.5)
		s.Y += a * (float64(i/picture.Side) + 0.5)
		weight += a
	}
	s.X, s.Y = s.X/weight, s.Y/weight
	for _, shape := range Shapes {
		if fit := bestFit(shape, mask, low, high); fit > s.Fit {
			s.Shape, s.Fit = shape, fit
		}
	}
	if s.Fit < seenFit {
		s.Shape = ""
	}
	return s
}

func square(v float64) float64 { return v * v }

// shade is the mean colour of the half of the pixels that are farthest from white: edges are mixed with it.
func shade(part []int, x []float32) (c rgb) {
	far := make([]float64, len(part))
	for n, i := range part {
		for k := range 3 {
			far[n] += square(1 - channel(x, i, k))
		}
	}
	limit := median(far)
	count := 0.0
	for n, i := range part {
		if far[n] >= limit {
			for k := range c {
				c[k] += channel(x, i, k)
			}
			count++
		}
	}
	for k := range c {
		c[k] /= count
	}
	return c
}

// cover is how much of each pixel a part of that colour covers, and the part's extent in pixels.
func cover(part []int, x []float32, colour rgb) (mask []float64, low, high point) {
	mask = make([]float64, picture.Side*picture.Side)
	var length float64
	for k := range colour {
		length += square(1 - colour[k])
	}
	low, high = point{picture.Side, picture.Side}, point{0, 0}
	grow := map[int]bool{}
	for _, i := range part {
		x, y := i%picture.Side, i/picture.Side
		for v := max(y-1, 0); v <= min(y+1, picture.Side-1); v++ { // faint edges lie beside the part
			for u := max(x-1, 0); u <= min(x+1, picture.Side-1); u++ {
				grow[v*picture.Side+u] = true
			}
		}
	}
	for i := range grow {
		for k := range colour {
			mask[i] += (1 - channel(x, i, k)) * (1 - colour[k]) / length
		}
		mask[i] = min(max(mask[i], 0), 1)
		if mask[i] > 0.05 {
			x, y := float64(i%picture.Side), float64(i/picture.Side)
			low = point{min(low.x, x+1-mask[i]), min(low.y, y+1-mask[i])}
			high = point{max(high.x, x+mask[i]), max(high.y, y+mask[i])}
		}
	}
	return mask, low, high
}

// bestFit is the largest common share of a mask and a shape about its extent.
func bestFit(shape string, mask []float64, low, high point) float64 {
	left, top, right, bottom := extent(shape)
	var best float64
	radius := ((high.x-low.x)/(right-left) + (high.y-low.y)/(bottom-top)) / 2
	for _, scale := range []float64{0.92, 0.98, 1.04} {
		r := radius * scale
		if r < 1 {
			continue
		}
		centre := point{(low.x+high.x)/2 - r*(left+right)/2, (low.y+high.y)/2 - r*(top+bottom)/2}
		for _, off := range []point{{0, 0}, {-0.4, 0}, {0.4, 0}, {0, -0.4}, {0, 0.4}} {
			o := placed{Object{Shape: shape}, point{centre.x + off.x, centre.y + off.y}, r}
			best = max(best, common(o, mask, low, high))
		}
	}
	return best
}

// extent of a shape of radius 1 about its origin.
func extent(shape string) (left, top, right, bottom float64) {
	corners := outlines[shape]
	if corners == nil {
		return -0.95, -0.95, 0.95, 0.95
	}
	for _, c := range corners {
		left, right, top, bottom = min(left, c.x), max(right, c.x), min(top, c.y), max(bottom, c.y)
	}
	return left, top, right, bottom
}

// common is the intersection of an object and a mask over their union, about the mask's extent.
func common(o placed, mask []float64, low, high point) float64 {
	var both, either float64
	for y := max(int(low.y)-2, 0); y < min(int(high.y)+3, picture.Side); y++ {
		for x := max(int(low.x)-2, 0); x < min(int(high.x)+3, picture.Side); x++ {
			a, b := mask[y*picture.Side+x], o.cover(point{float64(x) + 0.5, float64(y) + 0.5})
			both += min(a, b)
			either += max(a, b)
		}
	}
	return both / either
}

// Verdict says how a picture agrees with a scene, each from 0 to 1.
type Verdict struct {
	Count   float64 // 1 where it shows as many objects as asked for
	Colours float64 // share of the objects whose colour is there
	Shapes  float64 // share of the objects that are there in colour and shape
	Place   float64 // 1 where they lie as asked
}

// Right says whether everything agrees.
func (v Verdict) Right() bool { return v.Count == 1 && v.Colours == 1 && v.Shapes == 1 && v.Place == 1 }

// Share is the mean of the four.
func (v Verdict) Share() float64 { return (v.Count + v.Colours + v.Shapes + v.Place) / 4 }

// Check compares a picture [Dims] with a scene. Objects are told apart by what they look like: the assignment of what is seen to what
// is asked for is the one under which most agrees.
func (s Scene) Check(x []float32) Verdict {
	seen := See(x)
	var best Verdict
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		var v Verdict
		at := make([]*Seen, len(s.Objects))
		n := float64(len(s.Objects))
		for i, o := range s.Objects {
			if order[i] >= len(seen) {
				continue
			}
			at[i] = &seen[order[i]]
			if at[i].Colour == o.Colour {
				v.Colours += 1 / n
				if at[i].Shape == o.Shape {
					v.Shapes += 1 / n
				}
			}
		}
		if len(seen) == len(s.Objects) {
			v.Count = 1
		}
		if len(at) == 1 && at[0] != nil || len(at) == 2 && at[0] != nil && at[1] != nil && s.lies(at[0], at[1]) {
			v.Place = 1
		}
		if v.Share() > best.Share() {
			best = v
		}
	}
	return best
}

// lies says whether a lies to b as the scene says: farther along the relation's axis than across it.
func (s Scene) lies(a, b *Seen) bool {
	dx, dy := b.X-a.X, b.Y-a.Y
	switch s.Relation {
	case "left of":
		return dx > math.Abs(dy)
	case "right of":
		return -dx > math.Abs(dy)
	case "above":
		return dy > math.Abs(dx)
	}
	return -dy > math.Abs(dx)
}

// median of values, of which there is at least one; of an even number the upper one of the middle two.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
