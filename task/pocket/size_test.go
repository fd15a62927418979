package pocket

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keel/nn"
	"keel/oracle"
)

func TestDrawBounds(t *testing.T) {
	m := SizeModel{Std: 4}
	sizes := m.Draw(rand.New(rand.NewPCG(1, 1)), 20, 2000, 16, 24, 0)
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

// TestDrawTilt: without a tilt sizes are rounded normal numbers within the bounds; with one, their probabilities are those times exp(tilt k), and the same noise gives no smaller ones.
func TestDrawTilt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := SizeModel{Std: rapid.Float64Range(0.5, 8).Draw(t, "std")}
		mean, low, span := rapid.Float64Range(10, 40).Draw(t, "mean"), rapid.IntRange(8, 30).Draw(t, "low"), rapid.IntRange(0, 12).Draw(t, "span")
		seed, tilt := rapid.Uint64().Draw(t, "seed"), rapid.Float64Range(0, 2).Draw(t, "tilt")
		draw := func(tilt float64) []int { return m.Draw(rand.New(rand.NewPCG(seed, 1)), mean, 50, low, low+span, tilt) }
		plain, more, less, rng := draw(0), draw(tilt), draw(-tilt), rand.New(rand.NewPCG(seed, 1))
		for i, n := range plain {
			if want := min(max(int(math.Round(mean+m.Std*rng.NormFloat64())), low), low+span); n != want {
				t.Fatalf("size %d is %d, expected %d", i, n, want)
			}
			if more[i] < n || less[i] > n || more[i] > low+span || less[i] < low {
				t.Fatalf("size %d is %d, %d and %d without a tilt, upwards and downwards, within %d and %d", i, n, more[i], less[i], low, low+span)
			}
		}
	})
	const n, tilt = 40000, 0.4
	m, count := SizeModel{Std: 3}, [2]map[int]float64{{}, {}}
	for k, tilt := range []float64{0, tilt} {
		for _, size := range m.Draw(rand.New(rand.NewPCG(1, 2)), 25, n, 24, 30, tilt) {
			count[k][size]++
		}
	}
	for size := 25; size <= 30; size++ {
		got, want := count[1][size]/count[1][24], count[0][size]/count[0][24]*math.Exp(tilt*float64(size-24))
		if math.Abs(got-want) > 0.1*want {
			t.Errorf("%d atoms are %.3f times as frequent as 24, expected %.3f", size, got, want)
		}
	}
}

// TestSizePolicy: the tilt is that of the line in the rewards, less than all of it while little was seen, and survives a checkpoint.
func TestSizePolicy(t *testing.T) {
	const slope, scatter = 0.01, 0.05
	rng := rand.New(rand.NewPCG(3, 4))
	var s sizePolicy
	for n := range 20000 {
		if n == 1 && s.tilt() != 0 {
			t.Errorf("one sample gives the tilt %v", s.tilt())
		}
		if n == 64 && math.Abs(s.tilt()) > slope/scatter/sizeLambda {
			t.Errorf("64 samples give the tilt %v", s.tilt())
		}
		atoms := float64(24 + rng.IntN(7))
		s.add(atoms, 0.5+slope*atoms+scatter*rng.NormFloat64())
	}
	if got, want := s.tilt(), slope/scatter/sizeLambda; math.Abs(got-want) > 0.05*want {
		t.Errorf("the tilt is %v, expected %v", got, want)
	}
	w := &nn.Weights{Metadata: map[string]string{}}
	var again sizePolicy
	if err := errors.Join(s.save(w, "sizes"), again.load(w, "sizes")); err != nil || again != s {
		t.Errorf("%+v comes back as %+v (%v)", s, again, err)
	}
	if err := again.load(&nn.Weights{}, "sizes"); err == nil || !strings.Contains(err.Error(), "sizes is missing") {
		t.Errorf("a checkpoint without sizes: %v", err)
	}
	var alike, steep sizePolicy
	for n := range 10000 {
		alike.add(float64(24+n%7), 0.5)
		steep.add(float64(24+n%7), float64(-n%7))
	}
	if alike.tilt() != 0 || steep.tilt() != -mostTilt {
		t.Errorf("rewards that are all the same give the tilt %v, those that are a line %v", alike.tilt(), steep.tilt())
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
