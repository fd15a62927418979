package nn

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
)

// Program is a graph function that is compiled once for each set of input shapes it is called with.
type Program struct {
	name string
	exec *graph.Exec
}

// Compile wraps a graph-building function. The compilation itself happens at the first call with new shapes.
func (e *Engine) Compile(name string, build func(in []*Node) []*Node) (*Program, error) {
	exec, err := graph.NewExec(e.Backend, build)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", name, oneLine(err))
	}
	return &Program{name: name, exec: exec.WithName(name).SetMaxCache(-1)}, nil
}

// Prepare compiles the program for the shapes of these inputs, without running it.
func (p *Program) Prepare(inputs ...any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("program %s: %v", p.name, r)
		}
	}()
	if err := p.exec.PreCompile(inputs...); err != nil {
		return fmt.Errorf("program %s: %w", p.name, oneLine(err))
	}
	return nil
}

// Call runs the program. Inputs are *Tensor (kept) or Go values (taken). The outputs are the caller's to [Free].
func (p *Program) Call(inputs ...any) (outputs []*Tensor, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("program %s: %v", p.name, r)
		}
	}()
	outputs, err = p.exec.Exec(inputs...)
	if err != nil {
		return nil, fmt.Errorf("program %s: %w", p.name, oneLine(err))
	}
	return outputs, nil
}

// Load moves tensors to the device now, where [Program.Call] would do so at its time.
func (e *Engine) Load(ts ...*Tensor) error {
	for _, t := range ts {
		if err := t.MaterializeOnDevice(e.Backend, true, 0); err != nil {
			return fmt.Errorf("moving a tensor to the device: %w", oneLine(err))
		}
	}
	return nil
}

// Close releases what was compiled; the program must not be called again.
func (p *Program) Close() { p.exec.Finalize() }

// FromFloats makes a tensor of the given dimensions from values in row-major order.
func FromFloats(values []float32, dims ...int) *Tensor {
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

// Floats copies a float32 tensor's values, row-major.
func Floats(t *Tensor) []float32 { return tensors.MustCopyFlatData[float32](t) }

// Free releases tensors' memory now instead of at the next garbage collection, which does not see device memory.
func Free(ts ...*Tensor) {
	for _, t := range ts {
		if t != nil && t.Ok() {
			t.MustFinalizeAll()
		}
	}
}
