package nn

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// Standardise gives the last axis zero mean and unit variance. The means are matmuls: on the CPU XLA's sums over a last axis are several times slower.
func Standardise(x *Node) *Node {
	c := x.Shape().Dim(-1)
	ones := graph.DivScalar(graph.Ones(x.Graph(), shapes.Make(x.DType(), c, 1)), float64(c))
	centred := graph.Sub(x, MatMul(x, ones))
	variance := MatMul(graph.Square(centred), ones)
	return graph.Div(centred, graph.Sqrt(graph.AddScalar(variance, 1e-5)))
}

// Attend is attention of x [batch, n, c] to keys [batch, m, k], with a mask of the keys [batch, m] that are there, or nil for all. The weights'
// sum comes of the same matmul as the weighted values, by a column of ones; logits are kept within ±maxLogit instead of being shifted by their maximum.
func Attend(s *Scope, x, keys, mask *Node, heads int) *Node {
	c := x.Shape().Dim(-1)
	batch, rows, size := x.Shape().Dim(0), x.Shape().Dim(1), c/heads
	split := func(name string, from *Node) *Node { // [batch * heads, rows, size]
		v := graph.Reshape(LinearNoBias(s, name, from, c, 1), batch, -1, heads, size)
		return graph.Reshape(graph.TransposeAllAxes(v, 0, 2, 1, 3), batch*heads, -1, size)
	}
	logits := graph.MulScalar(BatchMatMul(split("query", x), split("key", keys), false, true), 1/math.Sqrt(float64(size)))
	weights := graph.Exp(graph.ClipScalar(logits, -maxLogit, maxLogit))
	values := split("value", keys)
	values = graph.Concatenate([]*Node{values, graph.OnesLike(graph.Slice(values, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, 1)))}, -1)
	if mask != nil {
		m := graph.BroadcastToDims(graph.Reshape(mask, batch, 1, -1, 1), batch, heads, mask.Shape().Dim(-1), 1)
		values = graph.Mul(values, graph.Reshape(m, batch*heads, -1, 1))
	}
	sums := BatchMatMul(weights, values, false, false) // [batch * heads, rows, size + 1]
	out := graph.Div(graph.SliceAxis(sums, -1, graph.AxisRange(0, size)), graph.SliceAxis(sums, -1, graph.AxisRange(size, size+1)))
	out = graph.TransposeAllAxes(graph.Reshape(out, batch, heads, rows, size), 0, 2, 1, 3)
	return LinearNoBias(s, "attended", graph.Reshape(out, batch, rows, c), c, 0.5)
}

const maxLogit = 40
