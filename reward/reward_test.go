package reward

import (
	"context"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"keel/chem"
	"keel/oracle"
)

// TestMain lets the test binary play a user's program.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "user-program" {
		userProgram(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

// chain is a molecule of n carbons, of which the first few are bonded one to the next.
func chain(n, bonds int) *chem.Molecule {
	m := &chem.Molecule{Name: "chain"}
	for i := range n {
		m.Atoms = append(m.Atoms, chem.Atom{Element: chem.Carbon, Pos: chem.Vec{1.5 * float64(i)}})
	}
	for i := range bonds {
		m.Bonds = append(m.Bonds, chem.Bond{A: i, B: i + 1, Order: 1})
	}
	return m
}

// blank is a score in which everything is missing, as a worker's answer begins.
func blank(t testing.TB, valid, connected bool) oracle.Score {
	t.Helper()
	var s oracle.Score
	if err := s.UnmarshalJSON([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	s.Valid, s.Connected, s.Atoms = valid, connected, 4
	return s
}

func open(t testing.TB, cfg Config, env Env) *Reward {
	t.Helper()
	r, err := Open(t.Context(), cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func of(t testing.TB, r *Reward, mols []*chem.Molecule, scores []oracle.Score) []Result {
	t.Helper()
	list, err := r.Of(t.Context(), mols, scores)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// one is the reward of one molecule.
func one(t testing.TB, r *Reward, m *chem.Molecule, s oracle.Score) Result {
	t.Helper()
	return of(t, r, []*chem.Molecule{m}, []oracle.Score{s})[0]
}

// with is the default configuration with other components, added up.
func with(list ...Component) Config {
	c := Default()
	c.Components, c.Aggregate = list, "sum"
	return c
}

// three is a plain reward of three components, added up.
func three() Config {
	return with(Component{Metric: "vina", Weight: new(1.7), Transform: "linear", Low: new(5.0), High: new(-12.0)},
		Component{Metric: "qed", Weight: new(0.5)}, Component{Metric: "sa", Weight: new(2.0)})
}

// What the default pays for, and what it guards against: every fault costs, whatever the energy; and no energy makes up for a molecule that nobody would make.
func TestDefault(t *testing.T) {
	r := open(t, Default(), Env{})
	if need := oracle.Quick | oracle.Strain | oracle.Clashes | oracle.Alerts; r.Needs()&need != need {
		t.Errorf("needs %b", r.Needs())
	}
	good := blank(t, true, true)
	good.VinaScore, good.VinaMin, good.QED, good.SA, good.Strain, good.Clashes, good.Alerts, good.Atoms, good.LogP = -8, -8, 0.6, 0.8, 25, 0, 0, 28, 3
	reward := func(change func(*oracle.Score)) float64 {
		s := good
		change(&s)
		return one(t, r, chain(4, 3), s).Total
	}
	best := reward(func(*oracle.Score) {})
	if want := math.Pow(0.5, 12./28); math.Abs(best-want) > 1e-12 { // all but the energy is met in full
		t.Errorf("%v, expected %v", best, want)
	}
	for name, change := range map[string]func(*oracle.Score){
		"energy":  func(s *oracle.Score) { s.VinaMin = -7 },
		"QED":     func(s *oracle.Score) { s.QED = 0.4 },
		"SA":      func(s *oracle.Score) { s.SA = 0.55 },
		"strain":  func(s *oracle.Score) { s.Strain = 60 },
		"clashes": func(s *oracle.Score) { s.Clashes = 1 },
		"alerts":  func(s *oracle.Score) { s.Alerts = 1 },
		"size":    func(s *oracle.Score) { s.Atoms = 34 },
		"grease":  func(s *oracle.Score) { s.LogP = 5.5 },
	} {
		if got := reward(change); !(got < 0.995*best) {
			t.Errorf("%s costs nothing: %v of %v", name, got, best)
		}
	}
	for name, change := range map[string]func(*oracle.Score){
		"too large":   func(s *oracle.Score) { s.VinaScore, s.VinaMin, s.Atoms = -14, -14, 45 },
		"not to make": func(s *oracle.Score) { s.VinaScore, s.VinaMin, s.SA = -14, -14, 0.3 },
		"grease":      func(s *oracle.Score) { s.VinaScore, s.VinaMin, s.LogP = -14, -14, 8 },
		"no drug":     func(s *oracle.Score) { s.VinaScore, s.VinaMin, s.QED = -14, -14, 0.05 },
	} {
		if got := reward(change); !(got < best) {
			t.Errorf("%s at -14 kcal/mol earns %v, a good molecule at -8 %v", name, got, best)
		}
	}
}

// What is not valid earns least, then pieces by the size of the largest, then wholes.
func TestOrder(t *testing.T) {
	r := open(t, three(), Env{})
	good, poor := blank(t, true, true), blank(t, true, true)
	good.VinaScore, good.VinaMin, good.QED, good.SA = -8, -10, 0.6, 0.8
	poor.VinaScore, poor.VinaMin, poor.QED, poor.SA = 900, 50, 0.1, 0.2
	pieces := blank(t, true, false)
	pieces.QED, pieces.SA = 0.1, 0.2
	list := of(t, r, []*chem.Molecule{chain(4, 3), chain(4, 0), chain(4, 1), chain(4, 2), chain(4, 3), chain(4, 3), {}},
		[]oracle.Score{blank(t, false, true), pieces, pieces, pieces, poor, good, good})
	for i := 1; i < 6; i++ {
		if !(list[i-1].Total < list[i].Total) {
			t.Errorf("rewards do not rise: %v", list)
		}
	}
	desirability := (0.5*0.1 + 2*0.2) / 4.2
	for i, want := range map[int]float64{0: -0.2, 1: desirability - 0.075, 3: desirability - 0.025, 4: desirability,
		5: (1.7*14/17 + 0.3 + 1.6) / 4.2, 6: -0.2} {
		if math.Abs(list[i].Total-want) > 1e-12 || list[i].Error != "" {
			t.Errorf("%d: %+v, want %v", i, list[i], want)
		}
	}
	want := Result{Whole: true, Total: list[5].Total, Raw: []float64{-9, 0.6, 0.8}, Values: []float64{14.0 / 17, 0.6, 0.8}}
	if d := cmp.Diff(want, list[5]); d != "" {
		t.Error(d)
	}
	if s := r.Stats(); s.Molecules != 7 || s.Failed != 0 || len(s.Failures) != 0 {
		t.Errorf("%+v", s)
	}
}

// What failed is NaN with a reason, not 0, and counted; what is not needed or has no weight may fail.
func TestFailures(t *testing.T) {
	s := blank(t, true, true)
	s.QED, s.SA, s.VinaScore, s.Error = 0.5, 0.5, -7, "Vina failed: outside"
	r := open(t, three(), Env{})
	got := one(t, r, chain(4, 3), s)
	if !math.IsNaN(got.Total) || got.Error != "vina: no vina_score: Vina failed: outside" || !math.IsNaN(got.Values[0]) || got.Values[1] != 0.5 {
		t.Errorf("%+v", got)
	}
	dead := blank(t, false, false)
	dead.Atoms, dead.Error = 0, "given up after a second worker: a worker died"
	if got = one(t, r, chain(4, 3), dead); !math.IsNaN(got.Total) || got.Error != "not scored: "+dead.Error {
		t.Errorf("a worker that died: %+v", got)
	}
	want := Stats{Molecules: 2, Failed: 2, Failures: map[string]int{"vina: no vina_score": 1, "not scored": 1}}
	if d := cmp.Diff(want, r.Stats()); d != "" {
		t.Error(d)
	}
	r = open(t, with(Component{Metric: "qed"}, Component{Metric: "strain", Weight: new(0.0)}), Env{})
	if got = one(t, r, chain(4, 3), s); got.Total != 0.5 || got.Error != "strain: no strain: Vina failed: outside" || r.Stats().Failed != 0 {
		t.Errorf("a component of no weight: %+v", got)
	}
	r = open(t, with(Component{Metric: "atoms", Transform: "value_mapping", Mapping: map[string]float64{"5": 1}}), Env{})
	if got = one(t, r, chain(4, 3), s); !math.IsNaN(got.Total) || got.Error != "atoms: the transform has no answer for a value: 4" {
		t.Errorf("no mapping: %+v", got)
	}
}

func TestProduct(t *testing.T) {
	cfg := with(Component{Metric: "qed", Weight: new(3.0)}, Component{Metric: "sa"})
	cfg.Aggregate = "product"
	r := open(t, cfg, Env{})
	s := blank(t, true, true)
	s.QED, s.SA = 0.5, 0.25
	if got := one(t, r, chain(4, 3), s).Total; math.Abs(got-math.Pow(0.5*0.5*0.5*0.25, 0.25)) > 1e-12 {
		t.Error(got)
	}
}

func TestNeeds(t *testing.T) {
	for want, list := range map[oracle.Metrics][]Component{
		oracle.Interactions | oracle.QED:     {{Metric: "interaction", Residues: []string{"ASP25:A"}}, {Metric: "qed"}},
		oracle.Efficiency | oracle.Alerts:    {{Metric: "efficiency"}, {Metric: "alerts"}},
		0:                                    {{Metric: "atoms"}, {Metric: "rings"}},
		oracle.PoseBusters | oracle.VinaDock: {{Metric: "pb_valid"}, {Metric: "vina_dock"}},
	} {
		if got := open(t, with(list...), Env{}).Needs(); got != want {
			t.Errorf("%v need %b, want %b", list, got, want)
		}
	}
}

// norbornane, decalin, spiro and cyclopropyl compounds, and rings that only a chain joins.
func TestRings(t *testing.T) {
	ring := func(sizes ...int) *chem.Molecule {
		m := &chem.Molecule{}
		for _, n := range sizes {
			first := len(m.Atoms)
			for i := range n {
				m.Atoms = append(m.Atoms, chem.Atom{Element: chem.Carbon})
				m.Bonds = append(m.Bonds, chem.Bond{A: first + min(i, (i+1)%n), B: first + max(i, (i+1)%n), Order: 1})
			}
		}
		return m
	}
	bond := func(m *chem.Molecule, a, b int) *chem.Molecule {
		m.Bonds = append(m.Bonds, chem.Bond{A: a, B: b, Order: 1})
		return m
	}
	norbornane := bond(ring(6), 0, 6)
	norbornane.Atoms = append(norbornane.Atoms, chem.Atom{Element: chem.Carbon})
	bond(norbornane, 3, 6)
	decalin := bond(ring(10), 0, 5)
	plain, wide, large := Component{Metric: "rings"}, Component{Metric: "rings", Sizes: []int{3, 5, 6, 7}, Bridged: new(true)}, Component{Metric: "large_rings"}
	for i, c := range []struct {
		of   Component
		m    *chem.Molecule
		want float64
	}{
		{plain, chain(4, 3), 1}, {plain, ring(6), 1}, {plain, ring(5, 6), 1}, {plain, ring(6, 7), 0}, {plain, ring(3), 0}, {wide, ring(3, 7), 1},
		{plain, decalin, 1}, {plain, norbornane, 0}, {wide, norbornane, 1},
		{large, ring(7, 8, 10), 2}, {large, decalin, 0}, {large, chain(9, 8), 0},
	} {
		if got := one(t, open(t, with(c.of), Env{}), c.m, blank(t, true, true)); got.Total != c.want {
			t.Errorf("%d: %+v, want %v", i, got, c.want)
		}
	}
}

func TestInteraction(t *testing.T) {
	s := blank(t, true, true)
	s.Interactions = "hbond ASP25:A;hydrophobic ILE50:B;pistacking ASP25:A"
	for _, c := range []struct {
		of   Component
		want float64
	}{
		{Component{Residues: []string{"ASP25:A"}}, 1},
		{Component{Residues: []string{"ASP25:A", "ASP25:B", "ILE50:B", "ASP25:A"}}, 2.0 / 3},
		{Component{Residues: []string{"ASP25:A", "ILE50:B"}, Kind: "hbond"}, 0.5},
	} {
		c.of.Metric = "interaction"
		if got := one(t, open(t, with(c.of), Env{}), chain(4, 3), s); got.Total != c.want {
			t.Errorf("%v: %+v, want %v", c.of.Residues, got, c.want)
		}
	}
	r := open(t, with(Component{Metric: "interaction", Residues: []string{"ASP25:A"}}), Env{})
	s.Interactions = "none"
	if got := one(t, r, chain(4, 3), s); got.Total != 0 || got.Error != "" {
		t.Errorf("no contact: %+v", got)
	}
	s.Interactions = ""
	if got := one(t, r, chain(4, 3), s); !math.IsNaN(got.Total) || got.Error != "interaction: no interactions" {
		t.Errorf("not computed: %+v", got)
	}
}

func TestRegister(t *testing.T) {
	t.Cleanup(func() { delete(functions, "test-length") })
	Register("test-length", oracle.LogP, func(m *chem.Molecule, s oracle.Score) (float64, error) {
		switch len(m.Atoms) {
		case 1:
			return 0, errors.New("too short")
		case 2:
			return math.Inf(1), nil
		case 3:
			panic("three")
		}
		return float64(len(m.Atoms)), nil
	})
	r := open(t, with(Component{Metric: "test-length", Transform: "linear", Low: new(0.0), High: new(8.0)}), Env{})
	valid := blank(t, true, true)
	list := of(t, r, []*chem.Molecule{chain(4, 3), chain(1, 0), chain(2, 1), chain(3, 2), chain(3, 1)},
		[]oracle.Score{valid, valid, valid, valid, blank(t, true, false)})
	want := []string{"", "test-length: too short", "test-length: the value is not finite", "test-length: the function panicked: three", ""}
	for i, one := range list {
		if one.Error != want[i] {
			t.Errorf("%d: %q, want %q", i, one.Error, want[i])
		}
	}
	if list[0].Total != 0.5 || r.Needs() != oracle.LogP || math.Abs(list[4].Total+0.1/3) > 1e-12 {
		t.Errorf("%+v, %b", list, r.Needs())
	}
	for _, taken := range []string{"qed", "vina", "atoms", "test-length", "pose_min", ""} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the name %q can be taken again", taken)
				}
			}()
			Register(taken, 0, func(*chem.Molecule, oracle.Score) (float64, error) { return 0, nil })
		}()
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() { delete(functions, "test-slow") })
	Register("test-slow", 0, func(*chem.Molecule, oracle.Score) (float64, error) { cancel(); return 1, nil })
	r := open(t, with(Component{Metric: "test-slow"}), Env{})
	valid := blank(t, true, true)
	if _, err := r.Of(ctx, []*chem.Molecule{chain(1, 0), chain(1, 0)}, []oracle.Score{valid, valid}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := r.Of(t.Context(), []*chem.Molecule{chain(1, 0)}, nil); err == nil {
		t.Error("molecules without scores are taken")
	}
}

func TestNames(t *testing.T) {
	r := open(t, three(), Env{})
	if !slices.Equal(r.Names(), []string{"vina", "qed", "sa"}) {
		t.Error(r.Names())
	}
	for _, name := range []string{"vina", "rings", "interaction", "similarity", "alerts", "tpsa", "pb_valid", "atoms"} {
		if !slices.Contains(Metrics(), name) {
			t.Errorf("%s is not in %s", name, strings.Join(Metrics(), " "))
		}
	}
}
