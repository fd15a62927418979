package nn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/graph"
)

// declare makes a layout of a few parameters; more adds one in front.
func declare(t *testing.T, more bool) *Layout {
	t.Helper()
	l, err := engine(t).Declare(func(s *Scope, _ *graph.Graph) {
		if more {
			s.In("extra").Param("w", 1, 0, 2, 2)
		}
		s.In("trunk").Param("w", 0.5, 2, 40, 50)
		s.In("trunk").Param("b", 0, 3, 4)
		s.In("head").Param("w", 1, 0, 5)
		s.In("trunk").Param("b", 0, 3, 4) // the same one again
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func piece(t *testing.T, l *Layout, flat []float32, name string) []float32 {
	t.Helper()
	s, ok := l.Find(name)
	if !ok {
		t.Fatalf("no parameter %q", name)
	}
	return flat[s.Offset : s.Offset+s.Size()]
}

func TestInit(t *testing.T) {
	l, larger := declare(t, false), declare(t, true)
	if l.Size() != 2009 || larger.Size() != 2013 {
		t.Fatalf("sizes %d and %d, expected 2009 and 2013", l.Size(), larger.Size())
	}
	a := l.Init(7)
	if !slices.Equal(a, l.Init(7)) {
		t.Error("equal seeds give different values")
	}
	if slices.Equal(a, l.Init(8)) {
		t.Error("different seeds give equal values")
	}
	b := larger.Init(7)
	for _, s := range l.Specs {
		if !slices.Equal(piece(t, l, a, s.Name), piece(t, larger, b, s.Name)) {
			t.Errorf("another layer changes the initial values of %q", s.Name)
		}
	}
	var sum, sq float64
	w := piece(t, l, a, "trunk.w")
	for _, v := range w {
		sum, sq = sum+float64(v), sq+float64(v)*float64(v)
	}
	mean := sum / float64(len(w))
	if std := math.Sqrt(sq/float64(len(w)) - mean*mean); math.Abs(mean-2) > 0.05 || math.Abs(std-0.5) > 0.03 {
		t.Errorf("trunk.w is drawn from N(%v, %v²), expected N(2, 0.5²)", mean, std)
	}
	if !slices.Equal(piece(t, l, a, "trunk.b"), []float32{3, 3, 3, 3}) {
		t.Error("a constant is not filled in")
	}
}

func TestCopy(t *testing.T) {
	small, large := declare(t, false), declare(t, true)
	into := large.Init(1)
	extra := slices.Clone(piece(t, large, into, "extra.w"))
	from := small.Init(2)
	if taken := large.Copy(into, small, from); taken != 3 {
		t.Errorf("%d parameters taken, expected 3", taken)
	}
	if !slices.Equal(into[4:], from) || !slices.Equal(into[:4], extra) {
		t.Error("Copy took other values than those of the common parameters")
	}
	other, err := engine(t).Declare(func(s *Scope, _ *graph.Graph) { s.In("head").Param("w", 1, 0, 6) })
	if err != nil {
		t.Fatal(err)
	}
	if taken := other.Copy(make([]float32, 6), small, from); taken != 0 {
		t.Errorf("%d parameters taken of another shape", taken)
	}
}

func TestPackUnpack(t *testing.T) {
	l := declare(t, false)
	flat := l.Init(3)
	w := &Weights{Tensors: map[string]WeightTensor{}}
	l.Pack(w, "p.", flat)
	got, err := l.Unpack(w, "p.")
	if err != nil || !slices.Equal(got, flat) {
		t.Errorf("Unpack(Pack) differs: %v", err)
	}
	if _, err := l.Unpack(w, "q."); err == nil || !strings.Contains(err.Error(), `"q.trunk.w" is missing`) {
		t.Errorf("another prefix: %v", err)
	}
	w.Tensors["p.head.w"] = WeightTensor{Dims: []int{5, 1}, Values: make([]float32, 5)}
	if _, err := l.Unpack(w, "p."); err == nil || !strings.Contains(err.Error(), "[5] is expected") {
		t.Errorf("another shape: %v", err)
	}
}

// TestScopeGradient: the flat gradient has each parameter's in its place, and zero where the loss does not reach.
func TestScopeGradient(t *testing.T) {
	l := declare(t, false)
	flat := l.Init(4)
	got := run(t, func(in []*Node) []*Node {
		s := NewScope(l, in[0])
		head := s.In("head").Param("w", 1, 0, 5)
		b := s.In("trunk").Param("b", 0, 3, 4)
		loss := graph.Add(graph.ReduceAllSum(graph.Square(head)), graph.ReduceAllSum(graph.MulScalar(b, 7)))
		return []*Node{s.Gradient(loss)}
	}, FromFloats(flat, len(flat)))[0]
	want := make([]float32, l.Size())
	copy(piece(t, l, want, "trunk.b"), []float32{7, 7, 7, 7})
	for i, v := range piece(t, l, flat, "head.w") {
		piece(t, l, want, "head.w")[i] = 2 * v
	}
	compare(t, "gradient", got, want, 1e-6)
}
