package nn

import "github.com/gomlx/gomlx/pkg/core/graph"

// Precondition builds the scales, each [batch, 1], of Karras et al.'s frame (2022, table 1) at noise [batch, 2] = (alpha, sigma) for data of that standard deviation: in
// x̂_0 = skip x_t + out F(in x_t) a raw network F then has an input and a target of unit variance at every noise level. keel/sde's Preconditioning says the same in numbers.
func Precondition(noise *Node, data float64) (skip, out, in *Node) {
	column := func(i int) *Node { return graph.Slice(noise, graph.AxisRange(), graph.AxisElem(i)) }
	alpha, sigma := column(0), graph.MaxScalar(column(1), leastSigma)
	in = graph.Reciprocal(graph.Sqrt(graph.Add(graph.Square(sigma), graph.MulScalar(graph.Square(alpha), data*data))))
	return graph.Mul(graph.MulScalar(alpha, data*data), graph.Square(in)), graph.Mul(graph.MulScalar(sigma, data), in), in
}

// leastSigma stands for less: without noise the estimate is the state, and no network has a target.
const leastSigma = 1e-4
