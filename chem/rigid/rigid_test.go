package rigid

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"keel/chem"
)

var singles = []chem.Atom{{Element: 6}, {Element: 7}, {Element: 8}, {Element: 9}, {Element: 16}}

// ligand is amprenavir as it lies in HIV-1 protease: three ring systems, a sulfonamide, a carbamate, an isobutyl group.
func ligand(t testing.TB) *chem.Molecule {
	t.Helper()
	m, err := chem.ReadLigand("../../examples/1hpv/ligand.sdf")
	if err != nil {
		t.Fatal(err)
	}
	return m.HeavyOnly()
}

func learned(mols ...*chem.Molecule) *Vocabulary {
	l := NewLearner()
	for _, m := range mols {
		l.Add(m)
	}
	return l.Vocabulary(singles, 100, 1)
}

func TestCut(t *testing.T) {
	for _, c := range []struct{ smiles, want string }{
		{"CCO", "CCO"},
		{"c1ccccc1C", "c1ccccc1 C"},                // what hangs on a ring stands alone
		{"O=C1CCCN1C", "O=C1CCCN1 C"},              // a ring takes what is doubly bonded to it
		{"CC(=O)NC", "CC=O CN"},                    // amide
		{"FC(F)(F)CCC#N", "FC(F)F C C C#N"},        // CF3, lone CH2s, a nitrile
		{"C1CC2(C1)CCC2", "C1CC2(C1)CCC2"},         // spiro rings are one system
		{"c1ccccc1-c1ccccc1", "c1ccccc1 c1ccccc1"}, // biphenyl is not
		{"CS(=O)(=O)Nc1ccccc1", "CS(=O)=O N c1ccccc1"},
		{"C", "C"},
	} {
		m, err := chem.ParseSMILES(c.smiles)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		atoms := 0
		for _, g := range Cut(m) {
			sub := m.Subset(g)
			got = append(got, sub.Key())
			atoms += len(g)
		}
		var want []string
		for _, s := range strings.Fields(c.want) {
			w, err := chem.ParseSMILES(s)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, w.Key())
		}
		slices.Sort(got)
		slices.Sort(want)
		if atoms != len(m.Atoms) || len(got) != len(want) {
			t.Errorf("%s: %d groups of %d atoms, want %s", c.smiles, len(got), atoms, c.want)
		}
	}
}

func randomRotation(rng *rand.Rand) rotation {
	v := func() chem.Vec { return chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()} }
	u, w := axes(v(), v())
	return rotation{u, w, u.Cross(w)}
}

// A rotation of random points is found again, and nothing is left over; a mirror image is not mistaken for one.
func TestSuperpose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n := rapid.IntRange(4, 12).Draw(t, "points")
		points := []chem.Vec{{}, {1}, {0, 2}, {0, 0, 3}} // which are far from flat
		for len(points) < n {
			points = append(points, chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()})
		}
		points, _ = centred(points)
		r := randomRotation(rng)
		turned, mirrored := make([]chem.Vec, n), make([]chem.Vec, n)
		for i, p := range points {
			turned[i] = r.apply(p)
			mirrored[i] = turned[i]
			mirrored[i][0] = -mirrored[i][0]
		}
		found, rms := superpose(points, turned)
		if rms > 1e-6 {
			t.Fatalf("%v Å are left", rms)
		}
		for i := range found {
			if found[i].Dist(r[i]) > 1e-5 {
				t.Fatalf("found %v, want %v", found, r)
			}
		}
		if _, rms := superpose(points, mirrored); rms < 1e-3 {
			t.Fatal("a mirror image is taken for a rotation")
		}
	})
}

// By hand: two points 2 Å apart against two 4 Å apart miss each other by 1 Å.
func TestSuperposeMisfit(t *testing.T) {
	_, rms := superpose([]chem.Vec{{-1}, {1}}, []chem.Vec{{0, 2}, {0, -2}})
	if math.Abs(rms-1) > 1e-9 {
		t.Errorf("%v Å, want 1", rms)
	}
}

// A molecule that the vocabulary was learned from is cut into groups that lie where its atoms do, in each of the equivalent frames, and is
// put together again, wherever it lies.
func TestPiecesAndAssemble(t *testing.T) {
	m := ligand(t)
	v := learned(m)
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		r, moved := randomRotation(rng), m.HeavyOnly()
		for i, a := range moved.Atoms {
			moved.Atoms[i].Pos = r.apply(a.Pos).Add(chem.Vec{10, -5, 3})
		}
		pieces, err := v.Pieces(moved)
		if err != nil {
			t.Fatal(err)
		}
		var placed []Placed
		home := make([]int, len(m.Atoms))
		for k, p := range pieces {
			f := p.Frames[rng.IntN(len(p.Frames))]
			placed = append(placed, Placed{Group: p.Group, Frame: f})
			at := v.Groups[p.Group].Place(p.Frames[0])
			for i, a := range p.Atoms {
				home[a] = k
				if d := at[i].Dist(moved.Atoms[a].Pos); d > 0.08 {
					t.Fatalf("atom %d of %s lies %.3f Å off", a+1, v.Groups[p.Group].Name(), d)
				}
			}
		}
		bonded := map[[2]int]int{}
		for _, b := range m.Bonds {
			i, j := min(home[b.A], home[b.B]), max(home[b.A], home[b.B])
			bonded[[2]int{i, j}] = b.Order
		}
		a := v.Assemble(placed, nil, func(i, j, order int) float64 {
			if bonded[[2]int{i, j}] == order {
				return 0
			}
			return -5
		})
		if a.Molecule.Key() != m.Key() || !a.Strict || a.Joined != 0 || a.Refused != 0 {
			t.Fatalf("put together as %s (strict %v, %d joined, %d refused)", a.Molecule.SMILES(), a.Strict, a.Joined, a.Refused)
		}
	})
}

// A ring that the vocabulary lacks becomes atoms; an atom that it lacks is an error that names it.
func TestUnknownPieces(t *testing.T) {
	m := ligand(t)
	v := learned()
	pieces, err := v.Pieces(m)
	if err != nil || len(pieces) != len(m.Atoms) {
		t.Errorf("%d pieces of %d atoms: %v", len(pieces), len(m.Atoms), err)
	}
	_, err = v.Pieces(&chem.Molecule{Name: "borane", Atoms: []chem.Atom{{Element: 5}}})
	if err == nil || !strings.Contains(err.Error(), "borane: atom 1 (B, charge +0)") {
		t.Error(err)
	}
}

// A phenyl ring with one substituent can lie in two ways, one with two different ones in one way: the frames are those that put the largest
// branch on the template's first atom.
func TestFrames(t *testing.T) {
	m := ligand(t)
	v := learned(m)
	pieces, err := v.Pieces(m)
	if err != nil {
		t.Fatal(err)
	}
	ways := map[string][]int{}
	for _, p := range pieces {
		ways[v.Groups[p.Group].Name()] = append(ways[v.Groups[p.Group].Name()], len(p.Frames))
	}
	if got := ways["c1ccccc1"]; !slices.Equal(got, []int{2, 2}) { // the para-substituted ring too: turned about its long axis
		t.Errorf("phenyl rings can lie in %v ways, want 2 each", got)
	}
}

// Pieces at bonding distance are joined without being told, and only there; valence forbids.
func TestJoinPieces(t *testing.T) {
	v := learned()
	at := func(x float64, element chem.Element) Placed {
		return Placed{Group: v.Atom(chem.Atom{Element: element}), Frame: Frame{Centre: chem.Vec{x}}}
	}
	none := func(_, _, order int) float64 { return -float64(order) * 9 }
	a := v.Assemble([]Placed{at(0, 6), at(1.5, 6), at(3, 8), at(9, 6)}, nil, none)
	want := []chem.Bond{{A: 0, B: 1, Order: 1}, {A: 1, B: 2, Order: 1}}
	if d := cmp.Diff(want, a.Molecule.Bonds); d != "" || a.Joined != 2 || a.Strict {
		t.Errorf("bonds (-want +got):\n%s%d joined, strict %v", d, a.Joined, a.Strict)
	}
	a = v.Assemble([]Placed{at(-4, 6), at(1.9, 9), at(3.8, 6)}, nil, func(i, j, order int) float64 {
		if i == 1 && j == 2 && order == 1 {
			return -1
		}
		return none(i, j, order)
	})
	if d := cmp.Diff([]chem.Bond{{A: 1, B: 2, Order: 1}}, a.Molecule.Bonds); d != "" {
		t.Errorf("fluorine's bonds (-want +got):\n%s", d)
	}
	likely := func(_, _, order int) float64 { return float64(order) }
	a = v.Assemble([]Placed{at(0, 6), at(7, 6)}, nil, likely)
	if len(a.Molecule.Bonds) != 0 || a.Refused != 1 || a.Strict {
		t.Errorf("atoms 7 Å apart: bonds %v, %d refused", a.Molecule.Bonds, a.Refused)
	}
	a = v.Assemble([]Placed{at(0, 6), at(4, 6)}, nil, likely) // too far for the wish, but they would stay apart otherwise
	if len(a.Molecule.Bonds) != 1 || a.Molecule.Bonds[0].Order != 1 || a.Refused != 1 || a.Joined != 1 || a.Strict {
		t.Errorf("atoms 4 Å apart: bonds %v, %d refused, %d joined", a.Molecule.Bonds, a.Refused, a.Joined)
	}
	one, other := at(0, 6), at(4, 6)
	one.Held, other.Held = true, true
	if a = v.Assemble([]Placed{one, other}, nil, likely); len(a.Molecule.Bonds) != 0 {
		t.Errorf("held atoms 4 Å apart: bonds %v", a.Molecule.Bonds)
	}
}

func TestVocabularyFile(t *testing.T) {
	v := learned(ligand(t))
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var w Vocabulary
	if err := json.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	p, err := v.Pieces(ligand(t))
	q, err2 := w.Pieces(ligand(t))
	if d := cmp.Diff(p, q); d != "" || err != nil || err2 != nil {
		t.Errorf("another vocabulary is read than was written: %v, %v\n%s", err, err2, d)
	}
	for _, c := range []struct{ text, want string }{
		{`[{}]`, "group 0 has 0 atoms"},
		{`[{"atoms":[{"Element":6}],"free":[]}]`, "1 atoms and 0 free valences"},
		{`[{"atoms":[{"Element":6}],"free":[4],"bonds":[{"A":0,"B":1,"Order":1}]}]`, "bond 0-1 of order 1 does not fit"},
	} {
		if err := json.Unmarshal([]byte(c.text), &w); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
}

func FuzzVocabulary(f *testing.F) {
	text, err := json.Marshal(learned(ligand(f)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`[{"atoms":[{"Element":6},{"Element":6}],"free":[3,3],"bonds":[{"A":0,"B":1,"Order":1}],"rank":1}]`))
	m := ligand(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		var v Vocabulary
		if json.Unmarshal(text, &v) != nil {
			return
		}
		pieces, err := v.Pieces(m)
		if err != nil {
			return
		}
		for _, p := range pieces {
			v.Groups[p.Group].Place(p.Frames[0])
		}
	})
}
