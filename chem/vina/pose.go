package vina

import (
	"math"
	"slices"

	"keel/chem"
)

// Pose places a ligand's rigid segments.
type Pose struct {
	Position    chem.Vec   // of the root's first atom, Å
	Orientation [4]float64 // of the root against the pose as read: a unit quaternion, real part first
	Torsions    []float64  // against the pose as read, radians in [-π, π]
}

// Pose returns the pose in which the ligand was read.
func (l *Ligand) Pose() Pose {
	return Pose{Position: l.segments[0].originAsRead.chem(), Orientation: [4]float64{1}, Torsions: make([]float64, l.Torsions())}
}

// Moved returns the pose after a step along [translation (3), rotation vector (3), torsions], the space of gradients. It turns about the
// root's first atom.
func (p Pose) Moved(along []float64, step float64) Pose {
	c := p.conf()
	c.move(along, step)
	return Pose{c.position.chem(), [4]float64{c.orientation.a, c.orientation.b, c.orientation.c, c.orientation.d}, c.torsions}
}

// conf is a Pose in the types of computation.
type conf struct {
	position    vec
	orientation quaternion
	torsions    []float64
}

func (p Pose) conf() conf {
	q := p.Orientation
	return conf{fromChem(p.Position), quaternion{q[0], q[1], q[2], q[3]}, slices.Clone(p.Torsions)}
}

// set copies a pose without sharing its torsions.
func (c *conf) set(d *conf) {
	c.position, c.orientation = d.position, d.orientation
	c.torsions = append(c.torsions[:0], d.torsions...)
}

func (c *conf) clone() conf { return conf{c.position, c.orientation, slices.Clone(c.torsions)} }

func (c *conf) move(along []float64, step float64) {
	c.position = c.position.add(vec{along[0], along[1], along[2]}.scale(step))
	c.orientation = normalised(rotation(vec{along[3], along[4], along[5]}.scale(step)).times(c.orientation))
	for k := range c.torsions {
		c.torsions[k] = wrapped(c.torsions[k] + wrapped(step*along[6+k]))
	}
}

// wrapped brings an angle to [-π, π].
func wrapped(x float64) float64 {
	switch {
	case x > 3*math.Pi:
		return wrapped(x - 2*math.Pi*math.Ceil((x-math.Pi)/(2*math.Pi)))
	case x < -3*math.Pi:
		return wrapped(x + 2*math.Pi*math.Ceil((-x-math.Pi)/(2*math.Pi)))
	case x > math.Pi:
		return x - 2*math.Pi
	case x < -math.Pi:
		return x + 2*math.Pi
	}
	return x
}
