package tune

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

// TestDRaFTThroughEverySolver holds the update against central differences of the batch's mean reward with the noise fixed, for solvers that
// take two evaluations in a step, use the estimate of the step before, add noise that no denoiser moves, or are deterministic.
func TestDRaFTThroughEverySolver(t *testing.T) {
	for _, name := range solver.Names() {
		t.Run(name, func(t *testing.T) {
			v, err := solver.ByName(name)
			if err != nil {
				t.Fatal(err)
			}
			task := newTask(t, 1)
			p := sde.VP{}
			const eps = 1e6 // Adam in the limit of gradient steps
			s, err := Setting{Engine: engine(t), Task: task, Process: p, Steps: v.Steps(p, sde.KarrasGrid(p, 8, 5, 0.1, 20)),
				Params: []float32{0.1, -0.2, -0.5, -0.9}, Seed: 5, Adam: nn.Adam{Beta1: 1e-12, Beta2: 1e-12, Eps: eps, ClipNorm: 1e20}}.Open()
			if err != nil {
				t.Fatal(err)
			}
			d, err := NewDRaFT(s, DRaFTConfig{LearningRate: eps, Chunk: 10})
			if err != nil {
				t.Fatal(err)
			}
			const batch = 24
			roll := func(params []float32) *Iteration {
				rng := rand.New(rand.NewPCG(1, 2))
				prior, err := task.Prior(rng, batch)
				if err != nil {
					t.Fatal(err)
				}
				r, err := s.Sampler.Roll(context.Background(), nn.FromFloats(params, len(params)), prior, true, rng)
				if err != nil {
					t.Fatal(err)
				}
				it := &Iteration{Rollout: r, RNG: rng}
				it.Rewards, _, _ = task.Reward(context.Background(), r)
				return it
			}
			it := roll(s.Params)
			if _, err := d.Update(context.Background(), it); err != nil {
				t.Fatal(err)
			}
			after := nn.Floats(d.Params())
			for i := range after {
				const h = 2e-2
				up, down := append([]float32(nil), s.Params...), append([]float32(nil), s.Params...)
				up[i] += h
				down[i] -= h
				above, below := roll(up).Rewards, roll(down).Rewards
				var want float64
				for b := range above {
					want += (above[b] - below[b]) / (2 * h * batch)
				}
				if got := float64(after[i] - s.Params[i]); math.Abs(got-want) > 4e-3*(0.1+math.Abs(want)) {
					t.Errorf("parameter %d: the update is %.5f, differences give %.5f", i, got, want)
				}
			}
		})
	}
}
