package tune

import (
	"math"
	"testing"
)

// quick makes DiffAC learn in few iterations on the Gaussian task.
func quick(change func(*DiffACConfig)) DiffACConfig {
	c := DefaultDiffAC()
	c.LearningRate, c.CriticRate, c.Consistency.Rate = 0.01, 0.01, 1e-3
	c.CriticSteps, c.Minibatch = 40, 128
	if change != nil {
		change(&c)
	}
	return c
}

// quickDDPO learns fast, in updates of 64 transitions.
func quickDDPO() DDPOConfig {
	return DDPOConfig{LearningRate: 0.03, Clip: 1e-4, ClipAdv: 5, Epochs: 1, Updates: 11, Chunk: 64}
}

func estimator(t *testing.T, s *Setting, c DiffACConfig) *DiffAC {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	d, err := NewDiffAC(s, c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDiffACImproves(t *testing.T) {
	off := map[string]func(*DiffACConfig){
		"all":                       func(*DiffACConfig) {},
		"no consistency":            func(c *DiffACConfig) { c.Consistency.Steps = 0 },
		"no perturbation":           func(c *DiffACConfig) { c.Perturbation = false },
		"no regulariser":            func(c *DiffACConfig) { c.Regulariser = false },
		"a small memory":            func(c *DiffACConfig) { c.Memory = 20 },
		"the same, no perturbation": func(c *DiffACConfig) { c.Memory, c.Perturbation = 20, false },
		"nothing, no ref.":          func(c *DiffACConfig) { c.Consistency.Steps, c.Regulariser = 0, false },
	}
	for _, actor := range actors {
		for name, change := range off {
			c := quick(change)
			c.Actor = actor
			if c.Check() != nil { // "return" has no use for trajectories
				continue
			}
			t.Run(actor+"/"+name, func(t *testing.T) {
				task := newTask(t, 1)
				task.failing = true
				s := setting(t, task, 12)
				before, after := tuned(t, s, estimator(t, s, c), 6, 64)
				was, is := expected(s, before), expected(s, after)
				t.Logf("%.3f -> %.3f", was, is)
				if !(is > was+0.15) {
					t.Errorf("the expected reward goes from %.3f to %.3f; at least 0.15 more was expected", was, is)
				}
			})
		}
	}
}

func TestDDPOImproves(t *testing.T) {
	for name, c := range map[string]DDPOConfig{
		"one epoch":  quickDDPO(),
		"two epochs": {LearningRate: 0.03, Clip: 1e-2, ClipAdv: 5, Epochs: 2, Updates: 11, Chunk: 64},
	} {
		t.Run(name, func(t *testing.T) {
			task := newTask(t, 1)
			task.failing = true
			s := setting(t, task, 12)
			d, err := NewDDPO(s, c)
			if err != nil {
				t.Fatal(err)
			}
			before, after := tuned(t, s, d, 40, 64) // the narrow clip allows little an iteration
			was, is := expected(s, before), expected(s, after)
			t.Logf("%.3f -> %.3f", was, is)
			if !(is > was+0.15) {
				t.Errorf("the expected reward goes from %.3f to %.3f; at least 0.15 more was expected", was, is)
			}
		})
	}
}

// TestSign: on the reward turned round, the true reward falls.
func TestSign(t *testing.T) {
	check := func(name string, iterations int, build func(s *Setting) (Estimator, error)) {
		t.Run(name, func(t *testing.T) {
			s := setting(t, newTask(t, -1), 12)
			e, err := build(s)
			if err != nil {
				t.Fatal(err)
			}
			before, after := tuned(t, s, e, iterations, 64)
			was, is := expected(s, before), expected(s, after)
			t.Logf("%.3f -> %.3f", was, is)
			if !(is < was-0.1) {
				t.Errorf("the expected reward goes from %.3f to %.3f under the reward turned round", was, is)
			}
		})
	}
	for _, actor := range actors {
		check(actor, 4, func(s *Setting) (Estimator, error) {
			return NewDiffAC(s, quick(func(c *DiffACConfig) { c.Actor = actor }))
		})
	}
	check("ddpo", 30, func(s *Setting) (Estimator, error) {
		return NewDDPO(s, quickDDPO())
	})
}

// TestActorsFollowTheGradient holds one iteration's update of the actors that learn from samples against the exact gradient of the expected
// reward, which a linear chain gives without sampling.
func TestActorsFollowTheGradient(t *testing.T) {
	for _, actor := range []string{"return", "matching"} {
		t.Run(actor, func(t *testing.T) { followsTheGradient(t, actor) })
	}
}

func followsTheGradient(t *testing.T, actor string) {
	s := setting(t, newTask(t, 1), 12)
	d := estimator(t, s, quick(func(c *DiffACConfig) {
		c.Actor, c.LearningRate, c.Minibatch, c.Memory = actor, 1e-3, 1024, 1024
	}))
	before, after := tuned(t, s, d, 1, 1024)
	var dot, updateSq, gradSq float64
	for i := range before {
		const h = 1e-3
		up, down := append([]float32(nil), before...), append([]float32(nil), before...)
		up[i] += h
		down[i] -= h
		grad := (expected(s, up) - expected(s, down)) / (2 * h)
		update := float64(after[i] - before[i])
		dot, updateSq, gradSq = dot+update*grad, updateSq+update*update, gradSq+grad*grad
	}
	cosine := dot / math.Sqrt(updateSq*gradSq)
	t.Logf("cosine %.3f", cosine)
	if !(cosine > 0.6) {
		t.Errorf("the update's cosine with the exact gradient is %.3f", cosine)
	}
}
