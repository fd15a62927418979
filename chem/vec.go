package chem

import "math"

// Vec is a point or a direction in space, in Å.
type Vec [3]float64

// Add returns v + w.
func (v Vec) Add(w Vec) Vec { return Vec{v[0] + w[0], v[1] + w[1], v[2] + w[2]} }

// Sub returns v - w.
func (v Vec) Sub(w Vec) Vec { return Vec{v[0] - w[0], v[1] - w[1], v[2] - w[2]} }

// Scale returns s v.
func (v Vec) Scale(s float64) Vec { return Vec{s * v[0], s * v[1], s * v[2]} }

// Dot returns the inner product.
func (v Vec) Dot(w Vec) float64 { return v[0]*w[0] + v[1]*w[1] + v[2]*w[2] }

// Cross returns the vector product.
func (v Vec) Cross(w Vec) Vec {
	return Vec{v[1]*w[2] - v[2]*w[1], v[2]*w[0] - v[0]*w[2], v[0]*w[1] - v[1]*w[0]}
}

// Norm returns the length.
func (v Vec) Norm() float64 { return math.Sqrt(v.Dot(v)) }

// Dist returns the distance between two points.
func (v Vec) Dist(w Vec) float64 { return v.Sub(w).Norm() }

// Unit returns v at length 1, or the zero vector where v has no length.
func (v Vec) Unit() Vec {
	n := v.Norm()
	if n == 0 {
		return Vec{}
	}
	return v.Scale(1 / n)
}

// Finite reports whether no coordinate is NaN or infinite.
func (v Vec) Finite() bool {
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// Centroid returns the mean of the points, or the origin if there are none.
func Centroid(points []Vec) Vec {
	var sum Vec
	for _, p := range points {
		sum = sum.Add(p)
	}
	if len(points) == 0 {
		return sum
	}
	return sum.Scale(1 / float64(len(points)))
}

// Nearest returns the smallest distance from x to any of the points, +Inf if there are none.
func Nearest(x Vec, points []Vec) float64 {
	best := math.Inf(1)
	for _, p := range points {
		d := p.Sub(x)
		best = min(best, d.Dot(d))
	}
	return math.Sqrt(best)
}
