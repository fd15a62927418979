package pocket

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
)

const (
	pocketHeads    = 4
	pocketHeadSize = 16
)

// pocketBumps are the centres and widths, in Å, of the Gaussians that a distance to a pocket atom is seen through: finest
// where contacts are made.
var pocketBumps = [][2]float64{{1.6, 0.7}, {2.8, 0.5}, {3.6, 0.5}, {4.4, 0.6}, {5.8, 1.0}, {8.5, 2.0}}

// binding looks from ligand atoms h [batch, n, Hidden] at coords [batch, n, 3] at pocket atoms. It gives a message
// [batch, n, heads * size] and a displacement [batch, n, 3] along the differences to pocket atoms.
//
// Everything with an axis of atoms and one of pocket atoms is kept as plain [batch, n, m] arrays, one for each head,
// bump and direction: on the CPU that is several times faster than a short last axis.
func (n *Network) binding(s *nn.Scope, h, coords *graph.Node, cond []*graph.Node) (message, pull *graph.Node) {
	pos, features, present := cond[condPosition], cond[condFeatures], graph.InsertAxes(cond[condPocket], 1)
	width := pocketHeads * pocketHeadSize
	key := nn.LinearNoBias(s, "key", nn.SiLU(nn.Linear(s, "key.in", features, width)), width, 1)       // [p, m, width]
	value := nn.LinearNoBias(s, "value", nn.SiLU(nn.Linear(s, "value.in", features, width)), width, 1) // [p, m, width]
	query := graph.MulScalar(nn.LinearNoBias(s, "query", h, width, 1), 1/math.Sqrt(pocketHeadSize))    // [batch, n, width]

	var diff [3]*graph.Node // each [batch, n, m]
	square := graph.AddScalar(graph.ZerosLike(present), 1e-6)
	for k := range diff {
		diff[k] = graph.Sub(columns(coords, k, k+1), graph.Transpose(columns(pos, k, k+1), 1, 2))
		square = graph.Add(graph.Square(diff[k]), square)
	}
	dist := graph.Sqrt(square)
	bumps := make([]*graph.Node, len(pocketBumps))
	for i, b := range pocketBumps {
		u := graph.DivScalar(graph.AddScalar(graph.MulScalar(dist, CoordUnit), -b[0]), b[1])
		bumps[i] = graph.Exp(graph.MulScalar(graph.Square(u), -0.5))
	}

	// Each atom's own radial profile of attraction and repulsion, and what it is drawn to by attention.
	profile := graph.MulScalar(nn.Linear(s, "profile", h, len(bumps)), 0.1) // [batch, n, bumps]
	gate := nn.LinearNoBias(s, "gate", h, pocketHeads, 0.3)                 // [batch, n, heads]
	var force *graph.Node
	for i, b := range bumps {
		force = plus(force, graph.Mul(b, columns(profile, i, i+1)))
	}
	force = graph.Mul(force, present)

	radial := s.Param("radial", 0.5, 0, pocketHeads, len(bumps))
	block := graph.MulScalar(graph.OneMinus(present), -1e4)
	messages := make([]*graph.Node, pocketHeads)
	for head := range messages {
		from, to := head*pocketHeadSize, (head+1)*pocketHeadSize
		logits := graph.Add(affinity(columns(query, from, to), columns(key, from, to)), block)
		for i, b := range bumps {
			w := graph.Reshape(graph.Slice(radial, graph.AxisElem(head), graph.AxisElem(i)), 1, 1, 1)
			logits = graph.Add(logits, graph.Mul(b, w))
		}
		weights := graph.Softmax(logits, -1)
		messages[head] = gather(weights, columns(value, from, to))
		force = graph.Add(force, graph.Mul(weights, columns(gate, head, head+1)))
	}
	force = graph.Div(force, graph.OnePlus(dist))
	for k := range diff {
		part := graph.ReduceAndKeep(graph.Mul(force, diff[k]), graph.ReduceSum, -1)
		diff[k] = part
	}
	return graph.Concatenate(messages, -1), graph.Concatenate(diff[:], -1)
}

// affinity is query [batch, n, c] times key [p, m, c]: [batch, n, m]. A pocket that the whole batch shares makes one product.
func affinity(query, key *graph.Node) *graph.Node {
	if key.Shape().Dim(0) == query.Shape().Dim(0) {
		return nn.BatchMatMul(query, key, false, true)
	}
	return nn.MatMul(query, graph.Transpose(graph.Squeeze(key, 0), 0, 1))
}

// gather is weights [batch, n, m] times value [p, m, c]: [batch, n, c].
func gather(weights, value *graph.Node) *graph.Node {
	if value.Shape().Dim(0) == weights.Shape().Dim(0) {
		return nn.BatchMatMul(weights, value, false, false)
	}
	return nn.MatMul(weights, graph.Squeeze(value, 0))
}

func plus(a, b *graph.Node) *graph.Node {
	if a == nil {
		return b
	}
	return graph.Add(a, b)
}
