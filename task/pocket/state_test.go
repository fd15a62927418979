package pocket

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keel/chem"
	"keel/chem/rigid"
)

// Nitrobenzene with a hydroxyl and a chlorine, benzonitrile's nitrile beside it: charges, all bond orders, a ring. Its
// coordinates were drawn on a hexagon of 1.4 Å with substituents at 1.4 to 1.7 Å.
const nitro = `4-chloro-2-hydroxy-5-nitrobenzonitrile


 13 13  0  0  0  0  0  0  0  0999 V2000
    1.4000    0.0000    0.0000 C   0  0
    0.7000    1.2124    0.0000 C   0  0
   -0.7000    1.2124    0.0000 C   0  0
   -1.4000    0.0000    0.0000 C   0  0
   -0.7000   -1.2124    0.0000 C   0  0
    0.7000   -1.2124    0.0000 C   0  0
    2.8700    0.0000    0.0000 N   0  3
    3.4500    1.0500    0.2000 O   0  5
    3.4500   -1.0500   -0.2000 O   0  0
    1.5500    2.6847    0.1000 Cl  0  0
   -1.3800    2.3902    0.0000 O   0  0
   -2.8400    0.0000    0.0000 C   0  0
   -3.9900    0.0000    0.0000 N   0  0
  1  2  2  0
  2  3  1  0
  3  4  2  0
  4  5  1  0
  5  6  2  0
  1  6  1  0
  1  7  1  0
  7  8  1  0
  7  9  2  0
  2 10  1  0
  3 11  1  0
  4 12  1  0
 12 13  3  0
M  CHG  2   7   1   8  -1
M  END
$$$$
`

func parse(t *testing.T, sdf string) *chem.Molecule {
	t.Helper()
	mols, bad, err := chem.ParseSDF(strings.NewReader(sdf), "test")
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	return mols[0].HeavyOnly()
}

// vocabulary holds the groups of the given molecules, and single atoms.
func vocabulary(mols ...*chem.Molecule) *rigid.Vocabulary {
	l := rigid.NewLearner()
	for _, m := range mols {
		l.Add(m)
	}
	return l.Vocabulary(SingleAtoms, 100, 1)
}

func amprenavir(t *testing.T) *chem.Molecule {
	t.Helper()
	m, err := chem.ReadLigand("../../examples/1hpv/ligand.sdf")
	if err != nil {
		t.Fatal(err)
	}
	return m.HeavyOnly()
}

// A molecule comes back from its state with the same constitution, the atoms in their places, whichever of the equivalent ways each group
// was described in, and nothing stands outside the mask.
func TestEncodeDecode(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	benzonitrile, drug := parse(t, nitro), amprenavir(t)
	v := vocabulary(benzonitrile, drug)
	for _, m := range []*chem.Molecule{benzonitrile, drug} {
		pieces, err := v.Pieces(m)
		if err != nil {
			t.Fatal(err)
		}
		for padding := range 4 {
			l := Layout{Nodes: len(pieces) + padding, Types: len(v.Groups)}
			x, centre := make([]float32, l.Dims()), chem.Vec{10, -20, 30}
			if err := l.Encode(m, pieces, centre, rng, x); err != nil {
				t.Fatal(err)
			}
			got := l.Decode(v, x, len(pieces), 0, nil, centre, m.Name)
			if got.Key() != m.Key() {
				t.Errorf("%s comes back as %s, want %s", m.Name, got.SMILES(), m.SMILES())
			}
			if s, _ := got.Prop("strict"); s != "1" {
				t.Errorf("%s: strict is %q", m.Name, s)
			}
			for _, a := range m.Atoms {
				if d := chem.Nearest(a.Pos, got.Positions()); d > 0.8 { // of the nitro group, which turns away from its neighbours
					t.Errorf("%s: the atom at %v is %.2f Å off", m.Name, a.Pos, d)
				}
			}
			mask := make([]float32, l.Dims())
			l.Mask(len(pieces), mask)
			for k := range x {
				if x[k] != 0 && mask[k] == 0 {
					t.Fatalf("%s: entry %d of the state is %v outside the mask", m.Name, k, x[k])
				}
			}
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	pair := func(order int) *chem.Molecule {
		return &chem.Molecule{Name: "m", Atoms: []chem.Atom{{Element: 6}, {Element: 6, Pos: chem.Vec{1.2}}}, Bonds: []chem.Bond{{A: 0, B: 1, Order: order}}}
	}
	v := vocabulary()
	for _, c := range []struct {
		name, want string
		nodes      int
		mol        *chem.Molecule
	}{
		{"size", "m: 2 rigid groups, at most 1 fit", 1, pair(1)},
		{"order", "m: bond 1-2 of order 3 lies between groups", 2, pair(3)},
	} {
		pieces, err := v.Pieces(c.mol)
		if err != nil {
			t.Fatal(err)
		}
		l := Layout{Nodes: c.nodes, Types: len(v.Groups)}
		if err := l.Encode(c.mol, pieces, chem.Vec{}, nil, make([]float32, l.Dims())); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// By hand: 2 of 3 groups have 6 coordinates, 12 of axes, 10 type entries, and 3 orders of their one pair.
func TestMask(t *testing.T) {
	l := Layout{Nodes: 3, Types: 5}
	mask := slices.Repeat([]float32{7}, l.Dims()) // of an earlier use
	l.Mask(2, mask)
	var want []float32
	for _, run := range []struct {
		value float32
		n     int
	}{{1, 6}, {0, 3}, {1, 12}, {0, 6}, {1, 10}, {0, 5}, {0, 3}, {1, 3}, {0, 3 + 9 + 9}} {
		want = append(want, slices.Repeat([]float32{run.value}, run.n)...)
	}
	if !slices.Equal(mask, want) {
		t.Errorf("mask %v, want %v", mask, want)
	}
}

// Whatever the state, decoding gives all atoms of the groups that it names, in finite places, single bonds between pairs, and valences that hold.
func TestDecodeProperty(t *testing.T) {
	v := vocabulary(parse(t, nitro), amprenavir(t))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "groups")
		l := Layout{Nodes: n + rapid.IntRange(0, 2).Draw(t, "padding"), Types: len(v.Groups)}
		value := rapid.SampledFrom([]float32{0, 0, 0, 0.1, 0.25, 0.5, -0.5, 1, 3})
		if rapid.Bool().Draw(t, "dense") {
			value = rapid.Float32Range(-1.5, 1.5)
		}
		x := rapid.SliceOfN(value, l.Dims(), l.Dims()).Draw(t, "x")
		m := l.Decode(v, x, n, 0, nil, chem.Vec{1, 2, 3}, "any")
		atoms := 0
		for i := range n {
			at := l.typeOffset() + i*l.Types
			atoms += len(v.Groups[argmax(x[at:at+l.Types])].Atoms)
		}
		if len(m.Atoms) != atoms {
			t.Fatalf("%d atoms, want %d", len(m.Atoms), atoms)
		}
		if err := m.CheckValence(); err != nil {
			t.Fatal(err)
		}
		seen := map[[2]int]bool{}
		for _, b := range m.Bonds {
			if b.A >= b.B || seen[[2]int{b.A, b.B}] || b.Order < 1 || b.Order > 3 {
				t.Fatalf("bonds %v", m.Bonds)
			}
			seen[[2]int{b.A, b.B}] = true
		}
		for i, a := range m.Atoms {
			if !a.Pos.Finite() {
				t.Fatalf("atom %d is %+v", i, a)
			}
		}
	})
}

func TestNeutralise(t *testing.T) {
	charges := func(m *chem.Molecule) (q []int) {
		neutralise(m)
		for _, a := range m.Atoms {
			q = append(q, a.Charge)
		}
		return q
	}
	plus, minus := chem.Atom{Element: 7, Charge: 1}, chem.Atom{Element: 8, Charge: -1}
	carbon := chem.Atom{Element: 6}
	for _, c := range []struct {
		name string
		mol  *chem.Molecule
		want []int
	}{
		{"nitro", &chem.Molecule{Atoms: []chem.Atom{carbon, plus, minus, {Element: 8}},
			Bonds: []chem.Bond{{A: 0, B: 1, Order: 1}, {A: 1, B: 2, Order: 1}, {A: 1, B: 3, Order: 2}}}, []int{0, 1, -1, 0}},
		{"amine", &chem.Molecule{Atoms: []chem.Atom{carbon, plus}, Bonds: []chem.Bond{{A: 0, B: 1, Order: 1}}}, []int{0, 0}},
		{"alkoxide", &chem.Molecule{Atoms: []chem.Atom{carbon, minus}, Bonds: []chem.Bond{{A: 0, B: 1, Order: 1}}}, []int{0, 0}},
		{"hydroxylamine, both ends lose theirs", &chem.Molecule{Atoms: []chem.Atom{plus, minus}, Bonds: []chem.Bond{{A: 0, B: 1, Order: 1}}}, []int{0, 0}},
	} {
		if got := charges(c.mol); !slices.Equal(got, c.want) {
			t.Errorf("%s: charges %v, want %v", c.name, got, c.want)
		}
	}
}
