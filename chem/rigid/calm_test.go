package rigid

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"keel/chem"
)

// By hand: of a chain of single atoms that would fall apart, one after another becomes carbon until it does not; what a held or a charged atom is stays.
func TestCalm(t *testing.T) {
	const c, n, o, f, s = 6, 7, 8, 9, 16
	for _, test := range []struct {
		name       string
		chain      []chem.Element
		held       int // so many from the first
		want       []chem.Element
		calmed     int
		sitesAfter int
	}{
		{"an ether", []chem.Element{c, o, c}, 0, []chem.Element{c, o, c}, 0, 0},
		{"an amine", []chem.Element{c, c, n}, 0, []chem.Element{c, c, n}, 0, 0},
		{"a peroxide", []chem.Element{c, o, o, c}, 0, []chem.Element{c, c, o, c}, 1, 0},
		{"a peroxide, half of it held", []chem.Element{c, o, o, c}, 2, []chem.Element{c, o, c, c}, 1, 0},
		{"a peroxide, held", []chem.Element{c, o, o, c}, 4, []chem.Element{c, o, o, c}, 0, 1},
		{"an aminal", []chem.Element{c, n, c, n, c}, 0, []chem.Element{c, c, c, n, c}, 1, 0},
		{"a triazane", []chem.Element{c, n, n, n, c}, 0, []chem.Element{c, c, c, n, c}, 2, 0},
		{"an N-fluoro amine", []chem.Element{c, n, f}, 0, []chem.Element{c, c, f}, 1, 0},
		{"a disulphide", []chem.Element{c, s, s, c}, 0, []chem.Element{c, c, s, c}, 1, 0},
	} {
		v := learned()
		var placed []Placed
		for i, e := range test.chain {
			placed = append(placed, Placed{Group: v.Atom(chem.Atom{Element: e}), Frame: Frame{Centre: chem.Vec{1.25 * float64(i), 0.7 * float64(i%2)}}, Held: i < test.held})
		}
		a := v.Assemble(placed, nil, func(i, j, order int) float64 {
			if (j == i+1) == (order == 1) && order < 2 {
				return 0
			}
			return -9
		})
		var got []chem.Element
		for _, atom := range a.Molecule.Atoms {
			got = append(got, atom.Element)
		}
		if !slices.Equal(got, test.want) || a.Calmed != test.calmed || a.Molecule.LabileSites() != test.sitesAfter || a.Strict != (test.calmed == 0) {
			t.Errorf("%s became %v, %d calmed, %d labile sites left, strict %v", test.name, got, a.Calmed, a.Molecule.LabileSites(), a.Strict)
		}
	}
}

// Of an anhydride the oxygen between the carbonyls becomes carbon, not those that make them.
func TestCalmCarbonyls(t *testing.T) {
	v := learned()
	bonds := map[[2]int]int{{0, 1}: 1, {1, 2}: 2, {1, 3}: 1, {3, 4}: 1, {4, 5}: 2, {4, 6}: 1}
	var placed []Placed
	for _, a := range []struct {
		e    chem.Element
		x, y float64
	}{{6, 0, 0}, {6, 1.25, 0.7}, {8, 1.25, 1.9}, {8, 2.5, 0}, {6, 3.75, 0.7}, {8, 3.75, 1.9}, {6, 5, 0}} {
		placed = append(placed, Placed{Group: v.Atom(chem.Atom{Element: a.e}), Frame: Frame{Centre: chem.Vec{a.x, a.y}}})
	}
	a := v.Assemble(placed, nil, func(i, j, order int) float64 {
		if bonds[[2]int{min(i, j), max(i, j)}] == order {
			return 0
		}
		return -9
	})
	if got := a.Molecule.SMILES(); got != "CC(=O)CC(C)=O" || a.Calmed != 1 {
		t.Errorf("acetic anhydride became %s, %d calmed", got, a.Calmed)
	}
}

// Whatever single atoms are put together, each that was carbon still is, and nothing is left that one more carbon would have made less labile.
func TestCalmProperty(t *testing.T) {
	v := learned()
	rapid.Check(t, func(t *rapid.T) {
		var placed []Placed
		var was []chem.Element
		for i := range rapid.IntRange(1, 8).Draw(t, "atoms") {
			e := rapid.SampledFrom([]chem.Element{6, 6, 7, 8, 9, 16}).Draw(t, "element")
			was = append(was, e)
			placed = append(placed, Placed{Group: v.Atom(chem.Atom{Element: e}), Frame: Frame{Centre: chem.Vec{1.4 * float64(i/2), 1.5 * float64(i%2), rapid.Float64Range(-0.3, 0.3).Draw(t, "z")}}})
		}
		a := v.Assemble(placed, nil, func(_, _, order int) float64 { return -float64(order*order) + float64(order) })
		m, changed := a.Molecule, 0
		sites := m.LabileSites()
		for i := range m.Atoms {
			e := m.Atoms[i].Element
			if e != was[i] {
				changed++
				if e != chem.Carbon {
					t.Fatalf("atom %d was %v and is %v", i, was[i], e)
				}
			}
			m.Atoms[i].Element = chem.Carbon
			if n := m.LabileSites(); n < sites {
				t.Fatalf("%d labile sites, %d with atom %d of carbon: %s", sites, n, i, m.SMILES())
			}
			m.Atoms[i].Element = e
		}
		if changed != a.Calmed {
			t.Fatalf("%d atoms are others, %d are said to be", changed, a.Calmed)
		}
	})
}

// Two pieces too far apart to be joined come near when one of them is drawn to its neighbour, and are joined then.
func TestJoinAfterSettling(t *testing.T) {
	v := learned()
	c := v.Atom(chem.Atom{Element: 6})
	at := func(x, y float64) Frame { return Frame{Centre: chem.Vec{x, y}} }
	placed := []Placed{{Group: c, Frame: at(0, 0), Held: true}, {Group: c, Frame: at(3.6, 0)}, {Group: c, Frame: at(1.52, -3.5)}}
	a := v.Assemble(placed, nil, func(i, j, order int) float64 {
		if (i == 0 && j == 1) == (order == 1) && order < 2 {
			return 0
		}
		return -9
	})
	if len(a.Molecule.Fragments()) != 1 {
		t.Errorf("%d pieces: %s", len(a.Molecule.Fragments()), a.Molecule.SMILES())
	}
}

// TestAssembleAminates: an imine learned as one group is assembled as the amine that it is, unless it is held.
func TestAssembleAminates(t *testing.T) {
	m, err := chem.ParseSMILES("N=C1N=CC=CN1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Atoms {
		turn, radius := float64(max(i-1, 0))*math.Pi/3, 1.38
		if i == 0 {
			radius = 2.7
		}
		m.Atoms[i].Pos = chem.Vec{radius * math.Cos(turn), radius * math.Sin(turn)}
	}
	l := NewLearner()
	l.Add(m)
	v := l.Vocabulary(nil, 1, 1)
	for held, want := range map[bool]string{false: "Nc1ncccn1", true: m.SMILES()} {
		a := v.Assemble([]Placed{{Group: 0, Held: held}}, nil, func(i, j, order int) float64 { return 0 })
		if got := a.Molecule.SMILES(); got != want || !a.Strict {
			t.Errorf("held %v: %s, expected %s; strict %v", held, got, want, a.Strict)
		}
	}
}
