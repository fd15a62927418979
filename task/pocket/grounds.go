package pocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"keel/oracle"
	"keel/reward"
)

// grounds opens the rewards of a run's pockets when they are asked for, and has so many open at a time: each holds processes.
type grounds struct {
	ctx    context.Context
	config *TuneConfig
	places []NamedPocket
	sites  []*Site
	most   int
	open   []*ground // the latest asked for last
	stats  reward.Stats
}

// ground is a pocket with its reward open.
type ground struct {
	index int
	earn  *reward.Reward
	pool  *oracle.Pool
}

// mostGrounds is how many pockets have their workers running at a time.
const mostGrounds = 8

func newGrounds(ctx context.Context, c *TuneConfig, sites []*Site) *grounds {
	return &grounds{ctx: ctx, config: c, places: c.places(), sites: sites, most: mostGrounds, stats: reward.Stats{Failures: map[string]int{}}}
}

// of is pocket i with its reward open.
func (g *grounds) of(i int) (*ground, error) {
	if at := slices.IndexFunc(g.open, func(o *ground) bool { return o.index == i }); at >= 0 {
		o := g.open[at]
		g.open = append(slices.Delete(g.open, at, at+1), o)
		return o, nil
	}
	if len(g.open) == g.most {
		if err := g.closeFirst(); err != nil {
			return nil, err
		}
	}
	earn, err := reward.Open(g.ctx, g.config.Reward, reward.Env{Receptor: g.places[i].Protein, Protein: g.sites[i].Protein})
	if err != nil {
		return nil, err
	}
	workers := oracle.Config{Workers: g.config.Workers}
	g.config.Reward.Oracle(&workers)
	pool, err := g.sites[i].Oracle(g.ctx, workers)
	if err != nil {
		return nil, errors.Join(err, earn.Close())
	}
	o := &ground{i, earn, pool}
	g.open = append(g.open, o)
	return o, nil
}

func (g *grounds) closeFirst() error {
	o := g.open[0]
	g.open = slices.Delete(g.open, 0, 1)
	s := o.earn.Stats()
	g.stats.Molecules, g.stats.Failed = g.stats.Molecules+s.Molecules, g.stats.Failed+s.Failed
	for reason, n := range s.Failures {
		g.stats.Failures[reason] += n
	}
	return errors.Join(o.earn.Close(), o.pool.Close())
}

// Close ends all processes.
func (g *grounds) Close() error {
	var errs []error
	for len(g.open) > 0 {
		errs = append(errs, g.closeFirst())
	}
	return errors.Join(errs...)
}

// tell closes all and says how many rewards are missing, and why.
func (g *grounds) tell(log io.Writer) error {
	err := g.Close()
	if g.stats.Failed > 0 {
		fmt.Fprintf(log, "%d of %d molecules have no reward\n", g.stats.Failed, g.stats.Molecules)
	}
	for _, reason := range slices.Sorted(maps.Keys(g.stats.Failures)) {
		fmt.Fprintf(log, "  %d × %s\n", g.stats.Failures[reason], reason)
	}
	return err
}
