package tune

import (
	"math"
	"strings"
	"testing"
)

func TestConfigCheck(t *testing.T) {
	ok := Config{Iterations: 1, Batch: 2, Steps: 2}
	if err := ok.Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		"iterations = -1": func(c *Config) { c.Iterations = -1 },
		"batch = 1":       func(c *Config) { c.Batch = 1 },
		"steps = 1":       func(c *Config) { c.Steps = 1 },
	} {
		c := ok
		change(&c)
		if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), want+": expected") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestDiffACCheck(t *testing.T) {
	if err := DefaultDiffAC().Check(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		want   string
		change func(*DiffACConfig)
	}{
		{`actor = "retrun"`, func(c *DiffACConfig) { c.Actor = "retrun" }},
		{"perturbation", func(c *DiffACConfig) { c.Perturbation = false }},
		{"learning_rate", func(c *DiffACConfig) { c.LearningRate = 0 }},
		{"lambda", func(c *DiffACConfig) { c.Lambda = math.NaN() }},
		{"critic_rate", func(c *DiffACConfig) { c.CriticRate = -1 }},
		{"clip", func(c *DiffACConfig) { c.Clip = 0 }},
		{"repulsion", func(c *DiffACConfig) { c.Repulsion = 1 }},
		{"actor_steps", func(c *DiffACConfig) { c.ActorSteps = 0 }},
		{"memory", func(c *DiffACConfig) { c.Memory = 0 }},
		{"minibatch", func(c *DiffACConfig) { c.Minibatch = -5 }},
	} {
		config := DefaultDiffAC()
		c.change(&config)
		if err := config.Check(); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("expected one line on %s, got %v", c.want, err)
		}
	}
}
