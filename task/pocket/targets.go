package pocket

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"keel/nn"
	"keel/policy"
)

// Targets are many pockets to design for with one model. A batch is shared out over some of them, drawn anew for each; samples are compared with those
// of their own pocket.
type Targets struct {
	*Target // the first, for what all have in common
	list    []*Target
	names   []string
	grounds *grounds
	each    int     // pockets in a batch
	asked   int     // batches that were rewarded
	last    *judged // the latest of them: Target has one of its own, of its pocket's part
}

// Prior draws the pockets of a batch, and sizes for each. Samples of one pocket follow each other.
func (t *Targets) Prior(rng *rand.Rand, size int) (policy.Prior, error) {
	chosen := rng.Perm(len(t.list))[:min(t.each, len(t.list), size)]
	group, around, shapes := make([]int, size), make([]*Surroundings, size), []shape(nil)
	for k, which := range chosen {
		from, to := k*size/len(chosen), (k+1)*size/len(chosen)
		one := t.list[which]
		shapes = append(shapes, one.shapes(rng, to-from, t.net.Layout.Nodes)...)
		for i := from; i < to; i++ {
			group[i], around[i] = which, one.around
		}
	}
	p := shaped(t.net.Layout, shapes)
	p.Group, p.Cond = group, append(p.Cond, Conditions(around)...)
	return p, nil
}

// Reward scores finished samples, each in its pocket; what has no reward is NaN. Figures are of all pockets together.
func (t *Targets) Reward(ctx context.Context, r *policy.Rollout) ([]float64, map[string]float64, error) {
	clock := time.Now()
	mols := decode(t.net.Layout, r, func(i int) *Target { return t.list[r.GroupOf(i)] })
	figures := map[string]float64{"seconds_decoding": time.Since(clock).Seconds()}
	clock = time.Now()
	t.asked++
	all, again := &judged{}, r.Restarted()
	t.last = all
	for from, to := 0, 0; from < len(mols); from = to {
		which := r.GroupOf(from)
		for to = from; to < len(mols) && r.GroupOf(to) == which; to++ {
		}
		one := t.list[which]
		g, err := t.grounds.of(which)
		if err != nil {
			return nil, nil, err
		}
		one.reward, one.pool, one.asked = g.earn, g.pool, t.asked-1
		b, err := one.judge(ctx, mols[from:to], r.Covariate[from:to], again[from:to])
		if err != nil {
			return nil, nil, err
		}
		all.add(b)
	}
	figures["seconds_score"] = time.Since(clock).Seconds()
	all.figures(figures, t.memory)
	r.Again = all.copies()
	return all.rewards(), figures, nil
}

// Save keeps what later rewards depend on.
func (t *Targets) Save(w *nn.Weights) error {
	w.Metadata[askedKey] = strconv.Itoa(t.asked)
	var errs []error
	for i, one := range t.list {
		errs = append(errs, one.saveMemory(w, "."+t.names[i]))
	}
	return errors.Join(errs...)
}

// Load is the inverse of Save.
func (t *Targets) Load(w *nn.Weights) (err error) {
	if t.asked, err = strconv.Atoi(w.Metadata[askedKey]); err != nil {
		return fmt.Errorf("%s is %q: expected a number", askedKey, w.Metadata[askedKey])
	}
	for i, one := range t.list {
		err = errors.Join(err, one.loadMemory(w, "."+t.names[i]))
	}
	return err
}
