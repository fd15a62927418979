package rigid

import (
	"math"

	"keel/chem"
)

const (
	settleSweeps = 80
	// closest is the distance in Å below which atoms of two groups that are not neighbours are pushed apart; nearBond, that of atoms three bonds apart.
	closest  = 3.0
	nearBond = 2.6
	// wallPolar and wallOther are the same to a wall's atoms: between nitrogen and oxygen, which may share a hydrogen, and else.
	wallPolar, wallOther = 2.8, 3.4
	// firm is the part of an error that a sweep mends: of bonds and angles, and of close contacts.
	firmBonds, firmContacts = 1.0, 0.4
	firmAngles              = 0.6
)

// settle moves groups as rigid bodies until the bonds between them have their lengths and angles and atoms do not overlap: what a model places is
// right to some tenths of an Å, where bonds are to hundredths. Each error is shared among both groups by how easily they move and turn
// (position-based dynamics of rigid bodies: Müller et al., Comput. Graph. Forum 39 (2020) 101). Groups that are held stay where they are.
func (a *assembler) settle(walls []chem.Atom) {
	s := newSettler(a, walls)
	if len(s.bonds)+len(s.contacts)+len(s.walls) == 0 {
		return
	}
	for range settleSweeps {
		for _, b := range s.bonds {
			s.mend(b, firmBonds, false)
		}
		for _, b := range s.angles {
			s.mend(b, firmAngles, false)
		}
		for _, b := range s.contacts {
			s.mend(b, firmContacts, true)
		}
		s.keepOff()
	}
	s.rigidify()
}

// distance is a pair of atoms and how far apart they are to be, Å.
type distance struct {
	p, q   int
	length float64
}

type settler struct {
	*assembler
	pos      []chem.Vec
	body     []body
	bonds    []distance
	angles   []distance
	contacts []distance // at least so far
	walls    []chem.Atom
	near     []neighbours // by atom
}

// body is a group in motion.
type body struct {
	first, end int
	mass       float64 // atoms; infinite where it is held
	inertia    float64 // Å², about any axis
	centre     chem.Vec
}

// neighbours are the walls that an atom can touch as long as it stays near a place (Verlet's list).
type neighbours struct {
	place chem.Vec
	walls []chem.Atom // within wallOther + slack of the place
}

// slack is how far in Å an atom moves before its neighbours are listed anew.
const slack = 1.0

func newSettler(a *assembler, walls []chem.Atom) *settler {
	s := &settler{assembler: a, pos: a.Molecule.Positions(), walls: walls, near: make([]neighbours, len(a.Molecule.Atoms))}
	for k := range s.near {
		s.list(k)
	}
	for g := range a.first[:len(a.first)-1] {
		b := body{first: a.first[g], end: a.first[g+1], mass: float64(a.first[g+1] - a.first[g])}
		b.centre = chem.Centroid(s.pos[b.first:b.end])
		for _, x := range s.pos[b.first:b.end] {
			d := x.Sub(b.centre)
			b.inertia += d.Dot(d) * 2 / 3 // the mean over axes
		}
		if a.held[g] {
			b.mass, b.inertia = math.Inf(1), math.Inf(1)
		}
		s.body = append(s.body, b)
	}
	s.restrain()
	return s
}

// restrain lists the lengths of bonds between groups, the distances that make their angles, and the contacts.
func (s *settler) restrain() {
	m := s.Molecule
	n := len(m.Atoms)
	order := make([]map[int]int, n)
	for i := range order {
		order[i] = map[int]int{}
	}
	for _, b := range m.Bonds {
		order[b.A][b.B], order[b.B][b.A] = b.Order, b.Order
	}
	h := newHybrids(m, order)
	apart := make([][]int8, n) // bonds between two atoms, up to 3
	for i := range apart {
		apart[i] = make([]int8, n)
	}
	for _, b := range m.Bonds {
		apart[b.A][b.B], apart[b.B][b.A] = 1, 1
		if s.Home[b.A] != s.Home[b.B] {
			s.bonds = append(s.bonds, distance{b.A, b.B, h.length(b.A, b.B, b.Order)})
		}
	}
	length := func(i, j int) float64 {
		if s.Home[i] == s.Home[j] {
			return s.pos[i].Dist(s.pos[j])
		}
		return h.length(i, j, order[i][j])
	}
	for c := range n {
		for i := range order[c] {
			for j := range order[c] {
				if i >= j {
					continue
				}
				if apart[i][j] == 0 {
					apart[i][j], apart[j][i] = 2, 2
				}
				if s.Home[i] == s.Home[j] && s.Home[i] == s.Home[c] {
					continue
				}
				x, y, cos := length(c, i), length(c, j), math.Cos(h.angle(c, i, j, s))
				s.angles = append(s.angles, distance{i, j, math.Sqrt(x*x + y*y - 2*x*y*cos)})
			}
		}
	}
	for _, b := range m.Bonds {
		for i := range order[b.A] {
			for j := range order[b.B] {
				if i != j && apart[i][j] == 0 {
					apart[i][j], apart[j][i] = 3, 3
				}
			}
		}
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			switch {
			case s.Home[i] == s.Home[j]:
			case apart[i][j] == 0:
				s.contacts = append(s.contacts, distance{i, j, closest})
			case apart[i][j] == 3:
				s.contacts = append(s.contacts, distance{i, j, nearBond})
			}
		}
	}
	sortDistances(s.angles) // maps have no order, sums of small moves do
}

// mend moves two groups so that their atoms come to the distance, or to part of it; atLeast leaves those that are further apart.
func (s *settler) mend(d distance, firm float64, atLeast bool) {
	i, j := s.Home[d.p], s.Home[d.q]
	if i == j {
		return
	}
	along := s.pos[d.q].Sub(s.pos[d.p])
	square := along.Dot(along)
	if atLeast && square >= d.length*d.length {
		return
	}
	now := math.Sqrt(square)
	if now < 1e-6 {
		along, now = chem.Vec{1e-6, 0, 0}, 1e-6
	}
	wrong := now - d.length
	n := along.Scale(1 / now)
	armI, easeI := s.lever(i, d.p, n)
	armJ, easeJ := s.lever(j, d.q, n)
	if easeI+easeJ == 0 {
		return
	}
	push := firm * wrong / (easeI + easeJ)
	s.nudge(i, n, armI, push)
	s.nudge(j, n, armJ, -push)
}

// list finds an atom's neighbours.
func (s *settler) list(k int) {
	n := &s.near[k]
	n.place, n.walls = s.pos[k], n.walls[:0]
	const reach = wallOther + slack
	for i := range s.walls {
		d := s.walls[i].Pos.Sub(n.place)
		if math.Abs(d[0]) < reach && d.Dot(d) < reach*reach {
			n.walls = append(n.walls, s.walls[i])
		}
	}
}

// keepOff pushes groups away from walls.
func (s *settler) keepOff() {
	for k, atom := range s.Molecule.Atoms {
		if moved := s.pos[k].Sub(s.near[k].place); moved.Dot(moved) > slack*slack {
			s.list(k)
		}
		for _, w := range s.near[k].walls {
			least := wallOther
			if polar(atom.Element) && polar(w.Element) {
				least = wallPolar
			}
			along := w.Pos.Sub(s.pos[k])
			square := along.Dot(along)
			if square >= least*least || square < 1e-12 {
				continue
			}
			now := math.Sqrt(square)
			n := along.Scale(1 / now)
			if arm, ease := s.lever(s.Home[k], k, n); ease > 0 {
				s.nudge(s.Home[k], n, arm, firmContacts*(now-least)/ease)
			}
		}
	}
}

func polar(e chem.Element) bool { return e == 7 || e == 8 }

// lever gives the turning arm of a push along n at atom p of group g, and how easily the atom gives way.
func (s *settler) lever(g, p int, n chem.Vec) (arm chem.Vec, ease float64) {
	b := &s.body[g]
	ease = 1 / b.mass
	if b.end-b.first > 1 && !math.IsInf(b.mass, 1) {
		arm = s.pos[p].Sub(b.centre).Cross(n)
		ease += arm.Dot(arm) / b.inertia
	}
	return arm, ease
}

func (s *settler) nudge(g int, n, arm chem.Vec, push float64) {
	b := &s.body[g]
	if math.IsInf(b.mass, 1) {
		return
	}
	shift := n.Scale(push / b.mass)
	centre := b.centre
	b.centre = centre.Add(shift)
	turn := chem.Vec{}
	if b.end-b.first > 1 {
		turn = arm.Scale(push / b.inertia)
	}
	angle := turn.Norm()
	if angle <= 1e-9 {
		for k := b.first; k < b.end; k++ {
			s.pos[k] = s.pos[k].Add(shift)
		}
		return
	}
	r := rotationAbout(turn.Scale(1/angle), min(angle, 0.5))
	for k := b.first; k < b.end; k++ {
		s.pos[k] = b.centre.Add(r.apply(s.pos[k].Sub(centre)))
	}
}

// rigidify lays each group's own shape where its atoms came to lie: many small turns leave rounding behind.
func (s *settler) rigidify() {
	for _, b := range s.body {
		before := make([]chem.Vec, 0, b.end-b.first)
		for k := b.first; k < b.end; k++ {
			before = append(before, s.Molecule.Atoms[k].Pos)
		}
		shape, _ := centred(before)
		moved, c := centred(s.pos[b.first:b.end])
		r, _ := superpose(shape, moved)
		for k := b.first; k < b.end && !math.IsInf(b.mass, 1); k++ {
			s.Molecule.Atoms[k].Pos = c.Add(r.apply(shape[k-b.first]))
		}
	}
}
