package rigid

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"keel/chem"
)

// By hand: two carbons come to 1.52 Å about their middle; where one is held the other does all the moving.
func TestSettlePair(t *testing.T) {
	v := learned()
	c := v.Atom(chem.Atom{Element: 6})
	bonded := func(_, _, order int) float64 { return -float64((order - 1) * (order - 1)) }
	for _, held := range []bool{false, true} {
		a := v.Assemble([]Placed{{Group: c, Held: held}, {Group: c, Frame: Frame{Centre: chem.Vec{2.2}}}}, nil, bonded)
		p, q := a.Molecule.Atoms[0].Pos, a.Molecule.Atoms[1].Pos
		if d := q.Dist(p); math.Abs(d-1.52) > 1e-3 {
			t.Errorf("%.4f Å apart, want 1.52", d)
		}
		if want := map[bool]float64{true: 0, false: 0.34}[held]; math.Abs(p[0]-want) > 1e-3 {
			t.Errorf("held %v: the first lies at %.3f, want %.2f", held, p[0], want)
		}
	}
}

// A propane of single atoms, pressed together, opens to the tetrahedral angle.
func TestSettleAngle(t *testing.T) {
	v := learned()
	c := v.Atom(chem.Atom{Element: 6})
	at := func(x, y float64) Placed { return Placed{Group: c, Frame: Frame{Centre: chem.Vec{x, y}}} }
	a := v.Assemble([]Placed{at(0, 0), at(1.5, 0), at(0.5, 1.4)}, nil, func(i, j, order int) float64 {
		if i == 0 && order == 1 || i == 1 && order == 0 {
			return 0
		}
		return -9
	})
	got := angleAt(a.Molecule.Atoms[0].Pos, a.Molecule.Atoms[1].Pos, a.Molecule.Atoms[2].Pos) * 180 / math.Pi
	if math.Abs(got-110.5) > 0.5 || len(a.Molecule.Bonds) != 2 {
		t.Errorf("an angle of %.1f°, want 110.5; bonds %v", got, a.Molecule.Bonds)
	}
}

// A drug whose groups were shifted and turned at random comes together again: bonds between groups at their lengths, no overlaps, each group in
// its own shape, none far from where it was put.
func TestSettleProperty(t *testing.T) {
	m := ligand(t)
	v := learned(m)
	pieces, err := v.Pieces(m)
	if err != nil {
		t.Fatal(err)
	}
	home := make([]int, len(m.Atoms))
	for k, p := range pieces {
		for _, i := range p.Atoms {
			home[i] = k
		}
	}
	bonded := map[[2]int]bool{}
	for _, b := range m.Bonds {
		bonded[[2]int{min(home[b.A], home[b.B]), max(home[b.A], home[b.B])}] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		jitter := func(size float64) chem.Vec {
			return chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}.Scale(size)
		}
		var placed []Placed
		for _, p := range pieces {
			f := p.Frames[0]
			placed = append(placed, Placed{Group: p.Group, Frame: Frame{f.Centre.Add(jitter(0.15)), f.U.Add(jitter(0.08)), f.V.Add(jitter(0.08))}, Held: len(placed) == 2})
		}
		a := v.Assemble(placed, nil, func(i, j, order int) float64 {
			if bonded[[2]int{i, j}] == (order == 1) {
				return -float64(order * (order - 1))
			}
			return -9
		})
		got := a.Molecule
		for k, p := range placed {
			shape := v.Groups[p.Group].Place(p.Frame)
			from := 0
			for a.Home[from] != k {
				from++
			}
			for i := range shape {
				at := got.Atoms[from+i].Pos
				if d := at.Dist(shape[i]); d > 3 || p.Held && d > 0 {
					t.Fatalf("group %d (held %v) moved by %.2f Å", k, p.Held, d)
				}
				if d := math.Abs(at.Dist(got.Atoms[from].Pos) - shape[i].Dist(shape[0])); d > 1e-6 {
					t.Fatalf("group %d is out of shape by %.2g Å", k, d)
				}
			}
		}
		for _, b := range got.Bonds {
			if d := got.Atoms[b.A].Pos.Dist(got.Atoms[b.B].Pos); a.Home[b.A] != a.Home[b.B] && (d < 1.25 || d > 1.95) {
				t.Fatalf("a bond of %.2f Å between %v and %v", d, got.Atoms[b.A].Element, got.Atoms[b.B].Element)
			}
		}
		for i := range got.Atoms {
			for j := range i {
				if d := got.Atoms[i].Pos.Dist(got.Atoms[j].Pos); d < 1.25 && a.Home[i] != a.Home[j] {
					t.Fatalf("atoms %d and %d are %.2f Å apart", i+1, j+1, d)
				}
			}
		}
	})
}

// By hand: a carbon 3 Å from a wall of carbon is pushed to 3.4 Å, a nitrogen 3 Å from an oxygen stays; a bond holds against the wall.
func TestWalls(t *testing.T) {
	v := learned()
	at := func(x float64, e chem.Element) Placed {
		return Placed{Group: v.Atom(chem.Atom{Element: e}), Frame: Frame{Centre: chem.Vec{x}}}
	}
	none := func(_, _, order int) float64 { return -float64(order) * 9 }
	for _, c := range []struct {
		atom, wall chem.Element
		want       float64
	}{{6, 6, 3.4}, {7, 8, 3}, {7, 6, 3.4}} {
		a := v.Assemble([]Placed{at(0, c.atom)}, []chem.Atom{{Element: c.wall, Pos: chem.Vec{-3}}, {Element: 6, Pos: chem.Vec{50}}}, none)
		if got := a.Molecule.Atoms[0].Pos.Dist(chem.Vec{-3}); math.Abs(got-c.want) > 1e-3 {
			t.Errorf("%v at %v: %.3f Å, want %.1f", c.atom, c.wall, got, c.want)
		}
	}
	a := v.Assemble([]Placed{at(0, 6), at(1.5, 6)}, []chem.Atom{{Element: 6, Pos: chem.Vec{-3}}}, none)
	if d := a.Molecule.Atoms[0].Pos.Dist(a.Molecule.Atoms[1].Pos); math.Abs(d-1.52) > 0.02 || a.Molecule.Atoms[0].Pos[0] < 0.35 {
		t.Errorf("a pair at a wall is %.3f Å long and lies at %v", d, a.Molecule.Atoms[0].Pos)
	}
}

// An atom that comes from afar keeps off a wall that was out of its reach where it was placed.
func TestWallsBeyondReach(t *testing.T) {
	v := learned()
	c := v.Atom(chem.Atom{Element: 6})
	wall := chem.Atom{Element: 6, Pos: chem.Vec{-0.8, 2}}
	if from := wall.Pos.Dist(chem.Vec{3.6}); from < wallOther+slack {
		t.Fatalf("the wall lies %.2f Å from where the atom is placed: within reach", from)
	}
	bonded := func(_, _, order int) float64 { return -float64((order - 1) * (order - 1)) }
	a := v.Assemble([]Placed{{Group: c, Held: true}, {Group: c, Frame: Frame{Centre: chem.Vec{3.6}}}}, []chem.Atom{wall}, bonded)
	at := a.Molecule.Atoms[1].Pos
	if d, off := at.Norm(), at.Dist(wall.Pos); math.Abs(d-1.52) > 0.02 || off < wallOther-0.05 {
		t.Errorf("a bond of %.3f Å to the held atom, %.3f Å from the wall; want 1.52 and at least %.1f", d, off, wallOther)
	}
}
