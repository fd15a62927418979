package vina

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"

	"keel/chem"
)

// DockOptions say how hard Dock searches. The zero value searches as AutoDock Vina does at exhaustiveness 8.
type DockOptions struct {
	Exhaustiveness int    // independent runs; 0: 8
	Steps          int    // mutations in a run, each with a local search; 0: what Vina takes for the ligand's size and torsions
	LocalSteps     int    // most steps of a local search; 0: Vina's, (25 + atoms) / 3
	Poses          int    // most poses returned; 0: 9
	Poised         int    // of the runs, those that start from the pose as it was read instead of at random
	Seed           uint64 // one seed, one result, whatever the workers
	Workers        int    // runs at a time; 0: 1
}

// Quick are the options for docking many ligands: 8 runs of 1,000 mutations, about a twentieth of what Vina does. docs/vina.md has what
// that costs in energy.
func Quick(seed uint64) DockOptions {
	return DockOptions{Exhaustiveness: 8, Steps: 1000, Poses: 3, Seed: seed}
}

// Hasty are the options for docking every sample of a policy: 3 runs of 200 mutations, 2 of them from the pose that the sample has.
func Hasty(seed uint64) DockOptions {
	return DockOptions{Exhaustiveness: 3, Steps: 200, Poses: 1, Poised: 2, Seed: seed}
}

// Docked is a pose that a search found.
type Docked struct {
	Energy    Energy     // as Vina reports it: the best pose's Intra stands for the unbound ligand, also in the Total of the others
	Positions []chem.Vec // [atoms, 3] in file order, Å
}

// ErrNoPose says that a search found no pose with all heavy atoms in the box.
var ErrNoPose = errors.New("no pose of the ligand fits into the box: give a larger box")

// Dock searches the box for the ligand's best poses, wherever it was read, and returns them from the lowest energy up; no two are
// nearer than 1 Å (root mean square over heavy atoms, symmetry not considered). Bond lengths, angles and rings stay as read.
//
// The search is AutoDock Vina's (Trott and Olson 2010; monte_carlo.cpp and vina.cpp of release 1.2.7): from a random conformation
// somewhere in the box each run mutates position, orientation or one torsion, goes to the nearest minimum on the grids with clashes
// softened, and accepts that by the criterion of Metropolis at 1.2 kcal/mol. The best poses of all runs are then refined with the
// receptor's atoms.
//
// The error is ErrNoPose, or the context's.
func (f *Field) Dock(ctx context.Context, l *Ligand, opt DockOptions) ([]Docked, error) {
	opt = opt.filled(l)
	found := make([]minima, opt.Exhaustiveness)
	free := make(chan struct{}, opt.Workers)
	var wg sync.WaitGroup
	for i := range found {
		free <- struct{}{}
		wg.Go(func() {
			found[i] = f.run(ctx, l, opt, uint64(i))
			<-free
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var all minima
	for _, run := range found {
		for _, m := range run {
			all.add(m, savedMinima)
		}
	}
	return f.refined(l, all, opt.Poses)
}

// filled returns the options with Vina's values for those that are 0.
func (o DockOptions) filled(l *Ligand) DockOptions {
	atoms := len(l.pos)
	size := atoms + 10*(6+l.Torsions()) // Vina's measure of how much there is to search
	o.Exhaustiveness = cmp.Or(max(o.Exhaustiveness, 0), 8)
	o.Steps = cmp.Or(max(o.Steps, 0), 105*(50+size))
	o.LocalSteps = cmp.Or(max(o.LocalSteps, 0), (25+atoms)/3)
	o.Poses = cmp.Or(max(o.Poses, 0), 9)
	o.Workers = max(o.Workers, 1)
	return o
}

// refined brings the poses to their minima with the receptor's atoms and returns the best that are in the box.
func (f *Field) refined(l *Ligand, from minima, most int) ([]Docked, error) {
	m := minimisers.Get().(*minimiser)
	defer m.free()
	m.reset(f, l)
	m.source = Atoms
	var kept minima
	for _, start := range from[:min(len(from), 2*most)] {
		m.x.set(&start.conf)
		m.settle()
		e, err := f.score(l, m.pos)
		if err != nil {
			continue
		}
		kept.add(minimum{energy: e.Inter + e.Intra, pos: slices.Clone(m.pos), heavy: l.heavy}, most)
	}
	if len(kept) == 0 {
		return nil, ErrNoPose
	}
	out := make([]Docked, len(kept))
	for i, k := range kept {
		e, err := f.score(l, k.pos)
		if err != nil {
			return nil, err
		}
		e.Total = (e.Inter + e.Intra - intra(l, kept[0].pos)) / l.divisor
		e.Torsion = e.Total - e.Inter
		out[i] = Docked{e, l.inFileOrder(k.pos)}
	}
	return out, nil
}

// newRand is the source of one run's chance.
func newRand(seed, run uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, run)) }
