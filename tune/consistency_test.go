package tune

import (
	"context"
	"testing"
)

// TestConsistencyKL: it is that of the reference to the policy before the actor moves, whatever the actor's rate; score matching at ten times the rate goes ten times as far, and a KL grows with
// the square; where there is none, or it is not known, nothing is logged.
func TestConsistencyKL(t *testing.T) {
	first := func(change func(*DiffACConfig)) (kl float64, ok bool) {
		t.Helper()
		s := setting(t, newTask(t, 1), 8)
		loop := &Loop{Config: Config{Batch: 24}, Setting: s, Estimator: estimator(t, s, quick(change))}
		values, err := loop.Iterate(context.Background(), 0)
		if err != nil {
			t.Fatal(err)
		}
		kl, ok = values["consistency_kl"]
		return kl, ok
	}
	small, _ := first(func(c *DiffACConfig) { c.Consistency.Rate = 1e-4 })
	large, _ := first(func(c *DiffACConfig) { c.Consistency.Rate = 1e-3 })
	if ratio := large / small; !(small > 0) || ratio < 80 || ratio > 120 {
		t.Errorf("a KL of %v at a rate of 1e-4 and %v at 1e-3", small, large)
	}
	if fast, _ := first(func(c *DiffACConfig) { c.Consistency.Rate, c.LearningRate = 1e-3, 0.05 }); fast != large {
		t.Errorf("a KL of %v, with an actor of five times the rate %v", large, fast)
	}
	if kl, ok := first(func(c *DiffACConfig) { c.Consistency.Steps = 0 }); ok {
		t.Errorf("a KL of %v without consistency", kl)
	}
	if kl, ok := first(func(c *DiffACConfig) { c.Actor = "matching" }); ok {
		t.Errorf("a KL of %v, with an actor that does not compute it", kl)
	}
}
