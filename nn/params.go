package nn

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// Spec describes one parameter of a network. All parameters of a network lie behind one another in one flat float32
// vector: an optimiser, an average or a checkpoint handles one tensor instead of hundreds.
type Spec struct {
	Name   string
	Dims   []int
	Offset int     // of its first value in the flat vector
	Std    float64 // standard deviation at initialisation; 0 with Fill for a constant
	Fill   float64
}

// Size is the number of values.
func (s Spec) Size() int {
	n := 1
	for _, d := range s.Dims {
		n *= d
	}
	return n
}

// Layout is the list of a network's parameters in the order of their declaration.
type Layout struct {
	Specs []Spec
	index map[string]int
	size  int
}

// Size is the length of the flat vector.
func (l *Layout) Size() int { return l.size }

// Find gives the parameter of that name.
func (l *Layout) Find(name string) (Spec, bool) {
	i, ok := l.index[name]
	if !ok {
		return Spec{}, false
	}
	return l.Specs[i], true
}

func (l *Layout) add(name string, std, fill float64, dims []int) Spec {
	s := Spec{Name: name, Dims: dims, Offset: l.size, Std: std, Fill: fill}
	if l.index == nil {
		l.index = map[string]int{}
	}
	l.index[name] = len(l.Specs)
	l.Specs = append(l.Specs, s)
	l.size += s.Size()
	return s
}

// Init draws initial values. Each parameter has a random stream of its own, keyed by its name: adding a layer leaves
// the others' values as they were.
func (l *Layout) Init(seed uint64) []float32 {
	flat := make([]float32, l.size)
	for _, s := range l.Specs {
		h := fnv.New64a()
		h.Write([]byte(s.Name))
		rng := rand.New(rand.NewPCG(seed, h.Sum64()))
		for i := range s.Size() {
			flat[s.Offset+i] = float32(s.Fill + s.Std*rng.NormFloat64())
		}
	}
	return flat
}

// Copy takes every parameter of the same name and shape from another network's flat vector, and says how many it took.
func (l *Layout) Copy(into []float32, from *Layout, values []float32) (taken int) {
	for _, s := range l.Specs {
		o, ok := from.Find(s.Name)
		if !ok || fmt.Sprint(o.Dims) != fmt.Sprint(s.Dims) {
			continue
		}
		copy(into[s.Offset:s.Offset+s.Size()], values[o.Offset:o.Offset+o.Size()])
		taken++
	}
	return taken
}

// Scope hands a network its parameters while a graph is built.
type Scope struct {
	prefix string
	*scopeState
}

type scopeState struct {
	layout    *Layout
	declaring bool
	g         *graph.Graph
	flat      *Node // [size]; nil while declaring
	nodes     map[string]*Node
	order     []string
}

// Declare builds a network once, in a graph that is thrown away, to learn its parameters.
func (e *Engine) Declare(build func(s *Scope, g *graph.Graph)) (layout *Layout, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("declaring a network: %v", r)
		}
	}()
	registerGradients()
	layout = &Layout{}
	g := graph.NewGraph(e.Backend, "declare")
	defer g.Finalize()
	build(&Scope{scopeState: &scopeState{layout: layout, declaring: true, g: g, nodes: map[string]*Node{}}}, g)
	return layout, nil
}

// NewScope gives a network the parameters in flat [layout.Size()].
func NewScope(layout *Layout, flat *Node) *Scope {
	return &Scope{scopeState: &scopeState{layout: layout, g: flat.Graph(), flat: flat, nodes: map[string]*Node{}}}
}

// In gives the scope one level down.
func (s *Scope) In(name string) *Scope {
	return &Scope{prefix: s.prefix + name + ".", scopeState: s.scopeState}
}

// Param gives the parameter of that name in this scope, drawn at first from N(fill, std²).
func (s *Scope) Param(name string, std, fill float64, dims ...int) *Node {
	full := s.prefix + name
	if n, ok := s.nodes[full]; ok {
		return n
	}
	var n *Node
	if s.declaring {
		s.layout.add(full, std, fill, dims)
		n = graph.Parameter(s.g, full, shapes.Make(dtypes.Float32, dims...))
	} else {
		spec, ok := s.layout.Find(full)
		if !ok {
			panic(fmt.Sprintf("nn: parameter %q was not declared", full))
		}
		n = graph.Reshape(graph.Slice(s.flat, graph.AxisRange(spec.Offset, spec.Offset+spec.Size())), spec.Dims...)
	}
	s.nodes[full] = n
	s.order = append(s.order, full)
	return n
}

// Gradient of a scalar loss with respect to the whole flat vector [size]; zero where the loss does not reach.
// Differentiating by each parameter and joining the pieces costs one pass; differentiating the slices would add up
// one full-length vector per parameter.
func (s *Scope) Gradient(loss *Node) *Node {
	wrt := make([]*Node, len(s.order))
	for i, name := range s.order {
		wrt[i] = s.nodes[name]
	}
	grads := graph.Gradient(loss, wrt...)
	byName := map[string]*Node{}
	for i, name := range s.order {
		byName[name] = grads[i]
	}
	parts := make([]*Node, len(s.layout.Specs))
	for i, spec := range s.layout.Specs {
		if g, ok := byName[spec.Name]; ok {
			parts[i] = graph.Reshape(g, spec.Size())
		} else {
			parts[i] = graph.Zeros(s.g, shapes.Make(dtypes.Float32, spec.Size()))
		}
	}
	return graph.Concatenate(parts, 0)
}

// fanIn is the usual standard deviation for a weight matrix with that many inputs.
func fanIn(n int) float64 { return 1 / math.Sqrt(float64(n)) }
