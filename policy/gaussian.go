package policy

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/solver"
)

// Transitions are one step each of a batch: inputs of a training program, in the order of [Transitions.Inputs]. The state reached is
// x_s = X x_t + D Old + Std Eps: it is held as what was drawn, not as where it led, for at low noise the difference of two large
// log-probabilities would be lost in float32.
type Transitions struct {
	Size, Dims int
	X          []float32 // [Size, Dims] states x_t
	Kernel     []float32 // [Size, 2] alpha_t, sigma_t
	NextKernel []float32 // [Size, 2] alpha_s, sigma_s
	Step       []float32 // [Size, 3] the step's coefficients X, D and Std
	Mask       []float32 // [Size, Dims] 1 where the step moves the state: see [Prior.Free]
	Eps        []float32 // [Size, Dims] standard normal noise of the step
	Old        []float32 // [Size, Dims] estimate x̂_0 that the step was drawn about
	Ref        []float32 // [Size, Dims] estimate of the anchor, where there is one
	Scalar     []float32 // [Size] what the program needs of each transition, such as its advantage
}

// NewTransitions makes room for a batch.
func NewTransitions(size, dims int) *Transitions {
	state := func() []float32 { return make([]float32, size*dims) }
	return &Transitions{
		Size: size, Dims: dims, X: state(), Kernel: make([]float32, 2*size), NextKernel: make([]float32, 2*size),
		Step: make([]float32, 3*size), Mask: state(), Eps: state(), Old: state(), Ref: state(), Scalar: make([]float32, size),
	}
}

// SetStep writes the coefficients and kernels of transition i.
func (t *Transitions) SetStep(i int, s solver.Step, kernel func(float64) (alpha, sigma float64)) {
	a, b := kernel(s.From)
	t.Kernel[2*i], t.Kernel[2*i+1] = float32(a), float32(b)
	a, b = kernel(s.To)
	t.NextKernel[2*i], t.NextKernel[2*i+1] = float32(a), float32(b)
	t.Step[3*i], t.Step[3*i+1], t.Step[3*i+2] = float32(s.X), float32(s.D), float32(s.Std)
}

// NumTransitionInputs is the length of [Transitions.Inputs].
const NumTransitionInputs = 9

// Inputs are the tensors for a program, in the order of the fields.
func (t *Transitions) Inputs() []any {
	state := func(v []float32) any { return nn.FromFloats(v, t.Size, t.Dims) }
	return []any{
		state(t.X), nn.FromFloats(t.Kernel, t.Size, 2), nn.FromFloats(t.NextKernel, t.Size, 2), nn.FromFloats(t.Step, t.Size, 3),
		state(t.Mask), state(t.Eps), state(t.Old), state(t.Ref), nn.FromFloats(t.Scalar, t.Size),
	}
}

// TransitionNodes are the nodes of [Transitions.Inputs] in a graph.
type TransitionNodes struct{ X, Kernel, NextKernel, Step, Mask, Eps, Old, Ref, Scalar *nn.Node }

// Nodes names a program's inputs.
func Nodes(in []*nn.Node) TransitionNodes {
	return TransitionNodes{in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7], in[8]}
}

func (t TransitionNodes) column(i int) *nn.Node { // [batch, 1]
	return graph.Slice(t.Step, graph.AxisRange(), graph.AxisRange(i, i+1))
}

// Mean builds the mean of x_s [batch, dims] from the denoised estimate.
func (t TransitionNodes) Mean(clean *nn.Node) *nn.Node {
	return graph.Mul(graph.Add(graph.Mul(t.X, t.column(0)), graph.Mul(clean, t.column(1))), t.Mask)
}

// Draw builds x_s = mean + Std Eps. A dimension that the step does not move keeps its value in x_t: padding its zero, a fixed one the known
// value with the noise of t, which stands for that of s.
func (t TransitionNodes) Draw(mean *nn.Node) *nn.Node {
	moved := graph.Add(mean, graph.Mul(graph.Mul(t.Eps, t.column(2)), t.Mask))
	return graph.Add(moved, graph.Mul(t.X, graph.OneMinus(t.Mask)))
}

// shift is the distance of the means that two estimates give, in standard deviations [batch, dims].
func (t TransitionNodes) shift(clean, other *nn.Node) *nn.Node {
	return graph.Mul(graph.Mul(graph.Sub(clean, other), t.Mask), graph.Div(t.column(1), t.column(2)))
}

// KL builds KL(N(mean, v) || N(other, v)) = |mean - other|² / 2v of each transition [batch], from the estimates that give the
// means, summed over dimensions.
func (t TransitionNodes) KL(clean, other *nn.Node) *nn.Node {
	return graph.MulScalar(graph.ReduceSum(graph.Square(t.shift(clean, other)), -1), 0.5)
}

// LogRatio builds log pi(x_s | x_t) - log pi_old(x_s | x_t) of each transition [batch], with the policy's estimate clean and Old:
// the mean over its dimensions, as DDPO's reference code has it (kvablack/ddpo-pytorch), or the sum. It is exactly 0 where the two agree.
func (t TransitionNodes) LogRatio(clean *nn.Node, overDims bool) *nn.Node {
	u := t.shift(clean, t.Old)
	return t.sum(graph.Sub(graph.Mul(u, t.Eps), graph.MulScalar(graph.Square(u), 0.5)), overDims)
}

// LogProb builds log pi(x_s | x_t) of each transition [batch]: the sum over its dimensions, or their mean.
func (t TransitionNodes) LogProb(clean *nn.Node, overDims bool) *nn.Node {
	u := graph.Sub(t.Eps, t.shift(clean, t.Old))
	each := graph.Neg(graph.Add(graph.MulScalar(graph.Square(u), 0.5), graph.AddScalar(graph.Log(t.column(2)), 0.5*math.Log(2*math.Pi))))
	return t.sum(graph.Mul(each, t.Mask), overDims)
}

func (t TransitionNodes) sum(each *nn.Node, overDims bool) *nn.Node {
	sum := graph.ReduceSum(each, -1)
	if !overDims {
		return sum
	}
	return graph.Div(sum, graph.ReduceSum(t.Mask, -1))
}

// StepKL is KL(policy || other) [Size] of the rollout's i-th step, which must be a policy, with the other's estimates x̂_0
// [Size, Dims] at the same states.
func StepKL(r *Rollout, i int, other []float32) []float64 {
	step := r.Steps[i]
	kl := make([]float64, r.Size)
	for k, free := range r.Free() {
		if free != 0 {
			u := step.D * float64(r.Clean[i][k]-other[k]) / step.Std
			kl[k/r.Dims] += u * u / 2
		}
	}
	return kl
}
