package evaluate

import (
	"math"
	"slices"

	"keel/chem"
)

// Profile is what is counted of molecules' geometry, as histograms.
type Profile struct {
	Molecules int
	Rings     []float64            // rings of 3, 4, ... atoms; the last are of that many and more
	WithRing  []float64            // molecules that have such a ring
	Lengths   map[string][]float64 // bond lengths by kind of bond, see LengthKinds and MoreLengthKinds
	Angles    map[string][]float64 // bond angles by kind, see AngleKinds
}

// Ring sizes are counted from smallestRing to largestRing, which stands for itself and all beyond it.
const (
	smallestRing = 3
	largestRing  = 9
	ringBins     = largestRing - smallestRing + 1
)

// LengthKinds are the kinds of bond whose lengths are compared: those of TargetDiff's paper (its notebooks/summary.ipynb), ':' being aromatic.
var LengthKinds = []string{"C-C", "C=C", "C:C", "C-N", "C=N", "C:N", "C-O", "C=O", "C:O"}

// MoreLengthKinds are kinds of bond that drugs have often and that no published mean counts. Bonds to sulfur and chlorine are longer than the
// others' bins reach, so these have bins of their own.
var MoreLengthKinds = []string{"C-F", "C-S", "C:S", "C-Cl", "O=S", "N-S", "N-N", "N:N", "N:O"}

// AngleKinds are the kinds of angle that are compared: those of DecompDiff's table (its README.md). All are by elements, whatever the bonds, but for
// an oxygen on a carbon, whose bond is double in CC=O and not in CCO.
var AngleKinds = []string{"CCC", "CCO", "CNC", "OPO", "NCC", "CC=O", "COC"}

var (
	lengthEdges = steps(1.1, 0.005, 119) // Å; numpy.arange(1.1, 1.7, 0.005)[:-1], TargetDiff's
	moreEdges   = steps(1.1, 0.005, 201) // Å, to 2.1
	angleEdges  = steps(0, 2, 90)        // degrees; numpy.arange(0, 180, 2), CBGBench's (repo/tools/geometry/eval_bond_angle.py)
)

// NewProfile counts the molecules, heavy atoms only.
func NewProfile(mols []*chem.Molecule) *Profile {
	p := emptyProfile()
	for _, m := range mols {
		p.count(m)
	}
	return p
}

func emptyProfile() *Profile {
	p := &Profile{Rings: make([]float64, ringBins), WithRing: make([]float64, ringBins), Lengths: map[string][]float64{}, Angles: map[string][]float64{}}
	for _, kind := range LengthKinds {
		p.Lengths[kind] = make([]float64, len(lengthEdges)+1)
	}
	for _, kind := range MoreLengthKinds {
		p.Lengths[kind] = make([]float64, len(moreEdges)+1)
	}
	for _, kind := range AngleKinds {
		p.Angles[kind] = make([]float64, len(angleEdges)+1)
	}
	return p
}

// add adds what another has counted, times weight.
func (p *Profile) add(q *Profile, weight float64) {
	p.Molecules += int(weight) * q.Molecules
	addTo(p.Rings, q.Rings, weight)
	addTo(p.WithRing, q.WithRing, weight)
	for kind, counts := range q.Lengths {
		addTo(p.Lengths[kind], counts, weight)
	}
	for kind, counts := range q.Angles {
		addTo(p.Angles[kind], counts, weight)
	}
}

func addTo(sum, counts []float64, weight float64) {
	for i, v := range counts {
		sum[i] += weight * v
	}
}

func (p *Profile) count(m *chem.Molecule) {
	p.Molecules++
	has := make([]float64, ringBins)
	for _, ring := range m.Rings() {
		bin := min(len(ring), largestRing) - smallestRing
		p.Rings[bin]++
		has[bin] = 1
	}
	addTo(p.WithRing, has, 1)
	_, aromatic := m.Aromatic()
	next := make([][]neighbour, len(m.Atoms))
	for i, b := range m.Bonds {
		kind := lengthKind(m.Atoms[b.A].Element, m.Atoms[b.B].Element, b.Order, aromatic[i])
		if counts := p.Lengths[kind]; counts != nil {
			addTo(counts, histogram([]float64{m.Atoms[b.A].Pos.Dist(m.Atoms[b.B].Pos)}, LengthEdges(kind)), 1)
		}
		next[b.A] = append(next[b.A], neighbour{b.B, b.Order})
		next[b.B] = append(next[b.B], neighbour{b.A, b.Order})
	}
	for centre, around := range next {
		for i := range around {
			for k := range i {
				p.countAngle(m, centre, around[i], around[k])
			}
		}
	}
}

// LengthEdges are the edges in Å of the bins of a kind of bond, of which the first and the last are open.
func LengthEdges(kind string) []float64 {
	if slices.Contains(MoreLengthKinds, kind) {
		return moreEdges
	}
	return lengthEdges
}

// lengthKind names the kind of a bond; names that are of neither list are of no interest.
func lengthKind(a, b chem.Element, order int, aromatic bool) string {
	if a > b {
		a, b = b, a
	}
	sign := map[int]string{1: "-", 2: "=", 3: "#"}[order]
	if aromatic {
		sign = ":"
	}
	return a.String() + sign + b.String()
}

// neighbour is an atom at the end of a bond of that order.
type neighbour struct{ atom, order int }

func (p *Profile) countAngle(m *chem.Molecule, centre int, a, b neighbour) {
	kind := angleKind(m.Atoms[a.atom].Element, m.Atoms[centre].Element, m.Atoms[b.atom].Element, a.order, b.order)
	if counts := p.Angles[kind]; counts != nil {
		at := m.Atoms[centre].Pos
		u, v := m.Atoms[a.atom].Pos.Sub(at), m.Atoms[b.atom].Pos.Sub(at)
		degrees := math.Atan2(u.Cross(v).Norm(), u.Dot(v)) * 180 / math.Pi
		addTo(counts, histogram([]float64{degrees}, angleEdges), 1)
	}
}

// angleKind names the kind of an angle, "" if it is of no interest.
func angleKind(a, centre, b chem.Element, orderA, orderB int) string {
	const c, n, o = chem.Carbon, chem.Nitrogen, chem.Oxygen
	if a > b {
		a, b, orderB = b, a, orderA
	}
	switch [3]chem.Element{a, centre, b} {
	case [3]chem.Element{c, c, c}:
		return "CCC"
	case [3]chem.Element{c, n, c}:
		return "CNC"
	case [3]chem.Element{c, o, c}:
		return "COC"
	case [3]chem.Element{o, chem.Phosphorus, o}:
		return "OPO"
	case [3]chem.Element{c, c, n}:
		return "NCC"
	case [3]chem.Element{c, c, o}:
		if orderB == 2 {
			return "CC=O"
		}
		return "CCO"
	}
	return ""
}

// Distances are Jensen-Shannon distances of one profile to another (see jensenShannon), NaN where a side has counted nothing.
type Distances struct {
	Rings, Length, Angle float64            // Length and Angle: means over the kinds that both sides have
	Lengths, Angles      map[string]float64 // by kind
}

// To measures the profile against another.
func (p *Profile) To(q *Profile) Distances {
	d := Distances{Rings: jensenShannon(p.Rings, q.Rings)}
	d.Length, d.Lengths = kinds(LengthKinds, p.Lengths, q.Lengths)
	d.Angle, d.Angles = kinds(AngleKinds, p.Angles, q.Angles)
	return d
}

func kinds(names []string, p, q map[string][]float64) (over float64, each map[string]float64) {
	each = map[string]float64{}
	var known []float64
	for _, kind := range names {
		each[kind] = jensenShannon(p[kind], q[kind])
		if finite(each[kind]) {
			known = append(known, each[kind])
		}
	}
	return mean(known), each
}
