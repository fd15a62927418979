package reward

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"keel/chem"
)

func molecule(t rapid.TB, smiles string) *chem.Molecule {
	t.Helper()
	m, err := chem.ParseSMILES(smiles)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// alkylated is benzene with a chain of n atoms: one scaffold, another molecule for each n.
func alkylated(t rapid.TB, n int) *chem.Molecule {
	return molecule(t, "c1ccccc1"+strings.Repeat("C", n))
}

func earned(total float64) Result { return Result{Total: total, Whole: true} }

func TestDiversity(t *testing.T) {
	c := Default()
	c.Diversity = DiversityConfig{Scaffold: "murcko", Bucket: 2, Least: 0.5, Duplicate: 0.25}
	m := NewMemory(c.Diversity)
	pieces, missing := earned(0.9), earned(math.NaN())
	pieces.Whole = false
	got := m.Take(
		[]*chem.Molecule{alkylated(t, 1), alkylated(t, 2), alkylated(t, 2), alkylated(t, 3), alkylated(t, 4), alkylated(t, 5), alkylated(t, 6), alkylated(t, 7),
			molecule(t, "C1CCCCC1"), alkylated(t, 1), alkylated(t, 8), alkylated(t, 9)},
		[]Result{earned(0.8), earned(0.8), earned(0.8), earned(0.4), earned(0.8), earned(0.8), earned(0.8), earned(0.8), earned(0.8), earned(-0.2), pieces, missing})
	want := []Place{{0.8, 0, 1}, {0.8, 0, 2}, {0.2, 1, 0}, {0.4, 0, 0}, {0.4, 0, 3}, {0, 0, 4}, {0, 0, 5}, {0, 0, 6}, {0.8, 0, 1}, {-0.2, 1, 0}, {0.9, 0, 0}, {missing.Total, 0, 0}}
	same := cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b || math.Abs(a-b) < 1e-12 })
	if d := cmp.Diff(want, got, same); d != "" {
		t.Errorf("places (-expected +got):\n%s", d)
	}
	if !m.Full(3) || m.Full(2) {
		t.Error("a bucket of 2 is full at the third molecule")
	}
}

// TestMemoryResumes: whatever comes, and wherever it is cut, a memory that was written and read goes on as one that was not.
func TestMemoryResumes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Default()
		c.Diversity = DiversityConfig{Scaffold: rapid.SampledFrom([]string{"murcko", "framework", "none"}).Draw(t, "scaffold"),
			Bucket: rapid.IntRange(1, 4).Draw(t, "bucket"), Least: 0.3, Duplicate: rapid.Float64Range(0, 1).Draw(t, "duplicate")}
		var mols []*chem.Molecule
		var results []Result
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			base := rapid.SampledFrom([]string{"c1ccccc1", "C1CCCCC1", "CC"}).Draw(t, "base")
			mols = append(mols, molecule(t, base+strings.Repeat("C", rapid.IntRange(0, 4).Draw(t, "chain"))))
			results = append(results, earned(rapid.Float64Range(-0.2, 1).Draw(t, "reward")))
		}
		cut := rapid.IntRange(0, len(mols)).Draw(t, "cut")
		whole := NewMemory(c.Diversity)
		first, second := whole.Take(mols[:cut], results[:cut]), []Place(nil)
		text, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		second = whole.Take(mols[cut:], results[cut:])
		resumed := NewMemory(c.Diversity)
		if err := json.Unmarshal(text, resumed); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(second, resumed.Take(mols[cut:], results[cut:])); d != "" {
			t.Fatalf("after %s (-one +resumed):\n%s", text, d)
		}
		for i, p := range append(first, second...) {
			if p.Reward > results[i].Total || results[i].Total >= 0 && p.Reward < 0 {
				t.Fatalf("a reward of %v became %v", results[i].Total, p.Reward)
			}
		}
	})
}

func TestBadMemory(t *testing.T) {
	c := Default()
	for _, text := range []string{"{}", "[]", `{"molecules":{}}`} {
		if json.Unmarshal([]byte(text), NewMemory(c.Diversity)) == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func TestDiversityMistakes(t *testing.T) {
	for want, change := range map[string]func(*DiversityConfig){
		`scaffold = "x": expected one of framework, murcko, none`: func(c *DiversityConfig) { c.Scaffold = "x" },
		"bucket = 0: expected at least 1 molecule":                func(c *DiversityConfig) { c.Bucket = 0 },
		"duplicate = 2: expected a share from 0 to 1":             func(c *DiversityConfig) { c.Duplicate = 2 },
		"least: expected a number":                                func(c *DiversityConfig) { c.Least = math.NaN() },
	} {
		c := Default()
		change(&c.Diversity)
		if err := c.Check(Env{}); err == nil || !strings.Contains(fmt.Sprint(err), "[reward.diversity] "+want) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
}
