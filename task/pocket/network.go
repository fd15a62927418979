package pocket

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/chem/rigid"
	"keel/nn"
)

// Network is the denoiser: attention over rigid groups with a vector for every pair of groups, updated in every layer, and moves of the
// groups' centres and axes along vectors that turn with the molecule, so that turning ligand and pocket together turns the output with them.
// The third axis of a group is the vector product of the other two, so mirror images are told apart. The pocket enters by
// cross-attention from groups to the static features of pocket atoms.
//
// Types and bonds are denoised as probabilities. Given everything else, the noise on one one-hot is independent, so by
// Bayes' rule its posterior is the prior that the rest suggests, times the likelihood of its own noisy value: the network
// learns the former, the latter is added exactly.
type Network struct {
	Layers int    `toml:"layers" json:"layers"` // message-passing layers
	Hidden int    `toml:"hidden" json:"hidden"` // features of a group
	Pair   int    `toml:"pair" json:"pair"`     // features of a pair of groups
	Heads  int    `toml:"heads" json:"heads"`   // attention heads between groups
	Every  int    `toml:"every" json:"every"`   // every how many layers the pocket is looked at
	Layout Layout `toml:"-" json:"-"`

	Vocabulary *rigid.Vocabulary `toml:"-" json:"-"` // of Layout.Types groups
}

// Conditions are a network's inputs besides the noisy state, in the order of [Network]'s cond argument. The pocket's
// leading dimension is 1 where a whole batch shares it; without a pocket there are the first two alone.
const (
	condNodes    = iota // [batch, n] 1 for groups, 0 for padding
	condSize            // [batch, 1] heavy atoms of the whole molecule
	condPosition        // [batch or 1, m, 3] pocket atoms in state units about the centre
	condNormal          // [batch or 1, m, 3] the direction in which each is open
	condFeatures        // [batch or 1, m, PocketFeatures]
	condPocket          // [batch or 1, m] 1 for atoms, 0 for padding
)

const (
	noiseFeatures = 8
	pairBumps     = 16 // radial basis between centres, over pairReach Å
	pairReach     = 12.0
	evidenceMax   = 60 // largest log-likelihood ratio of a noisy one-hot that is used
	levelMin      = 2e-3
	axisVariance  = 0.1 // of an axis's components in the state
	partners      = 10  // sums over partners are divided by this
)

// trunk is what all heads read.
type trunk struct {
	nodes    *graph.Node    // [batch, n, Hidden]
	pairs    *graph.Node    // [batch, n, n, Pair], symmetric
	place    [3]*graph.Node // estimates of centre and axes, each [batch, n, 3]
	ports    *graph.Node    // [batch, n, 3*ports] where the atoms that bonds are made from lie in a group's own axes, by its likely types
	typeBias *graph.Node    // [batch, n, Types] log-likelihood of each type under the noise
	bondBias *graph.Node    // [batch, n, n, NumOrders]
	mask     *graph.Node    // [batch, n, 1]
	pairMask *graph.Node    // [batch, n, n, 1], zero on the diagonal
}

// features runs the message-passing layers on noisy states x [batch, dims] with noise [batch, 2] = (alpha, sigma).
func (n *Network) features(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) trunk {
	p := n.Layout.split(x)
	alpha, sigma := column(noise, 0, 3), column(noise, 1, 3) // [batch, 1, 1]
	level := graph.MaxScalar(graph.Div(sigma, alpha), levelMin)
	time := nn.Fourier(graph.MulScalar(graph.Log(graph.Reshape(level, -1)), 0.25), noiseFeatures) // [batch, 16]
	time = graph.Concatenate([]*graph.Node{time, sizeInput(cond)}, -1)
	time = nn.SiLU(nn.Linear(s, "time", time, n.Hidden))

	mask := graph.InsertAxes(cond[condNodes], -1) // [batch, n, 1]
	t := trunk{mask: mask, pairMask: n.pairMask(mask)}
	gain := graph.Div(alpha, graph.Square(graph.MaxScalar(sigma, levelMin)))
	evidence := func(v, gain *graph.Node, scale float64) *graph.Node {
		return graph.ClipScalar(graph.MulScalar(graph.Mul(v, gain), scale), -evidenceMax, evidenceMax)
	}
	t.typeBias = evidence(p.types, gain, TypeScale)
	t.bondBias = evidence(p.bonds, graph.InsertAxes(gain, -1), BondScale)

	prior := s.Param("types.prior", 0, 0, n.Layout.Types)
	types := graph.Softmax(graph.Add(t.typeBias, graph.ExpandLeftToRank(prior, 3)), -1)
	t.nodes = graph.Add(nn.LinearNoBias(s, "types.in", types, n.Hidden, math.Sqrt(float64(n.Layout.Types))),
		graph.InsertAxes(nn.Linear(s, "time-nodes", time, n.Hidden), 1))
	t.ports = nn.MatMul(types, n.portTable(x.Graph()))
	noisyDist := distances(p.place[0])
	near := graph.MulScalar(graph.Div(noisyDist, alpha), CoordUnit) // in Å
	pairs := graph.Concatenate([]*graph.Node{
		p.bonds, graph.Softmax(t.bondBias, -1), nn.RadialBasis(near, pairBumps, pairReach), orientations(p.place, noisyDist),
	}, -1)
	t.pairs = graph.Add(nn.Linear(s, "pairs", pairs, n.Pair), graph.InsertAxes(nn.Linear(s, "time-pairs", time, n.Pair), 1, 1))

	// The estimates of x_0 start at the mean under Gaussian priors and are corrected by every layer, in units of sigma.
	t.place[0] = graph.Mul(p.place[0], alpha)
	shrink := graph.Div(graph.MulScalar(alpha, axisVariance),
		graph.Add(graph.MulScalar(graph.Square(alpha), axisVariance), graph.Square(sigma)))
	t.place[1], t.place[2] = graph.Mul(p.place[1], shrink), graph.Mul(p.place[2], shrink)
	seen := newSurface(s.In("surface"), cond)
	for l := range n.Layers {
		look := seen
		if l%n.Every != 0 {
			look = nil
		}
		n.layer(s.In(layerName(l)), &t, p.place, sigma, time, cond, look)
	}
	t.pairs = graph.Mul(graph.Add(t.pairs, graph.Transpose(t.pairs, 1, 2)), t.pairMask)
	for k := range t.place {
		t.place[k] = graph.Mul(t.place[k], mask)
	}
	return t
}

// sizeInput tells the network how large the molecule is to be: [batch, 3] of heavy atoms, and heavy atoms a group.
func sizeInput(cond []*graph.Node) *graph.Node {
	atoms := cond[condSize]
	groups := graph.ReduceAndKeep(cond[condNodes], graph.ReduceSum, 1)
	m := graph.MulScalar(graph.AddScalar(atoms, -22), 1.0/8)
	return graph.Concatenate([]*graph.Node{m, graph.Square(m), graph.AddScalar(graph.Div(atoms, groups), -2.8)}, -1)
}

func layerName(l int) string { return "layer" + string(rune('0'+l)) }

// layer updates pairs, then groups, then places; every few also look at the pocket.
func (n *Network) layer(s *nn.Scope, t *trunk, noisy [3]*graph.Node, sigma, time *graph.Node, cond []*graph.Node, look *surface) {
	h := nn.LayerNorm(s, "norm", t.nodes)

	// Pairs: z_ij += W2 silu(W1 [z_ij, rbf(d_ij), where each lies in the other's frame] + A h_i + B h_j). Matrices this narrow cost as much as
	// their rows: the pairs' products are done together where they share an input.
	dist := distances(t.place[0])
	radial := nn.RadialBasis(graph.MulScalar(dist, CoordUnit), pairBumps, pairReach)
	inner := nn.Linear(s, "pair.in", graph.Concatenate([]*graph.Node{t.pairs, radial, orientations(t.place, dist)}, -1), n.Pair)
	ends := portPlaces(t.place, t.ports)
	inner = graph.Add(inner, nn.LinearNoBias(s, "pair.reach", reaches(ends), n.Pair, 0.5))
	sides := nn.LinearNoBias(s, "pair.sides", h, 2*n.Pair, 1)
	inner = graph.Add(inner, graph.InsertAxes(columns(sides, 0, n.Pair), 2))
	inner = graph.Add(inner, graph.InsertAxes(columns(sides, n.Pair, 2*n.Pair), 1))
	inner = nn.SiLU(inner)
	products := nn.LinearNoBias(s, "pair.out", inner, n.Pair+n.Heads+len(t.place)*moves, 0.5)
	t.pairs = graph.Add(t.pairs, columns(products, 0, n.Pair))
	bias := columns(products, n.Pair, n.Pair+n.Heads)
	weights := graph.Mul(columns(products, n.Pair+n.Heads, n.Pair+n.Heads+len(t.place)*moves), graph.MulScalar(t.pairMask, 0.5))
	pulls := graph.Mul(nn.LinearNoBias(s, "pair.ports", inner, len(t.place)*ports, 0.1), t.pairMask)

	// Groups: attention biased by pairs, and the mean of the pairs' messages.
	messages := []*graph.Node{
		n.attention(s, h, bias, t.pairMask),
		graph.DivScalar(graph.ReduceSum(graph.Mul(inner, t.pairMask), 2), partners),
	}
	shift := graph.InsertAxes(nn.Linear(s, "time", time, n.Hidden), 1)
	var pull *[3]*graph.Node
	if look != nil {
		var message *graph.Node
		message, pull = n.binding(s.In("pocket"), h, t.place, look, cond)
		messages = append(messages, message)
	}
	for i, m := range messages {
		t.nodes = graph.Add(t.nodes, nn.LinearNoBias(s, []string{"attend", "gather", "bind"}[i], m, n.Hidden, 0.5))
	}
	u := graph.Add(nn.LayerNorm(s, "norm2", t.nodes), shift)
	u = nn.SiLU(nn.Linear(s, "mlp.in", u, 2*n.Hidden))
	t.nodes = graph.Add(t.nodes, nn.LinearNoBias(s, "mlp.out", u, n.Hidden, 0.5))

	n.move(s, t, noisy, weights, pulls, ends, dist, sigma, pull)
}

// attention between groups: h [batch, n, Hidden], with a bias of the logits [batch, n, n, Heads].
func (n *Network) attention(s *nn.Scope, h, bias, pairMask *graph.Node) *graph.Node {
	nodes, size := n.Layout.Nodes, n.Hidden/n.Heads
	heads := func(name string) *graph.Node { // [batch * heads, n, size]
		v := graph.Reshape(nn.LinearNoBias(s, name, h, n.Hidden, 1), -1, nodes, n.Heads, size)
		return graph.Reshape(graph.TransposeAllAxes(v, 0, 2, 1, 3), -1, nodes, size)
	}
	logits := graph.MulScalar(nn.BatchMatMul(heads("query"), heads("key"), false, true), 1/math.Sqrt(float64(size)))
	logits = graph.Reshape(logits, -1, n.Heads, nodes, nodes)
	block := graph.MulScalar(graph.OneMinus(pairMask), -1e4)
	logits = graph.Add(logits, graph.TransposeAllAxes(graph.Add(bias, block), 0, 3, 1, 2))
	weights := graph.Softmax(logits, -1)
	out := nn.BatchMatMul(graph.Reshape(weights, -1, nodes, nodes), heads("value"), false, false)
	out = graph.TransposeAllAxes(graph.Reshape(out, -1, n.Heads, nodes, size), 0, 2, 1, 3)
	return graph.Reshape(out, -1, nodes, n.Hidden)
}

// pairMask is 1 for pairs of two different groups: [batch, n, n, 1].
func (n *Network) pairMask(mask *graph.Node) *graph.Node {
	both := graph.Mul(graph.InsertAxes(mask, 2), graph.InsertAxes(mask, 1))
	off := make([]float32, n.Layout.Nodes*n.Layout.Nodes)
	for i := range off {
		if i/n.Layout.Nodes != i%n.Layout.Nodes {
			off[i] = 1
		}
	}
	return graph.Mul(both, graph.Reshape(graph.Const(mask.Graph(), off), 1, n.Layout.Nodes, n.Layout.Nodes, 1))
}

// column takes one column of [batch, c] as [batch, 1, ...] of the given rank.
func column(v *graph.Node, i, rank int) *graph.Node {
	dims := []int{v.Shape().Dim(0)}
	for len(dims) < rank {
		dims = append(dims, 1)
	}
	return graph.Reshape(graph.Slice(v, graph.AxisRange(), graph.AxisElem(i)), dims...)
}

// columns takes [..., from:to] of the last axis.
func columns(v *graph.Node, from, to int) *graph.Node {
	return graph.SliceAxis(v, -1, graph.AxisRange(from, to))
}

// DefaultNetwork is the shipped model's shape.
func DefaultNetwork() Network { return Network{Layers: 6, Hidden: 192, Pair: 64, Heads: 8, Every: 2} }

// Declare learns the network's parameters, those of the critic's head included.
func (n Network) Declare(e *nn.Engine) (*nn.Layout, error) {
	n.Layout.Nodes = Buckets[0]
	return e.Declare(func(s *nn.Scope, g *graph.Graph) {
		input := func(name string, dims ...int) *graph.Node {
			return graph.Parameter(g, "input:"+name, shapes.Make(dtypes.Float32, dims...))
		}
		cond := []*graph.Node{
			input("nodes", 1, n.Layout.Nodes), input("size", 1, 1), input("position", 1, PocketAtoms, 3), input("normal", 1, PocketAtoms, 3),
			input("features", 1, PocketAtoms, PocketFeatures), input("present", 1, PocketAtoms),
		}
		x, noise := input("x", 1, n.Layout.Dims()), input("noise", 1, 2)
		n.Denoise(s, x, noise, cond)
		n.Value(s, x, noise, cond)
	})
}
