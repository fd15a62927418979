package tune

import (
	"math"
	"testing"

	"keel/policy"
)

// TestLearnedFrom: what a restart only found again is not learned from; a policy that draws the same twice from noise is told.
func TestLearnedFrom(t *testing.T) {
	r := &policy.Rollout{Prior: policy.Prior{Size: 4, Restarts: []policy.Restart{{Row: 1}, {Row: 3}}}, Again: []bool{true, true, false, false}}
	it := &Iteration{Rollout: r, Rewards: []float64{0, 0, 0.5, 0.25}}
	got := it.learnedFrom()
	for i, want := range []float64{0, math.NaN(), 0.5, 0.25} {
		if got[i] != want && !(math.IsNaN(got[i]) && math.IsNaN(want)) {
			t.Errorf("rewards %v", got)
			break
		}
	}
	if it.Rewards[1] != 0 {
		t.Error("the iteration's own rewards have changed")
	}
	r.Again = nil // a task that does not say
	if got := it.learnedFrom(); got[1] != 0 || got[3] != 0.25 {
		t.Errorf("rewards %v where nothing is known", got)
	}
}
