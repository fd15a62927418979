package evaluate

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keel/chem"
	"keel/oracle"
)

// chain is a chain of carbon atoms 1.5 Å apart, at right angles in turn, with an oxygen at its end where asked for.
func chain(n int, oxygen bool) *chem.Molecule {
	m := &chem.Molecule{Name: "chain"}
	at := chem.Vec{}
	for i := range n {
		m.Atoms = append(m.Atoms, chem.Atom{Element: chem.Carbon, Pos: at})
		if i > 0 {
			m.Bonds = append(m.Bonds, chem.Bond{A: i - 1, B: i, Order: 1})
		}
		at[i%2] += 1.5
	}
	if oxygen {
		m.Atoms[n-1].Element = chem.Oxygen
	}
	return m
}

// entry is a molecule that is evaluated, with those energies, QED and SA.
func entry(m *chem.Molecule, score, dock, qed, sa float64) Entry {
	yes := true
	return Entry{m, oracle.Score{VinaScore: score, VinaMin: score - 1, VinaDock: dock, QED: qed, SA: sa, LogP: 1, Atoms: len(m.Atoms), Strain: -score,
		Clashes: 2, PBValid: &yes, Valid: true, Connected: true, Fingerprint: []byte{byte(1 << (len(m.Atoms) % 8)), 1}}}
}

func failed(reason string, valid bool) Entry {
	e := entry(chain(3, false), math.NaN(), math.NaN(), math.NaN(), math.NaN())
	e.Score.Valid, e.Score.Connected, e.Score.Error, e.Score.PBValid = valid, false, reason, nil
	return e
}

// example has two pockets with molecules and one without:
//
//	a: dock -7 (reference); -9 (succeeds), -7, -6; one in two fragments, one invalid, one that was not readable
//	b: dock -8.5 (reference, succeeds); -8 and one whose docking failed
func example() []Target {
	undocked := entry(chain(5, true), -4, math.NaN(), 0.8, 0.8)
	undocked.Score.Error = "docking failed"
	return []Target{
		{Name: "a", Reference: entry(chain(4, true), -6, -7, 0.5, 0.5), Asked: 6, Unreadable: 1, Molecules: []Entry{
			entry(chain(3, false), -5, -9, 0.5, 0.6), entry(chain(3, false), -4, -7, 0.6, 0.9), entry(chain(4, true), 3, -6, 0.1, 0.7),
			failed("", true), failed("not sanitised", false)}},
		{Name: "b", Reference: entry(chain(4, false), -8, -8.5, 0.9, 0.9), Asked: 2, Molecules: []Entry{
			entry(chain(6, false), -7, -8, 0.7, 0.7), undocked}},
		{Name: "c", Reference: entry(chain(5, false), -3, -3, 0.3, 0.3)},
	}
}

func figures(t *testing.T, r Row, want map[string]Figure) {
	t.Helper()
	same := func(what string, got, want float64) {
		if !(math.Abs(got-want) < 1e-12 || math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%s: %s is %v, want %v", r.Name, what, got, want)
		}
	}
	for key, f := range want {
		got := r.Figures[key]
		same(key, got.Value, f.Value)
		same(key+", mean of pockets", got.PocketMean, f.PocketMean)
		same(key+", deviation", got.SD, f.SD)
		if got.N != f.N || got.Pockets != f.Pockets {
			t.Errorf("%s: %s is of %d values in %d pockets, want %d in %d", r.Name, key, got.N, got.Pockets, f.N, f.Pockets)
		}
	}
}

func TestTheTableByHand(t *testing.T) {
	training := &TrainingSet{Keys: map[string]bool{chain(3, false).Key(): true}}
	rows := Tabulate(example(), Options{Name: "ours", Training: training, Seed: 1})
	if len(rows) != 2 || rows[0].Name != "Reference" || rows[1].Name != "ours" {
		t.Fatal(rows)
	}
	if want := (Counts{Pockets: 3, Asked: 3, Readable: 3, Valid: 3, Connected: 3, Scored: 3, Docked: 3}); rows[0].Counts != want {
		t.Errorf("%+v", rows[0].Counts)
	}
	if want := (Counts{Pockets: 2, Empty: 1, Asked: 8, Readable: 7, Valid: 6, Connected: 5, Scored: 5, Docked: 4}); rows[1].Counts != want {
		t.Errorf("%+v", rows[1].Counts)
	}
	nan := math.NaN()
	square := func(x float64) float64 { return x * x }
	figures(t, rows[0], map[string]Figure{
		"vina_score_mean": {Value: -17. / 3, PocketMean: -17. / 3, SD: math.Sqrt(19. / 3), N: 3, Pockets: 3},
		"vina_dock_median": {Value: -7, PocketMean: -18.5 / 3, N: 3, Pockets: 3,
			SD: math.Sqrt((square(7-18.5/3) + square(8.5-18.5/3) + square(3-18.5/3)) / 2)},
		"success":            {Value: 1. / 3, PocketMean: 1. / 3, SD: math.Sqrt(1. / 3), N: 3, Pockets: 3},
		"high_affinity_mean": {Value: nan, PocketMean: nan, SD: nan},
		"diversity":          {Value: nan, PocketMean: nan, SD: nan},
		"ring_js":            {Value: nan, PocketMean: nan, SD: nan},
		"novel":              {Value: 1, PocketMean: 1, SD: 0, N: 3, Pockets: 3},
	})
	root := math.Sqrt(2)
	figures(t, rows[1], map[string]Figure{
		// a: -5 -4 3, b: -7 -4
		"vina_score_mean":   {Value: -17. / 5, PocketMean: (-2 - 5.5) / 2, SD: 3.5 / root, N: 5, Pockets: 2},
		"vina_score_median": {Value: -4, PocketMean: (-4 - 5.5) / 2, SD: 1.5 / root, N: 5, Pockets: 2},
		// a: -9 -7 -6, b: -8
		"vina_dock_mean":       {Value: -7.5, PocketMean: (-22./3 - 8) / 2, SD: (8 - 22./3) / root, N: 4, Pockets: 2},
		"vina_dock_median":     {Value: -7.5, PocketMean: -7.5, SD: 1 / root, N: 4, Pockets: 2},
		"high_affinity_mean":   {Value: 1. / 3, PocketMean: 1. / 3, SD: 2. / 3 / root, N: 2, Pockets: 2},
		"high_affinity_median": {Value: 1. / 3, PocketMean: 1. / 3, SD: 2. / 3 / root, N: 2, Pockets: 2},
		"qed_mean":             {Value: 2.7 / 5, PocketMean: (0.4 + 0.75) / 2, SD: 0.35 / root, N: 5, Pockets: 2},
		"success":              {Value: 0.25, PocketMean: 1. / 6, SD: 1. / 3 / root, N: 4, Pockets: 2},
		"valid":                {Value: 6. / 8, PocketMean: (4./6 + 1) / 2, SD: 1. / 3 / root, N: 8, Pockets: 2},
		"connected":            {Value: 5. / 8, PocketMean: (3./6 + 1) / 2, SD: 0.5 / root, N: 8, Pockets: 2},
		"unique":               {Value: (2./3 + 1) / 2, PocketMean: (2./3 + 1) / 2, SD: 1. / 3 / root, N: 2, Pockets: 2},
		"novel":                {Value: 3. / 5, PocketMean: (1./3 + 1) / 2, SD: 2. / 3 / root, N: 5, Pockets: 2},
		"atoms":                {Value: 21. / 5, PocketMean: (10./3 + 5.5) / 2, SD: (5.5 - 10./3) / root, N: 5, Pockets: 2},
		"strain_median":        {Value: 4, PocketMean: (4 + 5.5) / 2, SD: 1.5 / root, N: 5, Pockets: 2},
		"clashes":              {Value: 2, PocketMean: 2, SD: 0, N: 5, Pockets: 2},
		"pb_valid":             {Value: 1, PocketMean: 1, SD: 0, N: 5, Pockets: 2},
		// a: of three pairs two share 1 of 3 bits and one is of equals; b: 1 of 3
		"diversity": {Value: (4./9 + 2./3) / 2, PocketMean: (4./9 + 2./3) / 2, SD: 2. / 9 / root, N: 2, Pockets: 2},
	})
	want := []Failure{{"docking failed", 1}, {"no readable record", 1}, {"not sanitised", 1}}
	if len(rows[1].Failures) != len(want) {
		t.Fatal(rows[1].Failures)
	}
	for i, f := range rows[1].Failures {
		if f != want[i] {
			t.Errorf("failure %d is %v, want %v", i, f, want[i])
		}
	}
}

// Bond lengths of 1.5 Å and right angles everywhere: shapes differ by the kinds of their bonds alone, and no histogram differs from its like.
func TestDistancesOfLikeGeometryAreZero(t *testing.T) {
	rows := Tabulate(example(), Options{Name: "ours", Seed: 1})
	for _, key := range []string{"length_js", "angle_js"} {
		if f := rows[1].Figures[key]; f.Value != 0 || f.Low != 0 || f.High != 0 {
			t.Errorf("%s is %+v", key, f)
		}
	}
	if f := rows[1].Figures["ring_js"]; !math.IsNaN(f.Value) {
		t.Errorf("chains have no rings, and their distance is %v", f.Value)
	}
	d := rows[1].Reference
	if d.Lengths["C-C"] != 0 || d.Lengths["C-O"] != 0 || !math.IsNaN(d.Lengths["C=O"]) || !math.IsNaN(d.Angles["OPO"]) {
		t.Errorf("%+v", d)
	}
}

// Of one bond length of 1.5 Å against one of 1.4: nothing in common, the greatest distance there is.
func TestDistancesOfUnlikeGeometry(t *testing.T) {
	longer, shorter := chain(2, false), chain(2, false)
	shorter.Atoms[1].Pos = chem.Vec{1.4}
	p, q := NewProfile([]*chem.Molecule{longer}), NewProfile([]*chem.Molecule{shorter})
	if d := p.To(q); math.Abs(d.Length-math.Sqrt(math.Ln2)) > 1e-15 || d.Lengths["C-C"] != d.Length {
		t.Errorf("%+v", d)
	}
}

func TestCopiesOfTheReferences(t *testing.T) {
	targets := example()
	for i := range targets {
		r := targets[i].Reference
		targets[i].Molecules, targets[i].Asked = []Entry{r, r, r}, 3
	}
	row := Tabulate(targets, Options{Name: "copies", Seed: 1})[1]
	for key, want := range map[string]float64{"high_affinity_mean": 1, "high_affinity_median": 1, "diversity": 0, "unique": 1. / 3, "length_js": 0,
		"angle_js": 0, "valid": 1, "connected": 1, "vina_score_mean": -17. / 3} {
		if got := row.Figures[key].Value; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
}

// The rows by AutoDock Vina itself have its figures where Keel's were.
func TestRowsByVinaItself(t *testing.T) {
	targets := example()
	for i := range targets {
		s := &targets[i].Reference.Score
		s.VinaScoreReference, s.VinaMinReference = s.VinaScore-0.5, s.VinaMin-0.25
	}
	rows := Tabulate(targets, Options{Name: "ours", Seed: 1, CheckVina: true})
	if len(rows) != 4 || rows[1].Name != "Reference, by Vina itself" || rows[3].Name != "ours, by Vina itself" ||
		rows[2].ByVina || !rows[3].ByVina {
		t.Fatalf("%+v", rows)
	}
	for key, apart := range map[string]float64{"vina_score_mean": 0.5, "vina_min_median": 0.25, "qed_mean": 0} {
		if d := rows[0].Figures[key].Value - rows[1].Figures[key].Value; math.Abs(d-apart) > 1e-12 {
			t.Errorf("%s differs by %v, want %v", key, d, apart)
		}
	}
	if targets[0].Reference.Score.VinaScore == targets[0].Reference.Score.VinaScoreReference {
		t.Error("the scores given were changed")
	}
}

func TestNoMoleculesGiveTheReferenceRowAlone(t *testing.T) {
	targets := example()
	for i := range targets {
		targets[i].Molecules, targets[i].Asked = nil, 0
	}
	if rows := Tabulate(targets, Options{Seed: 1}); len(rows) != 1 || rows[0].Counts.Docked != 3 {
		t.Errorf("%+v", rows)
	}
	// Asked for, and none decoded: a row all the same.
	targets[0].Asked = 10
	rows := Tabulate(targets, Options{Name: "ours", Seed: 1})
	if len(rows) != 2 || rows[1].Figures["valid"].Value != 0 || !math.IsNaN(rows[1].Figures["vina_score_mean"].Value) {
		t.Fatalf("%+v", rows)
	}
	if f := rows[1].Failures; len(f) != 1 || f[0] != (Failure{"no readable record", 10}) {
		t.Error(f)
	}
}

// Figures depend neither on the order of pockets nor on that of molecules, and lie in their ranges.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(low, high float64, name string) float64 { return rapid.Float64Range(low, high).Draw(t, name) }
		var targets []Target
		for range rapid.IntRange(1, 4).Draw(t, "pockets") {
			target := Target{Name: "p", Reference: entry(chain(5, true), draw(-9, 0, "reference"), draw(-9, 0, "docked"), 0.5, 0.5)}
			for range rapid.IntRange(0, 5).Draw(t, "molecules") {
				e := entry(chain(rapid.IntRange(2, 9).Draw(t, "atoms"), rapid.Bool().Draw(t, "oxygen")),
					draw(-9, 9, "score"), draw(-12, 0, "dock"), draw(0, 1, "qed"), draw(0, 1, "sa"))
				e.Score.Valid = draw(0, 1, "valid") < 0.9
				target.Molecules = append(target.Molecules, e)
			}
			target.Asked = len(target.Molecules) + rapid.IntRange(0, 2).Draw(t, "lost")
			targets = append(targets, target)
		}
		before := Tabulate(targets, Options{Name: "ours", Seed: 1})
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rng.Shuffle(len(targets), func(i, k int) { targets[i], targets[k] = targets[k], targets[i] })
		for _, target := range targets {
			rng.Shuffle(len(target.Molecules), func(i, k int) {
				target.Molecules[i], target.Molecules[k] = target.Molecules[k], target.Molecules[i]
			})
		}
		after := Tabulate(targets, Options{Name: "ours", Seed: 1})
		if len(after) != len(before) {
			t.Fatal(len(after), len(before))
		}
		for i, row := range before {
			if row.Counts != after[i].Counts {
				t.Fatal(row.Counts, after[i].Counts)
			}
			for _, c := range Columns {
				checkColumn(t, c, row.Figures[c.Key], after[i].Figures[c.Key])
			}
		}
	})
}

func checkColumn(t *rapid.T, c Column, f, g Figure) {
	for _, pair := range [][2]float64{{f.Value, g.Value}, {f.PocketMean, g.PocketMean}, {f.SD, g.SD}} {
		if !(math.Abs(pair[0]-pair[1]) < 1e-9 || math.IsNaN(pair[0]) && math.IsNaN(pair[1])) {
			t.Fatalf("%s: %+v became %+v", c.Key, f, g)
		}
	}
	if f.Low > f.High || math.IsInf(f.Value, 0) || (f.N == 0) != math.IsNaN(f.Value) {
		t.Fatalf("%s: %+v", c.Key, f)
	}
	share := c.Unit == "%" || strings.HasPrefix(c.Key, "qed") || strings.HasPrefix(c.Key, "sa") || c.Key == "diversity"
	if share && (f.Value < 0 || f.Value > 1 || f.Low < 0 || f.High > 1) {
		t.Fatalf("%s: %+v", c.Key, f)
	}
	if c.distance != nil && (f.Value < 0 || f.Value > math.Sqrt(math.Ln2)+1e-12) {
		t.Fatalf("%s: %+v", c.Key, f)
	}
}

// The bootstrap's interval of the mean of 200 normal groups is that of the central limit, within a tenth of its width.
func TestBootstrapOfAMean(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var groups [][]float64
	var all []float64
	for range 200 {
		v := rng.NormFloat64()
		groups, all = append(groups, []float64{v}), append(all, v)
	}
	low, high := bootstrap(groups, mean, 1)
	half := 1.96 * deviation(all) / math.Sqrt(200)
	if math.Abs(low-(mean(all)-half)) > 0.2*half || math.Abs(high-(mean(all)+half)) > 0.2*half {
		t.Errorf("%v to %v; the mean is %v ± %v", low, high, mean(all), half)
	}
	if a, b := bootstrap(groups, mean, 1); a != low || b != high {
		t.Error("one seed, two intervals")
	}
	if a, b := bootstrap(groups[:1], mean, 1); !math.IsNaN(a) || !math.IsNaN(b) {
		t.Error("one group has an interval")
	}
	// The jackknife of a mean is its standard error exactly.
	low, high = jackknife(mean(all), len(all), func(i int) float64 { return (sum(all) - all[i]) / float64(len(all)-1) })
	if math.Abs(high-low-2*1.959964*deviation(all)/math.Sqrt(200)) > 1e-12 {
		t.Errorf("%v to %v", low, high)
	}
}
