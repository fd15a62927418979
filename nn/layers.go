package nn

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// Linear is x [..., in] @ w [in, out] + b.
func Linear(s *Scope, name string, x *Node, out int) *Node {
	return AddBias(s, name, LinearNoBias(s, name, x, out, 1))
}

// LinearNoBias is x [..., in] @ w [in, out], with initial weights scaled by gain.
func LinearNoBias(s *Scope, name string, x *Node, out int, gain float64) *Node {
	in := x.Shape().Dim(-1)
	return MatMul(x, s.Param(name+".w", gain*fanIn(in), 0, in, out))
}

// AddBias adds a learned vector along the last axis.
func AddBias(s *Scope, name string, x *Node) *Node {
	n := x.Shape().Dim(-1)
	return graph.Add(x, graph.ExpandLeftToRank(s.Param(name+".b", 0, 0, n), x.Rank()))
}

// Rows is n rows of v [c]: [n, c]. It is a product, whose result lies in memory: where XLA has to find an element of v for each element of something larger, whose features and
// batch it sees as one axis, it divides to find it, which it does one by one.
func Rows(v *Node, n int) *Node {
	return graph.Dot(graph.Ones(v.Graph(), shapes.Make(v.DType(), n, 1)), graph.Reshape(v, 1, -1))
}

// SiLU is x * sigmoid(x) (Elfwing et al. 2017).
func SiLU(x *Node) *Node { return graph.Mul(x, graph.Logistic(x)) }

// LayerNorm normalises the last axis to zero mean and unit variance, with a learned gain and shift (Ba et al. 2016).
func LayerNorm(s *Scope, name string, x *Node) *Node {
	n := x.Shape().Dim(-1)
	mean := graph.ReduceAndKeep(x, graph.ReduceMean, -1)
	centred := graph.Sub(x, mean)
	variance := graph.ReduceAndKeep(graph.Square(centred), graph.ReduceMean, -1)
	y := graph.Div(centred, graph.Sqrt(graph.AddScalar(variance, 1e-5)))
	gain := graph.ExpandLeftToRank(s.Param(name+".gain", 0, 1, n), x.Rank())
	shift := graph.ExpandLeftToRank(s.Param(name+".shift", 0, 0, n), x.Rank())
	return graph.Add(graph.Mul(y, gain), shift)
}

// Fourier gives sin and cos features [..., 2n] of a scalar x [...] at n frequencies from 1/2 to 2^(n-2), in powers of two times π.
func Fourier(x *Node, n int) *Node {
	freq := make([]float32, n)
	for i := range freq {
		freq[i] = float32(math.Pi * math.Pow(2, float64(i)-1))
	}
	f := graph.ExpandLeftToRank(graph.Const(x.Graph(), freq), x.Rank()+1)
	angle := graph.Mul(graph.InsertAxes(x, -1), f)
	return graph.Concatenate([]*Node{graph.Sin(angle), graph.Cos(angle)}, -1)
}

// RadialBasis gives n Gaussian bumps [..., n] of a distance d [...], centred evenly over [0, reach] and as wide as their spacing.
func RadialBasis(d *Node, n int, reach float64) *Node {
	centres := make([]float32, n)
	step := reach / float64(n-1)
	for i := range centres {
		centres[i] = float32(float64(i) * step)
	}
	c := graph.ExpandLeftToRank(graph.Const(d.Graph(), centres), d.Rank()+1)
	u := graph.DivScalar(graph.Sub(graph.InsertAxes(d, -1), c), step)
	return graph.Exp(graph.MulScalar(graph.Square(u), -0.5))
}
