package policy

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestBaselineTakesOutWhatIsKnown: rewards that conditions and the covariate explain alone leave nothing, whatever order they come in.
func TestBaselineTakesOutWhatIsKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(leastForSlope, 60).Draw(t, "n")
		slope := rapid.Float64Range(-3, 3).Draw(t, "slope")
		var rewards, size []float64
		var group []int
		for range n {
			g, s := rapid.IntRange(0, 2).Draw(t, "group"), float64(rapid.IntRange(20, 30).Draw(t, "size"))
			group, size, rewards = append(group, g), append(size, s), append(rewards, 5*float64(g)+slope*s)
		}
		failed := rapid.IntRange(0, n-leastForSlope).Draw(t, "failed")
		for i := range failed {
			rewards[i] = math.NaN()
		}
		b := FitBaseline(rewards, group, size)
		for i := failed; i < n; i++ {
			if got := b.Of(group[i], size[i]); math.Abs(got-rewards[i]) > 1e-9 {
				t.Fatalf("sample %d of condition %d and size %v: %v, expected %v", i, group[i], size[i], got, rewards[i])
			}
		}
		if b.Std > 1e-6 {
			t.Fatalf("what is left has the deviation %v", b.Std)
		}
	})
}

// TestBaselineOfOne: without conditions and a covariate it is the mean and the deviation of the rewards, as [Standardise] has them.
func TestBaselineOfOne(t *testing.T) {
	rewards := []float64{1, 4, math.NaN(), 2, 9}
	b := FitBaseline(rewards, nil, nil)
	want, mean, std, _ := Standardise(rewards)
	if b.Of(0, 3) != mean || b.Std != std {
		t.Errorf("%v and %v, expected %v and %v", b.Of(0, 3), b.Std, mean, std)
	}
	for i, r := range rewards {
		if Finite(r) && math.Abs(b.Standardised(r, 0, 0)-want[i]) > 1e-6 {
			t.Errorf("%v is %v, expected %v", r, b.Standardised(r, 0, 0), want[i])
		}
	}
	if b := FitBaseline([]float64{1, 3, 10, 14}, []int{4, 4, 7, 7}, nil); b.Of(4, 0) != 2 || b.Of(7, 0) != 12 || b.Of(1, 0) != 7 {
		t.Errorf("conditions %v, %v, and one never seen %v", b.Of(4, 0), b.Of(7, 0), b.Of(1, 0))
	}
	if b := FitBaseline([]float64{math.NaN()}, nil, nil); b.Std != 1e-6 || b.NormalScore(1, 0, 0) != 0 {
		t.Errorf("of no reward: %+v", b)
	}
}

// TestNormalScores: they depend on the order alone, rise with it, and are about standard normal.
func TestNormalScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rewards []float64
		for _, r := range rapid.SliceOfNDistinct(rapid.IntRange(-1000, 1000), 2, 80, func(x int) int { return x }).Draw(t, "rewards") {
			rewards = append(rewards, float64(r)/7)
		}
		b := FitBaseline(rewards, nil, nil)
		scores := make([]float64, len(rewards))
		for i, r := range rewards {
			scores[i] = b.NormalScore(r, 0, 0)
		}
		slices.Sort(rewards)
		for i := range rewards {
			if i > 0 && !(b.NormalScore(rewards[i], 0, 0) > b.NormalScore(rewards[i-1], 0, 0)) {
				t.Fatalf("scores do not rise from %v to %v", rewards[i-1], rewards[i])
			}
		}
		mean, std := moments(scores)
		if math.Abs(mean) > 1e-9 || std > 1 || len(scores) >= 20 && std < 0.9 {
			t.Fatalf("scores of %d rewards have the mean %v and the deviation %v", len(scores), mean, std)
		}
		if high := b.NormalScore(math.Inf(1), 0, 0); high != b.NormalScore(rewards[len(rewards)-1], 0, 0) {
			t.Fatalf("beyond all: %v", high)
		}
	})
	if b := FitBaseline([]float64{1, 1, 1, 5}, nil, nil); math.Abs(b.NormalScore(1, 0, 0)-(-0.3186)) > 1e-3 { // three ties share the ranks 0.5, 1.5, 2.5 of 4
		t.Errorf("ties have %v", b.NormalScore(1, 0, 0))
	}
}

// TestReplayKeepsTheBestOfGroups: where one group's rewards are all higher, the best of the other stay too.
func TestReplayKeepsTheBestOfGroups(t *testing.T) {
	m := &Replay{Capacity: 4, Best: 4}
	for range 3 {
		p := every(8, 1)
		p.Group = []int{0, 1, 0, 1, 0, 1, 0, 1}
		m.Add(&Rollout{Prior: p, States: [][]float32{make([]float32, 8)}}, []float64{10, 3, 11, 2, 12, 1, 13, 0})
	}
	var got []float64
	for _, s := range m.Samples {
		got = append(got, s.Reward)
	}
	slices.Sort(got)
	if want := []float64{3, 3, 13, 13}; !slices.Equal(got, want) {
		t.Errorf("kept %v, expected %v", got, want)
	}
}

// TestReplayKeepsTheBest: the best stay, of the others the latest.
func TestReplayKeepsTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Replay{Capacity: rapid.IntRange(1, 8).Draw(t, "capacity")}
		m.Best = rapid.IntRange(0, m.Capacity).Draw(t, "best")
		n := rapid.IntRange(1, 30).Draw(t, "n")
		rewards := rapid.SliceOfNDistinct(rapid.IntRange(0, 1000), n, n, func(x int) int { return x }).Draw(t, "rewards")
		var all []float64
		for _, r := range rewards {
			all = append(all, float64(r))
			m.Add(&Rollout{Prior: Prior{Size: 1, Dims: 1, Mask: []float32{1}}, States: [][]float32{{float32(r)}}}, all[len(all)-1:])
		}
		if len(m.Samples) != min(m.Capacity, n) {
			t.Fatalf("%d samples of %d, room for %d", len(m.Samples), n, m.Capacity)
		}
		kept := map[float64]bool{}
		for _, s := range m.Samples {
			kept[s.Reward] = true
		}
		best := slices.Sorted(slices.Values(all))
		for _, r := range best[max(0, n-m.Best):] {
			if !kept[r] {
				t.Fatalf("%v of %v is gone: the best %d stay", r, all, m.Best)
			}
		}
		for _, r := range all[max(0, n-(m.Capacity-m.Best)):] {
			if !kept[r] {
				t.Fatalf("%v of %v is gone: the latest %d stay", r, all, m.Capacity-m.Best)
			}
		}
	})
}
