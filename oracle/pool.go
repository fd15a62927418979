package oracle

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"keel/chem"
	"keel/supervise"
)

// Pool scores molecules with one receptor. Its methods may be called at the same time from several goroutines.
type Pool struct {
	cfg        Config
	ctx        context.Context // ends when the pool is closed
	cancel     context.CancelCauseFunc
	salt       []byte // of the cache's keys
	cache      *cache
	native     *native // nil without a receptor
	derivation derivation

	mu      sync.Mutex
	workers *supervise.Pool // nil until the first is needed
	stats   Stats
}

// Start starts the workers and returns once each has the receptor. It ends with ctx. The error is one line with what to do; it
// is a *chem.InputError where the receptor, the box or the cache's file is at fault.
func Start(ctx context.Context, cfg Config) (*Pool, error) {
	cfg = cfg.withDefaults()
	if cfg.Workers < 0 {
		return nil, fmt.Errorf("%d workers asked for; at least 1 is needed", cfg.Workers)
	}
	receptor, err := newNative(&cfg)
	if err != nil {
		return nil, err
	}
	versions, err := cfg.findPython(ctx)
	if err != nil {
		return nil, err
	}
	p := &Pool{cfg: cfg, native: receptor, derivation: newDerivation(cfg.Protein)}
	p.stats.Failures, p.stats.Steps = map[string]int{}, map[string]float64{}
	if p.salt, err = cfg.salt(versions); err != nil {
		return nil, err
	}
	if p.cache, err = openCache(cfg.CacheFile, cacheBytes); err != nil {
		return nil, err
	}
	if p.cache.file != nil {
		p.stats.Torn = p.cache.file.torn
	}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	if cfg.Native {
		return p, nil
	}
	if _, err := p.staff(); err != nil { // what is missing is better said now than at the first molecule
		p.Close()
		return nil, err
	}
	return p, nil
}

// findPython sets the interpreter. Where results are kept on disk it also returns the versions of its packages.
func (c *Config) findPython(ctx context.Context) (versions map[string]string, err error) {
	if c.command != nil || c.Native {
		return nil, nil
	}
	if c.Python == "" {
		if c.Python, err = FindPython(); err != nil {
			return nil, err
		}
	}
	if c.CacheFile == "" {
		return nil, nil
	}
	return versionsOf(ctx, c.Python)
}

// staff returns the workers, started if they were not.
func (p *Pool) staff() (*supervise.Pool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.workers != nil {
		return p.workers, nil
	}
	var poison map[string]supervise.Failure
	if p.cache.file != nil {
		poison = p.cache.file.poison
	}
	cfg, err := p.cfg.staff(poison)
	if err != nil {
		return nil, err
	}
	workers, err := supervise.Start(p.ctx, cfg)
	if err != nil {
		return nil, explain(err)
	}
	p.workers = workers
	return workers, nil
}

// Close ends the workers, waits until none is left and closes the cache's file. It may be called again.
func (p *Pool) Close() error {
	p.cancel(supervise.ErrClosed)
	p.mu.Lock()
	workers := p.workers
	p.mu.Unlock()
	if workers != nil {
		workers.Close()
	}
	return p.cache.close()
}

// Score scores the molecules, in order: one Score each, whose Error says what it lacks and why. A molecule that comes twice, or
// came before, in the same pose is computed once. The error is for what stops the whole: the context's end, a metric that needs
// what the pool does not have, a cache that cannot be written, or no worker left that can be started; the scores then hold what
// was answered before. progress may be nil; it is called from the caller's goroutine after each molecule.
func (p *Pool) Score(ctx context.Context, mols []*chem.Molecule, what Metrics, progress func(done, total int)) ([]Score, error) {
	if err := p.check(what); err != nil {
		return nil, err
	}
	b := newBatch(p, mols, what, progress)
	err := b.recall()
	if err == nil {
		err = b.compute(ctx)
	}
	if err == nil {
		err = b.ask(ctx)
	}
	p.derivation.fill(mols, b.scores, what)
	return b.scores, err
}

// check refuses what this pool cannot compute for any molecule.
func (p *Pool) check(what Metrics) error {
	if p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	asked := what.wanted()
	if asked&needReceptor != 0 && len(p.cfg.Receptor) == 0 {
		return fmt.Errorf("%s: no receptor was given", strings.Join((asked&needReceptor).names(), ", "))
	}
	if others := asked &^ (Native | identity); p.cfg.Native && others != 0 {
		return fmt.Errorf("%s: the pool was started without workers", strings.Join(others.names(), ", "))
	}
	if what&Interactions != 0 && p.cfg.Protein == nil {
		return fmt.Errorf("interactions: no protein was given")
	}
	return nil
}
