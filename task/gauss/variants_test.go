package gauss

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keel/tune"
)

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestVariantsAreComplete(t *testing.T) {
	var labels, estimators []string
	for _, v := range Variants() {
		if err := tune.Check(v.Estimator, v.Settings); err != nil {
			t.Errorf("%s: %v", v.Label, err)
		}
		if err := v.Consistency.Check(); err != nil {
			t.Errorf("%s: %v", v.Label, err)
		}
		if slices.Contains(labels, v.Label) || strings.ContainsAny(v.Label, ", ") || v.Batch < 2 || v.Batch > 32 || !(v.Rate > 0) {
			t.Errorf("the variant %+v", v)
		}
		labels, estimators = append(labels, v.Label), append(estimators, v.Estimator)
	}
	for _, name := range tune.Names() {
		if name != "best-of-n" && !slices.Contains(estimators, name) { // that one learns nothing
			t.Errorf("no variant of the estimator %q", name)
		}
	}
	for label := range tuned {
		if !slices.Contains(labels, label) {
			t.Errorf("a rate is noted for %q, which there is not", label)
		}
	}
	for _, list := range [][]string{againstTrajectories, againstOthers, ablation, restored} {
		for _, label := range list {
			if !slices.Contains(labels, label) {
				t.Errorf("a figure asks for %q, which there is not", label)
			}
		}
	}
}

func TestVariantsByName(t *testing.T) {
	list, err := VariantsByName([]string{"rwr", "diffac-ddpg"})
	if err != nil || len(list) != 2 || list[0].Label != "rwr" || list[1].Label != "diffac-ddpg" {
		t.Errorf("%v, %+v", err, list)
	}
	if all, err := VariantsByName(nil); err != nil || len(all) != len(Variants()) {
		t.Errorf("%v, %d variants", err, len(all))
	}
	if _, err := VariantsByName([]string{"rwr", "rwx"}); err == nil || !strings.HasPrefix(err.Error(), `estimator "rwx": expected some of "diffac-ddpg", `) {
		t.Errorf("an unknown label: %v", err)
	}
}

// TestGradientNeedsASmoothReward: estimators that differentiate the reward are left out where it has no gradient, and refused by name.
func TestGradientNeedsASmoothReward(t *testing.T) {
	p := tinyProblem()
	all, err := p.Variants(nil)
	if err != nil || len(all) != len(Variants()) {
		t.Errorf("smooth: %v, %d variants", err, len(all))
	}
	for _, reward := range []string{"non-smooth", "sparse"} {
		p.Reward = reward
		able, err := p.Variants(nil)
		if err != nil || len(able) != len(all)-2 || slices.ContainsFunc(able, func(v Variant) bool { return v.Estimator == "draft" || v.Estimator == "adjoint-matching" }) {
			t.Errorf("%s: %v, %d variants", reward, err, len(able))
		}
		for _, name := range []string{"draft", "adjoint-matching"} {
			if _, err := p.Variants([]string{"rwr", name}); err == nil || !strings.Contains(err.Error(), `"`+name+`" differentiates the reward`) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestNewStabilityRefuses(t *testing.T) {
	for _, c := range []struct {
		want   string
		budget func(*Budget)
		seeds  []uint64
		rates  []float64
		labels []string
	}{
		{want: "calls: expected at least 64", budget: func(b *Budget) { b.Calls = 1 }},
		{want: "points at least 1", budget: func(b *Budget) { b.Points = 0 }},
		{want: "seeds: expected at least one", seeds: []uint64{}},
		{want: "seeds: 2 stands there twice", seeds: []uint64{2, 1, 2}},
		{want: "sweep: -1: expected positive", rates: []float64{1, -1}},
		{want: "sweep: NaN: expected positive", rates: []float64{math.NaN()}},
		{want: "sweep: 3 stands there twice", rates: []float64{3, 3}},
		{want: "estimators: rwr stands there twice", labels: []string{"rwr", "rwr"}},
	} {
		b, seeds := tinyBudget(), []uint64{1}
		if c.budget != nil {
			c.budget(&b)
		}
		if c.seeds != nil {
			seeds = c.seeds
		}
		variants, err := VariantsByName(c.labels)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewStability(tinyProblem(), b, seeds, c.rates, variants); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("expected one line with %q, got %v", c.want, err)
		}
	}
}

// TestRunsAreIndependent: every variant learns, a seed's run does not depend on those before it with the same runner, and the learning
// rate's factor counts.
func TestRunsAreIndependent(t *testing.T) {
	b, err := tinyProblem().Open(testEngine(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range Variants() {
		t.Run(v.Label, func(t *testing.T) {
			r, err := b.NewRunner(small(t, v.Label))
			if err != nil {
				t.Fatal(err)
			}
			results := map[string]Result{}
			for _, c := range []struct {
				name string
				seed uint64
				rate float64
			}{{"first", 4, 1}, {"other seed", 5, 1}, {"other rate", 4, 2}, {"again", 4, 1}} {
				if results[c.name], err = r.Run(context.Background(), Budget{Calls: 64, Points: 1, Evaluate: 8}, c.seed, c.rate); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(results["first"], results["again"], sameRun); diff != "" {
				t.Errorf("a seed's second run differs:\n%s", diff)
			}
			for _, name := range []string{"other seed", "other rate"} {
				if results[name].Objective == results["first"].Objective {
					t.Errorf("%s: the same objective %v", name, results[name].Objective)
				}
			}
			if p := results["first"].Curve[0]; !(p.KL > 0) {
				t.Errorf("the policy has not moved: KL %v", p.KL)
			}
		})
	}
}
