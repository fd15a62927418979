package gauss

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
)

// residual is the exact denoiser of a mixture plus a perceptron, which starts at zero: the pre-trained model is exact, and what tuning
// learns extrapolates as networks do.
type residual struct {
	data  Mixture
	std   float64 // of the data along an axis, for scaling
	width int
	depth int // hidden layers
}

func newResidual(m Mixture, width, depth int) residual {
	var sq float64
	for i, mean := range m.Means {
		for _, v := range mean {
			sq += m.Weights[i] * v * v / float64(m.Dims())
		}
	}
	return residual{data: m, std: math.Sqrt(sq + m.Std*m.Std), width: width, depth: depth}
}

// scales are EDM's preconditioning for x_t itself (Karras et al. 2022, table 1): c_in and c_out for x̂_0, and ln(sigma/alpha)/4.
func (r residual) scales(noise *nn.Node) (alpha, sigma, in, out, level *nn.Node) {
	alpha = graph.Slice(noise, graph.AxisRange(), graph.AxisRange(0, 1))
	sigma = graph.Slice(noise, graph.AxisRange(), graph.AxisRange(1, 2))
	total := graph.Sqrt(graph.Add(graph.MulScalar(graph.Square(alpha), r.std*r.std), graph.Square(sigma)))
	level = graph.Sub(graph.Log(graph.MaxScalar(sigma, 1e-4)), graph.Log(graph.MaxScalar(alpha, 1e-4)))
	return alpha, sigma, graph.Reciprocal(total), graph.Div(graph.MulScalar(sigma, r.std), total), graph.DivScalar(level, 4)
}

// exact builds E[x_0 | x_t] of the mixture, as [Mixture.Denoise] has it.
func (r residual) exact(x, alpha, sigma *nn.Node) *nn.Node {
	g, modes, dims := x.Graph(), len(r.data.Means), r.data.Dims()
	means, norms, logs := make([]float32, 0, modes*dims), make([]float32, modes), make([]float32, modes)
	for i, mean := range r.data.Means {
		var sq float64
		for _, v := range mean {
			means, sq = append(means, float32(v)), sq+v*v
		}
		norms[i], logs[i] = float32(sq/2), float32(math.Log(r.data.Weights[i]))
	}
	m := graph.Reshape(graph.Const(g, means), modes, dims)
	variance := graph.Add(graph.MulScalar(graph.Square(alpha), r.data.Std*r.data.Std), graph.Square(sigma))
	dot := nn.MatMul(graph.Mul(x, alpha), graph.Transpose(m, 0, 1)) // [batch, modes]
	square := graph.Mul(graph.Square(alpha), graph.ExpandLeftToRank(graph.Const(g, norms), 2))
	logits := graph.Add(graph.Div(graph.Sub(dot, square), variance), graph.ExpandLeftToRank(graph.Const(g, logs), 2))
	shrink := graph.Div(graph.MulScalar(alpha, r.data.Std*r.data.Std), variance)
	nearest := nn.MatMul(graph.Softmax(logits, -1), m)
	return graph.Add(graph.Mul(x, shrink), graph.Mul(nearest, graph.OneMinus(graph.Mul(alpha, shrink))))
}

// hidden builds the perceptron's last hidden layer [batch, width] on the state, the exact estimate and the noise level.
func (r residual) hidden(s *nn.Scope, x, clean, in, level *nn.Node) *nn.Node {
	waves := nn.Fourier(graph.Reshape(level, -1), 3)
	h := graph.Concatenate([]*nn.Node{graph.Mul(x, in), graph.DivScalar(clean, r.std), level, graph.DivScalar(waves, 2)}, -1)
	for k := range r.depth {
		h = nn.SiLU(nn.Linear(s, "hidden"+string(rune('0'+k)), h, r.width))
	}
	return h
}

// Denoise builds x̂_0 [batch, dims].
func (r residual) Denoise(s *nn.Scope, x, noise *nn.Node, _ []*nn.Node) *nn.Node {
	alpha, sigma, in, out, level := r.scales(noise)
	clean := r.exact(x, alpha, sigma)
	h := r.hidden(s, x, clean, in, level)
	// Zero at first: the policy starts as the exact model.
	learned := nn.AddBias(s, "out", nn.LinearNoBias(s, "out", h, r.data.Dims(), 0))
	return graph.Add(clean, graph.Mul(learned, out))
}

// Loss is score matching with EDM's weight, 1 / c_out².
func (r residual) Loss(s *nn.Scope, x0, xt, noise *nn.Node, cond []*nn.Node) (*nn.Node, []*nn.Node) {
	_, _, _, out, _ := r.scales(noise)
	wrong := graph.Div(graph.Sub(r.Denoise(s, xt, noise, cond), x0), out)
	loss := graph.ReduceMean(graph.Square(wrong), -1)
	return loss, []*nn.Node{loss}
}

// LossTerms is the whole loss.
func (residual) LossTerms() []string { return []string{"score"} }

// Value builds the critic [batch].
func (r residual) Value(s *nn.Scope, x, noise *nn.Node, _ []*nn.Node) *nn.Node {
	alpha, sigma, in, _, level := r.scales(noise)
	h := r.hidden(s.In("critic"), x, r.exact(x, alpha, sigma), in, level)
	return graph.Reshape(nn.Linear(s.In("critic"), "value", h, 1), -1)
}
