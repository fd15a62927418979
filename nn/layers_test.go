package nn

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// layer declares and runs one layer on x with the given parameters, laid out in the order of declaration.
func layer(t *testing.T, build func(s *Scope, x *Node) *Node, x []float32, dims []int, params []float32) []float32 {
	t.Helper()
	layout, err := engine(t).Declare(func(s *Scope, g *graph.Graph) {
		build(s, graph.Parameter(g, "x", shapes.Make(dtypes.Float32, dims...)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if layout.Size() != len(params) {
		t.Fatalf("the layer has %d parameters, expected %d", layout.Size(), len(params))
	}
	return run(t, func(in []*Node) []*Node {
		return []*Node{build(NewScope(layout, in[0]), in[1])}
	}, FromFloats(params, len(params)), FromFloats(x, dims...))[0]
}

func TestLinear(t *testing.T) {
	const rows, in, out = 6, 4, 3
	x, p := randoms(21, rows*in), randoms(22, in*out+out)
	got := layer(t, func(s *Scope, x *Node) *Node { return Linear(s, "l", x, out) }, x, []int{2, 3, in}, p)
	want := make([]float32, rows*out)
	for r := range rows {
		for o := range out {
			want[r*out+o] = p[in*out+o]
			for i := range in {
				want[r*out+o] += x[r*in+i] * p[i*out+o]
			}
		}
	}
	compare(t, "linear", got, want, 1e-5)
}

func TestLayerNorm(t *testing.T) {
	const rows, n = 4, 5
	x, p := randoms(23, rows*n), randoms(24, 2*n)
	got := layer(t, func(s *Scope, x *Node) *Node { return LayerNorm(s, "n", x) }, x, []int{2, 2, n}, p)
	want := make([]float32, rows*n)
	for r := range rows {
		row := widen(x[r*n : (r+1)*n])
		var mean, variance float64
		for _, v := range row {
			mean += v / n
		}
		for _, v := range row {
			variance += (v - mean) * (v - mean) / n
		}
		for i, v := range row {
			want[r*n+i] = float32((v-mean)/math.Sqrt(variance+1e-5))*p[i] + p[n+i]
		}
	}
	compare(t, "layer norm", got, want, 1e-5)
}

// withoutParams runs a layer that has none; a dummy one stands in.
func withoutParams(t *testing.T, build func(x *Node) *Node, x []float32, dims ...int) []float32 {
	t.Helper()
	return run(t, func(in []*Node) []*Node { return []*Node{build(in[0])} }, FromFloats(x, dims...))[0]
}

func TestFourier(t *testing.T) {
	x := []float32{0, 0.3, -0.7, 1, 0.01, 0.5}
	got := withoutParams(t, func(x *Node) *Node { return Fourier(x, 4) }, x, 2, 3)
	var want []float32
	for _, v := range x {
		for _, f := range []func(float64) float64{math.Sin, math.Cos} {
			for _, freq := range []float64{0.5, 1, 2, 4} {
				want = append(want, float32(f(math.Pi*freq*float64(v))))
			}
		}
	}
	compare(t, "Fourier features", got, want, 1e-5)
}

func TestRadialBasis(t *testing.T) {
	const n, reach = 5, 8.0
	d := []float32{0, 1, 2.5, 8, 20, 4}
	got := withoutParams(t, func(d *Node) *Node { return RadialBasis(d, n, reach) }, d, 3, 2)
	var want []float32
	for _, v := range d {
		for i := range n {
			u := (float64(v) - 2*float64(i)) / 2
			want = append(want, float32(math.Exp(-u*u/2)))
		}
	}
	compare(t, "radial basis", got, want, 1e-5)
}

func TestSiLU(t *testing.T) {
	x := []float32{-20, -1, 0, 0.5, 3}
	var want []float32
	for _, v := range x {
		want = append(want, v/float32(1+math.Exp(-float64(v))))
	}
	compare(t, "SiLU", withoutParams(t, SiLU, x, len(x)), want, 1e-5)
}

func TestRows(t *testing.T) {
	const rows, n = 3, 4
	v, weight := randoms(27, n), randoms(28, rows*n)
	got := run(t, func(in []*Node) []*Node {
		y := Rows(in[0], rows)
		return []*Node{y, graph.Gradient(graph.ReduceAllSum(graph.Mul(y, in[1])), in[0])[0]}
	}, FromFloats(v, n), FromFloats(weight, rows, n))
	want, gradient := make([]float32, 0, rows*n), make([]float32, n)
	for r := range rows {
		want = append(want, v...)
		for i := range n {
			gradient[i] += weight[r*n+i]
		}
	}
	compare(t, "rows", got[0], want, 0)
	compare(t, "gradient", got[1], gradient, 1e-5)
}
