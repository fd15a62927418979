package policy

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"keel/nn"
)

var nan = math.NaN()

func closeTo(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, expected %v", what, got, want)
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance) && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
			t.Fatalf("%s: %v, expected %v", what, got, want)
		}
	}
}

// Two conditions, interleaved; the failed rewards belong to either.
var (
	exampleRewards = []float64{1, 10, 3, nan, 14, 8, math.Inf(1)}
	exampleGroups  = []int{7, 2, 7, 7, 2, 7, 2}
)

func TestGroupStandardise(t *testing.T) {
	root := math.Sqrt(26. / 3) // of group 7: 1, 3, 8
	closeTo(t, "by group", GroupStandardise(exampleRewards, exampleGroups), []float64{-3 / root, -1, -1 / root, 0, 1, 4 / root, 0}, 1e-4)
	closeTo(t, "alone", GroupStandardise([]float64{5, 9}, []int{0, 1}), []float64{0, 0}, 0)
	closeTo(t, "all failed", GroupStandardise([]float64{nan, nan}, nil), []float64{0, 0}, 0)
}

func TestLeaveOneOut(t *testing.T) {
	closeTo(t, "by group", LeaveOneOut(exampleRewards, exampleGroups), []float64{1 - 5.5, -4, 3 - 4.5, 0, 4, 8 - 2, 0}, 1e-12)
	closeTo(t, "alone", LeaveOneOut([]float64{5, nan, 9}, []int{0, 0, 1}), []float64{0, 0, 0}, 0)
}

func TestRanks(t *testing.T) {
	closeTo(t, "by group", RankRewards(exampleRewards, exampleGroups), []float64{-1, -1, 0, nan, 1, 1, nan}, 1e-12)
	closeTo(t, "advantages", RankAdvantages(exampleRewards, exampleGroups), []float64{-1, -1, 0, 0, 1, 1, 0}, 1e-12)
	closeTo(t, "ties", RankRewards([]float64{4, 1, 4, 4, 9}, nil), []float64{0, -1, 0, 0, 1}, 1e-12)
	closeTo(t, "a pair of ties", RankRewards([]float64{2, 5, 2, 7}, nil), []float64{-2. / 3, 1. / 3, -2. / 3, 1}, 1e-12)
	closeTo(t, "alone", RankRewards([]float64{-3}, nil), []float64{0}, 0)
	unit, _, _, failed := Standardise(RankRewards(exampleRewards, nil))
	if _, std := moments([]float64{unit[0], unit[1], unit[2], unit[4], unit[5]}); math.Abs(std-1) > 1e-6 || failed != 2 {
		t.Errorf("standardised ranks have the deviation %v with %d failed", std, failed)
	}
}

// TestTracker follows the reference code by hand: a condition with too few rewards is judged by the batch, and its buffer forgets.
func TestTracker(t *testing.T) {
	tracker := &Tracker{Buffer: 3, MinCount: 2}
	mean, std := 17./3, math.Sqrt((121.+25+256)/27) // of the batch 2, 4, 11
	closeTo(t, "first", tracker.Advantages([]float64{2, 4, 11, nan}, []int{0, 0, 1, 1}), []float64{-1, 1, (11 - mean) / std, 0}, 1e-5)
	// Condition 0 keeps 4, 6, 8 and condition 1 has 11, 3.
	want := []float64{0, 2 / math.Sqrt(8./3), -1}
	next := []float64{6, 8, 3}
	w := &nn.Weights{Tensors: map[string]nn.WeightTensor{}}
	tracker.Save(w)
	resumed := &Tracker{Buffer: 3, MinCount: 2}
	if err := resumed.Load(w); err != nil {
		t.Fatal(err)
	}
	closeTo(t, "second", tracker.Advantages(next, []int{0, 0, 1}), want, 1e-5)
	closeTo(t, "resumed", resumed.Advantages(next, []int{0, 0, 1}), want, 1e-5)
	w.Tensors[trackerPrefix+"x"] = nn.WeightTensor{}
	if resumed.Load(w) == nil {
		t.Error("a tensor with a broken name is taken")
	}
}

func TestTrackerDefaults(t *testing.T) {
	var tracker Tracker
	rewards := make([]float64, 15)
	for i := range rewards {
		rewards[i] = float64(i)
	}
	group := make([]int, 16)
	group[15] = 1
	got := tracker.Advantages(append(rewards, 99), group) // 15 < 16: the batch's statistics
	mean, std := moments(append(rewards, 99))
	if want := (99 - mean) / std; math.Abs(got[15]-want) > 1e-5 || math.Abs(got[0]+mean/std) > 1e-5 {
		t.Errorf("advantages %v: the last was expected at %v", got, want)
	}
	if got := tracker.Advantages([]float64{7}, nil); math.Abs(got[0]) > 1e-6 { // 0 .. 14 and 7: the mean is 7
		t.Errorf("the sixteenth reward has the advantage %v by its own condition", got[0])
	}
}

// normalisers of groups, each invariant in its way.
var normalisers = map[string]func([]float64, []int) []float64{
	"standardise": func(r []float64, _ []int) []float64 { a, _, _, _ := Standardise(r); return a },
	"group":       GroupStandardise, "leave one out": LeaveOneOut, "rank": RankAdvantages,
	"tracker": func(r []float64, g []int) []float64 { return (&Tracker{MinCount: 2, Buffer: 100}).Advantages(r, g) },
}

func draw(t *rapid.T) (rewards []float64, group []int) {
	n := rapid.IntRange(1, 20).Draw(t, "n")
	for range n {
		r := float64(rapid.IntRange(-20, 20).Draw(t, "reward"))
		if rapid.IntRange(0, 5).Draw(t, "fails") == 0 {
			r = rapid.SampledFrom([]float64{nan, math.Inf(1), math.Inf(-1)}).Draw(t, "failure")
		}
		rewards, group = append(rewards, r), append(group, rapid.IntRange(-1, 2).Draw(t, "group"))
	}
	return rewards, group
}

func TestAdvantageProperties(t *testing.T) {
	for name, normalise := range normalisers {
		rapid.Check(t, func(t *rapid.T) {
			rewards, group := draw(t)
			adv := normalise(rewards, group)
			moved, scale := slices.Clone(rewards), 1.0
			if name == "leave one out" {
				scale = 4
			}
			for i := range moved {
				moved[i] = 4*moved[i] + 256
			}
			after := normalise(moved, group)
			best, worst := slices.Clone(adv), slices.Clone(rewards)
			for i, r := range rewards {
				if !Finite(r) {
					if adv[i] != 0 {
						t.Fatalf("%s: a failed reward has the advantage %v", name, adv[i])
					}
					continue
				}
				if math.Abs(after[i]-scale*adv[i]) > 1e-3*(1+math.Abs(adv[i])) {
					t.Fatalf("%s: 4 r + 256 turns the advantage %v into %v", name, adv[i], after[i])
				}
				for j := range rewards {
					if Finite(rewards[j]) && group[i] == group[j] && rewards[i] > rewards[j] && !(best[i] > best[j]) {
						t.Fatalf("%s: the reward %v has the advantage %v, and %v has %v", name, worst[i], adv[i], worst[j], adv[j])
					}
				}
			}
			// What failed might as well not have been there.
			var left []float64
			var leftGroup []int
			var want []float64
			for i, r := range rewards {
				if Finite(r) {
					left, leftGroup, want = append(left, r), append(leftGroup, group[i]), append(want, adv[i])
				}
			}
			for i, a := range normalise(left, leftGroup) {
				if math.Abs(a-want[i]) > 1e-9 {
					t.Fatalf("%s: %v without the failed rewards, %v with them", name, a, want[i])
				}
			}
		})
	}
}

// TestGroupSums: within a group advantages sum to 0, and ranks stay in [-1, 1] and ignore rising maps.
func TestGroupSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rewards, group := draw(t)
		for _, name := range []string{"group", "leave one out", "rank"} {
			adv := normalisers[name](rewards, group)
			sums := map[int]float64{}
			for i, a := range adv {
				sums[group[i]] += a
			}
			for g, sum := range sums {
				if math.Abs(sum) > 1e-9 {
					t.Fatalf("%s: the advantages of group %d sum to %v", name, g, sum)
				}
			}
		}
		bent := slices.Clone(rewards)
		for i := range bent {
			bent[i] = math.Cbrt(bent[i])
		}
		ranks := RankAdvantages(rewards, group)
		if !slices.Equal(ranks, RankAdvantages(bent, group)) || slices.Max(ranks) > 1 || slices.Min(ranks) < -1 {
			t.Fatalf("ranks %v of %v, and %v of their cube roots", ranks, rewards, RankAdvantages(bent, group))
		}
	})
}
