package pocket

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
)

// Network is the denoiser: attention over atoms with a thin vector for every pair of atoms, updated in every layer, and
// coordinate updates along differences of positions, so that turning ligand and pocket together turns the output
// with them. The pocket enters by cross-attention from ligand atoms to the static features of pocket atoms.
//
// Types and bonds are denoised as probabilities. Given everything else, the noise on one one-hot is independent, so by
// Bayes' rule its posterior is the prior that the rest suggests, times the likelihood of its own noisy value: the network
// learns the former, the latter is added exactly.
type Network struct {
	Layers int    `toml:"layers" json:"layers"` // message-passing layers
	Hidden int    `toml:"hidden" json:"hidden"` // features of an atom
	Pair   int    `toml:"pair" json:"pair"`     // features of a pair of atoms
	Heads  int    `toml:"heads" json:"heads"`   // attention heads between atoms
	Layout Layout `toml:"-" json:"-"`
}

// Conditions are a network's inputs besides the noisy state, in the order of [Network]'s cond argument. The pocket's
// leading dimension is 1 where a whole batch shares it; without a pocket there is the atom mask alone.
const (
	condAtoms    = iota // [batch, n] 1 for atoms, 0 for padding
	condPosition        // [batch or 1, m, 3] pocket atoms in state units about the centre
	condFeatures        // [batch or 1, m, PocketFeatures]
	condPocket          // [batch or 1, m] 1 for atoms, 0 for padding
)

const (
	noiseFeatures = 8
	pairBumps     = 16 // radial basis between ligand atoms, over pairReach Å
	pairReach     = 8.0
	evidenceMax   = 60 // largest log-likelihood ratio of a noisy one-hot that is used
	levelMin      = 2e-3
)

// trunk is what all heads read.
type trunk struct {
	atoms    *graph.Node // [batch, n, Hidden]
	pairs    *graph.Node // [batch, n, n, Pair], symmetric
	coords   *graph.Node // [batch, n, 3] estimate of x_0
	typeBias *graph.Node // [batch, n, NumTypes] log-likelihood of each type under the noise
	bondBias *graph.Node // [batch, n, n, NumOrders]
	mask     *graph.Node // [batch, n, 1]
	pairMask *graph.Node // [batch, n, n, 1], zero on the diagonal
	divisor  *graph.Node // [batch, 1, 1] of sums over partners
}

// features runs the message-passing layers on noisy states x [batch, dims] with noise [batch, 2] = (alpha, sigma).
func (n *Network) features(s *nn.Scope, x, noise *graph.Node, cond []*graph.Node) trunk {
	p := n.Layout.split(x)
	alpha, sigma := column(noise, 0, 3), column(noise, 1, 3) // [batch, 1, 1]
	level := graph.MaxScalar(graph.Div(sigma, alpha), levelMin)
	time := nn.Fourier(graph.MulScalar(graph.Log(graph.Reshape(level, -1)), 0.25), noiseFeatures) // [batch, 16]
	time = nn.SiLU(nn.Linear(s, "time", time, n.Hidden))

	mask := graph.InsertAxes(cond[condAtoms], -1) // [batch, n, 1]
	pairMask := n.pairMask(mask)
	gain := graph.MulScalar(graph.Div(alpha, graph.Square(graph.MaxScalar(sigma, levelMin))), OneHotScale)
	evidence := func(v, gain *graph.Node) *graph.Node {
		return graph.ClipScalar(graph.Mul(v, gain), -evidenceMax, evidenceMax)
	}
	t := trunk{mask: mask, pairMask: pairMask, divisor: divisor(mask)}
	t.typeBias = evidence(p.types, gain)
	t.bondBias = evidence(p.bonds, graph.InsertAxes(gain, -1))

	atoms := graph.Concatenate([]*graph.Node{p.types, graph.Softmax(t.typeBias, -1)}, -1)
	t.atoms = graph.Add(nn.Linear(s, "atoms", atoms, n.Hidden), graph.InsertAxes(nn.Linear(s, "time-atoms", time, n.Hidden), 1))
	seen := graph.MulScalar(graph.Div(p.coords, alpha), CoordUnit) // noisy positions in Å
	_, near := differences(seen)
	noisyDiff, noisyDist := differences(p.coords)
	pairs := graph.Concatenate([]*graph.Node{
		p.bonds, graph.Softmax(t.bondBias, -1), nn.RadialBasis(near, pairBumps, pairReach), graph.InsertAxes(noisyDist, -1),
	}, -1)
	t.pairs = graph.Add(nn.Linear(s, "pairs", pairs, n.Pair), graph.InsertAxes(nn.Linear(s, "time-pairs", time, n.Pair), 1, 1))

	// The estimate of x_0 starts at the mean under a unit Gaussian prior and is corrected by every layer, in units of sigma.
	t.coords = graph.Mul(p.coords, alpha)
	noisyUnit := graph.Div(noisyDiff, graph.InsertAxes(graph.OnePlus(noisyDist), -1))
	for l := range n.Layers {
		n.layer(s.In(layerName(l)), &t, p.coords, noisyUnit, sigma, time, cond, l%2 == 0)
	}
	t.pairs = graph.Mul(graph.Add(t.pairs, graph.Transpose(t.pairs, 1, 2)), pairMask)
	t.coords = graph.Mul(t.coords, mask)
	return t
}

func layerName(l int) string { return "layer" + string(rune('0'+l)) }

// layer updates pairs, then atoms, then coordinates; every second one also looks at the pocket.
func (n *Network) layer(s *nn.Scope, t *trunk, noisy, noisyUnit, sigma, time *graph.Node, cond []*graph.Node, lookAtPocket bool) {
	diff, dist := differences(t.coords)
	h := nn.LayerNorm(s, "norm", t.atoms)

	// Pairs: z_ij += W2 silu(W1 [z_ij, rbf(d_ij)] + A h_i + B h_j). Matrices this narrow cost as much as their rows: the
	// pairs' products are done together where they share an input.
	radial := nn.RadialBasis(graph.MulScalar(dist, CoordUnit), pairBumps, pairReach)
	inner := nn.Linear(s, "pair.in", graph.Concatenate([]*graph.Node{t.pairs, radial}, -1), n.Pair)
	sides := nn.LinearNoBias(s, "pair.sides", h, 2*n.Pair, 1)
	inner = graph.Add(inner, graph.InsertAxes(columns(sides, 0, n.Pair), 2))
	inner = graph.Add(inner, graph.InsertAxes(columns(sides, n.Pair, 2*n.Pair), 1))
	inner = nn.SiLU(inner)
	products := nn.LinearNoBias(s, "pair.out", inner, n.Pair+n.Heads+2, 0.5)
	t.pairs = graph.Add(t.pairs, columns(products, 0, n.Pair))
	bias := columns(products, n.Pair, n.Pair+n.Heads)
	weights := graph.Mul(columns(products, n.Pair+n.Heads, n.Pair+n.Heads+2), t.pairMask)

	// Atoms: attention biased by pairs, and the mean of the pairs' messages.
	messages := []*graph.Node{n.attention(s, h, bias, t.pairMask), t.meanOver(graph.Mul(inner, t.pairMask))}
	shift := graph.InsertAxes(nn.Linear(s, "time", time, n.Hidden), 1)
	var pull *graph.Node
	if lookAtPocket && len(cond) > 1 {
		var message *graph.Node
		message, pull = n.binding(s.In("pocket"), h, t.coords, cond)
		messages = append(messages, message)
	}
	for i, m := range messages {
		t.atoms = graph.Add(t.atoms, nn.LinearNoBias(s, []string{"attend", "gather", "bind"}[i], m, n.Hidden, 0.5))
	}
	u := graph.Add(nn.LayerNorm(s, "norm2", t.atoms), shift)
	u = nn.SiLU(nn.Linear(s, "mlp.in", u, 2*n.Hidden))
	t.atoms = graph.Add(t.atoms, nn.LinearNoBias(s, "mlp.out", u, n.Hidden, 0.5))

	// Coordinates: along differences of the estimates, of the noisy positions, and towards the centre.
	unit := graph.Div(diff, graph.InsertAxes(graph.OnePlus(dist), -1))
	move := t.meanOver(graph.Add(graph.Mul(columns(weights, 0, 1), unit), graph.Mul(columns(weights, 1, 2), noisyUnit)))
	self := nn.Linear(s, "move.self", nn.LayerNorm(s, "norm3", t.atoms), 2)
	move = graph.Add(move, graph.Mul(columns(self, 0, 1), t.coords))
	move = graph.Add(move, graph.Mul(columns(self, 1, 2), noisy))
	if pull != nil {
		move = graph.Add(move, pull)
	}
	t.coords = graph.Add(t.coords, graph.Mul(move, sigma))
}

// attention between atoms: h [batch, n, Hidden], with a bias of the logits [batch, n, n, Heads].
func (n *Network) attention(s *nn.Scope, h, bias, pairMask *graph.Node) *graph.Node {
	atoms, size := n.Layout.Atoms, n.Hidden/n.Heads
	heads := func(name string) *graph.Node { // [batch * heads, n, size]
		v := graph.Reshape(nn.LinearNoBias(s, name, h, n.Hidden, 1), -1, atoms, n.Heads, size)
		return graph.Reshape(graph.TransposeAllAxes(v, 0, 2, 1, 3), -1, atoms, size)
	}
	logits := graph.MulScalar(nn.BatchMatMul(heads("query"), heads("key"), false, true), 1/math.Sqrt(float64(size)))
	logits = graph.Reshape(logits, -1, n.Heads, atoms, atoms)
	block := graph.MulScalar(graph.OneMinus(pairMask), -1e4)
	logits = graph.Add(logits, graph.TransposeAllAxes(graph.Add(bias, block), 0, 3, 1, 2))
	weights := graph.Softmax(logits, -1)
	out := nn.BatchMatMul(graph.Reshape(weights, -1, atoms, atoms), heads("value"), false, false)
	out = graph.TransposeAllAxes(graph.Reshape(out, -1, n.Heads, atoms, size), 0, 2, 1, 3)
	return graph.Reshape(out, -1, atoms, n.Hidden)
}

// pairMask is 1 for pairs of two different atoms: [batch, n, n, 1].
func (n *Network) pairMask(mask *graph.Node) *graph.Node {
	both := graph.Mul(graph.InsertAxes(mask, 2), graph.InsertAxes(mask, 1))
	off := make([]float32, n.Layout.Atoms*n.Layout.Atoms)
	for i := range off {
		if i/n.Layout.Atoms != i%n.Layout.Atoms {
			off[i] = 1
		}
	}
	return graph.Mul(both, graph.Reshape(graph.Const(mask.Graph(), off), 1, n.Layout.Atoms, n.Layout.Atoms, 1))
}

// meanOver is the sum over the partner axis of [batch, n, n, c], where padding is zero, divided by the divisor.
func (t *trunk) meanOver(v *graph.Node) *graph.Node {
	return graph.Div(graph.ReduceSum(v, 2), t.divisor)
}

// divisor is the smallest of the Buckets that holds each molecule of the mask [batch, n, 1], as in training: in a larger
// layout, where small molecules are sampled beside large ones, the network gives the same.
func divisor(mask *graph.Node) *graph.Node {
	count := graph.ReduceAndKeep(mask, graph.ReduceSum, 1) // [batch, 1, 1]
	size := graph.AddScalar(graph.ZerosLike(count), float64(Buckets[0]))
	for k, b := range Buckets[1:] {
		beyond := graph.ClipScalar(graph.AddScalar(count, -float64(Buckets[k])), 0, 1) // counts are whole: 0 or 1
		size = graph.Add(size, graph.MulScalar(beyond, float64(b-Buckets[k])))
	}
	return size
}

// differences gives x_i - x_j [batch, n, n, 3] and its length [batch, n, n].
func differences(x *graph.Node) (diff, dist *graph.Node) {
	diff = graph.Sub(graph.InsertAxes(x, 2), graph.InsertAxes(x, 1))
	return diff, graph.Sqrt(graph.AddScalar(graph.ReduceSum(graph.Square(diff), -1), 1e-6))
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
func DefaultNetwork() Network { return Network{Layers: 5, Hidden: 128, Pair: 48, Heads: 8} }

// Declare learns the network's parameters, those of the critic's head included.
func (n Network) Declare(e *nn.Engine) (*nn.Layout, error) {
	n.Layout = Layout{Atoms: Buckets[0]}
	return e.Declare(func(s *nn.Scope, g *graph.Graph) {
		input := func(name string, dims ...int) *graph.Node {
			return graph.Parameter(g, "input:"+name, shapes.Make(dtypes.Float32, dims...))
		}
		cond := []*graph.Node{
			input("atoms", 1, n.Layout.Atoms), input("position", 1, PocketAtoms, 3),
			input("features", 1, PocketAtoms, PocketFeatures), input("present", 1, PocketAtoms),
		}
		x, noise := input("x", 1, n.Layout.Dims()), input("noise", 1, 2)
		n.Denoise(s, x, noise, cond)
		n.Value(s, x, noise, cond)
	})
}
