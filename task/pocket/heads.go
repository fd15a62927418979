package pocket

import (
	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
)

// logits are a network's unnormalised log-probabilities of types [batch, n, NumTypes] and bonds [batch, n, n, NumOrders].
func (n *Network) logits(s *nn.Scope, t trunk) (types, bonds *graph.Node) {
	types = nn.Linear(s, "types", nn.LayerNorm(s, "types.norm", t.atoms), NumTypes)
	inner := graph.Add(nn.Linear(s, "bonds.in", t.pairs, n.Pair), n.pairwise(s, "bonds.atoms", t.atoms))
	bonds = nn.Linear(s, "bonds", nn.SiLU(inner), NumOrders)
	return graph.Add(types, t.typeBias), graph.Add(bonds, t.bondBias)
}

// pairwise adds up a linear map of both atoms of each pair.
func (n *Network) pairwise(s *nn.Scope, name string, atoms *graph.Node) *graph.Node {
	v := nn.LinearNoBias(s, name, atoms, n.Pair, 1)
	return graph.Add(graph.InsertAxes(v, 2), graph.InsertAxes(v, 1))
}

// Denoise builds x̂_0 = E[x_0 | x_t] [batch, dims] from x_t [batch, dims] and noise [batch, 2] = (alpha_t, sigma_t).
func (n *Network) Denoise(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) *graph.Node {
	t := n.features(s, x, noise, cond)
	types, bonds := n.logits(s, t)
	return n.Layout.join(parts{
		coords: t.coords,
		types:  graph.Mul(graph.MulScalar(graph.Softmax(types, -1), OneHotScale), t.mask),
		bonds:  graph.Mul(graph.MulScalar(graph.Softmax(bonds, -1), OneHotScale), t.pairMask),
	})
}

// Loss builds each example's score-matching loss [batch]: the squared error of the coordinates in units of sigma (EDM's
// weighting), and the cross-entropies of types and bonds, whose minimiser is the same conditional mean.
func (n *Network) Loss(s *nn.Scope, x0, xt, noise *graph.Node, cond []*graph.Node) (loss *graph.Node, terms []*graph.Node) {
	want := n.Layout.split(x0)
	t := n.features(s, xt, noise, cond)
	types, bonds := n.logits(s, t)
	sigma := column(noise, 1, 3)
	count := graph.ReduceSum(t.mask, 1, 2) // [batch]

	err := graph.Mul(graph.Div(graph.Sub(t.coords, want.coords), graph.MaxScalar(sigma, levelMin)), t.mask)
	coords := graph.Div(graph.ReduceSum(graph.Square(err), 1, 2), graph.MulScalar(count, 3))
	crossEntropy := func(logits, target, mask *graph.Node) *graph.Node {
		logp := graph.ReduceSum(graph.Mul(graph.LogSoftmax(logits, -1), graph.DivScalar(target, OneHotScale)), -1)
		return graph.Neg(graph.Mul(logp, graph.Squeeze(mask, -1)))
	}
	typeLoss := graph.Div(graph.ReduceSum(crossEntropy(types, want.types, t.mask), 1), count)
	bondLoss := graph.Div(graph.ReduceSum(crossEntropy(bonds, want.bonds, t.pairMask), 1, 2), graph.MulScalar(count, 2))
	loss = graph.Add(coords, graph.Add(graph.MulScalar(typeLoss, typeWeight), graph.MulScalar(bondLoss, bondWeight)))
	return loss, []*graph.Node{coords, typeLoss, bondLoss}
}

// LossTerms names the parts that Loss gives: of coordinates, types and bonds.
func (n *Network) LossTerms() []string { return []string{"coords", "types", "bonds"} }

const (
	typeWeight = 0.4 // of the types' cross-entropy per atom, against the coordinates' error
	bondWeight = 1.0 // of the bonds' cross-entropy, summed over pairs, per atom
)

// Value builds the critic V(x_t, t, c) [batch]. Its trunk has the denoiser's parameter names, so a critic starts from what
// score matching has learned.
func (n *Network) Value(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) *graph.Node {
	t := n.features(s, x, noise, cond)
	count := graph.ReduceSum(t.mask, 1) // [batch, 1]
	inner := nn.SiLU(nn.Linear(s, "value.in", nn.LayerNorm(s, "value.norm", t.atoms), n.Hidden))
	pooled := graph.Div(graph.ReduceSum(graph.Mul(inner, t.mask), 1), count)
	out := nn.SiLU(nn.Linear(s, "value.hidden", pooled, n.Hidden))
	return graph.Reshape(nn.LinearNoBias(s, "value.out", out, 1, 0.1), -1)
}
