package vina

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	temperature = 1.2  // kcal/mol
	amplitude   = 2.0  // Å, by how far a mutation moves atoms
	savedMinima = 20   // kept for refinement
	leastFall   = 0.01 // kcal/mol in a step, below which a search's descent ends
	comeBack    = 5    // descents to come back into the box
)

// run is one Markov chain of minima. It returns early, with what it has, once the context is done.
func (f *Field) run(ctx context.Context, l *Ligand, opt DockOptions, number uint64) minima {
	m := minimisers.Get().(*minimiser)
	defer m.free()
	m.reset(f, l)
	m.useDense()
	m.hurried = true
	c := &chain{minimiser: m, rng: newRand(opt.Seed, number), localSteps: opt.LocalSteps}
	poised := number < uint64(max(opt.Poised, 0))
	if poised {
		c.now.set(&c.x)
	} else {
		c.randomise()
	}
	for step := 0; step < opt.Steps && ctx.Err() == nil; step++ {
		c.step(step == 0, poised && step == 0)
	}
	return c.found
}

// chain is a minimiser that walks from minimum to minimum.
type chain struct {
	*minimiser
	rng        *rand.Rand
	localSteps int
	now        conf
	energy     float64 // of now
	found      minima
}

// randomise takes a random conformation with its root somewhere in the box.
func (c *chain) randomise() {
	f := c.field
	within := func(a *axis) float64 { return a.low + c.rng.Float64()*(a.high-a.low) }
	c.now.set(&c.x)
	c.now.position = vec{within(&f.x), within(&f.y), within(&f.z)}
	c.now.orientation = randomOrientation(c.rng)
	for k := range c.now.torsions {
		c.now.torsions[k] = c.randomAngle()
	}
}

// step mutates, descends with soft clashes, and goes on from there or not, by the criterion of Metropolis. The first step of
// a run accepts whatever it finds; still is without the mutation.
func (c *chain) step(first, still bool) {
	enough := math.Inf(1)
	if !first {
		enough = c.energy - temperature*math.Log(1-c.rng.Float64())
	}
	c.x.set(&c.now)
	if !still {
		c.mutate()
	}
	c.most = softClash
	e := c.descend(c.localSteps)
	if !(e < enough) {
		return
	}
	if len(c.found) < savedMinima || e < c.found[0].energy {
		c.most = clash
		e = c.descend(c.localSteps)
		c.place(&c.x)
		if c.field.holds(c.ligand, c.pos) {
			c.found.add(minimum{energy: e, conf: c.x.clone(), pos: slices.Clone(c.pos), heavy: c.ligand.heavy}, savedMinima)
		}
	}
	c.now.set(&c.x)
	c.energy = e
}

// mutate changes position, orientation, or one torsion of x.
func (c *chain) mutate() {
	switch which := c.rng.IntN(2 + len(c.x.torsions)); which {
	case 0:
		c.x.position = c.x.position.add(inSphere(c.rng).scale(amplitude))
	case 1:
		c.place(&c.x)
		if r := c.gyration(); r > epsilon {
			c.x.orientation = normalised(rotation(inSphere(c.rng).scale(amplitude / r)).times(c.x.orientation))
		}
	default:
		c.x.torsions[which-2] = c.randomAngle()
	}
}

// gyration is the root mean square distance of the heavy atoms from the root's first atom, about which the ligand turns.
func (e *evaluator) gyration() float64 {
	sum := 0.0
	for _, i := range e.ligand.heavy {
		sum += dist2(e.pos[i], e.frames[0].origin)
	}
	return math.Sqrt(sum / float64(max(len(e.ligand.heavy), 1)))
}

func (c *chain) randomAngle() float64 { return math.Pi * (2*c.rng.Float64() - 1) }

// inSphere is uniform in the unit sphere.
func inSphere(rng *rand.Rand) vec {
	for {
		v := vec{2*rng.Float64() - 1, 2*rng.Float64() - 1, 2*rng.Float64() - 1}
		if v.dot(v) < 1 {
			return v
		}
	}
}

// randomOrientation is uniform among rotations.
func randomOrientation(rng *rand.Rand) quaternion {
	for {
		a, b, c, d := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
		if length := math.Sqrt(a*a + b*b + c*c + d*d); length > 1e-6 {
			return quaternion{a / length, b / length, c / length, d / length}
		}
	}
}
