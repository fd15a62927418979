package pretrain

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/sde"
)

// TestMain takes the pure-Go back end where none is asked for: with networks this small XLA spends its time on compilation.
func TestMain(m *testing.M) {
	if os.Getenv("KEEL_BACKEND") == "" {
		os.Setenv("KEEL_BACKEND", "go")
	}
	os.Exit(m.Run())
}

const dims, dataStd = 2, 0.6

var dataMean = [dims]float64{0.9, -0.5}

// gauss is the exact denoiser of N(mean, exp(2 logscale)), both learnable.
type gauss struct{}

func (gauss) Denoise(s *nn.Scope, x, noise *nn.Node, _ []*nn.Node) *nn.Node {
	alpha := graph.Slice(noise, graph.AxisRange(), graph.AxisRange(0, 1))
	sigma := graph.Slice(noise, graph.AxisRange(), graph.AxisRange(1, 2))
	mean := graph.Reshape(s.Param("mean", 0, 0, dims), 1, dims)
	variance := graph.Reshape(graph.Exp(graph.MulScalar(s.Param("logscale", 0, 0, dims), 2)), 1, dims)
	top := graph.Add(graph.Mul(graph.Mul(alpha, x), variance), graph.Mul(graph.Square(sigma), mean))
	return graph.Div(top, graph.Add(graph.Mul(graph.Square(alpha), variance), graph.Square(sigma)))
}

func (n gauss) Loss(s *nn.Scope, x0, xt, noise *nn.Node, cond []*nn.Node) (*nn.Node, []*nn.Node) {
	loss := graph.ReduceSum(graph.Square(graph.Sub(n.Denoise(s, xt, noise, cond), x0)), -1)
	return loss, []*nn.Node{loss}
}

func (gauss) LossTerms() []string { return []string{"square"} }

func (gauss) Value(*nn.Scope, *nn.Node, *nn.Node, []*nn.Node) *nn.Node { panic("no critic here") }

// source draws batches of two sizes.
type source struct{}

func (source) Next(rng *rand.Rand) (*Batch, error) {
	b := &Batch{Shape: "64", Net: gauss{}, Size: 64}
	if rng.IntN(4) == 0 {
		b.Shape, b.Size = "32", 32
	}
	for i := range b.Size * dims {
		b.X0 = append(b.X0, float32(dataMean[i%dims]+dataStd*rng.NormFloat64()))
		b.Mask = append(b.Mask, 1)
	}
	return b, nil
}

func config(samples int) Config {
	return Config{Samples: samples, LearningRate: 0.02, Warmup: 10, Cooldown: 0.3, LevelMean: -0.5, LevelStd: 1, LogEvery: 10, SaveEvery: 20}
}

func trainer(t *testing.T, c Config) *Trainer {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	layout, err := e.Declare(func(s *nn.Scope, g *graph.Graph) {
		shape := shapes.Make(dtypes.Float32, 1, dims)
		gauss{}.Denoise(s, graph.Parameter(g, "x", shape), graph.Parameter(g, "noise", shape), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	held, err := source{}.Next(rand.New(rand.NewPCG(99, 99)))
	if err != nil {
		t.Fatal(err)
	}
	return &Trainer{
		Config: c, Seed: 5, Layout: layout, Metadata: map[string]string{"task": "gauss"}, Held: []*Batch{held},
		Stepper: NewStepper(e, layout, nn.Adam{EMA: c.EMA}, sde.VP{}, c.Levels()), State: nn.NewOptState(layout.Init(1)),
	}
}

func TestLevels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 20000
	var sum, sq, low float64
	for range n {
		v := math.Log(Levels{Mean: -1, Std: 1.2}.Draw(rng))
		sum, sq = sum+v, sq+v*v
		if u := (Levels{Uniform: 1}).Draw(rng); u < 0.002 || u > 80 {
			t.Fatalf("the uniform part draws %v", u)
		} else if u < 0.4 { // the middle of the range's logarithm
			low++
		}
	}
	mean := sum / n
	if std := math.Sqrt(sq/n - mean*mean); math.Abs(mean+1) > 0.03 || math.Abs(std-1.2) > 0.03 {
		t.Errorf("logarithms of levels are N(%v, %v²), expected N(-1, 1.2²)", mean, std)
	}
	if math.Abs(low/n-0.5) > 0.02 {
		t.Errorf("%v of the uniform levels lie in the lower half", low/n)
	}
}
