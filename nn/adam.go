package nn

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// Adam is the optimiser of Kingma & Ba (2015) with decoupled weight decay (Loshchilov & Hutter 2019) and clipping of the
// gradient by its global norm, on one flat parameter vector. Zero values mean the defaults named.
type Adam struct {
	Beta1, Beta2 float64 // 0.9, 0.99
	Eps          float64 // 1e-8
	WeightDecay  float64 // 0
	ClipNorm     float64 // 1; the gradient is scaled down to this norm
	EMA          float64 // decay of the parameters' moving average; 0.999
}

func (a Adam) withDefaults() Adam {
	def := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	def(&a.Beta1, 0.9)
	def(&a.Beta2, 0.99)
	def(&a.Eps, 1e-8)
	def(&a.ClipNorm, 1)
	def(&a.EMA, 0.999)
	return a
}

// OptState is a network under training: its parameters, Adam's two moments, the moving average, and the steps taken.
type OptState struct {
	Params, M, V, Avg *Tensor // each [size]
	Steps             int
}

// NewOptState starts training from the given parameters.
func NewOptState(params []float32) *OptState {
	n := len(params)
	return &OptState{
		Params: FromFloats(params, n), M: FromFloats(make([]float32, n), n),
		V: FromFloats(make([]float32, n), n), Avg: FromFloats(params, n),
	}
}

// Inputs are the tensors that a training program takes first, in the order [Adam.Update] expects, with the learning rate.
func (o *OptState) Inputs(learningRate float64) []any {
	return []any{o.Params, o.M, o.V, o.Avg, FromFloats([]float32{float32(learningRate), float32(o.Steps + 1)}, 2)}
}

// NumOptInputs is the length of [OptState.Inputs].
const NumOptInputs = 5

// Take moves a training program's first four outputs in, and frees what they replace.
func (o *OptState) Take(out []*Tensor) {
	Free(o.Params, o.M, o.V, o.Avg)
	o.Params, o.M, o.V, o.Avg = out[0], out[1], out[2], out[3]
	o.Steps++
}

// Update builds one step: opt are the nodes of [OptState.Inputs], grad is the flat gradient. It returns the four new
// state vectors and the gradient's norm before clipping. A gradient that is not finite leaves everything as it was.
func (a Adam) Update(opt []*Node, grad *Node) (state []*Node, norm *Node) {
	a = a.withDefaults()
	p, m, v, avg := opt[0], opt[1], opt[2], opt[3]
	lr := graph.Reshape(graph.Slice(opt[4], graph.AxisRange(0, 1)))
	step := graph.Reshape(graph.Slice(opt[4], graph.AxisRange(1, 2)))

	norm = graph.Sqrt(graph.ReduceAllSum(graph.Square(grad)))
	finite := graph.IsFinite(norm)
	scale := graph.Min(graph.OnesLike(norm), graph.MulScalar(graph.Reciprocal(graph.AddScalar(norm, 1e-12)), a.ClipNorm))
	g := graph.Mul(grad, scale)

	m1 := graph.Add(graph.MulScalar(m, a.Beta1), graph.MulScalar(g, 1-a.Beta1))
	v1 := graph.Add(graph.MulScalar(v, a.Beta2), graph.MulScalar(graph.Square(g), 1-a.Beta2))
	bias := func(beta float64) *Node { // 1 - beta^step
		return graph.OneMinus(graph.Exp(graph.MulScalar(step, math.Log(beta))))
	}
	mHat, vHat := graph.Div(m1, bias(a.Beta1)), graph.Div(v1, bias(a.Beta2))
	update := graph.Div(mHat, graph.AddScalar(graph.Sqrt(vHat), a.Eps))
	if a.WeightDecay > 0 {
		update = graph.Add(update, graph.MulScalar(p, a.WeightDecay))
	}
	p1 := graph.Sub(p, graph.Mul(lr, update))
	// A young average follows faster, so that it is not dominated by the initial values.
	decay := graph.MinScalar(graph.Div(graph.OnePlus(step), graph.AddScalar(step, 10)), a.EMA)
	avg1 := graph.Add(graph.Mul(avg, decay), graph.Mul(p1, graph.OneMinus(decay)))

	keep := func(next, old *Node) *Node {
		return graph.Where(graph.BroadcastToShape(finite, withBool(next)), next, old)
	}
	return []*Node{keep(p1, p), keep(m1, m), keep(v1, v), keep(avg1, avg)}, norm
}

func withBool(n *Node) shapes.Shape { return shapes.Make(dtypes.Bool, n.Shape().Dimensions...) }
