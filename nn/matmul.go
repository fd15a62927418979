package nn

import (
	"sync"

	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"
)

// GoMLX 0.26 differentiates Dot and DotGeneral by broadcast, multiply and reduce: tens of times slower than a matmul, and
// gigabytes of intermediates. Keel registers gradients that are matmuls themselves. DotGeneral's axes cannot be read back
// from a node, so products with batch axes go through [BatchMatMul], which remembers what it built.

var registerOnce sync.Once

// batchProducts holds the operand layout of every BatchMatMul node: integers only, so no graph is kept alive.
var batchProducts sync.Map // nodeKey -> batchLayout

type nodeKey struct {
	graph graph.GraphId
	node  graph.NodeId
}

// batchLayout tells which of the two last axes of each operand is contracted.
type batchLayout struct{ lhsAxis, rhsAxis int }

func registerGradients() {
	registerOnce.Do(func() {
		graph.VJPRegistration[graph.NodeTypeDot] = dotVJP
		byBroadcast := graph.VJPRegistration[graph.NodeTypeDotGeneral]
		graph.VJPRegistration[graph.NodeTypeDotGeneral] = func(node *Node, v []*Node, shape shapes.Shape) []*Node {
			layout, ok := batchProducts.Load(nodeKey{node.Graph().GraphId(), node.Id()})
			if !ok {
				return byBroadcast(node, v, shape)
			}
			return batchVJP(node, v[0], layout.(batchLayout))
		}
	})
}

// dotVJP is the gradient of x[m, k] @ w[k, n]: v @ wᵀ and xᵀ @ v. Products with vectors are cheap: they stay as they were.
func dotVJP(node *Node, v []*Node, _ shapes.Shape) []*Node {
	x, w := node.Inputs()[0], node.Inputs()[1]
	if x.Rank() != 2 || w.Rank() != 2 {
		panic("nn: Dot is differentiated for matrices only; reshape vectors to [n, 1]")
	}
	return []*Node{
		graph.DotGeneral(v[0], []int{1}, nil, w, []int{1}, nil),
		graph.DotGeneral(x, []int{0}, nil, v[0], []int{0}, nil),
	}
}

// BatchMatMul multiplies matrices batch by batch: lhs [b, m, k] (or [b, k, m] when transposeLHS) times rhs [b, k, n] (or
// [b, n, k] when transposeRHS) gives [b, m, n].
func BatchMatMul(lhs, rhs *Node, transposeLHS, transposeRHS bool) *Node {
	layout := batchLayout{lhsAxis: 2, rhsAxis: 1}
	if transposeLHS {
		layout.lhsAxis = 1
	}
	if transposeRHS {
		layout.rhsAxis = 2
	}
	out := graph.DotGeneral(lhs, []int{layout.lhsAxis}, []int{0}, rhs, []int{layout.rhsAxis}, []int{0})
	batchProducts.Store(nodeKey{out.Graph().GraphId(), out.Id()}, layout)
	return out
}

// batchVJP gives the gradients of out[b, m, n] with respect to both operands, each in its operand's own layout.
func batchVJP(node, v *Node, layout batchLayout) []*Node {
	lhs, rhs := node.Inputs()[0], node.Inputs()[1]
	lhsTransposed, rhsTransposed := layout.lhsAxis == 1, layout.rhsAxis == 2
	var dl, dr *Node
	if lhsTransposed { // [b, k, m] = rhs[b, k, n] vᵀ
		dl = BatchMatMul(rhs, v, rhsTransposed, true)
	} else { // [b, m, k] = v rhsᵀ
		dl = BatchMatMul(v, rhs, false, !rhsTransposed)
	}
	if rhsTransposed { // [b, n, k] = vᵀ lhs[b, m, k]
		dr = BatchMatMul(v, lhs, true, lhsTransposed)
	} else { // [b, k, n] = lhsᵀ v
		dr = BatchMatMul(lhs, v, !lhsTransposed, false)
	}
	return []*Node{dl, dr}
}

// MatMul multiplies x [..., k] by w [k, n]. Leading axes are flattened to one around the product: on the CPU the gradient
// of the product of higher rank takes three times as long.
func MatMul(x, w *Node) *Node {
	dims := x.Shape().Dimensions
	if len(dims) == 2 {
		return graph.Dot(x, w)
	}
	k, n := dims[len(dims)-1], w.Shape().Dimensions[1]
	flat := graph.Dot(graph.Reshape(x, -1, k), w)
	out := append(append([]int(nil), dims[:len(dims)-1]...), n)
	return graph.Reshape(flat, out...)
}
