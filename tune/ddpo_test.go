package tune

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"keel/nn"
	"keel/policy"
)

// conditioned names two conditions of the Gaussian task.
type conditioned struct{ *gaussTask }

func (c conditioned) Prior(rng *rand.Rand, size int) (policy.Prior, error) {
	p, err := c.gaussTask.Prior(rng, size)
	for b := range size {
		p.Group = append(p.Group, b%2)
	}
	return p, err
}

// TestDDPOKeepsConditions: rewards are judged by what their condition earned in earlier iterations, and a checkpoint holds that.
func TestDDPOKeepsConditions(t *testing.T) {
	run := func(through func(t *testing.T, s *Setting, d *DDPO) *DDPO) []float32 {
		s := setting(t, newTask(t, 1), 8)
		s.Task = conditioned{s.Task.(*gaussTask)}
		d, err := NewDDPO(s, quickDDPO())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			if i == 2 {
				d = through(t, s, d)
			}
			loop := &Loop{Config: Config{Batch: 10}, Setting: s, Estimator: d}
			if _, err := loop.Iterate(context.Background(), i); err != nil {
				t.Fatal(err)
			}
		}
		return nn.Floats(d.Params())
	}
	resumed := func(keep bool) func(*testing.T, *Setting, *DDPO) *DDPO {
		return func(t *testing.T, s *Setting, d *DDPO) *DDPO {
			w := &nn.Weights{Tensors: map[string]nn.WeightTensor{}}
			if d.Save(w); !keep {
				w = &nn.Weights{Tensors: map[string]nn.WeightTensor{}}
				d.actor.Save(w)
			}
			other, err := NewDDPO(s, quickDDPO())
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Load(w); err != nil {
				t.Fatal(err)
			}
			return other
		}
	}
	straight := run(func(_ *testing.T, _ *Setting, d *DDPO) *DDPO { return d })
	if got := run(resumed(true)); !slices.Equal(got, straight) {
		t.Errorf("resumed %v, straight %v", got, straight)
	}
	if got := run(resumed(false)); slices.Equal(got, straight) {
		t.Error("what the conditions have earned makes no difference")
	}
}
