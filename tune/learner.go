package tune

import (
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
)

// objective builds a loss from the parameters in scope and the inputs of a program, and figures to log, each a scalar.
type objective func(scope *nn.Scope, in []*nn.Node) (loss *nn.Node, figures []*nn.Node)

// learner takes steps on one objective.
type learner struct {
	step       *nn.Program // a whole update from one batch
	accumulate *nn.Program // adds a batch's gradient and figures up
	apply      *nn.Program // an update from a sum
	names      []string    // of the figures
	size       int         // of the parameters
}

// newLearner compiles steps of the optimiser on the objective, for networks of that layout. The figures are named in the objective's
// order; the gradient's norm before clipping is logged as "<name>_grad_norm".
func newLearner(e *nn.Engine, name string, layout *nn.Layout, adam nn.Adam, figures []string, build objective) (*learner, error) {
	l := &learner{names: append(figures, name+"_grad_norm"), size: layout.Size()}
	differentiate := func(params *nn.Node, in []*nn.Node) (grad *nn.Node, row []*nn.Node) {
		scope := nn.NewScope(layout, params)
		loss, logged := build(scope, in)
		for _, f := range logged {
			row = append(row, graph.Reshape(f, 1))
		}
		return scope.Gradient(loss), row
	}
	var errs [3]error
	l.step, errs[0] = e.Compile(name, func(in []*nn.Node) []*nn.Node {
		grad, row := differentiate(in[0], in[nn.NumOptInputs:])
		next, norm := adam.Update(in[:nn.NumOptInputs], grad)
		return append(next, graph.Concatenate(append(row, graph.Reshape(norm, 1)), 0))
	})
	l.accumulate, errs[1] = e.Compile(name+"-gradient", func(in []*nn.Node) []*nn.Node {
		grad, row := differentiate(in[0], in[3:])
		row = append(row, graph.Zeros(grad.Graph(), shapes.Make(dtypes.Float32, 1))) // the norm's place
		return []*nn.Node{graph.Add(in[1], grad), graph.Add(in[2], graph.Concatenate(row, 0))}
	})
	l.apply, errs[2] = e.Compile(name+"-apply", func(in []*nn.Node) []*nn.Node {
		grad, row, scale := in[nn.NumOptInputs], in[nn.NumOptInputs+1], in[nn.NumOptInputs+2]
		next, norm := adam.Update(in[:nn.NumOptInputs], graph.Mul(grad, scale))
		row = graph.Mul(graph.Slice(row, graph.AxisRange(0, len(l.names)-1)), scale)
		return append(next, graph.Concatenate([]*nn.Node{row, graph.Reshape(norm, 1)}, 0))
	})
	return l, errors.Join(errs[:]...)
}

// update takes one step along the mean gradient of some batches of equal weight, each the inputs of the objective, and gives
// the figures' means.
func (l *learner) update(state *nn.OptState, rate float64, batches ...[]any) (map[string]float64, error) {
	out, err := l.run(state, rate, batches)
	if err != nil {
		return nil, err
	}
	state.Take(out[:4])
	values := nn.Floats(out[4])
	nn.Free(out[4])
	if len(values) != len(l.names) {
		return nil, fmt.Errorf("the objective gives %d figures, %d are named", len(values), len(l.names))
	}
	figures := make(map[string]float64, len(values))
	for i, name := range l.names {
		figures[name] = float64(values[i])
	}
	return figures, nil
}

func (l *learner) run(state *nn.OptState, rate float64, batches [][]any) ([]*nn.Tensor, error) {
	if len(batches) == 1 {
		return l.step.Call(append(state.Inputs(rate), batches[0]...)...)
	}
	sum := []*nn.Tensor{nn.FromFloats(make([]float32, l.size), l.size), nn.FromFloats(make([]float32, len(l.names)), len(l.names))}
	defer func() { nn.Free(sum...) }()
	for _, b := range batches {
		next, err := l.accumulate.Call(append([]any{state.Params, sum[0], sum[1]}, b...)...)
		if err != nil {
			return nil, err
		}
		nn.Free(sum...)
		sum = next
	}
	return l.apply.Call(append(state.Inputs(rate), sum[0], sum[1], float32(1)/float32(len(batches)))...)
}
