package chem

import (
	"math"
	"slices"
)

// bound returns the heavy atoms within bonding distance of a, nearest first.
func (t *typer) bound(a ProteinAtom) []ProteinAtom {
	const slack = 0.35 // Å, for coordinates of low resolution
	var bound []ProteinAtom
	for _, b := range t.grid.near(a.Pos, 2.6) {
		d := b.Pos.Dist(a.Pos)
		if d > 0.4 && d < a.Element.CovalentRadius()+b.Element.CovalentRadius()+slack && !b.Element.IsMetal() {
			bound = append(bound, b)
		}
	}
	slices.SortStableFunc(bound, func(b, c ProteinAtom) int {
		if b.Pos.Dist(a.Pos) < c.Pos.Dist(a.Pos) {
			return -1
		}
		return 1
	})
	return bound
}

// hydrogens places a donor's polar hydrogens by the directions of its bonds.
func (t *typer) hydrogens(a ProteinAtom, d donor) []Vec {
	if d.hydrogens == 0 {
		return nil
	}
	length := 1.01 // Å, N-H
	switch a.Element {
	case Oxygen:
		length = 0.96
	case Sulfur:
		length = 1.34
	}
	bound := t.bound(a)
	var to []Vec // towards the neighbours
	for _, b := range bound[:min(2, len(bound))] {
		to = append(to, b.Pos.Sub(a.Pos).Unit())
	}
	dirs := directions(to, t.reference(a, bound), d)
	for k := range dirs {
		dirs[k] = a.Pos.Add(dirs[k].Scale(length))
	}
	return dirs
}

// reference returns the direction from a's neighbour to that neighbour's own next neighbour, which sets the torsion; zero if none.
func (t *typer) reference(a ProteinAtom, bound []ProteinAtom) Vec {
	if len(bound) == 0 {
		return Vec{}
	}
	for _, c := range t.bound(bound[0]) {
		if c.Pos != a.Pos {
			return c.Pos.Sub(bound[0].Pos)
		}
	}
	return Vec{}
}

// directions returns unit vectors towards the hydrogens, given those towards up to two neighbours.
func directions(to []Vec, reference Vec, d donor) []Vec {
	switch {
	case len(to) == 0:
		to = []Vec{{0, 0, -1}}
		fallthrough
	case len(to) == 1:
		return fromOne(to[0], reference, d)
	}
	out := to[0].Add(to[1]).Scale(-1).Unit()
	if out == (Vec{}) {
		out = normalTo(to[0])
	}
	if d.hydrogens == 1 {
		return []Vec{out}
	}
	side := to[0].Cross(to[1]).Unit()
	const half = 109.47 / 2 * math.Pi / 180
	return []Vec{
		out.Scale(math.Cos(half)).Add(side.Scale(math.Sin(half))),
		out.Scale(math.Cos(half)).Sub(side.Scale(math.Sin(half))),
	}
}

// fromOne places up to three hydrogens around one bond: at 120° in the plane of the reference, or staggered at 109.5°, anti first.
func fromOne(to, reference Vec, d donor) []Vec {
	across := reference.Sub(to.Scale(reference.Dot(to))) // the reference, seen along the bond
	if across.Norm() < 1e-3 {
		across = normalTo(to)
	}
	across = across.Unit().Scale(-1)
	side := to.Cross(across)
	angle, torsions := 109.47, []float64{0, 120, 240}
	if d.planar {
		angle, torsions = 120, []float64{0, 180}
	}
	sin, cos := math.Sincos(angle * math.Pi / 180)
	var dirs []Vec
	for _, torsion := range torsions[:min(d.hydrogens, len(torsions))] {
		s, c := math.Sincos(torsion * math.Pi / 180)
		dirs = append(dirs, to.Scale(cos).Add(across.Scale(sin*c)).Add(side.Scale(sin*s)))
	}
	return dirs
}

// normalTo returns some unit vector at right angles to u.
func normalTo(u Vec) Vec {
	axis := Vec{1, 0, 0}
	if math.Abs(u[0]) > 0.8 {
		axis = Vec{0, 1, 0}
	}
	return u.Cross(axis).Unit()
}
