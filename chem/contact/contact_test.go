package contact

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"keel/chem"
	"pgregory.net/rapid"
)

func amprenavir(t testing.TB) (*chem.Protein, *chem.Molecule) {
	t.Helper()
	p, err := chem.ReadPDB("../../examples/1hpv/1hpv.pdb")
	if err != nil {
		t.Fatal(err)
	}
	m, err := chem.ReadLigand("../../examples/1hpv/ligand.sdf")
	if err != nil {
		t.Fatal(err)
	}
	return p, m
}

// Amprenavir in HIV-1 protease as its discoverers describe it (Kim et al. 1995): the hydroxyl between the catalytic aspartates, the
// aniline at Asp30's backbone, groups in the pockets of Ile50, Val82 and Ile84; no charge, so no salt bridge.
func TestAmprenavir(t *testing.T) {
	p, m := amprenavir(t)
	text := Format(NewSite(p).Find(m))
	for _, want := range []string{"hbond ASP25:A", "hbond ASP25:B", "hbond ASP30:B", "hydrophobic ILE50:B", "hydrophobic ILE84:A",
		"hydrophobic ILE84:B", "hydrophobic VAL82:B"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in %s", want, text)
		}
	}
	if strings.Contains(text, "saltbridge") {
		t.Error(text)
	}
}

// The pairs are the contacts that Find tells, each once, no longer than their criterion; hydrogen bonds end at atoms.
func TestPairs(t *testing.T) {
	p, m := amprenavir(t)
	s := NewSite(p)
	var told []Contact
	limits := map[Kind]float64{HBond: hbondLength, Hydrophobic: hydrophobic, SaltBridge: saltBridge, PiStacking: stackLength}
	seen := map[Pair]bool{}
	for _, pair := range s.Pairs(m) {
		if seen[pair] {
			t.Errorf("%v comes twice", pair)
		}
		seen[pair] = true
		if len(told) == 0 || told[len(told)-1] != pair.Contact {
			told = append(told, pair.Contact)
		} else if pair.Kind != HBond {
			t.Errorf("%v is told twice", pair.Contact)
		}
		if d := pair.Ligand.Dist(pair.Protein); d > limits[pair.Kind] {
			t.Errorf("%v is %.2f Å long", pair.Contact, d)
		}
		if pair.Kind == HBond && (chem.Nearest(pair.Ligand, m.Positions()) != 0 || chem.Nearest(pair.Protein, p.Positions()) != 0) {
			t.Errorf("%v ends at no atom", pair)
		}
	}
	if diff := cmp.Diff(s.Find(m), told); diff != "" {
		t.Error(diff)
	}
}

// residue is a protein of one residue from "NAME x y z" words.
func residue(name string, atoms ...chem.ProteinAtom) *chem.Protein {
	return &chem.Protein{Atoms: atoms, Residues: []chem.Residue{{Name: name, Chain: "B", Seq: 7, End: len(atoms)}}}
}

func at(name string, x, y, z float64) chem.ProteinAtom {
	elements := map[byte]chem.Element{'C': chem.Carbon, 'N': chem.Nitrogen, 'O': chem.Oxygen}
	return chem.ProteinAtom{Name: name, Element: elements[name[0]], Pos: chem.Vec{x, y, z}}
}

// hexagon is a ring of six carbons in the x-y plane around the origin.
func hexagon() *chem.Molecule {
	m := &chem.Molecule{}
	for i := range 6 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 3)
		m.Atoms = append(m.Atoms, chem.Atom{Element: chem.Carbon, Pos: chem.Vec{1.39 * cos, 1.39 * sin}})
		m.Bonds = append(m.Bonds, chem.Bond{A: min(i, (i+1)%6), B: max(i, (i+1)%6), Order: 1 + i%2})
	}
	return m
}

// phenylalanine is the ring alone, around the centre; upright turns its plane from x-y to x-z.
func phenylalanine(centre chem.Vec, upright bool) *chem.Protein {
	var atoms []chem.ProteinAtom
	for i, a := range hexagon().Atoms {
		v := a.Pos
		if upright {
			v = chem.Vec{v[0], 0, v[1]}
		}
		v = v.Add(centre)
		atoms = append(atoms, at(strings.Fields("CG CD1 CE1 CZ CE2 CD2")[i], v[0], v[1], v[2]))
	}
	return residue("PHE", atoms...)
}

// chain is a molecule of atoms bonded one after the other, from "C=O" without the text.
func chain(elements string, orders []int, pos ...chem.Vec) *chem.Molecule {
	known := map[byte]chem.Element{'C': chem.Carbon, 'N': chem.Nitrogen, 'O': chem.Oxygen}
	m := &chem.Molecule{}
	for i := range elements {
		m.Atoms = append(m.Atoms, chem.Atom{Element: known[elements[i]], Pos: pos[i]})
		if i > 0 {
			m.Bonds = append(m.Bonds, chem.Bond{A: i - 1, B: i, Order: orders[i-1]})
		}
	}
	return m
}

// Every criterion on both sides of its limit, with contacts that stand alone.
func TestCriteria(t *testing.T) {
	methanol := chain("CO", []int{1}, chem.Vec{-1.4, 0, 0}, chem.Vec{})
	ethane := chain("CC", []int{1}, chem.Vec{-1.5, 0, 0}, chem.Vec{})
	methylamine := chain("CN", []int{1}, chem.Vec{-1.5, 0, 0}, chem.Vec{})
	acid := chain("OCO", []int{2, 1}, chem.Vec{0, 1.1, 0}, chem.Vec{-0.6, 0, 0}, chem.Vec{0, -1.1, 0}) // its charge lies at the origin
	ether := chain("COC", []int{1, 1}, chem.Vec{-0.8, 1.1, 0}, chem.Vec{}, chem.Vec{-0.8, -1.1, 0})
	tetramethylamine := chain("CNC", []int{1, 1}, chem.Vec{-0.5, 1.4, 0}, chem.Vec{}, chem.Vec{-0.5, -1.4, 0})
	for _, c := range []struct {
		name    string
		ligand  *chem.Molecule
		protein *chem.Protein
		want    string
	}{
		{"hbond at 3.4", methanol, residue("SER", at("CB", 4.8, 0, 0), at("OG", 3.4, 0, 0)), "hbond SER7:B"},
		{"hbond at 3.6", methanol, residue("SER", at("CB", 5, 0, 0), at("OG", 3.6, 0, 0)), "none"},
		{"hbond from behind the acceptor", methanol, residue("SER", at("CB", 2, 0, 0), at("OG", 3.4, 0, 0)), "none"},
		{"hbond to an ether's oxygen", ether, residue("SER", at("CB", 4.4, 0, 0), at("OG", 3, 0, 0)), "hbond SER7:B"},
		{"two acceptors", ether, residue("ASN", at("CG", 4.2, 0, 0), at("OD1", 3, 0, 0)), "none"},
		{"proline's nitrogen", ether, residue("PRO", at("CA", 4.4, 0, 0), at("N", 3, 0, 0)), "none"},
		{"backbone nitrogen", ether, residue("ALA", at("CA", 4.4, 0, 0), at("N", 3, 0, 0)), "hbond ALA7:B"},
		{"carbons at 3.9", ethane, residue("ALA", at("CB", 3.9, 0, 0)), "hydrophobic ALA7:B"},
		{"carbons at 4.1", ethane, residue("ALA", at("CB", 4.1, 0, 0)), "none"},
		{"a carbon beside oxygen", methanol, residue("ALA", at("CB", -5, 0, 0)), "none"},
		{"a residue's carbon beside nitrogen", ethane, residue("ALA", at("CA", 3, 0, 0), at("N", 4.4, 0, 0)), "none"},
		{"amine and acid at 5.4", methylamine, residue("ASP", at("OD1", 5.4, 1.1, 0), at("OD2", 5.4, -1.1, 0)), "saltbridge ASP7:B"},
		{"amine and acid at 5.6", methylamine, residue("ASP", at("OD1", 5.6, 1.1, 0), at("OD2", 5.6, -1.1, 0)), "none"},
		{"acid and lysine", acid, residue("LYS", at("NZ", 5.4, 0, 0)), "saltbridge LYS7:B"},
		{"acid and acid", acid, residue("GLU", at("OE1", 5, 1.1, 0), at("OE2", 5, -1.1, 0)), "none"},
		{"tertiary amine", tetramethylamine, residue("ASP", at("OD1", 5.2, 1.1, 0), at("OD2", 5.2, -1.1, 0)), "saltbridge ASP7:B"},
		{"rings stacked at 5.4", hexagon(), phenylalanine(chem.Vec{0, 0, 5.4}, false), "pistacking PHE7:B"},
		{"rings stacked at 5.6", hexagon(), phenylalanine(chem.Vec{0, 0, 5.6}, false), "none"},
		{"rings offset by 1.9", hexagon(), phenylalanine(chem.Vec{1.9, 0, 5}, false), "pistacking PHE7:B"},
		{"rings offset by 2.1", hexagon(), phenylalanine(chem.Vec{2.1, 0, 5}, false), "none"},
		{"edge to face", hexagon(), phenylalanine(chem.Vec{0, 0, 5.45}, true), "pistacking PHE7:B"},
		{"a cofactor", ethane, &chem.Protein{Atoms: []chem.ProteinAtom{at("C1", 3.5, 0, 0)},
			Residues: []chem.Residue{{Name: "HEM", Het: true, End: 1}}}, "none"},
	} {
		got := Format(NewSite(c.protein).Find(c.ligand))
		if c.name == "edge to face" { // the nearer edge's carbons are 4.06 Å off the plane, so at nothing else
			got = strings.TrimPrefix(got, "hydrophobic PHE7:B;")
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// The record's hydrogens, its order of atoms, and where the complex lies change nothing.
func TestInvariance(t *testing.T) {
	p, m := amprenavir(t)
	heavy := m.HeavyOnly()
	want := Format(NewSite(p).Find(heavy))
	if got := Format(NewSite(p).Find(m)); got != want {
		t.Errorf("with the record's hydrogens %s, without %s", got, want)
	}
	site := NewSite(p)
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.Permutation(makeRange(len(heavy.Atoms))).Draw(t, "order")
		if got := Format(site.Find(heavy.Subset(order))); got != want {
			t.Fatalf("in another order %s, want %s", got, want)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		angle, shift := rapid.Float64Range(0, 6).Draw(t, "angle"), rapid.Float64Range(-300, 300).Draw(t, "shift")
		sin, cos := math.Sincos(angle)
		move := func(v chem.Vec) chem.Vec {
			return chem.Vec{cos*v[0] - sin*v[2] + shift, v[1] - shift, sin*v[0] + cos*v[2]}
		}
		q, n := *p, *heavy
		q.Atoms, n.Atoms = slices.Clone(p.Atoms), slices.Clone(heavy.Atoms)
		for i := range q.Atoms {
			q.Atoms[i].Pos = move(q.Atoms[i].Pos)
		}
		for i := range n.Atoms {
			n.Atoms[i].Pos = move(n.Atoms[i].Pos)
		}
		if got := Format(NewSite(&q).Find(&n)); got != want {
			t.Fatalf("elsewhere %s, want %s", got, want)
		}
	})
}

func makeRange(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestFormat(t *testing.T) {
	list := []Contact{{HBond, "ASP25:A"}, {PiStacking, "HIS41"}, {Hydrophobic, "GLY216A:H"}}
	back, err := Parse(Format(list))
	if err != nil || !slices.Equal(back, list) {
		t.Error(back, err)
	}
	if back, err := Parse(Format(nil)); err != nil || back != nil {
		t.Error(back, err)
	}
	for _, bad := range []string{"", "hbond", "hbond ", "bond ASP25:A", "hbond ASP25:A;;"} {
		if list, err := Parse(bad); err == nil {
			t.Errorf("%q is read as %v", bad, list)
		}
	}
	p := &chem.Protein{Residues: []chem.Residue{{Name: "ASP", Seq: 25, Chain: "A"}, {Name: "GLY", Seq: -1, ICode: 'B'}}}
	if d := cmp.Diff([]string{"ASP25:A", "GLY-1B"}, []string{Label(p, 0), Label(p, 1)}); d != "" {
		t.Error(d)
	}
}

// Molecules and proteins without atoms, bonds or names that are known are no trouble.
func TestOddInput(t *testing.T) {
	p, _ := amprenavir(t)
	for _, m := range []*chem.Molecule{{}, {Atoms: []chem.Atom{{Element: 0}}}, {Atoms: []chem.Atom{{Element: chem.Carbon, Pos: chem.Vec{math.NaN()}}}}} {
		if got := NewSite(p).Find(m); len(got) != 0 {
			t.Error(got)
		}
	}
	if got := NewSite(&chem.Protein{}).Find(hexagon()); len(got) != 0 {
		t.Error(got)
	}
	if got := Format(NewSite(residue("XYZ", at("CB", 2, 0, 0))).Find(hexagon())); got != "hydrophobic XYZ7:B" {
		t.Error(got)
	}
}

func BenchmarkFind(b *testing.B) {
	p, m := amprenavir(b)
	site := NewSite(p)
	for b.Loop() {
		site.Find(m)
	}
}
