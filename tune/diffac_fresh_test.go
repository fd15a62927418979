package tune

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"keel/policy"
	"keel/sde"
)

// fresh is quick with states from samples that have no reward.
func fresh(actor string) DiffACConfig {
	return quick(func(c *DiffACConfig) { c.Actor, c.Fresh = actor, 96 })
}

func init() { // TestResume runs it too
	builders["diffac on fresh samples"] = func(s *Setting) (Estimator, error) {
		c := fresh("ddpg")
		c.Fresh = 16
		return NewDiffAC(s, c)
	}
}

// TestFreshImproves: the reward rises, and under the reward turned round it falls.
func TestFreshImproves(t *testing.T) {
	for _, actor := range []string{"reinforce", "ddpg"} {
		for _, sign := range []float64{1, -1} {
			task := newTask(t, sign)
			task.failing = true
			s := setting(t, task, 12)
			before, after := tuned(t, s, estimator(t, s, fresh(actor)), 8, 64)
			was, is := expected(s, before), expected(s, after)
			t.Logf("%s: %.3f -> %.3f", actor, was, is)
			if !(sign*(is-was) > 0.1) {
				t.Errorf("%s, sign %v: the expected reward goes from %.3f to %.3f", actor, sign, was, is)
			}
		}
	}
}

func TestFreshCheck(t *testing.T) {
	for name, change := range map[string]func(*DiffACConfig){
		"negative":        func(c *DiffACConfig) { c.Actor, c.Fresh = "ddpg", -1 },
		"on trajectories": func(c *DiffACConfig) { c.Actor, c.Fresh, c.Perturbation = "ddpg", 8, false },
		"return":          func(c *DiffACConfig) { c.Fresh = 8 },
	} {
		c := DefaultDiffAC()
		change(&c)
		if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), "fresh: expected") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, actor := range []string{"reinforce", "ddpg"} {
		c := DefaultDiffAC()
		c.Actor, c.Fresh = actor, 8
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", actor, err)
		}
	}
}

func TestReturnTakesNoAnchor(t *testing.T) {
	s := setting(t, newTask(t, 1), 8)
	s.Beta = 0.1
	if _, err := NewDiffAC(s, DefaultDiffAC()); err == nil || !strings.Contains(err.Error(), "no anchor") {
		t.Errorf("an anchor with the return type: %v", err)
	}
}

// rolled is an iteration of n samples of the pre-trained model.
func rolled(t *testing.T, s *Setting, n int) *Iteration {
	t.Helper()
	rng := rand.New(rand.NewPCG(4, 4))
	prior, err := s.Task.Prior(rng, n)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Sampler.Roll(context.Background(), s.pre, prior, true, rng)
	if err != nil {
		t.Fatal(err)
	}
	rewards, _, err := s.Task.Reward(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return &Iteration{Rollout: r, Rewards: rewards, RNG: rng}
}

// TestEnds: among the critic's states on trajectories are those where the last policy step leads, as many as fall to one step, with the
// reward as their value; the others stay as they are.
func TestEnds(t *testing.T) {
	const n = 900
	s := setting(t, newTask(t, 1), 8)
	s.Steps = s.Steps[:len(s.Steps)-1] // the chain ends above time 0
	s.Sampler.Steps = s.Steps
	d := estimator(t, s, quick(func(c *DiffACConfig) { c.Actor, c.Perturbation = "ddpg", false }))
	it := rolled(t, s, 24)
	d.memory.Add(it.Rollout, it.Rewards)
	source, err := d.newStates(context.Background(), it)
	if err != nil {
		t.Fatal(err)
	}
	d.config.Minibatch = n
	list := source.draw()
	plain, _ := source.trajectory.batch(list, source.togo)
	ended, _ := source.trajectory.batch(list, source.togo)
	source.ends(ended, list)
	last := it.Rollout.Steps[len(it.Rollout.Steps)-1]
	alpha, sigma := s.Process.Kernel(last.To)
	if last.To == 0 || d.at[len(d.at)-1] != len(it.Rollout.Steps)-1 {
		t.Fatalf("the last step is %+v, the policy's are %v", last, d.at)
	}
	count := 0
	for i, p := range list {
		if slices.Equal(row(plain.X, i, dims), row(ended.X, i, dims)) {
			if plain.Kernel[2*i] != ended.Kernel[2*i] || plain.Scalar[i] != ended.Scalar[i] {
				t.Errorf("transition %d keeps its state but not its time or value", i)
			}
			continue
		}
		count++
		if !slices.Equal(row(ended.X, i, dims), it.Rollout.X0()[p.sample*dims:(p.sample+1)*dims]) {
			t.Errorf("transition %d is put at another state than its sample's last", i)
		}
		if ended.Kernel[2*i] != float32(alpha) || ended.Kernel[2*i+1] != float32(sigma) {
			t.Errorf("transition %d has the kernel %v of another time than the last step's end", i, ended.Kernel[2*i:2*i+2])
		}
		if want := float32((it.Rewards[p.sample] - source.baseline.Of(0, 0)) / source.baseline.Std); ended.Scalar[i] != want {
			t.Errorf("transition %d has the value %v, its sample's reward is %v", i, ended.Scalar[i], want)
		}
	}
	share := 1 / float64(len(d.at)+1)
	if math.Abs(float64(count)/n-share) > 4*math.Sqrt(share*(1-share)/n) {
		t.Errorf("%d of %d states are ends; a share of %v was expected", count, n, share)
	}
}

// TestFreshStates: states are perturbed fresh samples; the memory's own samples stand beside them with the rewards that belong to them,
// at the level that samples end at.
func TestFreshStates(t *testing.T) {
	s := setting(t, newTask(t, 1), 8)
	d := estimator(t, s, fresh("ddpg"))
	it := rolled(t, s, 24)
	d.memory.Add(it.Rollout, it.Rewards)
	source, err := d.newStates(context.Background(), it)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(source.samples.Samples); n != d.config.Fresh {
		t.Fatalf("%d fresh samples, expected %d", n, d.config.Fresh)
	}
	if len(d.memory.Samples) != 24 {
		t.Errorf("the memory has %d samples, 24 are rewarded", len(d.memory.Samples))
	}
	list := source.samples.Draw(it.RNG, 200)
	v, _ := source.perturbedValues(list)
	source.rewarded(v, list)
	alpha, sigma := s.Process.Kernel(source.end())
	for i := range list {
		if !slices.Equal(row(v.Ref, i, dims), list[i].X0) {
			t.Fatalf("state %d is not that of its fresh sample", i)
		}
		j := slices.IndexFunc(d.memory.Samples, func(m policy.Sample) bool { return slices.Equal(m.X0, row(v.Old, i, dims)) })
		if j < 0 {
			t.Fatalf("row %d has no sample of the memory", i)
		}
		if want := float32((d.memory.Samples[j].Reward - source.baseline.Of(0, 0)) / source.baseline.Std); v.Scalar[i] != want {
			t.Errorf("row %d has the value %v, its sample's is %v", i, v.Scalar[i], want)
		}
		if v.NextKernel[2*i] != float32(alpha) || v.NextKernel[2*i+1] != float32(sigma) {
			t.Errorf("row %d is judged at the kernel %v", i, v.NextKernel[2*i:2*i+2])
		}
	}
}

// TestPerturbKeepsTheKernel: perturbing a sample from where the chain ends to a state's time has the law of the transition.
func TestPerturbKeepsTheKernel(t *testing.T) {
	const n = 20000
	s := setting(t, newTask(t, 1), 8)
	source := &states{d: &DiffAC{setting: s}, it: &Iteration{RNG: rand.New(rand.NewPCG(1, 1))}}
	from, to := []float32{1.5, -2}, []float32{7, 7}
	var sum, sq float64
	for range n {
		source.perturb(to, from, []float32{1, 0}, 0.1, 0.6)
		sum, sq = sum+float64(to[0]), sq+float64(to[0])*float64(to[0])
	}
	if to[1] != 7 {
		t.Error("a dimension that does not exist was written")
	}
	alpha, sigma := sde.Transition(s.Process, 0.1, 0.6)
	mean := sum / n
	if std := math.Sqrt(sq/n - mean*mean); math.Abs(mean-1.5*alpha) > 4*sigma/math.Sqrt(n) || math.Abs(std-sigma) > 3*sigma/math.Sqrt(n) {
		t.Errorf("mean %v and deviation %v; expected %v and %v", mean, std, 1.5*alpha, sigma)
	}
}
