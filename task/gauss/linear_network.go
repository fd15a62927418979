package gauss

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
)

// linearNet is the network of a linear task:
//
//	D(x, t) = E[x_0 | x_t = x] + sum_f phi_f(t) (x W_f / rho + b_f),   rho² = alpha² + sigma²
//
// with the features phi = 1, sigma/rho, alpha sigma/rho², and W_f [dims, dims] and b_f [dims] learnable and zero at first. Of a
// variance-preserving process rho is 1.
type linearNet struct{ task *Linear }

const numFeatures = 3

// features are phi_f(t) and 1/rho.
func features(alpha, sigma float64) (phi [numFeatures]float64, shrink float64) {
	rho := math.Hypot(alpha, sigma)
	return [numFeatures]float64{1, sigma / rho, alpha * sigma / rho / rho}, 1 / rho
}

func linearColumns(noise *nn.Node) (alpha, sigma *nn.Node) {
	return graph.Slice(noise, graph.AxisRange(), graph.AxisRange(0, 1)), graph.Slice(noise, graph.AxisRange(), graph.AxisRange(1, 2))
}

// Denoise builds x̂_0 [batch, dims].
func (n linearNet) Denoise(s *nn.Scope, x, noise *nn.Node, _ []*nn.Node) *nn.Node {
	l, d := n.task, n.task.Dims()
	alpha, sigma := linearColumns(noise)
	mean := graph.Reshape(graph.Const(x.Graph(), singles(l.Mean)), 1, d)
	top := graph.Add(graph.MulScalar(graph.Mul(alpha, x), l.Std*l.Std), graph.Mul(graph.Square(sigma), mean))
	clean := graph.Div(top, n.total(alpha, sigma))

	rho := graph.Sqrt(graph.Add(graph.Square(alpha), graph.Square(sigma)))
	u, a, b := graph.Div(x, rho), graph.Div(alpha, rho), graph.Div(sigma, rho)
	for f, phi := range []*nn.Node{graph.OnesLike(b), b, graph.Mul(a, b)} {
		w := s.Param(fmt.Sprintf("w%d", f), 0, 0, d, d)
		shift := graph.Reshape(s.Param(fmt.Sprintf("b%d", f), 0, 0, d), 1, d)
		clean = graph.Add(clean, graph.Mul(phi, graph.Add(nn.MatMul(u, w), shift)))
	}
	return clean
}

// total is the variance of x_t along an axis.
func (n linearNet) total(alpha, sigma *nn.Node) *nn.Node {
	return graph.Add(graph.MulScalar(graph.Square(alpha), n.task.Std*n.task.Std), graph.Square(sigma))
}

// Loss is the squared error in units of the variance that x_0 has given x_t: the exact denoiser's is 1 at every noise level.
func (n linearNet) Loss(s *nn.Scope, x0, xt, noise *nn.Node, cond []*nn.Node) (*nn.Node, []*nn.Node) {
	alpha, sigma := linearColumns(noise)
	variance := graph.Div(graph.MulScalar(graph.Square(sigma), n.task.Std*n.task.Std), n.total(alpha, sigma))
	loss := graph.ReduceMean(graph.Div(graph.Square(graph.Sub(n.Denoise(s, xt, noise, cond), x0)), variance), -1)
	return loss, []*nn.Node{loss}
}

// LossTerms is the whole loss.
func (linearNet) LossTerms() []string { return []string{"score"} }

// Value builds the critic [batch]: a quadratic whose coefficients stand in a table, in the row of the nearest of the chain's noise levels.
// They are learned, in addition to those of the exact critic where there is one.
func (n linearNet) Value(s *nn.Scope, x, noise *nn.Node, _ []*nn.Node) *nn.Node {
	l, d, g := n.task, n.task.Dims(), x.Graph()
	levels := l.levels()
	alphas, sigmas := make([]float64, len(levels)), make([]float64, len(levels))
	for i, t := range levels {
		alphas[i], sigmas[i] = l.Process.Kernel(t)
	}
	alpha, sigma := linearColumns(noise)
	square := func(v *nn.Node, of []float64) *nn.Node {
		return graph.Square(graph.Sub(v, graph.Reshape(graph.Const(g, singles(of)), 1, len(of))))
	}
	far := graph.Add(square(alpha, alphas), square(sigma, sigmas)) // [batch, levels]
	nearest := graph.Equal(far, graph.ReduceAndKeep(far, graph.ReduceMin, -1))
	width := d*d + d + 1
	table := s.In("value").Param("table", 0, 0, len(levels), width)
	if l.values != nil {
		table = graph.Add(table, graph.Reshape(graph.Const(g, l.values), len(levels), width))
	}
	row := nn.MatMul(graph.ConvertDType(nearest, x.DType()), table)
	pairs := graph.Reshape(graph.Mul(graph.InsertAxes(x, -1), graph.InsertAxes(x, 1)), -1, d*d)
	one := graph.OnesLike(alpha)
	terms := graph.Concatenate([]*nn.Node{graph.MulScalar(pairs, -0.5), x, one}, -1) // of the quadratic, in the order of the table's columns
	return graph.ReduceSum(graph.Mul(row, terms), -1)
}

// levels are the times of the chain's states.
func (l *Linear) levels() []float64 {
	var times []float64
	for _, s := range l.Steps {
		times = append(times, s.From)
	}
	return append(times, l.Steps[len(l.Steps)-1].To)
}

// WithCritic is the task with a critic that starts as the exact value function of a policy, (V - shift) / scale with [LinearPath.Value]
// at that weight of the anchor. No two states of the chain may share a time.
func (l *Linear) WithCritic(p *LinearPath, beta, shift, scale float64) *Linear {
	out := *l
	out.values = nil
	for _, v := range p.Values(beta) {
		row := append(append([]float64(nil), v.Curve.RawMatrix().Data...), v.Slope.RawVector().Data...)
		for _, c := range append(row, v.Level-shift) {
			out.values = append(out.values, float32(c/scale))
		}
	}
	return &out
}
