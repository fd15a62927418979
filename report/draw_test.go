package report

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		v      float64
		digits int
		want   string
	}{
		{-6.125, 2, "−6.12"}, {0.0004, 2, "0.00"}, {-0.0004, 2, "0.00"}, {2560, 0, "2560"}, {12560, 0, "12\u202f560"},
		{-1234567.5, 1, "−1\u202f234\u202f567.5"}, {math.NaN(), 2, "–"}, {math.Inf(1), 0, "–"},
	} {
		if got := format(c.v, c.digits); got != c.want {
			t.Errorf("format(%v, %d) = %q, want %q", c.v, c.digits, got, c.want)
		}
	}
}

func TestAxesCoverTheirValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e12, 1e12).Draw(t, "lo")
		hi := lo + rapid.Float64Range(0, 1e12).Draw(t, "width")
		a, ticks := niceAxis(lo, hi, 0, 100, 4)
		if len(ticks) < 2 || len(ticks) > 9 {
			t.Fatalf("%d ticks", len(ticks))
		}
		if slack := 1e-6 * (a.hi - a.lo); a.lo > lo+slack || a.hi < hi-slack {
			t.Fatalf("axis %v..%v does not cover %v..%v", a.lo, a.hi, lo, hi)
		}
		for i := 1; i < len(ticks); i++ {
			if ticks[i] <= ticks[i-1] || tickLabel(ticks[i], ticks) == "" {
				t.Fatalf("ticks %v", ticks)
			}
		}
	})
}

func TestHistogramCountsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), 1, 50).Draw(t, "values")
		lo, hi := coreRange(values)
		if lo > hi {
			t.Fatalf("range %v..%v", lo, hi)
		}
		counts, outside := binned(values, lo, (hi-lo)/10+1e-3, 11)
		sum, beyond := 0, 0
		for _, n := range counts {
			sum += n
		}
		for _, v := range values {
			if v < lo-1e-3 || v > hi+(hi-lo)/10+12e-3 {
				beyond++
			}
		}
		if sum != len(values) || outside < beyond {
			t.Fatalf("%d of %d counted, %d outside, at least %d are", sum, len(values), outside, beyond)
		}
	})
}

func TestRanked(t *testing.T) {
	m := func(name string, values map[string]float64) Molecule { return Molecule{Name: name, Values: values} }
	for want, list := range map[string][]Molecule{
		"bac": {m("a", map[string]float64{"reward": 1, "vina_min": -9}), m("b", map[string]float64{"reward": 2}), m("c", nil), {Name: "x", Error: "bad"}},
		"cba": {m("a", map[string]float64{"vina_min": -3}), m("b", map[string]float64{"vina_min": -4}), m("c", map[string]float64{"vina_min": -5})},
	} {
		got := ""
		for _, x := range ranked(list) {
			got += x.Name
		}
		if got != want {
			t.Errorf("order %s, want %s", got, want)
		}
	}
}

func TestPosesByName(t *testing.T) {
	got := posesByName("a\r\n1\r\n$$$$\r\nb\n2\n$$$$\nb\n3\n$$$$\nb\n4\n$$$$\n\n")
	if len(got) != 1 || got["a"] != "a\n1\n$$$$\n" {
		t.Errorf("got %q: want a alone, for b stands for three", got)
	}
}

func TestCurvesBreakAtNaN(t *testing.T) {
	nan := math.NaN()
	got := finiteRuns([]float64{nan, 1, 2, nan, 3, nan})
	if len(got) != 2 || got[0] != [2]int{1, 3} || got[1] != [2]int{4, 5} {
		t.Errorf("got %v", got)
	}
}
