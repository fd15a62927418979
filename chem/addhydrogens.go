package chem

import (
	"math"
	"slices"
)

// WithHydrogens returns the molecule with its implicit hydrogens among the atoms: first the molecule's own atoms and bonds as they
// are, then every atom's hydrogens in the order of the atoms. They stand where RDKit's AddHs(addCoords=True) puts them: opposite
// to the neighbours, or at the angle of the atom's hybridisation, without regard to clashes. RDKit has no place for a hydrogen
// beside two neighbours in one line with the atom, or beside more than three, and leaves it at the origin; here it stands at
// right angles to the line, or opposite to the neighbours.
func (m *Molecule) WithHydrogens() *Molecule { return newStructure(m).withHydrogens(m) }

func (s *structure) withHydrogens(m *Molecule) *Molecule {
	missing := 0
	for _, n := range s.implicit {
		missing += n
	}
	full := &Molecule{Name: m.Name, Props: slices.Clone(m.Props), Atoms: make([]Atom, len(m.Atoms), len(m.Atoms)+missing),
		Bonds: make([]Bond, len(m.Bonds), len(m.Bonds)+missing)}
	copy(full.Atoms, m.Atoms)
	copy(full.Bonds, m.Bonds)
	for i, n := range s.implicit {
		for range n {
			full.Bonds = append(full.Bonds, Bond{A: i, B: len(full.Atoms), Order: 1})
			full.Atoms = append(full.Atoms, Atom{Element: Hydrogen})
		}
	}
	if missing == 0 {
		return full
	}
	p := &placer{bare: s, atoms: full.Atoms, next: full.links(), flat: make([]bool, len(full.Bonds))}
	copy(p.flat, s.conjugated())
	p.hybrids = s.hybrids(p.flat)
	for n, b := range s.bonds {
		p.flat[n] = p.flat[n] || b.Order == 2
	}
	for h := len(m.Atoms); h < len(full.Atoms); h++ {
		p.place(h)
	}
	return full
}

// placer sets the positions of hydrogens one after the other.
type placer struct {
	bare    *structure // without them
	atoms   []Atom
	next    [][]link
	flat    []bool // conjugated or double, by bond
	hybrids []hybrid
	classes []uint64 // nil until needed
}

// closest is the squared length below which RDKit takes a vector as none.
const closest = 1e-4

// place sets the position of hydrogen h, whose only bond is there; hydrogens after it are not yet placed.
func (p *placer) place(h int) {
	on := p.next[h][0].atom
	at := p.atoms[on]
	length := Hydrogen.bondRadius() + at.Element.bondRadius()
	var room [4]Vec
	away := room[:0] // from the neighbours
	var first link
	for _, l := range p.next[on] {
		if l.atom >= h {
			continue
		}
		v := at.Pos.Sub(p.atoms[l.atom].Pos)
		if v.Dot(v) < closest {
			p.atoms[h].Pos = at.Pos // nothing can be said beside an atom on top of another
			return
		}
		if len(away) == 0 {
			first = l
		}
		away = append(away, v.Unit())
	}
	var dir Vec
	switch len(away) {
	case 0:
		dir = Vec{0, 0, 1}
	case 1:
		dir = p.beside(h, on, first, away[0])
	case 2:
		dir = besideTwo(away[0], away[1], p.hybrids[on])
	case 3:
		dir = p.besideThree(on, away)
	default:
		dir = fromAll(away)
	}
	p.atoms[h].Pos = at.Pos.Add(dir.Scale(length))
}

const (
	tetrahedral = 109.471 * math.Pi / 180
	trigonal    = 120 * math.Pi / 180
)

// beside returns the direction of a hydrogen on an atom with one neighbour. On a planar atom it lies in the plane of the next
// neighbour where the bond between is conjugated, on the far side.
func (p *placer) beside(h, on int, l link, away Vec) Vec {
	switch p.hybrids[on] {
	case sp3:
		return away.turned(away.acrossAny(), math.Pi-tetrahedral)
	case sp2:
		axis := away.acrossAny()
		if p.flat[l.bond] {
			for _, k := range p.next[l.atom] {
				if k.atom == on || k.atom >= h {
					continue
				}
				if normal := p.atoms[k.atom].Pos.Sub(p.atoms[l.atom].Pos).Unit().Cross(away); normal.Dot(normal) >= closest {
					axis = normal.Unit()
				}
				break
			}
		}
		return away.turned(axis, math.Pi-trigonal)
	}
	return away
}

// besideTwo returns the direction of a hydrogen on an atom with two neighbours: between the directions away from them, and for
// a tetrahedral atom out of their plane.
func besideTwo(a, b Vec, h hybrid) Vec {
	dir := a.Add(b)
	if dir.Dot(dir) < closest {
		return a.acrossAny()
	}
	dir = dir.Unit()
	if h != sp3 {
		return dir
	}
	return dir.turned(a.Cross(b).Cross(dir).Unit(), tetrahedral/2)
}

// besideThree returns the direction of a hydrogen on an atom with three neighbours. If they are nearly in a plane with it, it is
// the normal that RDKit picks. At a centre of stereochemistry RDKit turns the normal by the sign of a volume: as it happens,
// away from the side to which the centre points, which hardly matters where it is flat.
func (p *placer) besideThree(on int, away []Vec) Vec {
	a, b, c := away[0], away[1], away[2]
	height := c.Dot(a.Cross(b))
	if math.Abs(height) >= 0.1 {
		return fromAll(away)
	}
	for _, normal := range []Vec{a.Cross(b), c.Cross(a), b.Cross(c)} {
		if normal.Dot(normal) < closest {
			continue
		}
		volume := normal.Sub(c).Dot(a.Sub(c).Cross(b.Sub(c)))
		if height*volume > 0 && p.isCentre(on) {
			normal = normal.Scale(-1)
		}
		return normal.Unit()
	}
	return a.acrossAny()
}

// isCentre reports whether an atom is a centre of stereochemistry and not quite flat.
func (p *placer) isCentre(on int) bool {
	if p.classes == nil {
		p.classes = p.bare.classes()
	}
	c := &classifier{structure: p.bare, class: p.classes}
	return math.Abs(c.volume(on)) > leastVolume
}

// fromAll returns the direction between those away from the neighbours.
func fromAll(away []Vec) (sum Vec) {
	for _, v := range away {
		sum = sum.Add(v)
	}
	if sum.Dot(sum) < closest {
		return away[0].acrossAny()
	}
	return sum.Unit()
}

// turned returns v turned by an angle around an axis of length 1.
func (v Vec) turned(axis Vec, angle float64) Vec {
	sin, cos := math.Sincos(angle)
	return v.Scale(cos).Add(axis.Cross(v).Scale(sin)).Add(axis.Scale(axis.Dot(v) * (1 - cos)))
}

// acrossAny returns the vector of length 1 at right angles to v that RDKit picks: in the plane of the first two axes along which
// v has a part, or along an axis where v lies along another.
func (v Vec) acrossAny() Vec {
	switch {
	case v[0] != 0 && v[1] != 0:
		return Vec{v[1], -v[0], 0}.Unit()
	case v[0] != 0 && v[2] != 0:
		return Vec{v[2], 0, -v[0]}.Unit()
	case v[0] != 0:
		return Vec{0, 1, 0}
	case v[1] != 0 && v[2] != 0:
		return Vec{0, v[2], -v[1]}.Unit()
	}
	return Vec{1, 0, 0}
}

// bondRadius is half the length of a single bond between two atoms of an element that can carry hydrogens, as RDKit has it, in Å.
func (e Element) bondRadius() float64 {
	switch e {
	case Hydrogen:
		return 0.33
	case Boron:
		return 0.82
	case Carbon:
		return 0.77
	case Nitrogen:
		return 0.70
	case Oxygen:
		return 0.66
	case Fluorine:
		return 0.611
	case Silicon:
		return 0.937
	case Phosphorus:
		return 0.89
	case Sulfur:
		return 1.04
	case Chlorine:
		return 0.997
	case Arsenic:
		return 1.20
	case Selenium:
		return 1.17
	case Bromine:
		return 1.167
	case Iodine:
		return 1.387
	}
	return 0
}
