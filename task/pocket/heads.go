package pocket

import (
	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
)

// logits are a network's unnormalised log-probabilities of types [batch, n, Types] and bonds [batch, n, n, NumOrders].
func (n *Network) logits(s *nn.Scope, t trunk) (types, bonds *graph.Node) {
	types = nn.Linear(s, "types", nn.LayerNorm(s, "types.norm", t.nodes), n.Layout.Types)
	inner := graph.Add(nn.Linear(s, "bonds.in", t.pairs, n.Pair), n.pairwise(s, "bonds.nodes", t.nodes))
	bonds = nn.Linear(s, "bonds", nn.SiLU(inner), NumOrders)
	return graph.Add(types, t.typeBias), graph.Add(bonds, t.bondBias)
}

// pairwise adds up a linear map of both groups of each pair.
func (n *Network) pairwise(s *nn.Scope, name string, nodes *graph.Node) *graph.Node {
	v := nn.LinearNoBias(s, name, nodes, n.Pair, 1)
	return graph.Add(graph.InsertAxes(v, 2), graph.InsertAxes(v, 1))
}

// Denoise builds x̂_0 = E[x_0 | x_t] [batch, dims] from x_t [batch, dims] and noise [batch, 2] = (alpha_t, sigma_t).
func (n *Network) Denoise(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) *graph.Node {
	t := n.features(s, x, noise, cond)
	types, bonds := n.logits(s, t)
	return n.Layout.join(parts{
		place: t.place,
		types: graph.Mul(graph.MulScalar(graph.Softmax(types, -1), TypeScale), t.mask),
		bonds: graph.Mul(graph.MulScalar(graph.Softmax(bonds, -1), BondScale), t.pairMask),
	})
}

// Loss builds each example's score-matching loss [batch]: the squared errors of centres and axes in units of sigma (EDM's
// weighting), and the cross-entropies of types and bonds, whose minimiser is the same conditional mean.
func (n *Network) Loss(s *nn.Scope, x0, xt, noise *graph.Node, cond []*graph.Node) (loss *graph.Node, terms []*graph.Node) {
	want := n.Layout.split(x0)
	t := n.features(s, xt, noise, cond)
	types, bonds := n.logits(s, t)
	sigma := graph.MaxScalar(column(noise, 1, 3), levelMin)
	count := graph.ReduceSum(t.mask, 1, 2) // [batch]

	squares := make([]*graph.Node, len(t.place))
	for k, x := range t.place {
		err := graph.Mul(graph.Div(graph.Sub(x, want.place[k]), sigma), t.mask)
		squares[k] = graph.Div(graph.ReduceSum(graph.Square(err), 1, 2), graph.MulScalar(count, 3))
	}
	centres, axes := squares[0], graph.MulScalar(graph.Add(squares[1], squares[2]), 0.5)
	crossEntropy := func(logits, target, mask *graph.Node, scale float64) *graph.Node {
		// An estimator may ask for less than nothing of a class: it gets nothing, for the cross-entropy would have no minimum.
		target = graph.MaxScalar(target, 0)
		logp := graph.ReduceSum(graph.Mul(graph.LogSoftmax(logits, -1), graph.DivScalar(target, scale)), -1)
		return graph.Neg(graph.Mul(logp, graph.Squeeze(mask, -1)))
	}
	typeLoss := graph.Div(graph.ReduceSum(crossEntropy(types, want.types, t.mask, TypeScale), 1), count)
	bondLoss := graph.Div(graph.ReduceSum(crossEntropy(bonds, want.bonds, t.pairMask, BondScale), 1, 2), graph.MulScalar(count, 2))
	loss = graph.Add(centres, graph.MulScalar(axes, axisWeight))
	loss = graph.Add(loss, graph.Add(graph.MulScalar(typeLoss, typeWeight), graph.MulScalar(bondLoss, bondWeight)))
	return loss, []*graph.Node{centres, axes, typeLoss, bondLoss}
}

// LossTerms names the parts that Loss gives.
func (n *Network) LossTerms() []string { return []string{"centres", "axes", "types", "bonds"} }

const (
	axisWeight = 1.0 // of the axes' squared error, against the centres'
	typeWeight = 0.4 // of the types' cross-entropy per group
	bondWeight = 1.0 // of the bonds' cross-entropy, summed over pairs, per group
)

// Value builds the critic V(x_t, t, c) [batch]. Its trunk has the denoiser's parameter names, so a critic starts from what
// score matching has learned.
func (n *Network) Value(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) *graph.Node {
	t := n.features(s, x, noise, cond)
	count := graph.ReduceSum(t.mask, 1) // [batch, 1]
	inner := nn.SiLU(nn.Linear(s, "value.in", nn.LayerNorm(s, "value.norm", t.nodes), n.Hidden))
	pooled := graph.Div(graph.ReduceSum(graph.Mul(inner, t.mask), 1), count)
	out := nn.SiLU(nn.Linear(s, "value.hidden", pooled, n.Hidden))
	return graph.Reshape(nn.LinearNoBias(s, "value.out", out, 1, 0.1), -1)
}
