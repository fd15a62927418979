package tune

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
)

// RewardNode is the task's reward as a graph.
func (g *gaussTask) RewardNode(x0, _ *nn.Node, _ []*nn.Node) *nn.Node {
	goal := graph.Reshape(graph.Const(x0.Graph(), []float32{float32(target[0]), float32(target[1])}), 1, dims)
	return graph.MulScalar(graph.ReduceSum(graph.Square(graph.Sub(x0, goal)), -1), -g.sign/3)
}

// others are the estimators that learn from finished samples or from the reward's gradient, quick enough for the Gaussian task.
var others = []struct {
	name       string
	iterations int
	build      func(s *Setting) (Estimator, error)
}{
	{"nft", 12, func(s *Setting) (Estimator, error) { return NewNFT(s, quickNFT(1)) }},
	{"nft, mixed", 12, func(s *Setting) (Estimator, error) { return NewNFT(s, quickNFT(0.3)) }},
	{"rwr", 12, func(s *Setting) (Estimator, error) { return NewRWR(s, quickRWR()) }},
	{"diffusion-dpo", 12, func(s *Setting) (Estimator, error) { return NewDPO(s, quickDPO(false)) }},
	{"diffusion-dpo, soft", 12, func(s *Setting) (Estimator, error) { return NewDPO(s, quickDPO(true)) }},
	{"draft", 25, func(s *Setting) (Estimator, error) { return NewDRaFT(s, quickDRaFT(0)) }},
	{"draft, last steps", 25, func(s *Setting) (Estimator, error) { return NewDRaFT(s, quickDRaFT(2)) }},
	{"adjoint-matching", 12, func(s *Setting) (Estimator, error) { return NewAdjoint(s, quickAdjoint()) }},
}

func quickNFT(mix float64) NFTConfig {
	c := DefaultNFT()
	c.LearningRate, c.Mix, c.Updates, c.DecayRate = 0.02, mix, 4, 0.02
	return c
}

func quickRWR() RWRConfig {
	c := DefaultRWR()
	c.LearningRate, c.Updates = 0.02, 4
	return c
}

func quickDPO(soft bool) DPOConfig {
	c := DefaultDPO()
	c.LearningRate, c.Updates, c.Soft = 0.02, 4, soft
	return c
}

func quickDRaFT(last int) DRaFTConfig {
	return DRaFTConfig{LearningRate: 0.02, LastSteps: last, Chunk: 40}
}

func quickAdjoint() AdjointConfig {
	c := DefaultAdjoint()
	c.LearningRate, c.Multiplier, c.Updates = 0.02, 10, 4
	return c
}

func init() {
	for _, e := range others {
		if !strings.Contains(e.name, ",") {
			builders["others: "+e.name] = e.build // resumed bit by bit by TestResume
		}
	}
}

// TestOthersFollowTheReward: the true reward rises, and falls where its sign is turned round, with an anchor and without.
func TestOthersFollowTheReward(t *testing.T) {
	for _, e := range others {
		for _, sign := range []float64{1, -1} {
			for _, beta := range []float64{0, 0.03} {
				name := e.name + map[float64]string{1: "/up", -1: "/down"}[sign] + map[float64]string{0: "", 0.03: "/anchored"}[beta]
				t.Run(name, func(t *testing.T) {
					task := newTask(t, sign)
					task.failing = true
					s := setting(t, task, 12)
					s.Beta = beta
					d, err := e.build(s)
					if err != nil {
						t.Fatal(err)
					}
					before, after := tuned(t, s, d, e.iterations, 64)
					was, is := expected(s, before), expected(s, after)
					t.Logf("%.3f -> %.3f", was, is)
					if !(sign*(is-was) > 0.1) {
						t.Errorf("the expected reward goes from %.3f to %.3f; at least 0.1 was expected in the direction %v", was, is, sign)
					}
				})
			}
		}
	}
}

// TestNoPolicyNeeded: what learns from finished samples, and back-propagation without an anchor, take an ODE's samples as they come.
func TestNoPolicyNeeded(t *testing.T) {
	for _, e := range others {
		if strings.HasPrefix(e.name, "adjoint") {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			s := solved(t, newTask(t, 1), solver.Heun{}, 0)
			d, err := e.build(s)
			if err != nil {
				t.Fatal(err)
			}
			before, after := tuned(t, s, d, e.iterations, 64)
			if !(after[0] > before[0]+0.1) || !(after[1] < before[1]-0.1) { // towards the target at (1, -0.6)
				t.Errorf("the mean moves from %v to %v", before[:dims], after[:dims])
			}
		})
	}
}

// solved is a setting under another solver.
func solved(t *testing.T, task *gaussTask, v solver.Solver, beta float64) *Setting {
	t.Helper()
	p := sde.VP{}
	s, err := Setting{Engine: engine(t), Task: task, Process: p, Steps: v.Steps(p, sde.KarrasGrid(p, 8, 5, 0.05, 40)),
		Params: task.actor.Init(1), Seed: 11, Beta: beta}.Open()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOthersCheck(t *testing.T) {
	for _, c := range []settings{DefaultNFT(), DefaultRWR(), DefaultDPO(), DefaultDRaFT(), DefaultAdjoint()} {
		if err := c.Check(); err != nil {
			t.Errorf("%T: the defaults are refused: %v", c, err)
		}
	}
	for _, c := range []struct {
		name, key string
		bad       any
	}{
		{"nft", "learning_rate", 0.0}, {"nft", "mix", 0.0}, {"nft", "clip_advantage", -5.0}, {"nft", "decay_rate", -0.1}, {"nft", "decay_max", 1.0},
		{"nft", "decay_flat", -1}, {"nft", "epochs", 0}, {"nft", "updates", 0}, {"nft", "chunk", 0}, {"nft", "kl", 0.1},
		{"rwr", "learning_rate", -1.0}, {"rwr", "temperature", -0.1}, {"rwr", "epochs", 0}, {"rwr", "updates", 0}, {"rwr", "chunk", 0},
		{"diffusion-dpo", "learning_rate", 0.0}, {"diffusion-dpo", "beta_dpo", -1.0}, {"diffusion-dpo", "epochs", 0},
		{"diffusion-dpo", "updates", 0}, {"diffusion-dpo", "chunk", 1}, {"diffusion-dpo", "soft", "yes"},
		{"draft", "learning_rate", 0.0}, {"draft", "last_steps", -1}, {"draft", "chunk", 0},
		{"adjoint-matching", "learning_rate", 0.0}, {"adjoint-matching", "reward_multiplier", 0.0}, {"adjoint-matching", "epochs", 0},
		{"adjoint-matching", "updates", 0}, {"adjoint-matching", "chunk", 0},
	} {
		err := Check(c.name, map[string]any{c.key: c.bad})
		if err == nil || !strings.Contains(err.Error(), "[estimator."+c.name+"]") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with %s = %v: expected one line on it, got %v", c.name, c.key, c.bad, err)
		}
	}
}

// opaque is a task whose reward is no graph.
type opaque struct{ Task }

func TestOthersRefuse(t *testing.T) {
	task := newTask(t, 1)
	s := setting(t, task, 6)
	s.Task = opaque{task}
	for _, name := range []string{"draft", "adjoint-matching"} {
		if _, err := New(name, s, nil); err == nil || !strings.Contains(err.Error(), name+" differentiates the reward") {
			t.Errorf("%s without a differentiable reward: %v", name, err)
		}
	}
	for _, c := range []struct {
		name string
		v    solver.Solver
		beta float64
	}{
		{"draft", solver.DDIM{}, 0.1}, {"draft", solver.SDEDPM2M{}, 0.1},
		{"adjoint-matching", solver.DDIM{}, 0}, {"adjoint-matching", solver.SDEDPM2M{}, 0.1},
	} {
		_, err := New(c.name, solved(t, task, c.v, c.beta), nil)
		if err == nil || !strings.HasPrefix(err.Error(), c.name) || !strings.Contains(err.Error(), "ancestral") {
			t.Errorf("%s under %s with beta %v: %v", c.name, c.v.Name(), c.beta, err)
		}
	}
}

// TestDescent: correctors and churn add no interval, and the intervals join.
func TestDescent(t *testing.T) {
	steps := []solver.Step{{From: 1, To: 0.6}, {From: 0.6, To: 0.6}, {From: 0.6, To: 0.7}, {From: 0.7, To: 0.3}, {From: 0.3, To: 0}}
	if got, want := descent(steps), []interval{{1, 0.6}, {0.6, 0.3}, {0.3, 0}}; !slices.Equal(got, want) {
		t.Errorf("%v, expected %v", got, want)
	}
}

// TestByGroup: failed rewards are in no group.
func TestByGroup(t *testing.T) {
	nan := math.NaN()
	got := byGroup(policy.Prior{Group: []int{7, 2, 7, 2, 7}}, []float64{1, 2, nan, 4, 5})
	if len(got) != 2 || !slices.Equal(got[0], []int{0, 4}) || !slices.Equal(got[1], []int{1, 3}) {
		t.Errorf("groups %v", got)
	}
	if got := byGroup(policy.Prior{}, []float64{1, nan, 3}); len(got) != 1 || !slices.Equal(got[0], []int{0, 2}) {
		t.Errorf("without groups: %v", got)
	}
}

// TestOptimality: by the reference's normalisation, within a condition and by the deviation of all rewards.
func TestOptimality(t *testing.T) {
	d := &NFT{config: NFTConfig{ClipAdv: 1.5}}
	it := &Iteration{Rewards: []float64{0, 2, 10, 14, math.NaN()}, Rollout: &policy.Rollout{Prior: policy.Prior{Group: []int{0, 0, 1, 1, 1}}}}
	std := math.Sqrt((6.5*6.5 + 4.5*4.5 + 3.5*3.5 + 7.5*7.5) / 4)
	got, scale := d.optimality(it)
	want := []float64{0.5 - 1/std/3, 0.5 + 1/std/3, 0.5 - 2/std/3, 0.5 + 2/std/3, 0}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-7 {
			t.Errorf("optimality %v, expected %v", got, want)
			break
		}
	}
	if math.Abs(scale-std) > 1e-6 {
		t.Errorf("scale %v, expected %v", scale, std)
	}
	it = &Iteration{Rewards: []float64{-1, 0, 0, 0, 0, 0, 0, 0, 0, 1}, Rollout: &policy.Rollout{}}
	if got, _ := d.optimality(it); got[0] != 0 || got[9] != 1 || got[4] != 0.5 {
		t.Errorf("beyond the clip: %v", got)
	}
}

// TestRewardWeights: of mean 1 within each condition, and in the ratio exp(dR / temperature).
func TestRewardWeights(t *testing.T) {
	it := &Iteration{Rewards: []float64{1, 3, math.NaN(), 1000, 1004}, Rollout: &policy.Rollout{Prior: policy.Prior{Group: []int{0, 0, 0, 1, 1}}}}
	w, effective := rewardWeights(it, 2)
	e1, e2 := math.E, math.Exp(2)
	want := []float64{2 / (1 + e1), 2 * e1 / (1 + e1), 0, 2 / (1 + e2), 2 * e2 / (1 + e2)}
	var sum, sq float64
	for i := range want {
		if math.Abs(w[i]-want[i]) > 1e-12 {
			t.Fatalf("weights %v, expected %v", w, want)
		}
		sum, sq = sum+want[i], sq+want[i]*want[i]
	}
	if math.Abs(effective-sum*sum/sq) > 1e-12 {
		t.Errorf("effective samples %v", effective)
	}
}

// TestPreferences: within a condition, each sample once, the better first, no ties.
func TestPreferences(t *testing.T) {
	rewards := []float64{3, 1, 2, 2, math.NaN(), 5, 9, 7, 4, 4}
	group := []int{0, 0, 0, 0, 0, 1, 1, 1, 2, 2}
	for seed := range uint64(20) {
		it := &Iteration{Rewards: rewards, Rollout: &policy.Rollout{Prior: policy.Prior{Group: group}}, RNG: rand.New(rand.NewPCG(seed, 1))}
		seen := map[int]bool{}
		pairs := preferences(it)
		for _, p := range pairs {
			if group[p.better] != group[p.worse] || !(rewards[p.better] > rewards[p.worse]) || seen[p.better] || seen[p.worse] {
				t.Fatalf("pairs %v", pairs)
			}
			seen[p.better], seen[p.worse] = true, true
		}
		if len(pairs) < 2 || seen[8] || seen[9] {
			t.Fatalf("pairs %v", pairs)
		}
	}
}

// TestPathWeights: N (SNR_s - SNR_t)/2 is D²/(2 Std²) of the ancestral steps, that is their KL, times their number; any other solver on the
// same grid gives the same.
func TestPathWeights(t *testing.T) {
	task := newTask(t, 1)
	for _, v := range []solver.Solver{solver.Ancestral{}, solver.Heun{}} {
		s := solved(t, task, v, 0)
		d := &DPO{setting: s}
		weights := d.weights(newOwnSamples(s, &policy.Rollout{Steps: s.Steps}))
		steps := solved(t, task, solver.Ancestral{}, 0).Steps
		if len(weights) != len(steps)-1 {
			t.Fatalf("%s: %d weights", v.Name(), len(weights))
		}
		for k, w := range weights {
			want := float64(len(weights)) * steps[k].D * steps[k].D / (2 * steps[k].Std * steps[k].Std)
			if math.Abs(w-want) > 1e-6*want {
				t.Errorf("%s, step %d: weight %v, expected %v", v.Name(), k, w, want)
			}
		}
	}
}
