package pocket

import (
	"math"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/chem"
	"keel/nn"
)

// moves counts the directions that a pair of groups can move along: the difference of their centres as estimated and as seen in
// noise, and the partner's three axes.
const moves = 5

// axisUnit is an axis's length in the state.
const axisUnit = AxisLength / CoordUnit

// directions are a group's three axes with lengths below 1: [batch, n, 3] each. Short where an axis is uncertain or not there; bounded, for
// moves along them feed back into them. The third is the vector product of the others.
func directions(place [3]*graph.Node) [3]*graph.Node {
	var out [3]*graph.Node
	for k, x := range place[1:] {
		square := graph.ReduceAndKeep(graph.Square(x), graph.ReduceSum, -1)
		out[k] = graph.Div(x, graph.Sqrt(graph.AddScalar(square, axisUnit*axisUnit)))
	}
	at := func(x *graph.Node, k int) *graph.Node { k %= 3; return columns(x, k, k+1) }
	var c [3]*graph.Node
	for k := range c {
		c[k] = graph.Sub(graph.Mul(at(out[0], k+1), at(out[1], k+2)), graph.Mul(at(out[0], k+2), at(out[1], k+1)))
	}
	out[2] = graph.Concatenate(c[:], -1)
	return out
}

// distances between points x [batch, n, 3]: [batch, n, n].
func distances(x *graph.Node) *graph.Node {
	diff := graph.Sub(graph.InsertAxes(x, 2), graph.InsertAxes(x, 1))
	return graph.Sqrt(graph.AddScalar(graph.ReduceSum(graph.Square(diff), -1), 1e-6))
}

// orientations say how two groups stand to each other, whichever way both are turned: [batch, n, n, 15], the direction to each in the other's
// axes and the products of their axes.
func orientations(place [3]*graph.Node, dist *graph.Node) *graph.Node {
	n := place[0].Shape().Dim(1)
	d := directions(place)
	axes := graph.Concatenate(d[:], 1)                                                                      // [batch, 3n, 3]
	local := graph.Reshape(nn.BatchMatMul(axes, place[0], false, true), -1, 3, n, n)                        // axis k of i along the centre of j
	self := graph.Mul(graph.Reshape(axes, -1, 3, n, 3), graph.InsertAxes(place[0], 1))                      // along its own
	local = graph.Sub(local, graph.ReduceAndKeep(self, graph.ReduceSum, -1))                                // [batch, 3, i, j]
	local = graph.Div(graph.TransposeAllAxes(local, 0, 2, 3, 1), graph.InsertAxes(graph.OnePlus(dist), -1)) // [batch, i, j, 3]
	turned := graph.Reshape(nn.BatchMatMul(axes, axes, false, true), -1, 3, n, 3, n)
	turned = graph.Reshape(graph.TransposeAllAxes(turned, 0, 2, 4, 1, 3), -1, n, n, 9)
	return graph.Concatenate([]*graph.Node{local, graph.Transpose(local, 1, 2), turned}, -1)
}

// ports is how many atoms of a group the network is shown, those that bonds to other groups are most often made from: bonds are
// precise, and where an atom lies in a group is nothing to be learned anew for each of hundreds of groups.
const ports = 4

// reachBumps are the centres and widths, in Å, of the Gaussians that the distance of two ports is seen through: a bond, an angle, contact.
var reachBumps = [][2]float64{{1.45, 0.35}, {2.4, 0.6}, {4.0, 1.2}}

// portTable lists the ports of each group in its own axes: [Types, 3*ports], in state units. A group with fewer repeats them.
func (n *Network) portTable(g *graph.Graph) *graph.Node {
	table := make([]float32, 0, n.Layout.Types*3*ports)
	for k := range n.Layout.Types {
		group := &n.Vocabulary.Groups[k]
		for p := range ports {
			var at chem.Vec
			if len(group.Ports) > 0 {
				at = group.Atoms[group.Ports[p%len(group.Ports)]].Pos
			}
			for _, x := range at {
				table = append(table, float32(x/CoordUnit))
			}
		}
	}
	return graph.Reshape(graph.Const(g, table), n.Layout.Types, 3*ports)
}

// portPlaces puts the ports [batch, n, 3*ports] where the groups stand: [batch, n, ports, 3].
func portPlaces(place [3]*graph.Node, inside *graph.Node) *graph.Node {
	nodes := place[0].Shape().Dim(1)
	d := directions(place)
	axes := graph.Concatenate([]*graph.Node{ // unit vectors where the axes are certain
		graph.MulScalar(d[0], math.Sqrt2), graph.MulScalar(d[1], math.Sqrt2), graph.MulScalar(d[2], 2),
	}, -1)
	turned := nn.BatchMatMul(graph.Reshape(inside, -1, ports, 3), graph.Reshape(axes, -1, 3, 3), false, false)
	return graph.Add(graph.Reshape(turned, -1, nodes, ports, 3), graph.InsertAxes(place[0], 2))
}

// reaches are the distances between the ports of two groups, through Gaussians: [batch, n, n, ports*ports*bumps].
func reaches(ends *graph.Node) *graph.Node {
	nodes := ends.Shape().Dim(1)
	flat := distances(graph.Reshape(ends, -1, nodes*ports, 3)) // [batch, n*ports, n*ports]
	dist := graph.TransposeAllAxes(graph.Reshape(flat, -1, nodes, ports, nodes, ports), 0, 1, 3, 2, 4)
	dist = graph.MulScalar(graph.Reshape(dist, -1, nodes, nodes, ports*ports), CoordUnit)
	seen := make([]*graph.Node, len(reachBumps))
	for i, b := range reachBumps {
		u := graph.DivScalar(graph.AddScalar(dist, -b[0]), b[1])
		seen[i] = graph.Exp(graph.MulScalar(graph.Square(u), -0.5))
	}
	return graph.Concatenate(seen, -1)
}

// move corrects the estimates of centres and axes: along the pairs' directions with weights [batch, n, n, 3*moves], towards the partners' ports,
// which lie at ends, with pulls [batch, n, n, 3*ports], along each group's own vectors, and by what the pocket pulls (nil without).
func (n *Network) move(s *nn.Scope, t *trunk, noisy [3]*graph.Node, weights, pulls, ends, dist, sigma *graph.Node, pull *[3]*graph.Node) {
	nodes := n.Layout.Nodes
	axes, noisyAxes := directions(t.place), directions(noisy)
	basis := graph.Concatenate([]*graph.Node{t.place[0], noisy[0], axes[0], axes[1], axes[2]}, 1) // [batch, moves*n, 3]

	// Differences of centres are taken per unit of 1 + distance; their sum is x_i sum(a_ij) - sum(a_ij x_j).
	nearness := graph.InsertAxes(graph.Reciprocal(graph.OnePlus(dist)), -1, -1) // [batch, n, n, 1, 1]
	weights = graph.Reshape(weights, -1, nodes, nodes, len(t.place), moves)
	differences := graph.Mul(graph.SliceAxis(weights, -1, graph.AxisRange(0, 2)), nearness)
	along := graph.SliceAxis(weights, -1, graph.AxisRange(2, moves))
	all := graph.Concatenate([]*graph.Node{graph.Neg(differences), along}, -1)
	all = graph.Reshape(graph.TransposeAllAxes(all, 0, 3, 1, 4, 2), -1, len(t.place)*nodes, moves*nodes)
	sums := graph.Reshape(nn.BatchMatMul(all, basis, false, false), -1, len(t.place), nodes, 3)

	toPorts := graph.Mul(graph.Reshape(pulls, -1, nodes, nodes, len(t.place), ports), nearness) // along end - centre
	held := graph.DivScalar(graph.ReduceSum(toPorts, 2, 4), partners)                           // [batch, n, 3]
	toPorts = graph.Reshape(graph.TransposeAllAxes(toPorts, 0, 3, 1, 2, 4), -1, len(t.place)*nodes, nodes*ports)
	reached := nn.BatchMatMul(toPorts, graph.Reshape(ends, -1, nodes*ports, 3), false, false)
	sums = graph.Add(sums, graph.Reshape(reached, -1, len(t.place), nodes, 3))

	// Each group's own vectors, the sums' parts at its own centre among them.
	own := []*graph.Node{t.place[0], noisy[0], t.place[1], t.place[2], noisy[1], noisy[2], axes[0], axes[1], axes[2], noisyAxes[2]}
	count := len(t.place) * len(own)
	self := nn.AddBias(s, "move.self", nn.LinearNoBias(s, "move.self", nn.LayerNorm(s, "norm3", t.nodes), count, 0.1))
	self = graph.Reshape(self, -1, nodes, len(t.place), len(own))
	total := graph.DivScalar(graph.ReduceSum(differences, 2), partners) // [batch, n, 3, 2]
	total = graph.Sub(total, graph.Concatenate([]*graph.Node{graph.InsertAxes(held, -1), graph.ZerosLike(graph.InsertAxes(held, -1))}, -1))
	self = graph.Concatenate([]*graph.Node{
		graph.Add(graph.SliceAxis(self, -1, graph.AxisRange(0, 2)), total), graph.SliceAxis(self, -1, graph.AxisRange(2, len(own))),
	}, -1)
	steps := mix(self, own)
	next := t.place
	for k := range t.place {
		sum := graph.Squeeze(graph.SliceAxis(sums, 1, graph.AxisElem(k)), 1)
		step := graph.Add(steps[k], graph.DivScalar(sum, partners))
		if pull != nil {
			step = graph.Add(step, pull[k])
		}
		next[k] = graph.Add(t.place[k], graph.Mul(step, sigma))
	}
	t.place = next
}

// mix adds up vectors, each [batch, n, 3], with weights [batch, n, 3, len(vectors)]: three sums, each [batch, n, 3]. It is a product of matrices
// for the compiler's sake, which would otherwise merge the layers' chains of moves into one and take minutes.
func mix(weights *graph.Node, vectors []*graph.Node) (out [3]*graph.Node) {
	nodes, k := vectors[0].Shape().Dim(1), len(vectors)
	stacked := graph.Reshape(graph.Concatenate(vectors, -1), -1, k, 3)
	sums := graph.Reshape(nn.BatchMatMul(graph.Reshape(weights, -1, 3, k), stacked, false, false), -1, nodes, 3, 3)
	for i := range out {
		out[i] = graph.Squeeze(graph.SliceAxis(sums, 2, graph.AxisElem(i)), 2)
	}
	return out
}
