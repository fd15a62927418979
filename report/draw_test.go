package report

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"keel/evaluate"
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

func TestRanking(t *testing.T) {
	set := func(values ...map[string]float64) (list []*Molecule) {
		for i, v := range values {
			list = append(list, &Molecule{Name: string(rune('a' + i)), Values: v})
		}
		return list
	}
	type v = map[string]float64
	for name, c := range map[string]struct {
		sets       [][]*Molecule
		key, order string
	}{
		"reward":              {[][]*Molecule{set(v{"reward": 1, "vina_min": -9}, v{"reward": 2}, v{})}, "reward", "bac"},
		"energy":              {[][]*Molecule{set(v{"vina_min": -3}, v{"vina_min": -4}, v{"vina_min": -5})}, "vina_min", "cba"},
		"one set has no more": {[][]*Molecule{set(v{"vina_score": -3, "merit": 1}, v{"vina_score": -4, "merit": 2}), set(v{"vina_score": -3})}, "vina_score", "ba"},
		"nothing":             {[][]*Molecule{set(v{}, v{}), nil}, "vina_score", "ab"},
	} {
		r := rankingOf(c.sets...)
		list, order := c.sets[0], ""
		slices.SortStableFunc(list, r.compare)
		for _, m := range list {
			order += m.Name
		}
		if r.key != c.key || order != c.order {
			t.Errorf("%s: ranked by %s as %s, want %s and %s", name, r.key, order, c.key, c.order)
		}
	}
}

// Nothing beats a member of the front, and something beats or equals what is not on it.
func TestParetoFront(t *testing.T) {
	x, y := quantity{key: "x", better: -1}, quantity{key: "y", better: +1}
	rapid.Check(t, func(t *rapid.T) {
		var list []*Molecule
		for _, p := range rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 6), 2, 2), 0, 20).Draw(t, "points") {
			list = append(list, &Molecule{Values: map[string]float64{"x": float64(p[0]), "y": float64(p[1])}})
		}
		bare := &Molecule{Values: map[string]float64{"x": -1}}
		front := paretoFront(append(list, bare), x, y)
		asGood := func(a, b *Molecule) bool { return a.Values["x"] <= b.Values["x"] && a.Values["y"] >= b.Values["y"] }
		for _, m := range list {
			beaten := slices.ContainsFunc(list, func(o *Molecule) bool { return asGood(o, m) && !asGood(m, o) })
			matched := slices.ContainsFunc(front, func(o *Molecule) bool { return asGood(o, m) })
			if on := slices.Contains(front, m); on && beaten || !matched {
				t.Fatalf("%v: on the front %v, beaten %v, matched by the front %v", m.Values, on, beaten, matched)
			}
		}
		if slices.Contains(front, bare) {
			t.Fatal("a molecule without one of the figures is on the front")
		}
	})
}

// Every molecule is in one cluster, as similar to its centre as is asked for, and no centre has had a larger choice than the one before it.
func TestButina(t *testing.T) {
	if got := butina([][]byte{{0b1111}, {0b0111}, {0b11110000}, {0b0011}, {0b1}}, 0.6); !cmp.Equal(got, [][]int{{1, 0, 3}, {2}, {4}}) {
		t.Errorf("got %v", got) // 1 is like 0 (3/4) and 3 (2/3); 0 and 3 are not alike (1/2), nor 3 and 4 (1/2)
	}
	rapid.Check(t, func(t *rapid.T) {
		prints := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 2, 2), 0, 20).Draw(t, "prints")
		seen := map[int]bool{}
		last := len(prints)
		for _, c := range butina(prints, 0.5) {
			if len(c) > last {
				t.Fatal("clusters are not sorted by size")
			}
			last = len(c)
			for _, i := range c {
				if seen[i] || i != c[0] && evaluate.Tanimoto(prints[i], prints[c[0]]) < 0.5 {
					t.Fatalf("%d in the cluster of %d", i, c[0])
				}
				seen[i] = true
			}
		}
		if len(seen) != len(prints) {
			t.Fatalf("%d of %d are in clusters", len(seen), len(prints))
		}
	})
}

func TestScaffoldsOfTheChoice(t *testing.T) {
	in := &Input{}
	for i, smiles := range []string{"CCc1ccccc1", "Cc1ccncc1", "Oc1ccccc1", "CCO", "c1ccccc1N", "not a smiles"} {
		m := newMolecule()
		m.Name, m.SMILES, m.Values["reward"] = smiles, smiles, float64(i)
		in.After = append(in.After, m)
	}
	c := in.choose()
	if len(c.scaffolds) != 3 || c.scaffolds[0].count != 3 || c.scaffolds[0].best.Name != "c1ccccc1N" || c.unread != 1 || c.different != 6 {
		t.Errorf("%+v, %d unread", c.scaffolds, c.unread)
	}
	if c.scaffold[&in.After[0]] != 0 || c.scaffolds[c.scaffold[&in.After[3]]].smiles != "" {
		t.Errorf("scaffolds of the molecules: %v", c.scaffold)
	}
}

// A picture of RDKit's keeps its lines and loses the rest.
func TestCompactPicture(t *testing.T) {
	const line = `style='fill:none;fill-rule:evenodd;stroke:#000000;stroke-width:2.0px;stroke-linecap:butt;stroke-linejoin:miter;stroke-opacity:1' />`
	svg := `<svg version='1.1' baseProfile='full'
              xmlns='http://www.w3.org/2000/svg'
                      xmlns:rdkit='http://www.rdkit.org/xml'
width='300px' height='220px' viewBox='0 0 300 220'>
<!-- END OF HEADER -->
<rect style='opacity:1.0;fill:#FFFFFF;stroke:none' width='300.0' height='220.0' x='0.0' y='0.0'> </rect>
<path class='bond-0 atom-0 atom-1' d='M 75.6,124.0 L 63.2,96.2' ` + line + `
<path class='bond-1 atom-0 atom-5' d='M 70.3,123.5 L 60.1,100.0' ` + line + `
<path class='bond-2 atom-0 atom-22' d='M 75.6,124.0 L 105.8,127.2' style='fill:none;fill-rule:evenodd;stroke:#FF0000;stroke-width:2.0px;stroke-linecap:butt;stroke-linejoin:miter;stroke-opacity:1' />
<path class='bond-3 atom-0 atom-7' d='M 1.0,2.0 L 3.0,4.0' ` + line + `
<path class='atom-6' d='M 151.6 108.8
Q 151.7 108.8, 152.1 109.0
' fill='#CCCC00'/>
</svg>`
	want := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 220"><path style="fill:none;stroke:#000000;stroke-width:2.0px" d="M75.6,124L63.2,96.2M70.3,123.5L60.1,100M1,2L3,4"/>` +
		`<path style="fill:none;stroke:#FF0000;stroke-width:2.0px" d="M75.6,124L105.8,127.2"/>` +
		`<path fill="#CCCC00" d="M151.6 108.8Q151.7 108.8,152.1 109"/></svg>`
	if got := compactPicture(svg); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, odd := range []string{"", "no svg", `<svg viewBox="0 0 1 1"><text>x</text></svg>`, `<svg viewBox="0 0 1 1"><path d="M0 0"/>`, `<svg><path d="M0 0"/></svg>`} {
		if got := compactPicture(odd); got != odd {
			t.Errorf("%q became %q", odd, got)
		}
	}
}

func TestQuantile(t *testing.T) {
	for p, want := range map[float64]float64{0: 1, 0.1: 1.4, 0.5: 3, 1: 5} {
		if got := quantile([]float64{1, 2, 3, 4, 5}, p); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %v is %v, want %v", p, got, want)
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
