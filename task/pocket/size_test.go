package pocket

import (
	"math"
	"math/rand/v2"
	"testing"

	"keel/chem"
	"keel/oracle"
)

// crowd is a pocket with n protein atoms near the origin.
func crowd(t *testing.T, n int) *Pocket {
	t.Helper()
	p := &chem.Protein{Name: "crowd", Residues: []chem.Residue{{Name: "ALA", Chain: "A", Seq: 1, End: n + 1}}}
	for i := range n {
		p.Atoms = append(p.Atoms, chem.ProteinAtom{Name: "CA", Element: 6, Pos: chem.Vec{5, 0.01 * float64(i), 0}})
	}
	p.Atoms = append(p.Atoms, chem.ProteinAtom{Name: "CB", Element: 6, Pos: chem.Vec{20, 0, 0}}) // too far to count
	k, err := NewPocket(p)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestFitSizes(t *testing.T) {
	var line []Example
	for _, x := range []int{20, 40, 60, 80} { // atoms = 6 + x / 5
		line = append(line, Example{Ligand: &chem.Molecule{Atoms: make([]chem.Atom, 6+x/5)}, Pocket: crowd(t, x)})
	}
	m := FitSizes(line)
	if math.Abs(m.Intercept-6) > 1e-6 || math.Abs(m.Slope-0.2) > 1e-9 || m.Std > 1e-3 {
		t.Errorf("%+v, want the line 6 + 0.2 x without scatter", m)
	}
	if got := m.Mean(crowd(t, 50), chem.Vec{}); math.Abs(got-16) > 1e-6 {
		t.Errorf("50 atoms around give %v, want 16", got)
	}
	if m := FitSizes(line[:1]); m.Slope != 0 || m.Intercept != 10 || m.Std > 1e-6 {
		t.Errorf("one example gives %+v, want its size", m)
	}
	if m := FitSizes(nil); !(m.Intercept > 0 && m.Std > 0) {
		t.Errorf("no example gives %+v", m)
	}
}

func TestDrawBounds(t *testing.T) {
	m := SizeModel{Std: 4}
	sizes := m.Draw(rand.New(rand.NewPCG(1, 1)), 20, 2000, 16, 24)
	count, sum := map[int]int{}, 0
	for _, n := range sizes {
		count[n]++
		sum += n
	}
	for n := range count {
		if n < 16 || n > 24 {
			t.Errorf("size %d is out of bounds", n)
		}
	}
	if mean := float64(sum) / 2000; len(count) != 9 || math.Abs(mean-20) > 0.3 {
		t.Errorf("sizes %v of mean %.2f, want all of 16 to 24 about 20", count, mean)
	}
}

func TestRewardOrder(t *testing.T) {
	c, nan := RewardConfig{Vina: 1, QED: 0.5, SA: 0.5}, math.NaN()
	chain := func(bonds ...chem.Bond) *chem.Molecule {
		return &chem.Molecule{Atoms: make([]chem.Atom, 4), Bonds: bonds}
	}
	whole := chain(chem.Bond{A: 0, B: 1, Order: 1}, chem.Bond{A: 1, B: 2, Order: 1}, chem.Bond{A: 2, B: 3, Order: 1})
	good := oracle.Score{Valid: true, Connected: true, VinaScore: -8, VinaMin: -10, QED: 0.6, SA: 0.8}
	poor := oracle.Score{Valid: true, Connected: true, VinaScore: 900, VinaMin: 50, QED: 0.1, SA: 0.2}
	ordered := []float64{
		c.Of(whole, oracle.Score{Connected: true, VinaScore: -20, QED: 1, SA: 1}), // invalid, whatever else
		c.Of(chain(), oracle.Score{Valid: true}),
		c.Of(chain(chem.Bond{A: 0, B: 1, Order: 1}), oracle.Score{Valid: true}),
		c.Of(chain(chem.Bond{A: 0, B: 1, Order: 1}, chem.Bond{A: 1, B: 2, Order: 1}), oracle.Score{Valid: true}), // -0.475
		c.Of(whole, poor),
		c.Of(whole, good),
	}
	for i := 1; i < len(ordered); i++ {
		if !(ordered[i-1] < ordered[i]) {
			t.Fatalf("rewards %v do not rise", ordered)
		}
	}
	if want := 0.9 + 0.3 + 0.4; math.Abs(c.Of(whole, good)-want) > 1e-12 {
		t.Errorf("reward %v, want %v", c.Of(whole, good), want)
	}
	if got := c.Of(&chem.Molecule{}, good); got != ordered[0] {
		t.Errorf("no atoms earn %v", got)
	}
	failed := good
	failed.VinaMin = nan
	if got := c.Of(whole, failed); !math.IsNaN(got) {
		t.Errorf("a failed Vina score earns %v, want NaN", got)
	}
	if got := (RewardConfig{QED: 1}).Of(whole, failed); got != 0.6 {
		t.Errorf("a failed score that is not needed: %v, want 0.6", got)
	}
}

func TestRewardConfigCheck(t *testing.T) {
	for _, c := range []RewardConfig{{}, {Vina: -1, QED: 2}, {Vina: math.NaN()}, {QED: math.Inf(1)}} {
		if c.Check() == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	if err := DefaultReward().Check(); err != nil {
		t.Error(err)
	}
}

func TestStatistics(t *testing.T) {
	nan := math.NaN()
	st := Statistics([]oracle.Score{
		{Valid: true, Connected: true, SMILES: "CCO", Atoms: 3, VinaScore: -2, VinaMin: -4, QED: 0.4, SA: 0.8},
		{Valid: true, Connected: true, SMILES: "CCO", Atoms: 3, VinaScore: nan, VinaMin: -6, QED: 0.6, SA: 0.6},
		{Valid: true, SMILES: "C.C", Atoms: 2, VinaScore: nan, VinaMin: nan, QED: 0.8, SA: 1},
		{Atoms: 8, VinaScore: nan, VinaMin: nan, QED: nan, SA: nan},
	}, 5)
	got := []float64{st.VinaScore, st.VinaMin, st.QED, st.SA, st.Valid, st.Connected, st.Unique, st.Atoms, float64(st.Samples)}
	want := []float64{-2, -5, 0.6, 0.8, 0.6, 0.4, 0.2, 4, 5}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	if st := Statistics(nil, 0); !math.IsNaN(st.QED) || st.Valid != 0 {
		t.Errorf("of nothing: %+v", st)
	}
}
