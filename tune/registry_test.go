package tune_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"keel/nn"
	"keel/task/gauss"
	"keel/tune"
)

func TestRegisteringANameTwicePanics(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, `two registrations of the estimator "diffac"`) {
			t.Errorf("the panic says %q", text)
		}
	}()
	tune.Register("diffac", "another", tune.DefaultDDPO, tune.NewDDPO)
}

func TestNamesAndDocs(t *testing.T) {
	names := tune.Names()
	for _, name := range []string{"adjoint-matching", "best-of-n", "ddpg", "ddpo-is", "diffac", "diffusion-dpo", "dpok", "draft", "grpo", "nft", "reinforce", "rwr"} {
		if !slices.Contains(names, name) {
			t.Errorf("there is no estimator %q", name)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("names %q", names)
	}
	for _, name := range names {
		if doc := tune.Doc(name); doc == "" || strings.Contains(doc, "\n") {
			t.Errorf("%s is described as %q", name, doc)
		}
		if err := tune.Check(name, nil); err != nil {
			t.Errorf("%s: its defaults are refused: %v", name, err)
		}
	}
}

func TestSettingsAreRefusedInOneLine(t *testing.T) {
	b := bench(t)
	for _, c := range []struct {
		name    string
		changes map[string]any
		want    string
	}{
		{"diffak", nil, `algo = "diffak": expected one of adjoint-matching, `},
		{"diffac", map[string]any{"lambada": 1}, `[estimator.diffac] unknown key "lambada"; the settings of diffac are actor, actor_steps, `},
		{"diffac", map[string]any{"consistency": map[string]any{"stepz": 1}}, `[estimator.diffac] unknown key "consistency.stepz"`},
		{"diffac", map[string]any{"lambda": "much"}, `[estimator.diffac] `},
		{"diffac", map[string]any{"minibatch": 1.5}, `[estimator.diffac] `},
		{"diffac", map[string]any{"consistency": 3}, `[estimator.diffac] `},
		{"diffac", map[string]any{"perturbation": 1}, `[estimator.diffac] `},
		{"diffac", map[string]any{"consistency": map[string]any{"steps": -1}}, "consistency: steps and fresh"},
		{"ddpo-is", map[string]any{"learning_rate": -1.0}, "[estimator.ddpo-is] learning_rate"},
		{"reinforce", map[string]any{"chunk": func() {}}, "[estimator.reinforce] "},
	} {
		_, err := tune.New(c.name, b.Setting, c.changes)
		for what, err := range map[string]error{"New": err, "Check": tune.Check(c.name, c.changes)} {
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "toml:") {
				t.Errorf("%s of %s with %v: expected one line with %q, got %v", what, c.name, c.changes, c.want, err)
			}
		}
	}
}

// bench is a problem that takes a moment.
func bench(t *testing.T) *gauss.Bench {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	p := gauss.DefaultProblem()
	p.Dims, p.Modes, p.Steps, p.Width, p.Depth = 1, 2, 4, 4, 1
	b, err := p.Open(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// keys are the names of an estimator's settings, as its refusal of an unknown one lists them.
func keys(t *testing.T, name string) []string {
	t.Helper()
	err := tune.Check(name, map[string]any{"no such key": 1})
	if err == nil {
		t.Fatalf("%s takes any key", name)
	}
	_, list, ok := strings.Cut(err.Error(), "the settings of "+name+" are ")
	if !ok {
		t.Fatalf("%s: %v", name, err)
	}
	return strings.Split(list, ", ")
}

// TestRateReachesEveryLearningRate: half of the rates by Iteration.Rate are half of the rates by the settings, bit by bit, for all that an
// estimator keeps: also what its critic has learned. Learning rates are the settings called learning_rate and critic_rate.
func TestRateReachesEveryLearningRate(t *testing.T) {
	b := bench(t)
	setting := *b.Setting
	setting.Beta = 0 // the default actor of DiffAC takes no anchor
	for _, name := range tune.Names() {
		t.Run(name, func(t *testing.T) {
			names := keys(t, name)
			if name == "best-of-n" {
				return // learns nothing
			}
			// learned gives all of the estimator's tensors after two iterations.
			learned := func(base float64, factor float64) map[string][]float32 {
				changes, rates := map[string]any{}, 0
				for _, key := range names {
					switch {
					case key == "learning_rate" || key == "critic_rate":
						changes[key] = base
						rates++
					case slices.Contains([]string{"minibatch", "critic_minibatch", "chunk"}, key):
						changes[key] = 16
					case slices.Contains([]string{"actor_steps", "critic_steps", "steps", "updates"}, key):
						changes[key] = 2
					}
				}
				if rates == 0 {
					t.Fatalf("no learning rate among %q", names)
				}
				est, err := tune.New(name, &setting, changes)
				if err != nil {
					t.Fatal(err)
				}
				for i := range 2 {
					learnFrom(t, b, &setting, est, i, factor)
				}
				w := &nn.Weights{Tensors: map[string]nn.WeightTensor{}}
				est.Save(w)
				all := map[string][]float32{"Params": nn.Floats(est.Params())}
				for key, v := range w.Tensors {
					all[key] = v.Values
				}
				return all
			}
			whole, halved, byFactor := learned(0.01, 0), learned(0.005, 0), learned(0.01, 0.5)
			for key, want := range halved {
				if !slices.Equal(byFactor[key], want) {
					t.Errorf("%s: half the rate by Iteration.Rate is not half the rate by the settings", key)
				}
				if strings.HasSuffix(key, ".params") && slices.Equal(whole[key], want) {
					t.Errorf("%s: half the rate is the whole rate", key)
				}
			}
			if slices.Equal(whole["Params"], nn.Floats(nn.FromFloats(setting.Params, len(setting.Params)))) {
				t.Error("the policy has not moved")
			}
		})
	}
}

// learnFrom is one iteration of eight samples, with that factor of the learning rates.
func learnFrom(t *testing.T, b *gauss.Bench, s *tune.Setting, est tune.Estimator, i int, factor float64) {
	t.Helper()
	ctx, rng := context.Background(), rand.New(rand.NewPCG(2, uint64(i)))
	prior, err := b.Task.Prior(rng, 8)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Sampler.Roll(ctx, est.Params(), prior, true, rng)
	if err != nil {
		t.Fatal(err)
	}
	rewards, _, err := b.Task.Reward(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := est.Update(ctx, &tune.Iteration{Index: i, Rollout: r, Rewards: rewards, RNG: rng, Rate: factor}); err != nil {
		t.Fatal(err)
	}
}
