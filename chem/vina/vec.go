package vina

import "keel/chem"

// vec is a chem.Vec that the compiler keeps in registers, as it does not arrays. Its sums run in the order of the reference program.
type vec struct{ x, y, z float64 }

func fromChem(v chem.Vec) vec { return vec{v[0], v[1], v[2]} }

func (v vec) chem() chem.Vec { return chem.Vec{v.x, v.y, v.z} }

func (v vec) add(w vec) vec { return vec{v.x + w.x, v.y + w.y, v.z + w.z} }

func (v vec) sub(w vec) vec { return vec{v.x - w.x, v.y - w.y, v.z - w.z} }

func (v vec) scale(s float64) vec { return vec{s * v.x, s * v.y, s * v.z} }

func (v vec) dot(w vec) float64 { return v.x*w.x + v.y*w.y + v.z*w.z }

func (v vec) cross(w vec) vec { return vec{v.y*w.z - v.z*w.y, v.z*w.x - v.x*w.z, v.x*w.y - v.y*w.x} }

// dist2 is the squared distance of two points.
func dist2(a, b vec) float64 {
	d := a.sub(b)
	return d.dot(d)
}
