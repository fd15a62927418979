// Package pretrain fits a denoiser to data by score matching.
package pretrain

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/sde"
)

// Objective is a network with its loss: what training needs of an [nn.Denoiser], whose methods these are.
type Objective interface {
	Loss(s *nn.Scope, x0, xt, noise *nn.Node, cond []*nn.Node) (loss *nn.Node, terms []*nn.Node)
	LossTerms() []string
}

// Batch is a set of clean examples. Batches of one shape share a compiled program, so a source should give few shapes.
type Batch struct {
	Shape string    // names the shape: equal shapes share a program
	Net   Objective // builds the network's loss for this shape; every shape's has the same parameters
	Size  int
	X0    []float32    // [Size, dims]
	Mask  []float32    // [Size, dims] 1 where the state has a dimension, 0 for padding
	Cond  []*nn.Tensor // the network's conditions
}

// Levels is the distribution of the noise level sigma/alpha in training: log-normal, with a uniform share in the logarithm
// over [0.002, 80] so that no level that a sampler meets is left out.
type Levels struct {
	Mean, Std float64 // of ln(sigma/alpha)
	Uniform   float64 // share of the uniform part
}

// Draw gives one noise level.
func (l Levels) Draw(rng *rand.Rand) float64 {
	const low, high = 0.002, 80
	if rng.Float64() < l.Uniform {
		return math.Exp(math.Log(low) + rng.Float64()*math.Log(high/low))
	}
	return min(max(math.Exp(l.Mean+l.Std*rng.NormFloat64()), low), high)
}

// numNoised counts the inputs that Noised makes itself: the conditions after them are the batch's.
const numNoised = 3

// Noised are the inputs of a score-matching program: clean states, noise, and the kernel's alpha and sigma.
func Noised(p sde.Process, levels Levels, b *Batch, rng *rand.Rand) []any {
	eps := make([]float32, len(b.X0))
	for i := range eps {
		if b.Mask[i] != 0 {
			eps[i] = float32(rng.NormFloat64())
		}
	}
	kernel := make([]float32, 2*b.Size)
	for i := range b.Size {
		alpha, sigma := p.Kernel(p.Time(levels.Draw(rng)))
		kernel[2*i], kernel[2*i+1] = float32(alpha), float32(sigma)
	}
	dims := len(b.X0) / b.Size
	in := []any{nn.FromFloats(b.X0, b.Size, dims), nn.FromFloats(eps, b.Size, dims), nn.FromFloats(kernel, b.Size, 2)}
	for _, c := range b.Cond {
		in = append(in, c)
	}
	return in
}

// Losses builds the mean loss and its terms from the nodes of [Noised], with the network's parameters in scope.
func Losses(net Objective, s *nn.Scope, in []*nn.Node) (loss *nn.Node, terms []*nn.Node) {
	x0, eps, noise, cond := in[0], in[1], in[2], in[3:]
	alpha := graph.Slice(noise, graph.AxisRange(), graph.AxisRange(0, 1))
	sigma := graph.Slice(noise, graph.AxisRange(), graph.AxisRange(1, 2))
	xt := graph.Add(graph.Mul(x0, alpha), graph.Mul(eps, sigma))
	each, parts := net.Loss(s, x0, xt, noise, cond)
	for _, p := range parts {
		terms = append(terms, graph.ReduceAllMean(p))
	}
	return graph.ReduceAllMean(each), terms
}

// Stepper runs optimisation steps on batches, one compiled program for each shape.
type Stepper struct {
	engine  *nn.Engine
	layout  *nn.Layout
	adam    nn.Adam
	process sde.Process
	levels  Levels

	mu       sync.Mutex
	programs map[string]*program
}

// program is one shape's, compiled once.
type program struct {
	*nn.Program
	once sync.Once
	err  error
}

// prepare compiles the program, where that was not done, for a training state of that many parameters. Programs of other shapes compile meanwhile.
func (p *program) prepare(size int, inputs []any) error {
	p.once.Do(func() {
		state := nn.NewOptState(make([]float32, size)).Inputs(0)
		p.err = p.Prepare(append(state, inputs...)...)
		free(state)
	})
	return p.err
}

// NewStepper prepares score matching for networks of that parameter layout.
func NewStepper(e *nn.Engine, layout *nn.Layout, adam nn.Adam, p sde.Process, levels Levels) *Stepper {
	return &Stepper{engine: e, layout: layout, adam: adam, process: p, levels: levels, programs: map[string]*program{}}
}

// Report is what one step measured.
type Report struct {
	Loss, GradNorm float64
	Terms          []float64 // in the order of the network's LossTerms
}

// Ready is a batch with its noise, on the device, with the program for its shape compiled.
type Ready struct {
	Batch   *Batch
	program *program
	inputs  []any
}

// Free releases the noise; the batch's conditions are the batch's.
func (r *Ready) Free() { free(r.inputs[:numNoised]) }

// Ready draws a batch's noise from rng and gets all that a step needs in place. It may be called from several goroutines: while one step runs, those
// after it are made ready.
func (t *Stepper) Ready(b *Batch, rng *rand.Rand) (*Ready, error) {
	p, err := t.program("train/"+b.Shape, func(in []*nn.Node) []*nn.Node {
		opt, rest := in[:nn.NumOptInputs], in[nn.NumOptInputs:]
		s := nn.NewScope(t.layout, opt[0])
		loss, terms := Losses(b.Net, s, rest)
		next, norm := t.adam.Update(opt, s.Gradient(loss))
		return append(next, append([]*nn.Node{loss, norm}, terms...)...)
	})
	if err != nil {
		return nil, err
	}
	r := &Ready{Batch: b, program: p, inputs: Noised(t.process, t.levels, b, rng)}
	for _, in := range r.inputs {
		if err := t.engine.Load(in.(*nn.Tensor)); err != nil {
			r.Free()
			return nil, err
		}
	}
	if err := p.prepare(t.layout.Size(), r.inputs); err != nil {
		r.Free()
		return nil, err
	}
	return r, nil
}

// Step takes one Adam step on the batch, with noise drawn from rng.
func (t *Stepper) Step(state *nn.OptState, b *Batch, learningRate float64, rng *rand.Rand) (Report, error) {
	ready, err := t.Ready(b, rng)
	if err != nil {
		return Report{}, err
	}
	defer ready.Free()
	return t.StepReady(state, ready, learningRate)
}

// StepReady is Step on a batch that was made ready.
func (t *Stepper) StepReady(state *nn.OptState, ready *Ready, learningRate float64) (Report, error) {
	out, err := ready.program.Call(append(state.Inputs(learningRate), ready.inputs...)...)
	if err != nil {
		return Report{}, err
	}
	state.Take(out[:4])
	defer nn.Free(out[4:]...)
	r := report(out[4], out[6:])
	r.GradNorm = float64(nn.Floats(out[5])[0])
	if math.IsNaN(r.Loss) || math.IsInf(r.Loss, 0) {
		return r, fmt.Errorf("the loss is %v at step %d: lower learning_rate", r.Loss, state.Steps)
	}
	return r, nil
}

// Evaluate gives the batch's loss under the given flat parameters, without a step.
func (t *Stepper) Evaluate(params *nn.Tensor, b *Batch, rng *rand.Rand) (Report, error) {
	p, err := t.program("evaluate/"+b.Shape, func(in []*nn.Node) []*nn.Node {
		loss, terms := Losses(b.Net, nn.NewScope(t.layout, in[0]), in[1:])
		return append([]*nn.Node{loss}, terms...)
	})
	if err != nil {
		return Report{}, err
	}
	noised := Noised(t.process, t.levels, b, rng)
	defer free(noised[:numNoised])
	out, err := p.Call(append([]any{params}, noised...)...)
	if err != nil {
		return Report{}, err
	}
	defer nn.Free(out...)
	return report(out[0], out[1:]), nil
}

func free(inputs []any) {
	for _, t := range inputs {
		nn.Free(t.(*nn.Tensor))
	}
}

func report(loss *nn.Tensor, terms []*nn.Tensor) Report {
	r := Report{Loss: float64(nn.Floats(loss)[0])}
	for _, t := range terms {
		r.Terms = append(r.Terms, float64(nn.Floats(t)[0]))
	}
	return r
}

func (t *Stepper) program(key string, build func([]*nn.Node) []*nn.Node) (*program, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.programs[key]; ok {
		return p, nil
	}
	compiled, err := t.engine.Compile(key, build)
	if err != nil {
		return nil, err
	}
	t.programs[key] = &program{Program: compiled}
	return t.programs[key], nil
}
