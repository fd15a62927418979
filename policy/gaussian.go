package policy

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/solver"
)

// Transitions are one step each of a batch: inputs of a training program, in the order of [Transitions.Inputs].
type Transitions struct {
	Size, Dims int
	X          []float32 // [Size, Dims] states x_t
	Noise      []float32 // [Size, 2] alpha_t, sigma_t
	Next       []float32 // [Size, Dims] noise of the step for drawing x_s, or x_s itself
	NextNoise  []float32 // [Size, 2] alpha_s, sigma_s
	Step       []float32 // [Size, 3] the step's coefficients X, D and Std
	Mask       []float32 // [Size, Dims]
	Scalar     []float32 // [Size] what the program needs of each transition, such as its advantage
}

// NewTransitions makes room for a batch.
func NewTransitions(size, dims int) *Transitions {
	return &Transitions{
		Size: size, Dims: dims, X: make([]float32, size*dims), Noise: make([]float32, 2*size), Next: make([]float32, size*dims),
		NextNoise: make([]float32, 2*size), Step: make([]float32, 3*size), Mask: make([]float32, size*dims), Scalar: make([]float32, size),
	}
}

// SetStep writes the coefficients and kernels of transition i.
func (t *Transitions) SetStep(i int, s solver.Step, kernel func(float64) (alpha, sigma float64)) {
	a, b := kernel(s.From)
	t.Noise[2*i], t.Noise[2*i+1] = float32(a), float32(b)
	a, b = kernel(s.To)
	t.NextNoise[2*i], t.NextNoise[2*i+1] = float32(a), float32(b)
	t.Step[3*i], t.Step[3*i+1], t.Step[3*i+2] = float32(s.X), float32(s.D), float32(s.Std)
}

// NumTransitionInputs is the length of [Transitions.Inputs].
const NumTransitionInputs = 7

// Inputs are the tensors for a program: X, Noise, Next, NextNoise, Step, Mask, Scalar.
func (t *Transitions) Inputs() []any {
	return []any{
		nn.FromFloats(t.X, t.Size, t.Dims), nn.FromFloats(t.Noise, t.Size, 2), nn.FromFloats(t.Next, t.Size, t.Dims),
		nn.FromFloats(t.NextNoise, t.Size, 2), nn.FromFloats(t.Step, t.Size, 3), nn.FromFloats(t.Mask, t.Size, t.Dims),
		nn.FromFloats(t.Scalar, t.Size),
	}
}

// TransitionNodes are the nodes of [Transitions.Inputs] in a graph.
type TransitionNodes struct{ X, Noise, Next, NextNoise, Step, Mask, Scalar *nn.Node }

// Nodes names a program's inputs.
func Nodes(in []*nn.Node) TransitionNodes {
	return TransitionNodes{in[0], in[1], in[2], in[3], in[4], in[5], in[6]}
}

func (t TransitionNodes) column(i int) *nn.Node { // [batch, 1]
	return graph.Slice(t.Step, graph.AxisRange(), graph.AxisRange(i, i+1))
}

// Mean builds the mean of x_s [batch, dims] from the denoised estimate.
func (t TransitionNodes) Mean(clean *nn.Node) *nn.Node {
	return graph.Mul(graph.Add(graph.Mul(t.X, t.column(0)), graph.Mul(clean, t.column(1))), t.Mask)
}

// Draw builds x_s = mean + Std * Next, with Next standard normal noise.
func (t TransitionNodes) Draw(mean *nn.Node) *nn.Node {
	return graph.Add(mean, graph.Mul(graph.Mul(t.Next, t.column(2)), t.Mask))
}

// KL builds KL(N(mean, v) || N(other, v)) = |mean - other|² / 2v of each transition [batch], summed over dimensions.
func (t TransitionNodes) KL(mean, other *nn.Node) *nn.Node {
	u := graph.Div(graph.Mul(graph.Sub(mean, other), t.Mask), t.column(2))
	return graph.MulScalar(graph.ReduceSum(graph.Square(u), -1), 0.5)
}

// LogProb builds log N(x; mean, v) of each transition [batch]: the mean over its dimensions, as DDPO's reference code has
// it (kvablack/ddpo-pytorch), or the sum.
func (t TransitionNodes) LogProb(x, mean *nn.Node, overDims bool) *nn.Node {
	std := t.column(2)
	u := graph.Div(graph.Sub(x, mean), std)
	each := graph.Neg(graph.Add(graph.MulScalar(graph.Square(u), 0.5), graph.AddScalar(graph.Log(std), 0.5*math.Log(2*math.Pi))))
	sum := graph.ReduceSum(graph.Mul(each, t.Mask), -1)
	if !overDims {
		return sum
	}
	return graph.Div(sum, graph.ReduceSum(t.Mask, -1))
}
