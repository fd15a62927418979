package vina

import (
	"math"
	"sync"

	"keel/chem"
)

// Minimise moves a ligand from the pose as read to a minimum nearby on the grids, over position, orientation and torsions, and scores it
// there with the receptor's atoms, as Vina's optimize does. The positions are [atoms, 3] in file order. The error is ErrOutside where the
// pose begins or ends outside the box. The ligand itself stays as it was.
func (f *Field) Minimise(l *Ligand) (Energy, []chem.Vec, error) {
	if !f.holds(l, l.pos) {
		return Energy{}, nil, ErrOutside
	}
	m := minimisers.Get().(*minimiser)
	defer m.free()
	m.reset(f, l)
	m.settle()
	e, err := f.score(l, m.pos)
	if err != nil {
		return Energy{}, nil, err
	}
	return e, l.inFileOrder(m.pos), nil
}

// settle descends to a minimum, again where it lies outside of the box.
func (m *minimiser) settle() {
	for range comeBack {
		m.descend((25 + len(m.ligand.pos)) / 3)
		m.place(&m.x)
		if m.field.holds(m.ligand, m.pos) {
			return
		}
	}
}

var minimisers = sync.Pool{New: func() any { return new(minimiser) }}

// free gives the memory to the next ligand, and lets go of this one and its field.
func (m *minimiser) free() {
	m.field, m.ligand, m.dense = nil, nil, [kinds]dense{}
	minimisers.Put(m)
}

// minimiser descends by the method of Broyden, Fletcher, Goldfarb and Shanno with a backtracking line search, step for step as the
// reference program does, so that it ends in the same minimum.
type minimiser struct {
	evaluator
	x, next, start      conf
	g, gNext, p, y, mHy []float64 // gradients, direction, change of the gradient, minus the inverse Hessian times it
	h                   []float64 // inverse Hessian
	hurried             bool      // with bounded steps, and only while they pay
}

func (m *minimiser) reset(f *Field, l *Ligand) {
	m.evaluator.reset(f, l)
	m.hurried = false
	m.x.position, m.x.orientation = l.segments[0].originAsRead, quaternion{a: 1}
	m.x.torsions = resized(m.x.torsions, l.Torsions())
	clear(m.x.torsions)
	n := 6 + l.Torsions()
	for _, v := range []*[]float64{&m.g, &m.gNext, &m.p, &m.y, &m.mHy} {
		*v = resized(*v, n)
	}
	m.h = resized(m.h, n*n)
}

// descend takes up to so many steps from x, and leaves the last pose there, or the first where that was lower. It returns
// that pose's energy.
func (m *minimiser) descend(steps int) float64 {
	clear(m.h)
	m.setDiagonal(1)
	e := m.energy(&m.x, m.g)
	first := e
	m.start.set(&m.x)
	for step := range steps {
		m.minusH(m.g, m.p)
		eNext, alpha := m.search(e)
		for i := range m.y {
			m.y[i] = m.gNext[i] - m.g[i]
		}
		fell := e - eNext
		e = eNext
		m.x.set(&m.next)
		if !(norm(m.g) >= 1e-5) || m.hurried && !(fell > leastFall) {
			break
		}
		copy(m.g, m.gNext)
		if step == 0 {
			if yy := dot(m.y, m.y); math.Abs(yy) > epsilon {
				m.setDiagonal(alpha * dot(m.y, m.p) / yy)
			}
		}
		m.update(alpha)
	}
	if !(e <= first) {
		m.x.set(&m.start)
		return first
	}
	return e
}

// search halves the step along p until the energy falls enough; after ten trials the last counts, whatever it gave.
func (m *minimiser) search(e float64) (eNext, alpha float64) {
	const sufficient, trials = 1e-4, 10
	slope := dot(m.p, m.g)
	alpha = m.firstTrial()
	for range trials {
		m.next.set(&m.x)
		m.next.move(m.p, alpha)
		eNext = m.energy(&m.next, m.gNext)
		if eNext-e < sufficient*alpha*slope {
			break
		}
		alpha *= 0.5
	}
	return eNext, alpha
}

// firstTrial is the step along p that is tried first: 1, but in a search no farther than any coordinate has reason to go. From a clash the first
// direction is the gradient, hundreds of Å long, and halving it costs more than the rest of the descent.
func (m *minimiser) firstTrial() float64 {
	if !m.hurried {
		return 1
	}
	const farthest = 1 // Å and radians
	longest := 0.0
	for _, x := range m.p {
		longest = max(longest, math.Abs(x))
	}
	return min(1, farthest/longest)
}

// update improves the inverse Hessian by what the last step showed of it.
func (m *minimiser) update(alpha float64) {
	yp := dot(m.y, m.p)
	if alpha*yp < epsilon {
		return
	}
	m.minusH(m.y, m.mHy)
	yHy := -dot(m.y, m.mHy)
	r := 1 / (alpha * yp)
	n := len(m.p)
	for i := range n {
		for j := i; j < n; j++ {
			m.h[i*n+j] += alpha*r*(m.mHy[i]*m.p[j]+m.mHy[j]*m.p[i]) + alpha*alpha*(r*r*yHy+r)*m.p[i]*m.p[j]
			m.h[j*n+i] = m.h[i*n+j]
		}
	}
}

// minusH computes out = -H v.
func (m *minimiser) minusH(v, out []float64) {
	n := len(v)
	for i := range v {
		out[i] = -dot(m.h[i*n:(i+1)*n], v)
	}
}

func (m *minimiser) setDiagonal(x float64) {
	for i := range m.p {
		m.h[i*len(m.p)+i] = x
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func norm(v []float64) float64 { return math.Sqrt(dot(v, v)) }
