package evaluate

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"keel/chem"
)

// golden is what scipy, numpy and RDKit say; testdata/golden.py made it.
type golden struct {
	JS []struct {
		P, Q     []float64
		Distance float64
	}
	Quantiles []struct {
		Values, Q []float64
		Median    float64
	}
	LengthEdges  []float64                 `json:"length_edges"`
	AngleEdges   []float64                 `json:"angle_edges"`
	Lengths      map[string]map[string]int // kind -> bin -> count
	Angles       map[string]map[string]int
	Rings        map[string]int
	Fingerprints []string
	Similarity   [][]float64
	Diversity    float64
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("%s is %.17g, want %.17g", what, got, want)
	}
}

func TestJensenShannonIsScipys(t *testing.T) {
	for _, c := range readGolden(t).JS {
		near(t, "the distance", jensenShannon(c.P, c.Q), c.Distance)
	}
}

func TestQuantilesAreNumpys(t *testing.T) {
	for _, c := range readGolden(t).Quantiles {
		for i, q := range []float64{0, 0.025, 0.25, 0.5, 0.975, 1} {
			near(t, "a quantile", quantile(c.Values, q), c.Q[i])
		}
		near(t, "the median", median(c.Values), c.Median)
	}
}

func TestEdgesAreNumpys(t *testing.T) {
	g := readGolden(t)
	for _, c := range []struct{ got, want []float64 }{{lengthEdges, g.LengthEdges}, {angleEdges, g.AngleEdges}} {
		if len(c.got) != len(c.want) {
			t.Fatalf("%d edges, want %d", len(c.got), len(c.want))
		}
		for i := range c.got {
			near(t, "an edge", c.got[i], c.want[i])
		}
	}
}

// The bins of bonds, angles and rings of ten molecules, against RDKit's bond types, matches of patterns and rings.
func TestGeometryIsRDKits(t *testing.T) {
	g := readGolden(t)
	mols, bad, err := chem.ReadSDF("testdata/golden.sdf")
	if err != nil || len(bad) > 0 || len(mols) != len(g.Fingerprints) {
		t.Fatal(len(mols), bad, err)
	}
	p := NewProfile(mols)
	compare := func(names []string, got map[string][]float64, want map[string]map[string]int) {
		for _, kind := range names {
			total := 0
			for bin, n := range got[kind] {
				if want := want[kind][strconv.Itoa(bin)]; int(n) != want {
					t.Errorf("%s: bin %d has %v, want %d", kind, bin, n, want)
				}
				total += int(n)
			}
			if total == 0 {
				t.Errorf("%s: the molecules have none", kind)
			}
		}
	}
	compare(LengthKinds, p.Lengths, g.Lengths)
	compare(AngleKinds, p.Angles, g.Angles)
	rings := 0
	for size, n := range g.Rings {
		rings += n
		bin, _ := strconv.Atoi(size)
		if got := p.Rings[min(bin, largestRing)-smallestRing]; int(got) != n {
			t.Errorf("%v rings of %s, want %d", got, size, n)
		}
	}
	if int(sum(p.Rings)) != rings || p.Molecules != 10 {
		t.Errorf("%v rings in %d molecules", sum(p.Rings), p.Molecules)
	}
}

func TestSimilarityIsRDKits(t *testing.T) {
	g := readGolden(t)
	var prints [][]byte
	for _, text := range g.Fingerprints {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, b)
	}
	for i := range prints {
		for k := range prints {
			near(t, "a similarity", Tanimoto(prints[i], prints[k]), g.Similarity[i][k])
		}
	}
	near(t, "the diversity", diversity(prints), g.Diversity)
}
