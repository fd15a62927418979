package contact

import (
	"math"

	"keel/chem"
)

// polar is a donor or an acceptor of hydrogen bonds with its heavy neighbours.
type polar struct {
	pos        chem.Vec
	neighbours []chem.Vec
}

// plane is an aromatic ring.
type plane struct{ centre, normal chem.Vec }

// features are what a residue or a ligand can make contacts with. Positions in Å.
type features struct {
	low, high          chem.Vec // the corners of what holds all atoms
	donors, acceptors  []polar
	carbons            []chem.Vec
	positive, negative []chem.Vec // centres of charge
	rings              []plane
}

// near reports whether any contact is possible at all.
func (f *features) near(g *features) bool {
	const reach = saltBridge // no contact is longer
	for k := range f.low {
		if f.low[k]-reach > g.high[k] || g.low[k]-reach > f.high[k] {
			return false
		}
	}
	return true
}

// bounds sets the corners. Without atoms, nothing is near.
func (f *features) bounds(points []chem.Vec) {
	for k := range f.low {
		f.low[k], f.high[k] = math.Inf(1), math.Inf(-1)
		for _, p := range points {
			f.low[k], f.high[k] = min(f.low[k], p[k]), max(f.high[k], p[k])
		}
	}
}

func hbonds(f, g *features) bool {
	return bonded(f.donors, g.acceptors) || bonded(g.donors, f.acceptors)
}

func bonded(donors, acceptors []polar) bool {
	for _, d := range donors {
		for _, a := range acceptors {
			if d.pos.Dist(a.pos) <= hbondLength && d.faces(a.pos) && a.faces(d.pos) {
				return true
			}
		}
	}
	return false
}

// faces reports whether the point is at 90° or more from every neighbour.
func (p polar) faces(to chem.Vec) bool {
	for _, n := range p.neighbours {
		if n.Sub(p.pos).Dot(to.Sub(p.pos)) > 0 {
			return false
		}
	}
	return true
}

func carbons(f, g *features) bool { return within(f.carbons, g.carbons, hydrophobic) }

func bridges(f, g *features) bool {
	return within(f.positive, g.negative, saltBridge) || within(f.negative, g.positive, saltBridge)
}

func within(a, b []chem.Vec, reach float64) bool {
	for _, x := range a {
		if chem.Nearest(x, b) <= reach {
			return true
		}
	}
	return false
}

func stacks(f, g *features) bool {
	for _, a := range f.rings {
		for _, b := range g.rings {
			across := b.centre.Sub(a.centre)
			cos := math.Abs(a.normal.Dot(b.normal))
			if across.Norm() <= stackLength && (cos >= parallel || cos <= perpendicular) &&
				min(offset(across, a.normal), offset(across, b.normal)) < stackOffset {
				return true
			}
		}
	}
	return false
}

// offset is the length of what is left of v beside the normal.
func offset(v, normal chem.Vec) float64 { return v.Sub(normal.Scale(v.Dot(normal))).Norm() }

// ringPlane is the plane of a ring's atoms: the normal of its polygon (Newell's), which small puckers do not turn.
func ringPlane(atoms []chem.Vec) plane {
	p := plane{centre: chem.Centroid(atoms)}
	for i, a := range atoms {
		b := atoms[(i+1)%len(atoms)]
		p.normal = p.normal.Add(a.Sub(p.centre).Cross(b.Sub(p.centre)))
	}
	p.normal = p.normal.Unit()
	return p
}
