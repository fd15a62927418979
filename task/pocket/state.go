package pocket

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/chem"
	"keel/chem/rigid"
)

// A molecule is one point of a continuous space: the places and orientations of its rigid groups (package rigid), which groups they are
// as scaled one-hots, and the orders of the bonds between them as scaled one-hots, diffused together by one process. A state of n groups,
// padded to Layout.Nodes, is flat:
//
//	[ centres n×3 | axes n×6 | types n×Types | bonds n×n×NumOrders ]
//
// The axes are a group's first two directions, zero where the group is a single atom or a line that needs none. Of the bonds only the
// entries above the diagonal are part of the state; all the rest is zero under the mask.

// SingleAtoms lists the atoms that are groups of their own, the first groups of every vocabulary.
var SingleAtoms = []chem.Atom{
	{Element: 6}, {Element: 7}, {Element: 8}, {Element: 9}, {Element: 15}, {Element: 16}, {Element: 17}, {Element: 35}, {Element: 53},
	{Element: 7, Charge: 1}, {Element: 8, Charge: -1},
}

const (
	// NumOrders counts the orders of a bond between groups: none, single, double (Kekulé). Triple bonds are inside groups.
	NumOrders = 3
	// CoordUnit is the length in Å of one unit of state: about the standard deviation of a ligand's coordinates.
	CoordUnit = 2.5
	// AxisLength is the length in Å that an axis has in the state: about the radius of a ring, so that turning a group by noise moves its
	// atoms as far as shifting it does.
	AxisLength = 1.5
	// TypeScale is the size of a type's one-hot in the state. A group's type is decided while its place is known to about half its size.
	TypeScale = 1.0
	// BondScale is the size of a bond's one-hot: bonds are decided while places are known to about half a bond length.
	BondScale = 0.5
)

// Layout is the padded size of a batch's states.
type Layout struct {
	Nodes int // rigid groups
	Types int // of the vocabulary
}

// Dims is the length of a flat state.
func (l Layout) Dims() int { return l.bondOffset() + l.Nodes*l.Nodes*NumOrders }

func (l Layout) axisOffset() int { return 3 * l.Nodes }
func (l Layout) typeOffset() int { return 9 * l.Nodes }
func (l Layout) bondOffset() int { return (9 + l.Types) * l.Nodes }

func (l Layout) bond(i, j, order int) int {
	return l.bondOffset() + (i*l.Nodes+j)*NumOrders + order
}

// Mask writes 1 for every dimension of a state of n groups and 0 for padding.
func (l Layout) Mask(n int, into []float32) {
	clear(into[:l.Dims()])
	ones := func(from, to int) {
		for k := from; k < to; k++ {
			into[k] = 1
		}
	}
	ones(0, 3*n)
	ones(l.axisOffset(), l.axisOffset()+6*n)
	ones(l.typeOffset(), l.typeOffset()+l.Types*n)
	for i := range n {
		ones(l.bond(i, i+1, 0), l.bond(i, n, 0))
	}
}

// groups is the number of groups of a state with this mask.
func (l Layout) groups(mask []float32) (n int) {
	for n < l.Nodes && mask[3*n] != 0 {
		n++
	}
	return n
}

// Encode writes a molecule cut into pieces as a state, with coordinates taken relative to the centre (Å). Of the equivalent ways to describe a
// symmetric group one is drawn, the first where rng is nil.
func (l Layout) Encode(m *chem.Molecule, pieces []rigid.Piece, centre chem.Vec, rng *rand.Rand, into []float32) error {
	if len(pieces) > l.Nodes {
		return fmt.Errorf("%s: %d rigid groups, at most %d fit", m.Name, len(pieces), l.Nodes)
	}
	clear(into[:l.Dims()])
	home := make([]int, len(m.Atoms))
	for i, p := range pieces {
		for _, a := range p.Atoms {
			home[a] = i
		}
		f := p.Frames[0]
		if rng != nil && len(p.Frames) > 1 {
			f = p.Frames[rng.IntN(len(p.Frames))]
		}
		for k := range 3 {
			into[3*i+k] = float32((f.Centre[k] - centre[k]) / CoordUnit)
			into[l.axisOffset()+6*i+k] = float32(f.U[k] * AxisLength / CoordUnit)
			into[l.axisOffset()+6*i+3+k] = float32(f.V[k] * AxisLength / CoordUnit)
		}
		into[l.typeOffset()+i*l.Types+p.Group] = TypeScale
		for j := i + 1; j < len(pieces); j++ {
			into[l.bond(i, j, 0)] = BondScale
		}
	}
	for _, b := range m.Bonds {
		i, j := min(home[b.A], home[b.B]), max(home[b.A], home[b.B])
		if i == j {
			continue
		}
		if b.Order < 1 || b.Order >= NumOrders {
			return fmt.Errorf("%s: bond %d-%d of order %d lies between groups; orders 1 and 2 are expected", m.Name, b.A+1, b.B+1, b.Order)
		}
		into[l.bond(i, j, 0)] = 0
		into[l.bond(i, j, b.Order)] = BondScale
	}
	return nil
}

// frame reads group i's frame from a state about a centre.
func (l Layout) frame(x []float32, i int, centre chem.Vec) (f rigid.Frame) {
	for k := range 3 {
		f.Centre[k] = float64(x[3*i+k])*CoordUnit + centre[k]
		f.U[k] = float64(x[l.axisOffset()+6*i+k]) * CoordUnit / AxisLength
		f.V[k] = float64(x[l.axisOffset()+6*i+3+k]) * CoordUnit / AxisLength
	}
	return f
}

// parts are a state's blocks inside a graph.
type parts struct {
	place [3]*graph.Node // centre and two axes, each [batch, n, 3]
	types *graph.Node    // [batch, n, Types]
	bonds *graph.Node    // [batch, n, n, NumOrders], symmetric
}

// split cuts a flat state [batch, dims] into its blocks, mirroring the bonds below the diagonal.
func (l Layout) split(x *graph.Node) parts {
	n := l.Nodes
	block := func(from, to int, dims ...int) *graph.Node {
		part := graph.Slice(x, graph.AxisRange(), graph.AxisRange(from, to))
		return graph.Reshape(part, append([]int{-1}, dims...)...)
	}
	upper := graph.Mul(block(l.bondOffset(), l.Dims(), n, n, NumOrders), l.upper(x.Graph()))
	axes := block(l.axisOffset(), l.typeOffset(), n, 6)
	return parts{
		place: [3]*graph.Node{block(0, l.axisOffset(), n, 3), columns(axes, 0, 3), columns(axes, 3, 6)},
		types: block(l.typeOffset(), l.bondOffset(), n, l.Types),
		bonds: graph.Add(upper, graph.Transpose(upper, 1, 2)),
	}
}

// join is the inverse of split.
func (l Layout) join(p parts) *graph.Node {
	upper := graph.Mul(p.bonds, l.upper(p.bonds.Graph()))
	return graph.Concatenate([]*graph.Node{
		graph.Reshape(p.place[0], -1, 3*l.Nodes),
		graph.Reshape(graph.Concatenate([]*graph.Node{p.place[1], p.place[2]}, -1), -1, 6*l.Nodes),
		graph.Reshape(p.types, -1, l.Types*l.Nodes),
		graph.Reshape(upper, -1, NumOrders*l.Nodes*l.Nodes),
	}, 1)
}

// upper is 1 above the diagonal: [1, n, n, 1].
func (l Layout) upper(g *graph.Graph) *graph.Node {
	n := l.Nodes
	u := make([]float32, n*n)
	for i := range n {
		for j := i + 1; j < n; j++ {
			u[i*n+j] = 1
		}
	}
	return graph.Reshape(graph.Const(g, u), 1, n, n, 1)
}
