package scene

import (
	"math"
	"math/rand/v2"

	"keel/task/image/picture"
)

// rgb is a colour, each part from 0 to 1.
type rgb [3]float64

// palette are the colours of scenes, far apart.
var palette = map[string]rgb{
	"red": {0.86, 0.14, 0.14}, "orange": {0.98, 0.55, 0.08}, "yellow": {0.97, 0.87, 0.15}, "green": {0.13, 0.65, 0.25},
	"blue": {0.15, 0.35, 0.90}, "purple": {0.50, 0.20, 0.70}, "pink": {0.98, 0.55, 0.75}, "black": {0.10, 0.10, 0.10},
}

// colourJitter is by how much at most each part of a drawn colour is off the palette's.
const colourJitter = 0.05

// point is a place in a picture, in pixels from its upper left corner.
type point struct{ x, y float64 }

// placed is an object in a picture.
type placed struct {
	Object
	at     point
	radius float64 // pixels
}

// outlines are the corners of shapes about the origin, for radius 1; a circle has none.
var outlines = map[string][]point{
	"square":   {{-0.85, -0.85}, {0.85, -0.85}, {0.85, 0.85}, {-0.85, 0.85}},
	"triangle": {{0, -0.95}, {1, 0.8}, {-1, 0.8}},
	"star":     star(),
	"diamond":  {{0, -1.1}, {0.75, 0}, {0, 1.1}, {-0.75, 0}},
	"cross": {{-0.33, -1}, {0.33, -1}, {0.33, -0.33}, {1, -0.33}, {1, 0.33}, {0.33, 0.33}, {0.33, 1}, {-0.33, 1}, {-0.33, 0.33}, {-1, 0.33},
		{-1, -0.33}, {-0.33, -0.33}},
}

func star() []point {
	var out []point
	for i := range 10 {
		r := 1.15
		if i%2 == 1 {
			r = 0.48
		}
		sin, cos := math.Sincos(float64(i) * math.Pi / 5)
		out = append(out, point{r * sin, -r * cos})
	}
	return out
}

// cover is how much of the pixel about p the object covers, from 0 to 1.
func (o placed) cover(p point) float64 {
	d := point{p.x - o.at.x, p.y - o.at.y}
	if math.Abs(d.x) > 1.2*o.radius+1 || math.Abs(d.y) > 1.2*o.radius+1 {
		return 0
	}
	var far float64 // signed distance from the edge
	if corners := outlines[o.Shape]; corners != nil {
		far = o.radius * fromPolygon(point{d.x / o.radius, d.y / o.radius}, corners)
	} else {
		far = math.Hypot(d.x, d.y) - 0.95*o.radius
	}
	return min(max(0.5-far, 0), 1)
}

// fromPolygon is the distance of p from the polygon's edge, negative inside.
func fromPolygon(p point, corners []point) float64 {
	nearest, inside := math.Inf(1), false
	j := len(corners) - 1
	for i, a := range corners {
		b := corners[j]
		e, w := point{b.x - a.x, b.y - a.y}, point{p.x - a.x, p.y - a.y}
		u := min(max((w.x*e.x+w.y*e.y)/(e.x*e.x+e.y*e.y), 0), 1)
		dx, dy := w.x-u*e.x, w.y-u*e.y
		nearest = min(nearest, dx*dx+dy*dy)
		if (a.y > p.y) != (b.y > p.y) && p.x < a.x+e.x*(p.y-a.y)/e.y {
			inside = !inside
		}
		j = i
	}
	if inside {
		return -math.Sqrt(nearest)
	}
	return math.Sqrt(nearest)
}

// place puts a scene's objects where its caption says, at random.
func (s Scene) place(rng *rand.Rand) []placed {
	between := func(low, high float64) float64 { return low + (high-low)*rng.Float64() }
	if len(s.Objects) == 1 {
		r := between(5, 9)
		return []placed{{s.Objects[0], point{between(r+2, picture.Side-r-2), between(r+2, picture.Side-r-2)}, r}}
	}
	out := make([]placed, 2)
	u := s.upright()
	for i, o := range u.Objects {
		along, across := between(7.5, 9.5), between(12, 20) // of the first
		if i == 1 {
			along = picture.Side - along
		}
		at := point{along, across}
		if u.Relation == "above" {
			at = point{across, along}
		}
		out[i] = placed{o, at, between(4.5, 6)}
	}
	return out
}

// Draw draws a scene on white, with places, sizes and shades at random, into a picture x [Dims].
func (s Scene) Draw(rng *rand.Rand, x []float32) {
	fill(x, 1)
	for _, o := range s.place(rng) {
		c := palette[o.Colour]
		for k := range c {
			c[k] = min(max(c[k]+colourJitter*(2*rng.Float64()-1), 0), 1)
		}
		paint(o, c, x)
	}
}

func fill(v []float32, with float32) {
	for i := range v {
		v[i] = with
	}
}

// paint lays an object of a colour over a picture.
func paint(o placed, c rgb, x []float32) {
	for v := range picture.Side {
		for u := range picture.Side {
			a := o.cover(point{float64(u) + 0.5, float64(v) + 0.5})
			if a == 0 {
				continue
			}
			for k := range c {
				p := &x[(v*picture.Side+u)*3+k]
				*p += float32(a * (2*c[k] - 1 - float64(*p)))
			}
		}
	}
}
