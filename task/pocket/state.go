package pocket

import (
	"fmt"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/chem"
)

// A molecule is one point of a continuous space: its coordinates, its atoms' types as scaled one-hots and its bonds'
// orders as scaled one-hots, diffused together by one process. A state of n atoms, padded to Layout.Atoms, is flat:
//
//	[ coordinates n×3 | types n×NumTypes | bonds n×n×NumOrders ]
//
// Of the bonds only the entries above the diagonal are part of the state; all the rest is zero under the mask.

// AtomType is an element with a formal charge, the unit the network chooses from.
type AtomType struct {
	Element chem.Element
	Charge  int
}

// AtomTypes lists what a molecule may consist of, in the order of the one-hot.
var AtomTypes = []AtomType{
	{6, 0}, {7, 0}, {8, 0}, {9, 0}, {15, 0}, {16, 0}, {17, 0}, {35, 0}, {53, 0}, {7, 1}, {8, -1},
}

const (
	// NumTypes is len(AtomTypes).
	NumTypes = 11
	// NumOrders counts the bond orders: none, single, double, triple (Kekulé).
	NumOrders = 4
	// CoordUnit is the length in Å of one unit of state: about the standard deviation of a ligand's coordinates.
	CoordUnit = 2.5
	// OneHotScale is the size of a one-hot in the state. At one half, types and bonds are decided while atoms are known
	// to about half a bond length.
	OneHotScale = 0.5
)

// Layout is the padded size of a batch's states.
type Layout struct{ Atoms int }

// Dims is the length of a flat state.
func (l Layout) Dims() int { return l.Atoms * (3 + NumTypes + l.Atoms*NumOrders) }

func (l Layout) typeOffset() int { return 3 * l.Atoms }
func (l Layout) bondOffset() int { return (3 + NumTypes) * l.Atoms }

func (l Layout) bond(i, j, order int) int {
	return l.bondOffset() + (i*l.Atoms+j)*NumOrders + order
}

// Mask writes 1 for every dimension of a state of n atoms and 0 for padding.
func (l Layout) Mask(n int, into []float32) {
	clear(into[:l.Dims()])
	for i := range n {
		for k := range 3 {
			into[3*i+k] = 1
		}
		for k := range NumTypes {
			into[l.typeOffset()+i*NumTypes+k] = 1
		}
		for j := i + 1; j < n; j++ {
			for k := range NumOrders {
				into[l.bond(i, j, k)] = 1
			}
		}
	}
}

// Encode writes a molecule as a state, with coordinates taken relative to the centre (Å).
func (l Layout) Encode(m *chem.Molecule, centre chem.Vec, into []float32) error {
	if len(m.Atoms) > l.Atoms {
		return fmt.Errorf("%s: %d heavy atoms, at most %d fit", m.Name, len(m.Atoms), l.Atoms)
	}
	clear(into[:l.Dims()])
	for i, a := range m.Atoms {
		for k := range 3 {
			into[3*i+k] = float32((a.Pos[k] - centre[k]) / CoordUnit)
		}
		t := typeIndex(a)
		if t < 0 {
			return fmt.Errorf("%s: atom %d (%v, charge %+d) is not among the model's atom types", m.Name, i+1, a.Element, a.Charge)
		}
		into[l.typeOffset()+i*NumTypes+t] = OneHotScale
		for j := i + 1; j < len(m.Atoms); j++ {
			into[l.bond(i, j, 0)] = OneHotScale
		}
	}
	for _, b := range m.Bonds {
		i, j := min(b.A, b.B), max(b.A, b.B)
		if b.Order < 1 || b.Order >= NumOrders {
			return fmt.Errorf("%s: bond %d-%d has order %d; Kekulé orders 1 to 3 are expected", m.Name, i+1, j+1, b.Order)
		}
		into[l.bond(i, j, 0)] = 0
		into[l.bond(i, j, b.Order)] = OneHotScale
	}
	return nil
}

func typeIndex(a chem.Atom) int {
	for t, at := range AtomTypes {
		if at.Element == a.Element && at.Charge == a.Charge {
			return t
		}
	}
	return -1
}

// parts are a state's three blocks inside a graph.
type parts struct {
	coords *graph.Node // [batch, n, 3]
	types  *graph.Node // [batch, n, NumTypes]
	bonds  *graph.Node // [batch, n, n, NumOrders], symmetric
}

// split cuts a flat state [batch, dims] into its blocks, mirroring the bonds below the diagonal.
func (l Layout) split(x *graph.Node) parts {
	n := l.Atoms
	block := func(from, to int, dims ...int) *graph.Node {
		part := graph.Slice(x, graph.AxisRange(), graph.AxisRange(from, to))
		return graph.Reshape(part, append([]int{-1}, dims...)...)
	}
	upper := graph.Mul(block(l.bondOffset(), l.Dims(), n, n, NumOrders), l.upper(x.Graph()))
	return parts{
		coords: block(0, l.typeOffset(), n, 3),
		types:  block(l.typeOffset(), l.bondOffset(), n, NumTypes),
		bonds:  graph.Add(upper, graph.Transpose(upper, 1, 2)),
	}
}

// join is the inverse of split.
func (l Layout) join(p parts) *graph.Node {
	upper := graph.Mul(p.bonds, l.upper(p.bonds.Graph()))
	return graph.Concatenate([]*graph.Node{
		graph.Reshape(p.coords, -1, 3*l.Atoms),
		graph.Reshape(p.types, -1, NumTypes*l.Atoms),
		graph.Reshape(upper, -1, NumOrders*l.Atoms*l.Atoms),
	}, 1)
}

// upper is 1 above the diagonal: [1, n, n, 1].
func (l Layout) upper(g *graph.Graph) *graph.Node {
	n := l.Atoms
	u := make([]float32, n*n)
	for i := range n {
		for j := i + 1; j < n; j++ {
			u[i*n+j] = 1
		}
	}
	return graph.Reshape(graph.Const(g, u), 1, n, n, 1)
}
