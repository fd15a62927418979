package pocket

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
)

const (
	pocketHeads    = 4
	pocketHeadSize = 24
	pocketWidth    = pocketHeads * pocketHeadSize
	pocketInner    = 64
)

// pocketBumps are the centres and widths, in Å, of the Gaussians that a distance to a pocket atom is seen through: finest
// where contacts are made.
var pocketBumps = [][2]float64{{2.0, 0.9}, {3.2, 0.7}, {4.2, 0.7}, {5.4, 0.9}, {7.2, 1.4}, {10.0, 2.5}}

// surface is what the layers look at of pocket atoms, made once for all of them.
type surface struct {
	key, value *graph.Node // [p, m, pocketWidth]
	face       *graph.Node // [p, m, heads] how much it matters that an atom is open towards a group
}

// newSurface embeds the pocket atoms' static features; nil without a pocket.
func newSurface(s *nn.Scope, cond []*graph.Node) *surface {
	if len(cond) <= condPosition {
		return nil
	}
	inner := nn.SiLU(nn.Linear(s, "in", cond[condFeatures], pocketInner))
	all := nn.Linear(s, "out", inner, 2*pocketWidth+pocketHeads)
	return &surface{columns(all, 0, pocketWidth), columns(all, pocketWidth, 2*pocketWidth), columns(all, 2*pocketWidth, 2*pocketWidth+pocketHeads)}
}

// binding looks from groups h [batch, n, Hidden] at their places at pocket atoms. It gives a message [batch, n, ...] and displacements
// [batch, n, 3] of centre and axes along directions to pocket atoms.
//
// Everything with an axis of groups and one of pocket atoms is kept as plain [batch, n, m] arrays, one for each head,
// bump and direction: on the CPU that is several times faster than a short last axis.
func (n *Network) binding(s *nn.Scope, h *graph.Node, place [3]*graph.Node, seen *surface, cond []*graph.Node) (message *graph.Node, pull *[3]*graph.Node) {
	pos, normal, present := cond[condPosition], cond[condNormal], graph.InsertAxes(cond[condPocket], 1)
	query := graph.MulScalar(nn.LinearNoBias(s, "query", h, pocketWidth, 1), 1/math.Sqrt(pocketHeadSize)) // [batch, n, width]

	// Where each pocket atom lies in each group's axes, and whether it is open towards the group.
	centre := place[0]
	axes := directions(place)
	square := graph.AddScalar(graph.ZerosLike(present), 1e-6)
	for k := range 3 {
		d := graph.Sub(columns(centre, k, k+1), graph.Transpose(columns(pos, k, k+1), 1, 2))
		square = graph.Add(graph.Square(d), square)
	}
	dist := graph.Sqrt(square) // [batch, n, m]
	nearness := graph.Reciprocal(graph.OnePlus(dist))
	local := make([]*graph.Node, len(axes))
	for k, a := range axes {
		along := graph.Sub(affinity(a, pos), graph.ReduceAndKeep(graph.Mul(a, centre), graph.ReduceSum, -1))
		local[k] = graph.Mul(along, nearness)
	}
	offset := graph.InsertAxes(graph.ReduceSum(graph.Mul(normal, pos), -1), 1) // [p, 1, m]
	facing := graph.Mul(graph.Sub(affinity(centre, normal), offset), nearness)
	bumps := make([]*graph.Node, len(pocketBumps))
	for i, b := range pocketBumps {
		u := graph.DivScalar(graph.AddScalar(graph.MulScalar(dist, CoordUnit), -b[0]), b[1])
		bumps[i] = graph.Exp(graph.MulScalar(graph.Square(u), -0.5))
	}

	// What each group looks for: in which direction, by the type of the pocket atom, at which distance.
	look := graph.MulScalar(nn.LinearNoBias(s, "look", h, pocketHeads*len(axes), 1), 0.5) // [batch, n, heads*3]
	radial := s.Param("radial", 0.5, 0, pocketHeads, len(bumps))
	block := graph.MulScalar(graph.OneMinus(present), -1e4)
	nodes := n.Layout.Nodes
	ends := graph.Concatenate([]*graph.Node{pos, graph.OnesLike(columns(pos, 0, 1))}, -1) // [p, m, 4]
	messages := make([]*graph.Node, 0, 2*pocketHeads)
	vectors := make([]*graph.Node, 0, pocketHeads+1) // each [batch, n, 3]
	vector := func(weights *graph.Node) {
		sum := gather(graph.Mul(weights, nearness), ends)
		vectors = append(vectors, graph.Sub(graph.Mul(columns(sum, 3, 4), centre), columns(sum, 0, 3)))
	}
	for head := range pocketHeads {
		from, to := head*pocketHeadSize, (head+1)*pocketHeadSize
		logits := graph.Add(affinity(columns(query, from, to), columns(seen.key, from, to)), block)
		for i, b := range bumps {
			w := graph.Reshape(graph.Slice(radial, graph.AxisElem(head), graph.AxisElem(i)), 1, 1, 1)
			logits = graph.Add(logits, graph.Mul(b, w))
		}
		for k, along := range local {
			i := head*len(axes) + k
			logits = graph.Add(logits, graph.Mul(along, columns(look, i, i+1)))
		}
		logits = graph.Add(logits, graph.Mul(facing, graph.Transpose(columns(seen.face, head, head+1), 1, 2)))
		weights := graph.Softmax(logits, -1)
		messages = append(messages, gather(weights, columns(seen.value, from, to)))
		vector(weights)
	}

	// Each group's own radial profile of attraction and repulsion.
	profile := graph.MulScalar(nn.Linear(s, "profile", h, len(bumps)), 0.1) // [batch, n, bumps]
	var force *graph.Node
	for i, b := range bumps {
		force = plus(force, graph.Mul(b, columns(profile, i, i+1)))
	}
	vector(graph.Mul(force, present))

	// The directions as the group sees them are part of the message; centre and axes move along them.
	gate := nn.LinearNoBias(s, "gate", h, len(place)*len(vectors), 0.1)
	moved := mix(graph.Reshape(gate, -1, nodes, len(place), len(vectors)), vectors)
	for _, v := range vectors {
		for _, a := range axes {
			messages = append(messages, graph.ReduceAndKeep(graph.Mul(v, a), graph.ReduceSum, -1))
		}
		messages = append(messages, graph.Sqrt(graph.AddScalar(graph.ReduceAndKeep(graph.Square(v), graph.ReduceSum, -1), 1e-6)))
	}
	message = graph.Concatenate(messages, -1)
	return message, &moved
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
