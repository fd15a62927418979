package experiment

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keel/task/pocket"
)

func whole(smiles string, merit float64) pocket.Rewarded {
	return pocket.Rewarded{SMILES: smiles, Whole: true, Merit: merit, VinaMin: -7}
}

// TestJudge: figures by hand, of a run of two iterations.
func TestJudge(t *testing.T) {
	var r Result
	pieces := pocket.Rewarded{SMILES: "C.C", Merit: -0.1, VinaMin: math.NaN()}
	again := whole("P", 0.9) // a restart: among the best, but not the policy's own
	again.Restarted = true
	r.judge([][]pocket.Rewarded{
		{whole("C", 0.2), whole("N", 0.4), pieces, whole("O", math.NaN())},
		{whole("C", 0.6), whole("C", 0.5), whole("F", 0.7), whole("S", 0.8), again},
	})
	near := func(what string, got Figure, want float64) {
		if math.Abs(float64(got)-want) > 1e-12 {
			t.Errorf("%s is %v, expected %v", what, got, want)
		}
	}
	near("start", r.Start, 0.5/3) // the failed reward apart
	near("final", r.Final, 2.6/4) // the last of two iterations
	near("asked", r.Asked, 3.5/5) // the restart among them
	near("top", r.Top, (0.6+0.4+0.7+0.8+0.9)/5)
	near("unique", r.Unique, 3./4)
	near("vina", r.VinaMin, -7)
	if r.Collapsed || len(r.Curve) != 2 || r.Curve[1].Calls != 9 {
		t.Errorf("%+v", r)
	}
	near("the first top", r.Curve[0].Top, 0.3)
}

func TestCollapsed(t *testing.T) {
	many := func(merit float64, names string) (list []pocket.Rewarded) {
		for i := range 40 {
			list = append(list, whole(names+strings.Repeat("C", i), merit+0.01*float64(i%5)))
		}
		return list
	}
	same := many(0.9, "")
	for i := range same {
		same[i].SMILES = "C"
	}
	for what, c := range map[string]struct {
		last []pocket.Rewarded
		want bool
	}{"as good": {many(0.5, "N"), false}, "worse": {many(0.4, "N"), true}, "one molecule": {same, true}, "better": {many(0.9, "N"), false}} {
		var r Result
		if r.judge([][]pocket.Rewarded{many(0.5, "O"), c.last}); r.Collapsed != c.want {
			t.Errorf("%s: collapsed is %v", what, r.Collapsed)
		}
	}
}

// TestDuel: the first arm against the best other, by the spread over seeds.
func TestDuel(t *testing.T) {
	c := &Comparison{}
	add := func(arm, pocket string, finals ...float64) {
		for i, f := range finals {
			c.Results = append(c.Results, Result{Arm: arm, Pocket: pocket, Seed: uint64(i), Final: Figure(f), Top: 1, Curve: []Point{{4, 0, 0}, {8, Figure(f), 0}}})
		}
	}
	add("ours", "p", 0.70, 0.71)
	add("bad", "p", 0.10, 0.11)
	add("good", "p", 0.60, 0.61)
	add("ours", "q", 0.50, 0.70)
	add("good", "q", 0.55, 0.60)
	add("ours", "r", 0.9)
	add("good", "r", 0.5)
	var out strings.Builder
	if err := c.Text(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"policy, p: ours +0.100 against good: clear\n", "q: ours +0.025 against good: within the spread over seeds\n",
		"r: ours +0.400 against good: one seed, no spread to hold it against\n",
		"policy: ours is clearly ahead of every other in 1 of 3 pockets\n", "best: ours is clearly ahead of every other in 0 of 3 pockets\n", "0.705 (0.007)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	dir := t.TempDir()
	if err := c.Write(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "comparison.json"))
	if err != nil || !strings.Contains(string(text), `"vinamin":0`) {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestShippedArms: what Keel ships can be run, at equal reward calls.
func TestShippedArms(t *testing.T) {
	arms, err := ReadArms("../configs/estimators.toml", nil)
	if err != nil {
		t.Fatal(err)
	}
	sweep, err := ReadArms("../configs/diffac-sweep.toml", nil)
	if err != nil {
		t.Fatal(err)
	}
	base := pocket.DefaultTune()
	base.Pocket.Protein, base.Pocket.Ligand = "p.pdb", "l.sdf"
	base.Estimator = map[string]map[string]any{"diffac": {"lambda": 0.5}}
	trials, err := Trials("out", arms, []string{"a", "b"}, []pocket.TuneConfig{base, base}, []uint64{3, 4}, 640)
	if err != nil {
		t.Fatal(err)
	}
	plain := base
	plain.Estimator = nil
	if _, err := Trials("out", sweep, []string{"a"}, []pocket.TuneConfig{plain}, []uint64{3}, 640); err != nil {
		t.Error(err)
	}
	if len(trials) != len(arms)*4 {
		t.Fatalf("%d trials", len(trials))
	}
	folders := map[string]bool{}
	for _, trial := range trials {
		c := trial.Job.Config
		if c.Tune.Iterations*c.Tune.Batch != 640 || c.Compare != 0 || c.Seed != trial.Seed || folders[trial.Job.Dir] {
			t.Errorf("%+v", trial)
		}
		if c.Algo == "diffac" && c.Estimator["diffac"]["lambda"] != 0.5 {
			t.Errorf("%s has lost the configuration's settings: %v", trial.Arm, c.Estimator)
		}
		folders[trial.Job.Dir] = true
	}
	if base.Estimator["diffac"]["regulariser"] != nil {
		t.Error("an arm's settings got into the configuration")
	}
}
