package pocket

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"keel/chem"
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

// sorted is a molecule's bonds in one order.
func sorted(bonds []chem.Bond) []chem.Bond {
	out := slices.Clone(bonds)
	for i, b := range out {
		out[i].A, out[i].B = min(b.A, b.B), max(b.A, b.B)
	}
	slices.SortFunc(out, func(a, b chem.Bond) int { return cmp.Or(a.A-b.A, a.B-b.B) })
	return out
}

func TestEncodeDecode(t *testing.T) {
	amprenavir, err := chem.ReadLigand("../../examples/1hpv/ligand.sdf")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*chem.Molecule{parse(t, nitro), amprenavir} {
		for _, l := range []Layout{{len(m.Atoms)}, {len(m.Atoms) + 3}} {
			x, centre := make([]float32, l.Dims()), chem.Vec{10, -20, 30}
			if err := l.Encode(m, centre, x); err != nil {
				t.Fatal(err)
			}
			got := l.Decode(x, len(m.Atoms), centre, m.Name)
			for i, a := range got.Atoms {
				if d := a.Pos.Dist(m.Atoms[i].Pos); d > 1e-4 {
					t.Errorf("%s: atom %d is %v Å off", m.Name, i+1, d)
				}
				if a.Element != m.Atoms[i].Element || a.Charge != m.Atoms[i].Charge {
					t.Errorf("%s: atom %d is %v%+d, want %v%+d", m.Name, i+1, a.Element, a.Charge, m.Atoms[i].Element, m.Atoms[i].Charge)
				}
			}
			if d := gocmp.Diff(sorted(m.Bonds), sorted(got.Bonds)); d != "" {
				t.Errorf("%s: bonds (-want +got):\n%s", m.Name, d)
			}
			mask := make([]float32, l.Dims())
			l.Mask(len(m.Atoms), mask)
			for k := range x {
				if x[k] != 0 && mask[k] == 0 {
					t.Fatalf("%s: entry %d of the state is %v outside the mask", m.Name, k, x[k])
				}
			}
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	l := Layout{20}
	for _, c := range []struct {
		name, want string
		mol        *chem.Molecule
	}{
		{"size", "21 heavy atoms, at most 20 fit", &chem.Molecule{Name: "m", Atoms: make([]chem.Atom, 21)}},
		{"type", "m: atom 1 (B, charge +0)", &chem.Molecule{Name: "m", Atoms: []chem.Atom{{Element: 5}}}},
		{"order", "bond 1-2 has order 4", &chem.Molecule{Name: "m", Atoms: []chem.Atom{{Element: 6}, {Element: 6}}, Bonds: []chem.Bond{{A: 0, B: 1, Order: 4}}}},
	} {
		if err := l.Encode(c.mol, chem.Vec{}, make([]float32, l.Dims())); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// By hand: 2 of 3 atoms have 6 coordinates, 22 type entries, and 4 orders of their one pair.
func TestMask(t *testing.T) {
	l := Layout{3}
	mask := make([]float32, l.Dims())
	for i := range mask {
		mask[i] = 7 // of an earlier use
	}
	l.Mask(2, mask)
	var on []int
	for i, v := range mask {
		if v == 1 {
			on = append(on, i)
		} else if v != 0 {
			t.Fatalf("mask[%d] = %v", i, v)
		}
	}
	var want []int
	for i := range 6 {
		want = append(want, i)
	}
	for i := range 22 {
		want = append(want, 9+i)
	}
	want = append(want, 9+33+4, 9+33+5, 9+33+6, 9+33+7) // pair (0, 1) of 3×3
	if !slices.Equal(on, want) || l.Dims() != 9+33+36 {
		t.Errorf("%v are on of %d, want %v", on, l.Dims(), want)
	}
}

// Whatever the state, decoding gives atoms of the model's types, single bonds between pairs, and valences that hold.
func TestDecodeProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 14).Draw(t, "atoms")
		l := Layout{n + rapid.IntRange(0, 2).Draw(t, "padding")}
		value := rapid.SampledFrom([]float32{0, 0, 0, 0.1, 0.25, 0.5, -0.5, 1, 3})
		if rapid.Bool().Draw(t, "dense") {
			value = rapid.Float32Range(-1.5, 1.5)
		}
		x := rapid.SliceOfN(value, l.Dims(), l.Dims()).Draw(t, "x")
		m := l.Decode(x, n, chem.Vec{1, 2, 3}, "any")
		if len(m.Atoms) != n {
			t.Fatalf("%d atoms, want %d", len(m.Atoms), n)
		}
		if err := m.CheckValence(); err != nil {
			t.Fatal(err)
		}
		seen := map[[2]int]bool{}
		for _, b := range m.Bonds {
			pair := [2]int{min(b.A, b.B), max(b.A, b.B)}
			if b.A == b.B || seen[pair] || b.Order < 1 || b.Order > 3 {
				t.Fatalf("bonds %v", m.Bonds)
			}
			seen[pair] = true
		}
		for i, a := range m.Atoms {
			if !a.Pos.Finite() || typeIndex(a) < 0 {
				t.Fatalf("atom %d is %+v", i, a)
			}
		}
	})
}

// encodeApart encodes atoms on the x axis without any bond.
func encodeApart(t *testing.T, l Layout, at []float64, elements ...chem.Element) []float32 {
	t.Helper()
	m := &chem.Molecule{}
	for i, e := range elements {
		m.Atoms = append(m.Atoms, chem.Atom{Element: e, Pos: chem.Vec{at[i], 0, 0}})
	}
	x := make([]float32, l.Dims())
	if err := l.Encode(m, chem.Vec{}, x); err != nil {
		t.Fatal(err)
	}
	return x
}

// Atoms that the model leaves unbonded are joined where they lie at bonding distance, and only there.
func TestJoinPieces(t *testing.T) {
	l := Layout{4}
	got := l.Decode(encodeApart(t, l, []float64{0, 1.5, 3.0, 9.0}, 6, 6, 8, 6), 4, chem.Vec{}, "")
	want := []chem.Bond{{A: 0, B: 1, Order: 1}, {A: 1, B: 2, Order: 1}}
	if d := gocmp.Diff(want, sorted(got.Bonds)); d != "" {
		t.Errorf("bonds (-want +got):\n%s", d)
	}
	// Fluorine has one valence: it ends up on one of its neighbours, the likelier.
	l = Layout{3}
	x := encodeApart(t, l, []float64{0, 1.4, 2.8}, 6, 9, 6)
	x[l.bond(1, 2, 1)] = 0.01
	got = l.Decode(x, 3, chem.Vec{}, "")
	if d := gocmp.Diff([]chem.Bond{{A: 1, B: 2, Order: 1}}, sorted(got.Bonds)); d != "" {
		t.Errorf("bonds (-want +got):\n%s", d)
	}
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

func TestLongestBond(t *testing.T) {
	if got := longestBond(6, 6); math.Abs(got-2.02) > 0.1 {
		t.Errorf("two carbons may be bonded up to %.2f Å apart, want 2.0", got)
	}
}
