package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

func randoms(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	return v
}

// matrices is a batch of matrices [b, rows, cols], read transposed where turned.
type matrices struct {
	values     []float32
	rows, cols int
	turned     bool
}

func (m matrices) index(b, i, j int) int {
	if m.turned {
		return (b*m.cols+j)*m.rows + i
	}
	return (b*m.rows+i)*m.cols + j
}

func (m matrices) dims(batch int) []int {
	if m.turned {
		return []int{batch, m.cols, m.rows}
	}
	return []int{batch, m.rows, m.cols}
}

// productGradients gives lhs @ rhs, and the gradients of the sum of its values weighted by weight, by the definition.
func productGradients(batch int, lhs, rhs matrices, weight []float32) (out, dl, dr []float32) {
	out, dl, dr = make([]float32, batch*lhs.rows*rhs.cols), make([]float32, len(lhs.values)), make([]float32, len(rhs.values))
	for b := range batch {
		for i := range lhs.rows {
			for j := range rhs.cols {
				at := (b*lhs.rows+i)*rhs.cols + j
				for k := range lhs.cols {
					l, r := lhs.index(b, i, k), rhs.index(b, k, j)
					out[at] += lhs.values[l] * rhs.values[r]
					dl[l] += weight[at] * rhs.values[r]
					dr[r] += weight[at] * lhs.values[l]
				}
			}
		}
	}
	return out, dl, dr
}

func compare(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, expected %d", what, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= tolerance*(1+math.Abs(float64(want[i])))) {
			t.Fatalf("%s: value %d is %v, expected %v", what, i, got[i], want[i])
		}
	}
}

// largestNode builds the product's gradients in a graph and gives the size of the largest node.
func largestNode(t *testing.T, product func(l, r *Node) *Node, lhs, rhs []int) int {
	t.Helper()
	g := graph.NewGraph(engine(t).Backend, t.Name())
	defer g.Finalize()
	l := graph.Parameter(g, "l", shapes.Make(dtypes.Float32, lhs...))
	r := graph.Parameter(g, "r", shapes.Make(dtypes.Float32, rhs...))
	graph.Gradient(graph.ReduceAllSum(graph.Square(product(l, r))), l, r)
	largest := 0
	for _, n := range g.Nodes() {
		if n.NumOutputs() == 1 {
			largest = max(largest, n.Shape().Size())
		}
	}
	return largest
}

func TestBatchMatMulGradients(t *testing.T) {
	const b, m, k, n = 2, 5, 7, 3
	for _, turn := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
		t.Run(fmt.Sprintf("transposed=%v", turn), func(t *testing.T) {
			lhs := matrices{randoms(1, b*m*k), m, k, turn[0]}
			rhs := matrices{randoms(2, b*k*n), k, n, turn[1]}
			weight := randoms(3, b*m*n)
			product := func(l, r *Node) *Node { return BatchMatMul(l, r, turn[0], turn[1]) }
			got := run(t, func(in []*Node) []*Node {
				out := product(in[0], in[1])
				return append([]*Node{out}, graph.Gradient(graph.ReduceAllSum(graph.Mul(out, in[2])), in[0], in[1])...)
			}, FromFloats(lhs.values, lhs.dims(b)...), FromFloats(rhs.values, rhs.dims(b)...), FromFloats(weight, b, m, n))
			out, dl, dr := productGradients(b, lhs, rhs, weight)
			compare(t, "product", got[0], out, 1e-5)
			compare(t, "gradient of the left operand", got[1], dl, 1e-5)
			compare(t, "gradient of the right operand", got[2], dr, 1e-5)
			if size, limit := largestNode(t, product, lhs.dims(b), rhs.dims(b)), b*max(m*k, k*n, m*n); size > limit {
				t.Errorf("the gradient holds a node of %d values; the operands and the product have at most %d: it is a broadcast again", size, limit)
			}
		})
	}
}

func TestMatMulGradients(t *testing.T) {
	const m, k, n = 6, 7, 3
	for _, dims := range [][]int{{m, k}, {2, 3, k}, {2, 1, 3, k}} {
		t.Run(fmt.Sprint(dims), func(t *testing.T) {
			lhs, rhs := matrices{randoms(4, m*k), m, k, false}, matrices{randoms(5, k*n), k, n, false}
			weight := randoms(6, m*n)
			got := run(t, func(in []*Node) []*Node {
				out := MatMul(in[0], in[1])
				sum := graph.ReduceAllSum(graph.Mul(graph.Reshape(out, m, n), in[2]))
				return append([]*Node{out}, graph.Gradient(sum, in[0], in[1])...)
			}, FromFloats(lhs.values, dims...), FromFloats(rhs.values, k, n), FromFloats(weight, m, n))
			out, dl, dr := productGradients(1, lhs, rhs, weight)
			compare(t, "product", got[0], out, 1e-5)
			compare(t, "gradient of x", got[1], dl, 1e-5)
			compare(t, "gradient of w", got[2], dr, 1e-5)
			if size, limit := largestNode(t, MatMul, dims, []int{k, n}), max(m*k, k*n, m*n); size > limit {
				t.Errorf("the gradient holds a node of %d values; the operands and the product have at most %d: it is a broadcast again", size, limit)
			}
		})
	}
}

// TestGradientOfGradient: a gradient's own products go through the same rules.
func TestGradientOfGradient(t *testing.T) {
	const b, m, k, n = 2, 3, 4, 2
	got := run(t, func(in []*Node) []*Node {
		first := graph.Gradient(graph.ReduceAllSum(graph.Square(BatchMatMul(in[0], in[1], false, true))), in[0])[0] // 2 l rᵀ r
		return graph.Gradient(graph.ReduceAllSum(first), in[0])                                                     // row sums of 2 rᵀ r
	}, FromFloats(randoms(7, b*m*k), b, m, k), FromFloats(randoms(8, b*n*k), b, n, k))
	r := randoms(8, b*n*k)
	want := make([]float32, b*m*k)
	for i := range want {
		batch, col := i/(m*k), i%k
		for row := range n {
			for c := range k {
				want[i] += 2 * r[(batch*n+row)*k+c] * r[(batch*n+row)*k+col]
			}
		}
	}
	compare(t, "second gradient", got[0], want, 1e-5)
}
