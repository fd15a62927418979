package tune

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/policy"
	"keel/sde"
)

const dims = 2

// The reward is minus the squared distance to the target; the pre-trained model samples N(shared + own, start²), with a condition
// that the batch shares and one of each sample's own, of zero mean.
var (
	target = [dims]float64{1, -0.6}
	shared = [dims]float32{0.2, 0.1}
)

const start = 0.5

// gauss is the exact denoiser of N(mean + conditions, exp(2 logscale)), both learnable, with a small MLP as critic.
type gauss struct{}

func columns(noise *nn.Node) (alpha, sigma *nn.Node) {
	return graph.Slice(noise, graph.AxisRange(), graph.AxisRange(0, 1)), graph.Slice(noise, graph.AxisRange(), graph.AxisRange(1, 2))
}

func (gauss) Denoise(s *nn.Scope, x, noise *nn.Node, cond []*nn.Node) *nn.Node {
	alpha, sigma := columns(noise)
	mean := graph.Add(graph.Add(graph.Reshape(s.Param("mean", 0, 0, dims), 1, dims), cond[0]), cond[1])
	variance := graph.Reshape(graph.Exp(graph.MulScalar(s.Param("logscale", 0, math.Log(start), dims), 2)), 1, dims)
	top := graph.Add(graph.Mul(graph.Mul(alpha, x), variance), graph.Mul(graph.Square(sigma), mean))
	return graph.Div(top, graph.Add(graph.Mul(graph.Square(alpha), variance), graph.Square(sigma)))
}

func (n gauss) Loss(s *nn.Scope, x0, xt, noise *nn.Node, cond []*nn.Node) (*nn.Node, []*nn.Node) {
	loss := graph.ReduceSum(graph.Square(graph.Sub(n.Denoise(s, xt, noise, cond), x0)), -1)
	return loss, []*nn.Node{loss}
}

func (gauss) LossTerms() []string { return []string{"square"} }

func (gauss) Value(s *nn.Scope, x, noise *nn.Node, cond []*nn.Node) *nn.Node {
	s = s.In("value")
	h := graph.Concatenate([]*nn.Node{x, noise, graph.Add(cond[0], cond[1])}, -1)
	h = nn.SiLU(nn.Linear(s, "in", h, 24))
	return graph.Reshape(nn.Linear(s, "out", h, 1), -1)
}

// gaussTask tunes gauss; sign = -1 turns the reward round.
type gaussTask struct {
	actor, critic *nn.Layout
	sign          float64
	failing       bool // one reward in five cannot be had
}

// TestMain takes the pure-Go back end where none is asked for: with networks this small XLA spends a minute on compilation alone.
func TestMain(m *testing.M) {
	if os.Getenv("KEEL_BACKEND") == "" {
		os.Setenv("KEEL_BACKEND", "go")
	}
	os.Exit(m.Run())
}

func engine(t *testing.T) *nn.Engine {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newTask(t *testing.T, sign float64) *gaussTask {
	t.Helper()
	declare := func(build func(s *nn.Scope, x, noise *nn.Node, cond []*nn.Node) *nn.Node) *nn.Layout {
		layout, err := engine(t).Declare(func(s *nn.Scope, g *graph.Graph) {
			p := func(name string) *nn.Node { return graph.Parameter(g, name, shapes.Make(dtypes.Float32, 1, dims)) }
			build(s, p("x"), p("noise"), []*nn.Node{p("shared"), p("own")})
		})
		if err != nil {
			t.Fatal(err)
		}
		return layout
	}
	return &gaussTask{sign: sign, actor: declare(gauss{}.Denoise), critic: declare(gauss{}.Value)}
}

func (g *gaussTask) Network() (nn.Denoiser, *nn.Layout) { return gauss{}, g.actor }
func (g *gaussTask) Critic() (nn.Denoiser, *nn.Layout)  { return gauss{}, g.critic }

func (g *gaussTask) Prior(rng *rand.Rand, size int) (policy.Prior, error) {
	p := policy.Prior{Size: size, Dims: dims, Mask: make([]float32, size*dims)}
	own := make([]float32, size*dims)
	for i := range own {
		p.Mask[i], own[i] = 1, float32(0.1*rng.NormFloat64())
	}
	p.Cond = []*nn.Tensor{nn.FromFloats(shared[:], 1, dims), nn.FromFloats(own, size, dims)}
	return p, nil
}

func (g *gaussTask) Reward(_ context.Context, r *policy.Rollout) ([]float64, map[string]float64, error) {
	rewards := make([]float64, r.Size)
	for b := range rewards {
		for k := range dims {
			u := float64(r.X0()[b*dims+k]) - target[k]
			rewards[b] -= g.sign * u * u / 3
		}
		if g.failing && b%5 == 2 {
			rewards[b] = math.NaN()
		}
	}
	return rewards, map[string]float64{"figure": 1}, nil
}

func setting(t *testing.T, task *gaussTask, steps int) *Setting {
	t.Helper()
	s, err := Setting{Engine: engine(t), Task: task, Process: sde.VP{}, Steps: Grid(sde.VP{}, steps), Params: task.actor.Init(1), Seed: 11}.Open()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// expected is the mean reward (of sign 1, times 3) of the policy with the given parameters, without sampling: mean and variance of
// a linear chain. The conditions' own part has mean zero and a variance of 0.01 that reaches x_0 times a slope of about 1.
func expected(s *Setting, params []float32) float64 {
	var reward float64
	for k := range dims {
		m, v := float64(params[k])+float64(shared[k]), math.Exp(2*float64(params[dims+k]))
		mean, variance, own := 0.0, 1.0, 0.0 // of the chain, and the slope in the sample's own condition
		for _, step := range s.Steps {
			alpha, sigma := s.Process.Kernel(step.From)
			total := alpha*alpha*v + sigma*sigma
			slope, shift := step.X+step.D*alpha*v/total, step.D*sigma*sigma/total
			mean, own = slope*mean+shift*m, slope*own+shift
			variance = slope*slope*variance + step.Std*step.Std
		}
		reward -= (mean-target[k])*(mean-target[k]) + variance + 0.01*own*own
	}
	return reward / 3
}

// tuned runs the estimator for some iterations and gives the parameters before and after.
func tuned(t *testing.T, s *Setting, e Estimator, iterations, batch int) (before, after []float32) {
	t.Helper()
	before = nn.Floats(e.Params())
	loop := &Loop{Config: Config{Batch: batch}, Setting: s, Estimator: e}
	for i := range iterations {
		values, err := loop.Iterate(context.Background(), i)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("iteration %d: %s is %v", i, name, v)
			}
		}
	}
	return before, nn.Floats(e.Params())
}
