package vina

// Source is where the energy between ligand and receptor comes from.
type Source int

const (
	Grids Source = iota // interpolated, as in minimisation
	Atoms               // the receptor's atoms, from tables interpolated in the squared distance
)

// Gradient returns the energy that minimisation lowers, between ligand and receptor and within the ligand, kcal/mol, and its derivative
// by [translation (3), rotation vector about the root's first atom (3), torsions], per Å and radian: the directions of Pose.Moved.
func (f *Field) Gradient(l *Ligand, p Pose, from Source) (energy float64, gradient []float64) {
	var e evaluator
	e.reset(f, l)
	gradient = make([]float64, 6+l.Torsions())
	c := p.conf()
	return e.energy(&c, from, gradient), gradient
}

// energy places a pose and returns its energy with the derivative.
func (e *evaluator) energy(c *conf, from Source, gradient []float64) float64 {
	e.place(c)
	var sum float64
	if from == Grids {
		sum = e.onGrids()
	} else {
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
		energy, force := e.field.interpolate(e.field.grid(k), e.pos[i])
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
		energy, force := e.field.receptor.slope(&tables[k], inside)
		sum += energy + beyond*outside
		e.force[i] = force.add(side.scale(outside))
	}
	return sum
}

// slope is energy with its gradient by the point, both bounded.
func (r *Receptor) slope(tables *[kinds]*table, p vec) (sum float64, force vec) {
	for _, i := range r.around(p) {
		a := &r.atoms[i]
		away := p.sub(a.pos)
		if r2 := away.dot(away); r2 < cutoff2 {
			e, slope := tables[a.kind].at(r2)
			sum += e
			force = force.add(away.scale(slope))
		}
	}
	sum, factor := curl(sum)
	return sum, force.scale(factor)
}

// within adds the forces within the ligand.
func (e *evaluator) within() float64 {
	tables := pairTables()
	sum := 0.0
	for _, p := range e.ligand.pairs {
		away := e.pos[p.b].sub(e.pos[p.a])
		r2 := away.dot(away)
		if !(r2 < cutoff2) {
			continue
		}
		energy, slope := tables[p.kindA][p.kindB].at(r2)
		energy, factor := curl(energy)
		force := away.scale(slope).scale(factor)
		sum += energy
		e.force[p.a] = e.force[p.a].sub(force)
		e.force[p.b] = e.force[p.b].add(force)
	}
	return sum
}
