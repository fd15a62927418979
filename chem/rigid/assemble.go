package rigid

import (
	"cmp"
	"math"
	"slices"

	"keel/chem"
)

// Placed is a group in a frame.
type Placed struct {
	Group int // index into the vocabulary
	Frame Frame
	Held  bool // it stays exactly where it is
}

// Assembly is what came of putting groups together.
type Assembly struct {
	Molecule *chem.Molecule
	Home     []int // by atom: which of the placed groups it belongs to
	Strict   bool  // every bond is the likeliest order of its pair, every likely bond was made, and they join all groups
	Joined   int   // bonds that the scores did not call for, made because two pieces lie at bonding distance
	Refused  int   // bonds that the scores called for and valence, distance or a ring forbade
	Calmed   int   // lone heteroatoms and halogens that became carbon, for what they made would fall apart
}

const (
	// longest is the distance, in sums of covalent radii, up to which atoms of two groups can be bonded: the groups are moved to meet.
	longest = 2.4
	// farthest is the same for pieces that would stay apart otherwise.
	farthest = 4
	// strictLongest is that within which a bond counts as made without repair.
	strictLongest = 1.25
	// ringSlack is how far in Å a bond may be from its length that closes a ring of several groups.
	ringSlack = 0.35
	// bendCost is what it costs in Å to bond against the direction in which an atom's other bonds leave room.
	bendCost = 0.6
	// oddCost is what it costs in Å to join pieces by a bond that drugs hardly have: of two atoms neither of which is carbon, sulfonamides aside.
	oddCost = 1.5
)

// Assemble bonds placed groups. score(i, j, order), i < j, is the log-probability that the pair of groups is bonded by that order, 0 for not
// bonded. Which atoms a bond joins is decided by where they lie and which have a valence free.
//
// Likely bonds are made first, the likeliest before others; then pieces that lie at bonding distance are joined, the best fitting pair
// first. Then heteroatoms that are groups by themselves become carbon where that leaves fewer labile sites ([chem.Molecule.LabileSites]), and the groups are moved as rigid bodies until bonds have their lengths and angles and atoms do not overlap.
// Pieces that are left are joined once more, those that came near or, if there are none, those within farthest; what lies further apart stays in pieces.
// Imines of aromatic rings are written as amines ([chem.Molecule.Aminate]): the complexes that groups are learned from have them either way.
//
// walls are atoms around, of a protein say, that the groups must not run into; they stay where they are.
func (v *Vocabulary) Assemble(placed []Placed, walls []chem.Atom, score func(i, j, order int) float64) Assembly {
	a := v.place(placed)
	type wish struct {
		i, j, order int
		gain        float64
	}
	var wishes []wish
	for i := range placed {
		for j := i + 1; j < len(placed); j++ {
			w := wish{i, j, 1, score(i, j, 1)}
			if s := score(i, j, 2); s > w.gain {
				w.order, w.gain = 2, s
			}
			if w.gain -= score(i, j, 0); w.gain > 0 {
				wishes = append(wishes, w)
			}
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.gain, a.gain) })
	a.Strict = true
	for _, w := range wishes {
		made := false
		for order := w.order; order > 0 && !made; order-- {
			made = a.bond(w.i, w.j, order)
			a.Strict = a.Strict && made && order == w.order
		}
		if !made {
			a.Refused++
		}
	}
	a.joinPieces(score, longest)
	a.calm()
	a.settle(walls)
	for a.joinPieces(score, longest) || a.joinPieces(score, farthest) { // with what came near, and else with what did not
		a.calm()
		a.settle(walls)
	}
	a.Molecule.Aminate(func(i int) bool { return !a.held[a.Home[i]] })
	a.Strict = a.Strict && a.Joined == 0 && a.Calmed == 0 && len(a.Molecule.Fragments()) == 1
	slices.SortFunc(a.Molecule.Bonds, func(x, y chem.Bond) int { return cmp.Or(x.A-y.A, x.B-y.B) })
	return a.Assembly
}

// assembler is an assembly in progress.
type assembler struct {
	Assembly
	first []int  // by group: its first atom
	held  []bool // by group
	free  []int  // by atom: valences left
	root  cutter
}

func (v *Vocabulary) place(placed []Placed) *assembler {
	a := &assembler{Assembly: Assembly{Molecule: &chem.Molecule{}}}
	m := a.Molecule
	for k, p := range placed {
		g := &v.Groups[p.Group]
		from := len(m.Atoms)
		a.first, a.held = append(a.first, from), append(a.held, p.Held)
		a.root.parent = append(a.root.parent, k)
		for i, pos := range g.Place(p.Frame) {
			atom := g.Atoms[i]
			atom.Pos = pos
			m.Atoms = append(m.Atoms, atom)
			a.free = append(a.free, g.Free[i])
			a.Home = append(a.Home, k)
		}
		for _, b := range g.Bonds {
			m.Bonds = append(m.Bonds, chem.Bond{A: b.A + from, B: b.B + from, Order: b.Order})
		}
	}
	a.first = append(a.first, len(m.Atoms))
	return a
}

// bond makes a bond of two groups between the atoms that it fits best, and reports whether there were any.
func (a *assembler) bond(i, j, order int) bool {
	closes := a.root.root(i) == a.root.root(j)
	p, q, cost := a.best(i, j, order, longest)
	if p < 0 || closes && cost > ringSlack {
		return false
	}
	if d := a.Molecule.Atoms[p].Pos.Dist(a.Molecule.Atoms[q].Pos); d > strictLongest*a.radii(p, q) {
		a.Strict = false
	}
	a.make(p, q, order)
	return true
}

func (a *assembler) make(p, q, order int) {
	a.Molecule.Bonds = append(a.Molecule.Bonds, chem.Bond{A: min(p, q), B: max(p, q), Order: order})
	a.free[p] -= order
	a.free[q] -= order
	a.root.join(a.Home[p], a.Home[q])
}

func (a *assembler) radii(p, q int) float64 {
	return a.Molecule.Atoms[p].Element.CovalentRadius() + a.Molecule.Atoms[q].Element.CovalentRadius()
}

// best finds the atoms p of group i and q of group j with enough valence that a bond fits best, and how badly it fits in Å; p is -1 where
// all are further apart than reach, in sums of covalent radii.
func (a *assembler) best(i, j, order int, reach float64) (p, q int, cost float64) {
	p, q, cost = -1, -1, math.Inf(1)
	for s := a.first[i]; s < a.first[i+1]; s++ {
		for t := a.first[j]; t < a.first[j+1]; t++ {
			if a.free[s] < order || a.free[t] < order {
				continue
			}
			if c := a.misfit(s, t, reach); c < cost {
				p, q, cost = s, t, c
			}
		}
	}
	return p, q, cost
}

// misfit says how badly a bond of two atoms fits, in Å: by its length, and by how far it leaves both atoms against the direction in which their bonds
// leave room. It is infinite for atoms further apart than reach.
func (a *assembler) misfit(s, t int, reach float64) float64 {
	along := a.Molecule.Atoms[t].Pos.Sub(a.Molecule.Atoms[s].Pos)
	d, length := along.Norm(), a.radii(s, t)
	if d > reach*length || d == 0 {
		return math.Inf(1)
	}
	cost := math.Abs(d - length)
	for k, i := range [2]int{s, t} {
		var taken chem.Vec
		for _, b := range a.Molecule.Bonds {
			switch i {
			case b.A:
				taken = taken.Add(a.Molecule.Atoms[b.B].Pos.Sub(a.Molecule.Atoms[i].Pos).Unit())
			case b.B:
				taken = taken.Add(a.Molecule.Atoms[b.A].Pos.Sub(a.Molecule.Atoms[i].Pos).Unit())
			}
		}
		out := along.Scale(1 / d)
		if k == 1 {
			out = out.Scale(-1)
		}
		cost += bendCost * max(out.Dot(taken.Unit()), -0.5)
	}
	return cost + bendCost
}

func (a *assembler) odd(s, t int) bool {
	x, y := a.Molecule.Atoms[s].Element, a.Molecule.Atoms[t].Element
	return x != 6 && y != 6 && !(min(x, y) == 7 && max(x, y) == 16)
}

// joinPieces bonds pieces within reach of one another, the best pair first: by how it fits and how likely the scores call it. Two that are held do not come to meet, and have to lie near.
// It reports whether there were any.
func (a *assembler) joinPieces(score func(i, j, order int) float64, reach float64) (joined bool) {
	for {
		best, p, q := math.Inf(1), -1, -1
		fixed := map[int]bool{} // pieces by root
		for g, held := range a.held {
			fixed[a.root.root(g)] = fixed[a.root.root(g)] || held
		}
		for i := range a.root.parent {
			for j := i + 1; j < len(a.root.parent); j++ {
				x, y := a.root.root(i), a.root.root(j)
				if x == y {
					continue
				}
				within := reach
				if fixed[x] && fixed[y] {
					within = min(reach, longest)
				}
				s, t, cost := a.best(i, j, 1, within)
				if s >= 0 && a.odd(s, t) {
					cost += oddCost
				}
				if cost -= 0.1 * max(score(i, j, 1)-score(i, j, 0), -10); s >= 0 && cost < best {
					best, p, q = cost, s, t
				}
			}
		}
		if p < 0 {
			return joined
		}
		a.make(p, q, 1)
		a.Joined++
		joined = true
	}
}

// calm makes carbon of lone heteroatoms and halogens, which has room for all of their bonds, as long as labile sites become fewer by it: the one that takes most with it first. A model
// knows single atoms by where they lie, and is often of two minds about what they are. The oxygen of a carbonyl stays: what is labile beside it is not its fault.
func (a *assembler) calm() {
	m := a.Molecule
	for sites := m.LabileSites(); sites > 0; a.Calmed++ {
		most := -1
		for g, i := range a.first[:len(a.first)-1] {
			was := m.Atoms[i].Element
			if a.first[g+1]-i != 1 || a.held[g] || was == chem.Carbon || m.Atoms[i].Charge != 0 || was == chem.Oxygen && doublyBonded(m, i) {
				continue
			}
			m.Atoms[i].Element = chem.Carbon
			if n := m.LabileSites(); n < sites {
				sites, most = n, i
			}
			m.Atoms[i].Element = was
		}
		if most < 0 {
			return
		}
		m.Atoms[most].Element = chem.Carbon
	}
}

func doublyBonded(m *chem.Molecule, i int) bool {
	return slices.ContainsFunc(m.Bonds, func(b chem.Bond) bool { return b.Order == 2 && (b.A == i || b.B == i) })
}
