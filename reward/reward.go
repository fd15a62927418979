package reward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sync"

	"keel/chem"
	"keel/oracle"
)

// Reward is a configured reward whose programs, if it has any, are running. Its methods may be called at the same time from
// several goroutines.
type Reward struct {
	config Config
	parts  []part

	mu    sync.Mutex
	stats Stats
}

// Result is what one molecule earns.
type Result struct {
	Total  float64   // NaN where a component that counts has failed
	Raw    []float64 // by component, in its own unit; NaN where it failed or was not asked
	Values []float64 // the same, transformed
	Error  string    // why Total is NaN, or a component of no weight is; else empty
	Whole  bool      // valid and in one piece
}

// Stats counts what a reward has been asked.
type Stats struct {
	Molecules int
	Failed    int            // molecules whose Total is NaN
	Failures  map[string]int // "component: reason" -> molecules
}

// Open checks the configuration and starts the programs that it names; they end with ctx or Close. Errors are one line about the
// configuration, or about the program that does not start.
func Open(ctx context.Context, cfg Config, env Env) (*Reward, error) {
	parts, err := cfg.build(env)
	if err != nil {
		return nil, err
	}
	r := &Reward{config: cfg, parts: parts, stats: Stats{Failures: map[string]int{}}}
	for i, p := range parts {
		if s, ok := p.metric.(starter); ok {
			if err := s.start(ctx, env); err != nil {
				return nil, errors.Join(fmt.Errorf("[[reward.component]] %d (%s): %w", i+1, p.name, err), r.Close())
			}
		}
	}
	return r, nil
}

// Close ends the programs.
func (r *Reward) Close() error {
	var errs []error
	for _, p := range r.parts {
		if c, ok := p.metric.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// Names returns the components' names, in order.
func (r *Reward) Names() []string {
	list := make([]string, len(r.parts))
	for i, p := range r.parts {
		list[i] = p.name
	}
	return list
}

// Needs returns what has to be scored before Of is asked.
func (r *Reward) Needs() oracle.Metrics {
	var all oracle.Metrics
	for _, p := range r.parts {
		all |= p.metric.needs()
	}
	return all
}

// Stats returns the counts so far.
func (r *Reward) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Failures = maps.Clone(s.Failures)
	return s
}

// Of gives the rewards of molecules with their scores, in order. The error is for what stops the whole: the end of ctx, or a
// program that can no longer be started.
func (r *Reward) Of(ctx context.Context, mols []*chem.Molecule, scores []oracle.Score) ([]Result, error) {
	if len(mols) != len(scores) {
		return nil, fmt.Errorf("%d molecules with %d scores", len(mols), len(scores))
	}
	b := newBatch(mols, scores, len(r.parts))
	for k, p := range r.parts {
		if err := b.measure(ctx, k, p); err != nil {
			return nil, fmt.Errorf("[[reward.component]] %d (%s): %w", k+1, p.name, err)
		}
	}
	b.total(r)
	r.count(b)
	return b.results, nil
}

func (r *Reward) count(b *batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Molecules += len(b.results)
	for _, one := range b.results {
		if math.IsNaN(one.Total) {
			r.stats.Failed++
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(b.failures)) {
		r.stats.Failures[reason] += b.failures[reason]
	}
}
