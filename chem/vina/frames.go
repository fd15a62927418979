package vina

// frame is where a segment is in a pose.
type frame struct {
	origin, axis vec
	orientation  quaternion
	matrix       matrix
}

// evaluator is the working memory for one ligand in one field: frames, positions and forces.
type evaluator struct {
	ligand *Ligand
	field  *Field
	source Source
	most   float64 // kcal/mol, the bound of clashes
	frames []frame
	pos    []vec
	dense  [kinds]dense // where the source is these
	force  []vec        // derivatives of the energy by position
}

// resized returns a slice of length n, reusing s where it is long enough.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// useDense makes the dense grids the source.
func (e *evaluator) useDense() {
	e.source = denseGrids
	for _, k := range e.ligand.kinds {
		if k != unseen {
			e.dense[k] = e.field.dense(k)
		}
	}
}

func (e *evaluator) reset(f *Field, l *Ligand) {
	e.field, e.ligand = f, l
	e.source, e.most = Grids, clash
	e.frames = resized(e.frames, len(l.segments))
	e.pos = resized(e.pos, len(l.pos))
	e.force = resized(e.force, len(l.pos))
}

// place computes the positions of a pose.
func (e *evaluator) place(c *conf) {
	for id := range e.ligand.segments {
		s, f := &e.ligand.segments[id], &e.frames[id]
		if s.parent < 0 {
			f.origin, f.orientation = c.position, c.orientation
		} else {
			up := &e.frames[s.parent]
			f.origin = up.origin.add(up.matrix.times(s.fromParent))
			f.axis = up.matrix.times(s.axis)
			f.orientation = normalised(turn(f.axis, c.torsions[id-1]).times(up.orientation))
		}
		f.matrix = f.orientation.matrix()
		for i := s.begin; i < s.end; i++ {
			e.pos[i] = f.origin.add(f.matrix.times(e.ligand.local[i]))
		}
	}
}

// derivative turns the forces on atoms into the derivative by [translation (3), rotation (3), torsions].
func (e *evaluator) derivative(out []float64) {
	force, torque := e.pull(0, out[6:])
	out[0], out[1], out[2] = force.x, force.y, force.z
	out[3], out[4], out[5] = torque.x, torque.y, torque.z
}

// pull returns the force on a segment with all that hangs on it, and the torque about its origin.
func (e *evaluator) pull(id int, torsions []float64) (force, torque vec) {
	s, f := &e.ligand.segments[id], &e.frames[id]
	for i := s.begin; i < s.end; i++ {
		force = force.add(e.force[i])
		torque = torque.add(e.pos[i].sub(f.origin).cross(e.force[i]))
	}
	for _, child := range s.children {
		cf, ct := e.pull(child, torsions)
		force = force.add(cf)
		torque = torque.add(e.frames[child].origin.sub(f.origin).cross(cf).add(ct))
	}
	if id > 0 {
		torsions[id-1] = torque.dot(f.axis)
	}
	return force, torque
}
