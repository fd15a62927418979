package contact

import (
	"math"
	"slices"

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

// span is a contact's two ends: atoms, centres of charge or of rings.
type span struct{ ligand, protein chem.Vec }

func (s span) length() float64 { return s.ligand.Dist(s.protein) }

// hbonds finds each pair once, also where both ends can be donor and acceptor.
func hbonds(f, g *features) (list []span) {
	list = bonded(f.donors, g.acceptors)
	for _, s := range bonded(g.donors, f.acceptors) {
		if s = (span{s.protein, s.ligand}); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func bonded(donors, acceptors []polar) (list []span) {
	for _, d := range donors {
		for _, a := range acceptors {
			if d.pos.Dist(a.pos) <= hbondLength && d.faces(a.pos) && a.faces(d.pos) {
				list = append(list, span{d.pos, a.pos})
			}
		}
	}
	return list
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

func carbons(f, g *features) []span { return within(f.carbons, g.carbons, hydrophobic) }

func bridges(f, g *features) []span {
	return append(within(f.positive, g.negative, saltBridge), within(f.negative, g.positive, saltBridge)...)
}

func within(a, b []chem.Vec, reach float64) (list []span) {
	for _, x := range a {
		for _, y := range b {
			if x.Dist(y) <= reach {
				list = append(list, span{x, y})
			}
		}
	}
	return list
}

func stacks(f, g *features) (list []span) {
	for _, a := range f.rings {
		for _, b := range g.rings {
			across := b.centre.Sub(a.centre)
			cos := math.Abs(a.normal.Dot(b.normal))
			if across.Norm() <= stackLength && (cos >= parallel || cos <= perpendicular) &&
				min(offset(across, a.normal), offset(across, b.normal)) < stackOffset {
				list = append(list, span{a.centre, b.centre})
			}
		}
	}
	return list
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
