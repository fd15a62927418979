package vina

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"keel/chem"
)

// Field is a receptor in a docking box. Its grids are filled where poses touch them, so a box costs little, and one that is used
// again is faster each time. No result depends on what was scored before. It is safe for concurrent use.
type Field struct {
	receptor *Receptor
	x, y, z  axis
	grids    [kinds]atomic.Pointer[grid]
	denses   [kinds]atomic.Pointer[dense]
}

// axis is one side of the box.
type axis struct {
	low, high  float64 // Å
	voxels     int
	width      float64 // of a voxel, Å
	voxelsPerÅ float64
}

// Energy is Vina's estimate of the free energy of binding, kcal/mol, and what it is made of.
type Energy struct {
	Total   float64 // Inter / (1 + 0.05846 rotors)
	Inter   float64 // between ligand and receptor
	Intra   float64 // within the ligand; Vina takes it for that of the unbound ligand, so Total is without it
	Torsion float64 // Total - Inter
}

const (
	spacing   = 0.375 // Å, the width of a voxel
	maxVoxels = 512   // along one side of a box
	outside   = 1e6   // kcal/mol/Å, the penalty beyond the box
	margin    = 1e-4  // Å, how far out of the box an atom may be
)

// ErrOutside says that a pose has heavy atoms outside the box, where the field is not defined.
var ErrOutside = errors.New("the pose is outside the box")

var errNotFinite = errors.New("the energy is not finite")

// Field puts a box into the receptor. It fails on a box that is none, and on one that no pair term reaches, where Vina would answer 0.
func (r *Receptor) Field(box chem.Box) (*Field, error) {
	const most = maxVoxels * spacing
	f := &Field{receptor: r}
	for k, a := range []*axis{&f.x, &f.y, &f.z} {
		size, center := box.Size[k], box.Center[k]
		if !(size > 0 && size <= most && math.Abs(center) <= maxPos) {
			return nil, fmt.Errorf("the box is not a box: center %.3f, size %.3f; each side must be above 0 and at most %.0f Å", box.Center, box.Size, most)
		}
		a.voxels = int(math.Ceil(size / spacing))
		covered := spacing * float64(a.voxels)
		a.low = center - covered/2
		a.high = a.low + covered
		a.voxelsPerÅ = float64(a.voxels) / (a.high - a.low)
		a.width = 1 / a.voxelsPerÅ
	}
	if d := r.distance2(vec{f.x.low, f.y.low, f.z.low}, vec{f.x.high, f.y.high, f.z.high}); d >= cutoff2 {
		return nil, fmt.Errorf("the box is too far from the receptor: its nearest atom is %.1f Å away; give the centre of a pocket", math.Sqrt(d))
	}
	return f, nil
}

// distance2 is the squared distance of the nearest atom from a brick, or that of any atom within the cutoff.
func (r *Receptor) distance2(low, high vec) float64 {
	nearest := math.Inf(1)
	for i := range r.atoms {
		nearest = min(nearest, brickDistance2(low, high, r.atoms[i].pos))
		if nearest < cutoff2 {
			break
		}
	}
	return nearest
}

// Score returns the energy of the pose as read, with the receptor's atoms. The error is ErrOutside, or says that the energy is not
// finite.
func (f *Field) Score(l *Ligand) (Energy, error) { return f.score(l, l.pos) }

func (f *Field) score(l *Ligand, pos []vec) (Energy, error) {
	if !f.holds(l, pos) {
		return Energy{}, ErrOutside
	}
	e := Energy{Inter: f.inter(l, pos), Intra: intra(l, pos)}
	e.Total = (e.Inter + e.Intra - e.Intra) / l.divisor
	e.Torsion = e.Total - e.Inter
	if math.IsNaN(e.Total) || math.IsInf(e.Total, 0) {
		return Energy{}, errNotFinite
	}
	return e, nil
}

// holds reports whether all heavy atoms are in the box.
func (f *Field) holds(l *Ligand, pos []vec) bool {
	for _, i := range l.heavy {
		if p := pos[i]; !f.x.holds(p.x) || !f.y.holds(p.y) || !f.z.holds(p.z) {
			return false
		}
	}
	return true
}

func (a *axis) holds(x float64) bool { return x >= a.low-margin && x <= a.high+margin }

// inter is the energy between ligand and receptor, atom by atom.
func (f *Field) inter(l *Ligand, pos []vec) float64 {
	tables := pairTables()
	sum := 0.0
	for i, k := range l.kinds {
		if k == unseen {
			continue
		}
		inside, beyond, _ := f.clamped(pos[i])
		e, _ := curl(f.receptor.energy(&tables[k], inside), clash)
		sum += e + beyond*outside
	}
	return sum
}

// clamped returns the nearest point in the box, how far it is along the axes, Å, and on which sides.
func (f *Field) clamped(p vec) (inside vec, beyond float64, side vec) {
	inside.x, beyond, side.x = f.x.clamp(p.x, 0)
	inside.y, beyond, side.y = f.y.clamp(p.y, beyond)
	inside.z, beyond, side.z = f.z.clamp(p.z, beyond)
	return inside, beyond, side
}

// clamp does so along one axis, and adds the distance to sum.
func (a *axis) clamp(x, sum float64) (inside, beyond, side float64) {
	switch {
	case x < a.low:
		return a.low, sum + math.Abs(x-a.low), -1
	case x > a.high:
		return a.high, sum + math.Abs(x-a.high), 1
	}
	return x, sum, 0
}

// energy is that of one ligand atom at a point with all the receptor's; tables are those of its kind.
func (r *Receptor) energy(tables *[kinds]*table, p vec) float64 {
	sum := 0.0
	for _, i := range r.around(p) {
		a := &r.atoms[i]
		sum += tables[a.kind].meanAt(dist2(p, a.pos))
	}
	return sum
}

// intra is the energy within the ligand.
func intra(l *Ligand, pos []vec) float64 {
	sum := 0.0
	for _, p := range l.pairs {
		if r2 := dist2(pos[p.a], pos[p.b]); r2 < cutoff2 {
			e, _ := curl(p.table.meanAt(r2), clash)
			sum += e
		}
	}
	return sum
}
