package pocket

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"keel/chem"
	"keel/nn"
	"keel/sde"
	"keel/solver"
)

// drawing draws molecules of a target in batches, and says where the time went.
type drawing struct {
	target  *Target
	engine  *nn.Engine
	process sde.Process
	steps   []solver.Step
	weights *nn.Tensor
	batch   int // molecules at once

	sampling, decoding time.Duration
}

// wave draws so many whole batches, one compiled program for each padded size. A batch costs as its largest molecule does, with the square of the
// number of groups in part: so molecules with about as many groups are drawn together. They come in the order in which their sizes were drawn.
// done is told how many there are.
func (d *drawing) wave(ctx context.Context, rng *rand.Rand, batches int, done func(int)) ([]*chem.Molecule, error) {
	t := d.target
	shapes := t.shapes(rng, batches*d.batch, Buckets[len(Buckets)-1])
	order := make([]int, len(shapes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(shapes[i].groups, shapes[j].groups) })
	mols := make([]*chem.Molecule, len(shapes))
	for from := 0; from < len(order); from += d.batch {
		own := order[from : from+d.batch]
		alike := make([]shape, len(own))
		for k, i := range own {
			alike[k] = shapes[i]
		}
		drawn, err := d.roll(ctx, rng, alike)
		if err != nil {
			return nil, err
		}
		for k, i := range own {
			mols[i] = drawn[k]
		}
		done(from + d.batch)
	}
	return mols, nil
}

// roll draws one batch; its shapes are in rising order of groups.
func (d *drawing) roll(ctx context.Context, rng *rand.Rand, shapes []shape) ([]*chem.Molecule, error) {
	t, begin := d.target, time.Now()
	layout := t.net.Layout
	layout.Nodes = Bucket(shapes[len(shapes)-1].groups)
	sampler, err := t.model.sampler(d.engine, layout.Nodes, d.process, d.steps)
	if err != nil {
		return nil, err
	}
	prior, err := t.prior(layout, shapes)
	if err != nil {
		return nil, err
	}
	defer nn.Free(prior.Cond...)
	r, err := sampler.Roll(ctx, d.weights, prior, false, rng)
	if err != nil {
		return nil, err
	}
	rolled := time.Now()
	mols := t.decode(layout, r)
	d.sampling += rolled.Sub(begin)
	d.decoding += time.Since(rolled)
	return mols, nil
}
