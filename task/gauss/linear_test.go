package gauss_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
	"keel/task/gauss"
	"keel/tune"
)

var (
	_ tune.Task           = (*gauss.Linear)(nil)
	_ tune.Differentiable = (*gauss.Linear)(nil)
)

// TestMain takes the pure-Go back end where none is asked for: the networks are tiny.
func TestMain(m *testing.M) {
	if os.Getenv("KEEL_BACKEND") == "" {
		os.Setenv("KEEL_BACKEND", "go")
	}
	os.Exit(m.Run())
}

func engine() *nn.Engine {
	e, err := nn.Open()
	if err != nil {
		panic(err)
	}
	return e
}

// levels are the noise levels of a chain after its first state.
var levels = []float64{2, 1.2, 0.7, 0.4}

// linear is a problem on a chain of the solver, which ends in 0 where toZero.
func linear(t fatal, p sde.Process, s solver.Solver, toZero bool) *gauss.Linear {
	grid := []float64{1}
	for _, l := range levels {
		grid = append(grid, p.Time(l))
	}
	if toZero {
		grid = append(grid, 0)
	}
	task, err := gauss.Linear{
		Process: p, Steps: s.Steps(p, grid), Mean: []float64{0.4, -0.3}, Std: 0.6,
		Target: []float64{-0.5, 0.6}, Curvature: [][]float64{{1.5, 0.5}, {0.5, 0.8}}, Offset: 0.7,
	}.Open(engine())
	if err != nil {
		t.Fatal(err)
	}
	return task
}

type fatal interface{ Fatal(args ...any) }

func named[T any](t fatal, of func(string) (T, error), name string) T {
	v, err := of(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func drawn(seed uint64, n int, std float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]float64, n)
	for i := range out {
		out[i] = std * rng.NormFloat64()
	}
	return out
}

func near(t fatal, what string, got, want, tol float64) {
	if !(math.Abs(got-want) <= tol*(1+math.Abs(want))) {
		t.Fatal(fmt.Sprintf("%s is %.12g, expected %.12g", what, got, want))
	}
}

// TestLinearGradient holds the adjoint against differences of the objective: central, extrapolated from two widths.
func TestLinearGradient(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		process := named(t, sde.ByName, rapid.SampledFrom([]string{"vp", "subvp", "ve", "edm", "cosine", "flow"}).Draw(t, "process"))
		name := rapid.SampledFrom([]string{"ancestral", "euler-maruyama", "ddim"}).Draw(t, "solver")
		task := linear(t, process, named(t, solver.ByName, name), rapid.Bool().Draw(t, "to zero"))
		beta := rapid.Float64Range(0, 1).Draw(t, "beta")
		at := drawn(rapid.Uint64().Draw(t, "seed"), task.Size(), 0.2)
		grad := task.Path(at).Grad(beta)
		for i := range at {
			central := func(h float64) float64 {
				up, down := append([]float64(nil), at...), append([]float64(nil), at...)
				up[i] += h
				down[i] -= h
				return (task.Path(up).Objective(beta) - task.Path(down).Objective(beta)) / (2 * h)
			}
			const h = 1e-3
			want := (4*central(h/2) - central(h)) / 3
			near(t, fmt.Sprintf("component %d", i), grad[i], want, 1e-6)
		}
	})
}

// TestLinearValues: the objective is the mean value of the first state, and the value of every state is a martingale but for the cost.
func TestLinearValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		task := linear(t, sde.VP{}, solver.Ancestral{}, rapid.Bool().Draw(t, "to zero"))
		beta := rapid.Float64Range(0, 2).Draw(t, "beta")
		p := task.Path(drawn(rapid.Uint64().Draw(t, "seed"), task.Size(), 0.3))
		var spent float64
		for k, v := range p.Values(beta) {
			near(t, fmt.Sprintf("value %d", k), v.Mean(p.Law(k))-beta*spent, p.Objective(beta), 1e-9)
			if k < len(task.Steps) {
				spent += p.KL(k)
			}
		}
		near(t, "variance of the reward", p.RewardVariance(), p.Values(0)[len(task.Steps)].Variance(p.End()), 1e-12)
	})
}

// TestLinearSampling holds network, reward and closed forms against a rollout of the float32 network.
func TestLinearSampling(t *testing.T) {
	const n = 200_000
	for name, task := range map[string]*gauss.Linear{
		"vp, ancestral":      linear(t, sde.VP{}, solver.Ancestral{}, false),
		"ve, euler-maruyama": linear(t, named(t, sde.ByName, "ve"), solver.EulerMaruyama{}, true),
	} {
		t.Run(name, func(t *testing.T) {
			wide := drawn(3, task.Size(), 0.15)
			params := make([]float32, len(wide))
			for i, v := range wide {
				params[i] = float32(v)
			}
			s, err := tune.Setting{Engine: engine(), Task: task, Process: task.Process, Steps: task.Steps, Params: make([]float32, len(wide))}.Open()
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			prior, _ := task.Prior(rng, n)
			r, err := s.Sampler.Roll(context.Background(), nn.FromFloats(params, len(params)), prior, true, rng)
			if err != nil {
				t.Fatal(err)
			}
			rewards, _, _ := task.Reward(context.Background(), r)
			p := task.Path(wide)
			_, mean, std, _ := policy.Standardise(rewards)
			if z := (mean - p.Reward()) / (std / math.Sqrt(n)); math.Abs(z) > 4 {
				t.Errorf("reward %.4f, expected %.4f: %.1f standard errors", mean, p.Reward(), z)
			}
			near(t, "deviation of the reward", std, math.Sqrt(p.RewardVariance()), 0.02)
			for k, step := range task.Steps {
				if !step.Policy() {
					near(t, "the KL of a step that is no policy", p.KL(k), 0, 0)
					continue
				}
				ref, err := s.Sampler.Denoise(nn.FromFloats(s.Params, len(s.Params)), r.States[k], step.From, prior)
				if err != nil {
					t.Fatal(err)
				}
				_, mean, std, _ := policy.Standardise(policy.StepKL(r, k, ref))
				if z := (mean - p.KL(k)) / (std / math.Sqrt(n)); math.Abs(z) > 4 {
					t.Errorf("KL of step %d is %.5f, expected %.5f: %.1f standard errors", k, mean, p.KL(k), z)
				}
			}
		})
	}
}

// TestLinearPretrained: without parameters a fine chain draws the data, perturbed to where it ends.
func TestLinearPretrained(t *testing.T) {
	grid := sde.KarrasGrid(sde.VP{}, 2000, 7, 0.1, 200)[:2000]
	task, err := gauss.Linear{Process: sde.VP{}, Steps: solver.Ancestral{}.Steps(sde.VP{}, grid), Mean: []float64{0.5}, Std: 0.7,
		Target: []float64{1}, Curvature: [][]float64{{1}}}.Open(engine())
	if err != nil {
		t.Fatal(err)
	}
	p := task.Path(make([]float64, task.Size()))
	alpha, sigma := sde.VP{}.Kernel(grid[len(grid)-1])
	near(t, "the mean", p.End().Mean.AtVec(0), alpha*0.5, 3e-3)
	near(t, "the variance", p.End().Cov.At(0, 0), alpha*alpha*0.49+sigma*sigma, 3e-3)
	half := p.Perturbed(1000)
	near(t, "the perturbed mean", half.Mean.AtVec(0), p.Law(1000).Mean.AtVec(0), 3e-3)
	near(t, "the perturbed variance", half.Cov.At(0, 0), p.Law(1000).Cov.At(0, 0), 3e-3)
}

// TestLinearCritic: the exact critic's network gives the values of the path at the chain's noise levels.
func TestLinearCritic(t *testing.T) {
	task := linear(t, sde.VP{}, solver.Ancestral{}, true)
	const beta, shift, scale = 0.3, -1.2, 1.7
	p := task.Path(drawn(4, task.Size(), 0.2))
	net, layout := task.WithCritic(p, beta, shift, scale).Critic()
	program, err := engine().Compile("value", func(in []*nn.Node) []*nn.Node {
		return []*nn.Node{net.Value(nn.NewScope(layout, in[0]), in[1], in[2], nil)}
	})
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{0.3, -0.8}
	for k, v := range p.Values(beta) {
		at := 0.0
		if k < len(task.Steps) {
			at = task.Steps[k].From
		}
		alpha, sigma := task.Process.Kernel(at)
		out, err := program.Call(nn.FromFloats(layout.Init(1), layout.Size()), nn.FromFloats(x, 1, 2),
			nn.FromFloats([]float32{float32(alpha), float32(sigma)}, 1, 2))
		if err != nil {
			t.Fatal(err)
		}
		near(t, fmt.Sprintf("value %d", k), float64(nn.Floats(out[0])[0]), (v.At([]float64{float64(x[0]), float64(x[1])})-shift)/scale, 1e-5)
	}
}

// TestLinearRewardNode: the graph gives the rewards.
func TestLinearRewardNode(t *testing.T) {
	task := linear(t, sde.VP{}, solver.Ancestral{}, false)
	program, err := engine().Compile("reward", func(in []*nn.Node) []*nn.Node { return []*nn.Node{task.RewardNode(in[0], nil, nil)} })
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{0.3, -0.8, 1, 2}
	out, err := program.Call(nn.FromFloats(x, 2, 2))
	if err != nil {
		t.Fatal(err)
	}
	want, _, _ := task.Reward(context.Background(), &policy.Rollout{Prior: policy.Prior{Size: 2, Dims: 2}, States: [][]float32{x}})
	for i, v := range nn.Floats(out[0]) {
		near(t, "a reward", float64(v), want[i], 1e-5)
	}
	near(t, "the first reward", want[0], 0.7-(1.5*0.8*0.8-2*0.5*0.8*1.4+0.8*1.4*1.4)/2, 1e-6)
}

// TestLinearRefuses: what the closed forms do not cover is an error.
func TestLinearRefuses(t *testing.T) {
	good := func() gauss.Linear {
		return gauss.Linear{Process: sde.VP{}, Steps: []solver.Step{{From: 1, To: 0, D: 1}}, Mean: []float64{0, 0}, Std: 1,
			Target: []float64{0, 0}, Curvature: [][]float64{{1, 0}, {0, 1}}}
	}
	if _, err := good().Open(engine()); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*gauss.Linear){
		"std":         func(l *gauss.Linear) { l.Std = 0 },
		"target":      func(l *gauss.Linear) { l.Target = nil },
		"a ragged":    func(l *gauss.Linear) { l.Curvature[1] = l.Curvature[1][:1] },
		"an empty":    func(l *gauss.Linear) { l.Curvature[1] = nil },
		"skewed":      func(l *gauss.Linear) { l.Curvature[0][1] = 0.5 },
		"indefinite":  func(l *gauss.Linear) { l.Curvature[0][0] = -1 },
		"no steps":    func(l *gauss.Linear) { l.Steps = nil },
		"multistep":   func(l *gauss.Linear) { l.Steps[0].Prev = 0.1 },
		"two stages":  func(l *gauss.Linear) { l.Steps[0].Second = &solver.Second{} },
		"no mean":     func(l *gauss.Linear) { l.Mean = nil },
		"few columns": func(l *gauss.Linear) { l.Curvature = l.Curvature[:1] },
	} {
		l := good()
		change(&l)
		if _, err := l.Open(engine()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
