package vina

// Source is where the energy between ligand and receptor comes from.
type Source int

const (
	Grids      Source = iota // interpolated, as in minimisation
	Atoms                    // the receptor's atoms, from tables interpolated in the squared distance
	denseGrids               // as Grids in single precision, for searches
)

// Gradient returns the energy that minimisation lowers, between ligand and receptor and within the ligand, kcal/mol, and its derivative
// by [translation (3), rotation vector about the root's first atom (3), torsions], per Å and radian: the directions of Pose.Moved.
func (f *Field) Gradient(l *Ligand, p Pose, from Source) (energy float64, gradient []float64) {
	var e evaluator
	e.reset(f, l)
	if from == denseGrids {
		e.useDense()
	}
	e.source = from
	gradient = make([]float64, 6+l.Torsions())
	c := p.conf()
	return e.energy(&c, gradient), gradient
}

// energy places a pose and returns its energy with the derivative.
func (e *evaluator) energy(c *conf, gradient []float64) float64 {
	e.place(c)
	var sum float64
	switch e.source {
	case Grids:
		sum = e.onGrids()
	case denseGrids:
		sum = e.onDense()
	default:
		sum = e.onAtoms()
	}
	sum += e.within()
	e.derivative(gradient)
	return sum
}

// onGrids sets the forces to those of the grids.
func (e *evaluator) onGrids() float64 {
	sum := 0.0
	for i, k := range e.ligand.kinds {
		if k == unseen {
			e.force[i] = vec{}
			continue
		}
		energy, force := e.field.interpolate(e.field.grid(k), e.pos[i], e.most)
		sum += energy
		e.force[i] = force
	}
	return sum
}

// onAtoms sets the forces to those of the receptor's atoms.
func (e *evaluator) onAtoms() float64 {
	tables := pairTables()
	sum := 0.0
	for i, k := range e.ligand.kinds {
		if k == unseen {
			e.force[i] = vec{}
			continue
		}
		inside, beyond, side := e.field.clamped(e.pos[i])
		energy, force := e.field.receptor.slope(&tables[k], inside, e.most)
		sum += energy + beyond*outside
		e.force[i] = force.add(side.scale(outside))
	}
	return sum
}

// slope is energy with its gradient by the point, both bounded.
func (r *Receptor) slope(tables *[kinds]*table, p vec, most float64) (sum float64, force vec) {
	for _, i := range r.around(p) {
		a := &r.atoms[i]
		away := p.sub(a.pos)
		if r2 := away.dot(away); r2 < cutoff2 {
			e, slope := tables[a.kind].at(r2)
			sum += e
			force = force.add(away.scale(slope))
		}
	}
	sum, factor := curl(sum, most)
	return sum, force.scale(factor)
}

// within adds the forces within the ligand.
func (e *evaluator) within() float64 {
	sum := 0.0
	pos, forces, most := e.pos, e.force[:len(e.pos)], e.most
	for _, p := range e.ligand.pairs {
		away := pos[p.b].sub(pos[p.a])
		r2 := away.dot(away)
		if !(r2 < cutoff2) {
			continue
		}
		energy, slope := p.table.at(r2)
		energy, factor := curl(energy, most)
		force := away.scale(slope).scale(factor)
		sum += energy
		forces[p.a] = forces[p.a].sub(force)
		forces[p.b] = forces[p.b].add(force)
	}
	return sum
}
