package chem

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawConstitution draws a molecule in which every valence fits: a tree, then ring closures and higher orders where there is room.
func drawConstitution(t *rapid.T) *Molecule {
	m := &Molecule{}
	var left []int
	kinds := []Atom{{Element: Carbon}, {Element: Carbon}, {Element: Carbon}, {Element: Nitrogen}, {Element: Oxygen}, {Element: Sulfur}, {Element: Fluorine},
		{Element: Nitrogen, Charge: 1}, {Element: Oxygen, Charge: -1}, {Element: Boron}, {Element: Hydrogen}, {Element: Iodine}, {Element: 30}}
	for i := range rapid.IntRange(1, 24).Draw(t, "atoms") {
		a := rapid.SampledFrom(kinds).Draw(t, "kind")
		m.Atoms = append(m.Atoms, a)
		room := 4
		if v := a.Element.Valences(a.Charge); len(v) > 0 {
			room = v[len(v)-1]
		}
		left = append(left, room)
		if i > 0 {
			m.bindIfRoom(left, rapid.IntRange(0, i-1).Draw(t, "to"), i, 1)
		}
	}
	for range rapid.IntRange(0, 20).Draw(t, "more") {
		a, b := rapid.IntRange(0, len(left)-1).Draw(t, "a"), rapid.IntRange(0, len(left)-1).Draw(t, "b")
		m.bindIfRoom(left, min(a, b), max(a, b), rapid.IntRange(1, 2).Draw(t, "order"))
	}
	return m
}

// bindIfRoom binds atoms by that order, or raises the order between them, unless a valence would be exceeded.
func (m *Molecule) bindIfRoom(left []int, a, b, order int) {
	if a == b || left[a] < order || left[b] < order {
		return
	}
	for n := range m.Bonds {
		if bond := &m.Bonds[n]; bond.A == a && bond.B == b {
			if bond.Order+order <= 3 {
				bond.Order += order
				left[a] -= order
				left[b] -= order
			}
			return
		}
	}
	m.Bonds = append(m.Bonds, Bond{a, b, order})
	left[a] -= order
	left[b] -= order
}

// shuffled returns the molecule with its atoms and bonds in another order.
func shuffled(t *rapid.T, m *Molecule) *Molecule {
	atoms := make([]int, len(m.Atoms))
	for i := range atoms {
		atoms[i] = i
	}
	s := m.Subset(rapid.Permutation(atoms).Draw(t, "order"))
	s.Bonds = rapid.Permutation(s.Bonds).Draw(t, "bonds")
	return s
}

// withHydrogens returns the molecule with all hydrogens as atoms.
func withHydrogens(m *Molecule) *Molecule {
	full := &Molecule{Atoms: slices.Clone(m.Atoms), Bonds: slices.Clone(m.Bonds)}
	for i, h := range m.ImplicitHydrogens() {
		for range h {
			full.Bonds = append(full.Bonds, Bond{i, len(full.Atoms), 1})
			full.Atoms = append(full.Atoms, Atom{Element: Hydrogen})
		}
	}
	return full
}

func TestOneSMILESForAConstitution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawConstitution(t)
		want := m.SMILES()
		if got := shuffled(t, m).SMILES(); got != want {
			t.Fatalf("%s, in another order %s", want, got)
		}
		if got := shuffled(t, withHydrogens(m)).SMILES(); got != want {
			t.Fatalf("%s, with hydrogens %s", want, got)
		}
		again, err := ParseSMILES(want)
		if err != nil {
			t.Fatal(err)
		}
		if again.SMILES() != want || again.Key() != m.Key() || formula(again) != formula(m) {
			t.Fatalf("%s read again is %s", want, again.SMILES())
		}
	})
}

// TestOneKeyForARegularGraph permutes cages in which no atom differs from another by its neighbours.
func TestOneKeyForARegularGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 2 * rapid.IntRange(2, 12).Draw(t, "pairs")
		m := &Molecule{Atoms: make([]Atom, n)}
		left := make([]int, n)
		for i := range m.Atoms {
			m.Atoms[i].Element, left[i] = Carbon, 3
		}
		for i := range n { // a ring, and chords while there is room
			j := (i + 1) % n
			m.bindIfRoom(left, min(i, j), max(i, j), 1)
		}
		for range 3 * n {
			a, b := rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "b")
			if !slices.Contains(m.Bonds, Bond{min(a, b), max(a, b), 1}) {
				m.bindIfRoom(left, min(a, b), max(a, b), 1)
			}
		}
		if other := shuffled(t, m); other.Key() != m.Key() {
			t.Fatalf("%s and %s", m.SMILES(), other.SMILES())
		}
	})
}

func TestKeysTellWhatIsTheSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"CC1=CC=CC=C1C", "CC1=C(C)C=CC=C1", true},                // o-xylene
		{"CC1=C(C)C=CC=CC=C1", "CC1=CC=CC=CC=C1C", true},          // cyclooctatetraene: bonds shift
		{"C1=CC2=CC=CC2=C1", "c1cc2cccc2c1", true},                // pentalene
		{"CC1=CC2=CC=CC=CC2=C1", "CC1=CC2=C(C=CC=C2)C=C1", false}, // azulene, naphthalene
		{"C1=CC=C2C=CC=CC2=C1", "c1ccc2ccccc2c1", true},           // naphthalene
		{"[O-][N+](=O)C", "O=N(=O)C", true},                       // nitromethane
		{"OC1=NC=CC=C1", "O=C1NC=CC=C1", false},                   // tautomers
		{"C1CCC2CCCCC2C1", "C1CCC(C1)C1CCCC1", false},             // decalin, bicyclopentyl
		{"C1CCC2CCCCC2C1.C1CCCC1C1CCCC1", "C1CCC2CCCCC2C1.C1CCC2CCCCC2C1", false},
		{"C1CC1.C1CC1", "C1CCCCC1", false},
		{"C12C3C4C1C5C2C3C45", "C12C3C4C5C1C4C5C23", false}, // cubane, cuneane
		{"C=1C=CC=C2C=1C1=CC=CC=C1C=C2", "C1=CC=C2C(=C1)C=CC1=CC=CC=C21", true},
		{"CCO", "COC", false}, {"C[NH3+]", "CN", false}, {"CC=CC", "CCC=C", false}, {"C=C", "CC", false}, {"[Na+].[Cl-]", "[Na]Cl", false},
		{"C[C@H](N)O", "C[C@@H](N)O", true}, {"F/C=C/F", `F/C=C\F`, true}, {"[13CH3]C", "CC", true}, {"[2H]C", "C", true},
		{"O=S1C=CC=C1", "[O-][S+]1C=CC=C1", false}, {"C1=CC=CS(C)(=O)=C1", "C1=CC=CC=S1(C)=O", true}, {"[HH]", "[H][H]", true}, {"[H+]", "[H-]", false},
		{"FC1=CC=CC(F)=C1Cl", "FC1=C(Cl)C(F)=CC=C1", true}, {"[ZnH2]", "[Zn]", false}, {"C1=CC=C[N+](C)=C1", "C1=[N+](C)C=CC=C1", true},
	} {
		a, b := fromSMILES(t, c.a), fromSMILES(t, c.b)
		if (a.Key() == b.Key()) != c.same {
			t.Errorf("%s and %s: same is not %v (%s, %s)", c.a, c.b, c.same, a.SMILES(), b.SMILES())
		}
		if c.same && a.SMILES() != b.SMILES() {
			t.Errorf("%s gives %s, and %s gives %s", c.a, a.SMILES(), c.b, b.SMILES())
		}
	}
}

// TestKeyStands holds keys fast: they are stored beside results and must mean the same in every version.
func TestKeyStands(t *testing.T) {
	for text, want := range map[string]string{"C": "6b23c0d5f35d1b11f9b683f0b0a61735", "c1ccccc1": "f597e5816a91b21d072c9b8f39605bc2", "Cn1cnc2c1c(=O)n(C)c(=O)n2C": "6fa58d8a6149c3dd2a2f8a14521af82f"} {
		if got := fromSMILES(t, text).Key(); got != want {
			t.Errorf("%s has the key %s, had %s", text, got, want)
		}
	}
}

// TestResonanceIsWhatMatchingsShow compares with all perfect matchings of small graphs, listed one by one.
func TestResonanceIsWhatMatchingsShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 2 * rapid.IntRange(1, 5).Draw(t, "pairs")
		m := &Molecule{Atoms: make([]Atom, n)}
		for i := range m.Atoms {
			m.Atoms[i].Element = Carbon
		}
		for a := range n {
			for b := a + 1; b < n; b++ {
				switch {
				case a%2 == 0 && b == a+1:
					m.Bonds = append(m.Bonds, Bond{a, b, 2})
				case rapid.IntRange(0, 2).Draw(t, "bound") == 0:
					m.Bonds = append(m.Bonds, Bond{a, b, 1})
				}
			}
		}
		var in [][]bool // matchings, each as its bonds
		var list func(used int, bonds []bool)
		list = func(used int, bonds []bool) {
			first := 0
			for first < n && used>>first&1 == 1 {
				first++
			}
			if first == n {
				in = append(in, slices.Clone(bonds))
				return
			}
			for k, b := range m.Bonds {
				if (b.A == first || b.B == first) && used>>b.A&1 == 0 && used>>b.B&1 == 0 {
					bonds[k] = true
					list(used|1<<b.A|1<<b.B, bonds)
					bonds[k] = false
				}
			}
		}
		list(0, make([]bool, len(m.Bonds)))
		s := newSkeleton(m)
		for k := range m.Bonds {
			want := slices.ContainsFunc(in, func(x []bool) bool { return x[k] != in[0][k] })
			if s.resonant[k] != want {
				t.Fatalf("bond %v of %v: resonant is not %v among %d matchings", m.Bonds[k], m.Bonds, want, len(in))
			}
		}
	})
}

func TestMatchingIsPerfectWhereOneIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "vertices")
		var bonds []Bond
		for a := range n {
			for b := a + 1; b < n; b++ {
				if rapid.IntRange(0, 3).Draw(t, "bound") == 0 {
					bonds = append(bonds, Bond{a, b, 1})
				}
			}
		}
		most := make([]int, 1<<n) // pairs among each set of vertices
		for set := 1; set < 1<<n; set++ {
			for _, b := range bonds {
				if pair := 1<<b.A | 1<<b.B; set&pair == pair {
					most[set] = max(most[set], 1+most[set&^pair])
				}
			}
		}
		m := newMatching(newAdjacency(n, bonds), func(int) bool { return true })
		pairs := 0
		for v := range n {
			if m.mate[v] < 0 {
				m.augment(v)
			}
		}
		for v, w := range m.mate {
			if w >= 0 && (m.mate[w] != v || !slices.Contains(bonds, Bond{min(v, w), max(v, w), 1})) {
				t.Fatalf("%d is paired with %d", v, w)
			}
			if w > v {
				pairs++
			}
		}
		if pairs != most[1<<n-1] {
			t.Fatalf("%d pairs of %d in %v", pairs, most[1<<n-1], bonds)
		}
	})
}

func BenchmarkKey(b *testing.B) { benchmarkText(b, (*Molecule).Key) }

func BenchmarkSMILES(b *testing.B) { benchmarkText(b, (*Molecule).SMILES) }

func benchmarkText(b *testing.B, text func(*Molecule) string) {
	for _, c := range []string{"COc1ccc2c(CNCCc3cccs3)c(C(=O)O)n(Cc3cccc(F)c3)c2c1", "C1CC2CCC1CC2"} {
		m := fromSMILES(b, c)
		b.Run(fmt.Sprint(len(m.Atoms)), func(b *testing.B) {
			for b.Loop() {
				text(m)
			}
		})
	}
}

func ExampleMolecule_Key() {
	for _, text := range []string{"OCC", "C(O)C", "COC"} {
		m, err := ParseSMILES(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(m.SMILES(), m.Key()[:8])
	}
	// Output:
	// CCO ab1de819
	// CCO ab1de819
	// COC f04736a5
}
