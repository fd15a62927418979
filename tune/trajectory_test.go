package tune

import (
	"math"
	"slices"
	"strings"
	"testing"

	"keel/policy"
	"keel/sde"
	"keel/solver"
)

// onTrajectories are the estimators that learn from their own trajectories, quick enough for the Gaussian task; iterations are those in which
// each improves it by far more than chance.
var onTrajectories = []struct {
	name       string
	iterations int
	build      func(s *Setting) (Estimator, error)
}{
	{"reinforce", 25, func(s *Setting) (Estimator, error) {
		return NewReinforce(s, ReinforceConfig{LearningRate: 0.03, Chunk: 100})
	}},
	{"reinforce, standardised", 25, func(s *Setting) (Estimator, error) {
		return NewReinforce(s, ReinforceConfig{LearningRate: 0.03, Standardise: true, Chunk: 1000})
	}},
	{"ddpo-is", 40, func(s *Setting) (Estimator, error) { return NewDDPO(s, quickDDPO()) }},
	{"dpok", 30, func(s *Setting) (Estimator, error) { return NewDPOK(s, quickDPOK()) }},
	{"grpo", 50, func(s *Setting) (Estimator, error) { return NewGRPO(s, quickGRPO(1)) }},
	{"grpo, half the steps", 40, func(s *Setting) (Estimator, error) { return NewGRPO(s, quickGRPO(0.5)) }},
	{"ddpg-trajectory", 8, func(s *Setting) (Estimator, error) { return NewDDPG(s, quickDDPG()) }},
}

func quickDPOK() DPOKConfig {
	c := DefaultDPOK()
	c.LearningRate, c.CriticRate, c.Minibatch, c.CriticSteps = 0.01, 0.01, 64, 20
	return c
}

func quickGRPO(fraction float64) GRPOConfig {
	c := DefaultGRPO()
	c.LearningRate, c.Updates, c.Fraction = 0.03, 11, fraction
	return c
}

func quickDDPG() DDPGConfig {
	c := DefaultDDPG()
	c.LearningRate, c.CriticRate, c.CriticSteps, c.Minibatch = 0.01, 0.01, 40, 128
	return c
}

func init() {
	for _, e := range onTrajectories {
		if !strings.Contains(e.name, ",") {
			builders["own trajectories: "+e.name] = e.build // resumed bit by bit by TestResume
		}
	}
}

// TestTrajectoryEstimatorsFollowTheReward: the true reward rises, and falls where its sign is turned round.
func TestTrajectoryEstimatorsFollowTheReward(t *testing.T) {
	for _, e := range onTrajectories {
		for _, sign := range []float64{1, -1} {
			t.Run(e.name+map[float64]string{1: "/up", -1: "/down"}[sign], func(t *testing.T) {
				task := newTask(t, sign)
				task.failing = true
				s := setting(t, task, 12)
				d, err := e.build(s)
				if err != nil {
					t.Fatal(err)
				}
				before, after := tuned(t, s, d, e.iterations, 64)
				was, is := expected(s, before), expected(s, after)
				t.Logf("%.3f -> %.3f", was, is)
				if !(sign*(is-was) > 0.15) {
					t.Errorf("the expected reward goes from %.3f to %.3f; at least 0.15 was expected in the direction %v", was, is, sign)
				}
			})
		}
	}
}

// TestTrajectoryEstimatorsRefuseODEs: without a policy there is nothing to learn from, which is said before the first sample.
func TestTrajectoryEstimatorsRefuseODEs(t *testing.T) {
	task := newTask(t, 1)
	grid := sde.KarrasGrid(sde.VP{}, 8, 5, 0.01, 40)
	for _, v := range []solver.Solver{solver.ProbabilityFlow{}, solver.Heun{}, solver.DDIM{}} {
		s := &Setting{Engine: engine(t), Task: task, Process: sde.VP{}, Steps: v.Steps(sde.VP{}, grid), Params: task.actor.Init(1)}
		for _, e := range onTrajectories {
			name, _, _ := strings.Cut(e.name, ",")
			_, err := e.build(s)
			if err == nil || !strings.HasPrefix(err.Error(), name+" needs noisy steps") || !strings.Contains(err.Error(), "ancestral") {
				t.Errorf("%s under %s: %v", name, v.Name(), err)
			}
		}
	}
}

func TestTrajectoryEstimatorsCheck(t *testing.T) {
	good := []settings{DefaultReinforce(), DefaultDDPO(), DefaultDPOK(), DefaultGRPO(), DefaultDDPG()}
	for _, c := range good {
		if err := c.Check(); err != nil {
			t.Errorf("%T: the defaults are refused: %v", c, err)
		}
	}
	for _, c := range []struct {
		name string
		key  string
		bad  any
	}{
		{"reinforce", "learning_rate", 0.0}, {"reinforce", "chunk", 0}, {"reinforce", "clip", 1e-4},
		{"ddpo-is", "clip", -1.0}, {"ddpo-is", "clip_advantage", 0.0}, {"ddpo-is", "updates", 0}, {"ddpo-is", "epochs", 0},
		{"dpok", "learning_rate", -1.0}, {"dpok", "critic_rate", 0.0}, {"dpok", "kl", -0.1}, {"dpok", "steps", 0}, {"dpok", "minibatch", 0},
		{"dpok", "critic_minibatch", 0}, {"dpok", "critic_steps", -1}, {"dpok", "clip", 0.0},
		{"grpo", "learning_rate", 0.0}, {"grpo", "clip", 0.0}, {"grpo", "clip_advantage", -5.0}, {"grpo", "kl", -1.0},
		{"grpo", "timestep_fraction", 0.0}, {"grpo", "timestep_fraction", 1.1}, {"grpo", "epochs", 0}, {"grpo", "updates", 0}, {"grpo", "chunk", 0},
		{"grpo", "global_std", "yes"}, {"ddpg", "learning_rate", 0.0}, {"ddpg", "critic_rate", 0.0}, {"ddpg", "actor_steps", 0},
		{"ddpg", "critic_steps", -1}, {"ddpg", "minibatch", 0}, {"ddpg", "memory", 0}, {"ddpg", "perturbation", true},
	} {
		err := Check(c.name, map[string]any{c.key: c.bad})
		if err == nil || !strings.Contains(err.Error(), "[estimator."+c.name+"]") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with %s = %v: expected one line on it, got %v", c.name, c.key, c.bad, err)
		}
		if typed := c.bad != any("yes"); typed && err != nil && !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s with %s = %v: the error does not name the key: %v", c.name, c.key, c.bad, err)
		}
	}
}

// TestAnchorWeight: the task's beta has precedence over DPOK's and GRPO's own weight of the KL.
func TestAnchorWeight(t *testing.T) {
	for _, c := range []struct{ beta, kl, want float64 }{{0, 0.04, 0.04}, {0.5, 0.04, 0.5}, {0, 0, 0}} {
		s := setting(t, newTask(t, 1), 4)
		s.Beta = c.beta
		dpok, grpo := quickDPOK(), quickGRPO(1)
		dpok.KL, grpo.KL = c.kl, c.kl
		p, err := NewDPOK(s, dpok)
		if err != nil {
			t.Fatal(err)
		}
		g, err := NewGRPO(s, grpo)
		if err != nil {
			t.Fatal(err)
		}
		if p.setting.Beta != c.want || g.setting.Beta != c.want || s.Beta != c.beta {
			t.Errorf("beta = %v, kl = %v: DPOK weighs the KL by %v, GRPO by %v, expected %v; the task's beta is now %v",
				c.beta, c.kl, p.setting.Beta, g.setting.Beta, c.want, s.Beta)
		}
	}
}

// iteration has the given rewards of samples of those conditions.
func iteration(rewards []float64, group []int) *Iteration {
	return &Iteration{Rewards: rewards, Rollout: &policy.Rollout{Prior: policy.Prior{Size: len(rewards), Group: group}}}
}

// TestGRPOAdvantages: relative to the group's mean, by the deviation of all rewards or of the group's; the KL's weight follows where
// the task sets a beta.
func TestGRPOAdvantages(t *testing.T) {
	nan := math.NaN()
	it := iteration([]float64{1, 10, nan, 3, 14, 7}, []int{4, 2, 4, 4, 2, 9}) // groups 1, 3; 10, 14; 7 alone
	all := math.Sqrt((36 + 9 + 16 + 49 + 0) / 5.)                             // about the mean 7
	for _, c := range []struct {
		name     string
		beta, kl float64
		global   bool
		a, w     []float64
	}{
		{"the reference's KL", 0, 0.04, true, []float64{-1 / all, -2 / all, 0, 1 / all, 2 / all, 0}, []float64{0.04, 0.04, 0, 0.04, 0.04, 0.04}},
		{"the task's beta", 0.5, 0.04, true, []float64{-1 / all, -2 / all, 0, 1 / all, 2 / all, 0},
			[]float64{0.5 / all, 0.5 / all, 0, 0.5 / all, 0.5 / all, 0.5 / all}},
		{"own deviations", 0.5, 0, false, []float64{-1, -1, 0, 1, 1, 0}, []float64{0.5, 0.25, 0, 0.5, 0.25, 5000}},
	} {
		d := &GRPO{setting: (&Setting{Beta: c.beta}).anchored(c.kl), given: c.beta != 0, config: GRPOConfig{GlobalStd: c.global}}
		a, w := d.advantages(it)
		for b := range a {
			if math.Abs(a[b]-c.a[b]) > 2e-4 || math.Abs(w[b]-c.w[b]) > 2e-4 {
				t.Errorf("%s: advantages %.4f and weights %.4f, expected %.4f and %.4f", c.name, a, w, c.a, c.w)
				break
			}
		}
	}
}

// TestBaselineGroups: a sample alone in its condition is compared with the whole batch, as then are all.
func TestBaselineGroups(t *testing.T) {
	pairs := []int{1, 1, 2, 2}
	if got := baselineGroups(iteration([]float64{1, 2, 3, 4}, pairs)); !slices.Equal(got, pairs) {
		t.Errorf("pairs are compared within %v", got)
	}
	if got := baselineGroups(iteration([]float64{1, 2, 3, math.NaN()}, pairs)); got != nil {
		t.Errorf("a sample whose peer failed is compared within %v", got)
	}
}
