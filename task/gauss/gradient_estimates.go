package gauss

import (
	"context"
	"fmt"
	"math"

	"keel/nn"
	"keel/tune"
)

// gradientArm is one estimator of a gradient test.
type gradientArm struct {
	GradientCurve
	est   tune.Estimator
	fresh *nn.Weights // the estimator before any update
	// unit is what the estimator's update must be multiplied by to be in the unit of the gradient.
	unit func(rewards []float64) float64
}

// plainSteps is Adam in its limit of gradient ascent: at the learning rate plainEps * r an update is r times the estimator's gradient, to one
// part in plainEps over its size. What it does to the parameters is read back as its estimate.
var plainSteps = nn.Adam{Beta1: 1e-12, Beta2: 1e-12, Eps: plainEps, ClipNorm: 1e20}

const (
	plainEps  = 1e6
	plainRate = 1. / 16384 // so small that the actor's steps are all taken at one place, and exact in float32
)

// addArms builds the estimators: both of DiffAC's actors on both kinds of states, each with the exact critic, which no one has outside of
// such a test, and with one that is fitted to the rewards at hand; and the estimators without a critic.
func (b *gradientBench) addArms() error {
	steps := float64(len(b.task.Steps))
	for _, critic := range []string{"exact", "fitted"} {
		for _, actor := range []string{"reinforce", "ddpg"} {
			for _, states := range []string{"trajectory", "perturbation"} {
				a := &gradientArm{GradientCurve: GradientCurve{Estimator: "diffac", Type: actor, States: states, Critic: critic}}
				a.Label = fmt.Sprintf("%s type, %s states, %s critic", map[string]string{"reinforce": "REINFORCE", "ddpg": "DDPG"}[actor], states, critic)
				settings := map[string]any{"actor": actor, "perturbation": states == "perturbation", "regulariser": false,
					"actor_steps": b.Fit.Actor, "minibatch": b.Fit.States, "memory": b.Samples[len(b.Samples)-1],
					"critic_steps": b.Fit.Critic, "critic_rate": b.Fit.Rate, "consistency": map[string]any{"steps": 0}}
				a.unit = func(rewards []float64) float64 { // a mean over steps, and of standardised rewards
					_, std := moments(rewards)
					return steps * std / float64(b.Fit.Actor)
				}
				setting := *b.setting
				if critic == "exact" {
					settings["critic_steps"] = 0
					setting.Task = b.task.WithCritic(b.path, b.Beta, b.path.Reward(), math.Sqrt(b.path.RewardVariance()))
				}
				if err := b.add(a, &setting, settings); err != nil {
					return err
				}
			}
		}
	}
	plain := &gradientArm{GradientCurve: GradientCurve{Label: "REINFORCE", Estimator: "reinforce", Type: "reinforce",
		States: "trajectory", Critic: "none"},
		unit: func([]float64) float64 { return 1 }}
	if err := b.add(plain, b.setting, map[string]any{"chunk": 2048}); err != nil {
		return err
	}
	ddpo := &gradientArm{GradientCurve: GradientCurve{Label: "DDPO-IS", Estimator: "ddpo-is", Type: "reinforce",
		States: "trajectory", Critic: "none"},
		unit: func(rewards []float64) float64 { // log-probabilities are means over dimensions
			_, std := moments(rewards)
			return steps * std * float64(b.Dims)
		}}
	return b.add(ddpo, b.setting, map[string]any{"updates": 1, "chunk": 1 << 20})
}

func (b *gradientBench) add(a *gradientArm, s *tune.Setting, settings map[string]any) error {
	settings["learning_rate"] = plainEps * plainRate
	var err error
	if a.est, err = tune.New(a.Estimator, s, settings); err != nil {
		return err
	}
	a.fresh = &nn.Weights{Tensors: map[string]nn.WeightTensor{}}
	a.est.Save(a.fresh)
	b.arms = append(b.arms, a)
	return nil
}

// estimate is the gradient that the estimator takes the batch for.
func (a *gradientArm) estimate(ctx context.Context, b *gradientBench, it *tune.Iteration) ([]float64, error) {
	if err := a.est.Load(a.fresh); err != nil {
		return nil, err
	}
	a.est.Adopt(b.params)
	if a.Critic == "exact" { // it comes with the exact moments of the rewards, and asks for nothing else of them
		it.Rewards = withMoments(it.Rewards, b.path.Reward(), math.Sqrt(b.path.RewardVariance()))
	}
	if _, err := a.est.Update(ctx, it); err != nil {
		return nil, err
	}
	unit := a.unit(it.Rewards) / plainRate
	out := make([]float64, len(b.params))
	for i, v := range nn.Floats(a.est.Params()) {
		out[i] = (float64(v) - float64(b.params[i])) * unit
	}
	return out, nil
}

// withMoments shifts and stretches rewards to that mean and deviation.
func withMoments(rewards []float64, mean, std float64) []float64 {
	m, s := moments(rewards)
	out := make([]float64, len(rewards))
	for i, r := range rewards {
		out[i] = mean + (r-m)/s*std
	}
	return out
}
