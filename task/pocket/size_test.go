package pocket

import (
	"math"
	"math/rand/v2"
	"testing"

	"keel/oracle"
)

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
