package policy

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
)

func kernelColumns(noise *nn.Node) (alpha, sigma *nn.Node) {
	return graph.Slice(noise, graph.AxisRange(), graph.AxisRange(0, 1)), graph.Slice(noise, graph.AxisRange(), graph.AxisRange(1, 2))
}

// mixture is the exact denoiser of a mixture of equally likely Gaussians N(centre, spread² I).
type mixture struct {
	exact
	spread  float64
	centres [][]float64
}

func (m mixture) Denoise(_ *nn.Scope, x, noise *nn.Node, _ []*nn.Node) *nn.Node {
	alpha, sigma := kernelColumns(noise)
	variance := graph.Add(graph.MulScalar(graph.Square(alpha), m.spread*m.spread), graph.Square(sigma))
	var logits, means []*nn.Node
	for _, c := range m.centres {
		row := make([]float32, len(c))
		for d, v := range c {
			row[d] = float32(v)
		}
		centre := graph.Const(x.Graph(), [][]float32{row})
		off := graph.Sub(x, graph.Mul(alpha, centre))
		logits = append(logits, graph.Div(graph.ReduceAndKeep(graph.Square(off), graph.ReduceSum, -1), graph.MulScalar(variance, -2)))
		means = append(means, graph.Add(centre, graph.Mul(off, graph.Div(graph.MulScalar(alpha, m.spread*m.spread), variance))))
	}
	highest := logits[0]
	for _, l := range logits[1:] {
		highest = graph.Max(highest, l)
	}
	// Written out: the gradient of a slice of a softmax is nothing that the pure-Go back end has.
	top, bottom := graph.ZerosLike(x), graph.ZerosLike(highest)
	for k, mean := range means {
		weight := graph.Exp(graph.Sub(logits[k], graph.StopGradient(highest)))
		top, bottom = graph.Add(top, graph.Mul(mean, weight)), graph.Add(bottom, weight)
	}
	return graph.Div(top, bottom)
}

func (m mixture) logDensity(x []float64, alpha, sigma float64) float64 {
	variance := alpha*alpha*m.spread*m.spread + sigma*sigma
	var sum float64
	for _, c := range m.centres {
		var sq float64
		for d, v := range c {
			sq += (x[d] - alpha*v) * (x[d] - alpha*v)
		}
		sum += math.Exp(-sq / (2 * variance))
	}
	return math.Log(sum/float64(len(m.centres))) - float64(len(x))/2*math.Log(2*math.Pi*variance)
}

// shifted is the exact denoiser of N(condition, 1), with a scale that it learns; its critic is the condition's sum.
type shifted struct{ exact }

func (shifted) Denoise(s *nn.Scope, x, noise *nn.Node, cond []*nn.Node) *nn.Node {
	alpha, sigma := kernelColumns(noise)
	scale := graph.Reshape(s.Param("scale", 0, 1, 1), 1, 1)
	top := graph.Add(graph.Mul(alpha, x), graph.Mul(graph.Square(sigma), graph.Mul(scale, cond[0])))
	return graph.Div(top, graph.Add(graph.Square(alpha), graph.Square(sigma)))
}

func (shifted) Value(_ *nn.Scope, x, _ *nn.Node, cond []*nn.Node) *nn.Node {
	return graph.ReduceSum(graph.Mul(graph.OnesLike(x), cond[0]), -1)
}

// pair is the exact denoiser of two unit Gaussians of zero mean with the given correlation.
type pair struct {
	exact
	correlation float64
}

// gains are the factors of the sum and of the difference of the two dimensions in the estimate.
func (p pair) gains(alpha, sigma float64) (sum, difference float64) {
	gain := func(v float64) float64 { return alpha * v / (alpha*alpha*v + sigma*sigma) }
	return gain(1 + p.correlation), gain(1 - p.correlation)
}

func (p pair) Denoise(_ *nn.Scope, x, noise *nn.Node, _ []*nn.Node) *nn.Node {
	alpha, sigma := kernelColumns(noise)
	gain := func(v float64) *nn.Node {
		return graph.Div(graph.MulScalar(alpha, v), graph.Add(graph.MulScalar(graph.Square(alpha), v), graph.Square(sigma)))
	}
	mean := graph.MulScalar(graph.ReduceAndKeep(x, graph.ReduceSum, -1), 0.5)
	return graph.Add(graph.Mul(mean, gain(1+p.correlation)), graph.Mul(graph.Sub(x, mean), gain(1-p.correlation)))
}

func open(t testing.TB) *nn.Engine {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// declare learns the network's parameters, with conditions of one row.
func declare(t testing.TB, net nn.Denoiser, dims, conds int) *nn.Layout {
	t.Helper()
	layout, err := open(t).Declare(func(s *nn.Scope, g *graph.Graph) {
		input := func(name string, n int) *nn.Node { return graph.Parameter(g, name, shapes.Make(dtypes.Float32, 1, n)) }
		var cond []*nn.Node
		for k := range conds {
			cond = append(cond, input(string(rune('a'+k)), dims))
		}
		net.Denoise(s, input("x", dims), input("noise", 2), cond)
	})
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// every is a prior whose states have all dimensions.
func every(size, dims int) Prior {
	p := Prior{Size: size, Dims: dims, Mask: make([]float32, size*dims)}
	for i := range p.Mask {
		p.Mask[i] = 1
	}
	return p
}

func scalar(v float32) *nn.Tensor { return nn.FromFloats([]float32{v}, 1) }
