package oracle

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"keel/chem"
)

// Pool is a set of workers with one receptor. Its methods may be called at the same time from several goroutines.
type Pool struct {
	cfg    Config
	ctx    context.Context // ends when the pool is closed, or has no worker left
	cancel context.CancelCauseFunc
	jobs   chan *job
	slots  sync.WaitGroup

	mu    sync.Mutex
	live  int // slots that can still score
	stats Stats
}

// job is one molecule on its way through the pool.
type job struct {
	ctx     context.Context
	index   int
	sdf     string
	what    Metrics
	results chan<- result
}

type result struct {
	index int
	score Score
}

var errClosed = errors.New("the pool of workers is closed")

// Start starts the workers and returns once each has the receptor. It ends with ctx. The error is one line with what to do; it
// is a *chem.InputError where the receptor or the box is at fault.
func Start(ctx context.Context, cfg Config) (*Pool, error) {
	cfg = cfg.withDefaults()
	if cfg.Workers < 0 {
		return nil, fmt.Errorf("%d workers asked for; at least 1 is needed", cfg.Workers)
	}
	if cfg.Python == "" && cfg.command == nil {
		python, err := FindPython()
		if err != nil {
			return nil, err
		}
		cfg.Python = python
	}
	p := &Pool{cfg: cfg, jobs: make(chan *job), live: cfg.Workers, stats: newStats()}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	started := make(chan error, cfg.Workers)
	for range cfg.Workers {
		p.slots.Go(func() { p.work(started) })
	}
	var first error
	for range cfg.Workers {
		if err := <-started; err != nil && first == nil {
			first = err
			p.cancel(err) // the others need not finish starting
		}
	}
	if first != nil {
		p.Close()
		return nil, first
	}
	return p, nil
}

// Close ends the workers and waits until none is left.
func (p *Pool) Close() error {
	p.cancel(errClosed)
	p.slots.Wait()
	return nil
}

// Score scores the molecules, in order: one Score each, whose Error says what it lacks and why. The error is for what stops the
// whole: the context's end, a metric that needs a receptor the pool does not have, or no worker left that can be started; the
// scores then hold what was answered before. progress may be nil; it is called from the caller's goroutine after each molecule.
func (p *Pool) Score(ctx context.Context, mols []*chem.Molecule, what Metrics, progress func(done, total int)) ([]Score, error) {
	if err := p.check(what); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.ctx, func() { cancel(context.Cause(p.ctx)) })()

	scores := make([]Score, len(mols))
	results := make(chan result)
	var waiting []*job
	done := 0
	note := func(i int, s Score) {
		s.Name = scores[i].Name
		scores[i] = s
		done++
		if progress != nil {
			progress(done, len(mols))
		}
	}
	for i, m := range mols {
		scores[i] = blankScore()
		scores[i].Error = "not scored"
		sdf, err := record(m)
		if m != nil {
			scores[i].Name = m.Name
		}
		if err != nil {
			note(i, p.refuse(err))
			continue
		}
		waiting = append(waiting, &job{ctx, i, sdf, what, results})
	}
	for done < len(mols) {
		var jobs chan *job
		var next *job
		if len(waiting) > 0 {
			jobs, next = p.jobs, waiting[0]
		}
		select {
		case jobs <- next: // never on the nil channel
			waiting = waiting[1:]
		case r := <-results:
			note(r.index, r.score)
		case <-ctx.Done():
			return scores, context.Cause(ctx)
		}
	}
	return scores, nil
}

// check refuses what this pool cannot compute for any molecule.
func (p *Pool) check(what Metrics) error {
	if what&needReceptor != 0 && len(p.cfg.Receptor) == 0 {
		return fmt.Errorf("%s: no receptor was given", strings.Join((what&needReceptor).names(), ", "))
	}
	return nil
}

// refuse is the score of a molecule that no worker needs to see.
func (p *Pool) refuse(f *failure) Score {
	s := blankScore()
	s.Error = f.Error()
	p.count(func(st *Stats) { st.Requests++; st.Failures[f.Reason]++ })
	return s
}

// work is one slot: a goroutine that keeps one worker running and takes jobs for it.
func (p *Pool) work(started chan<- error) {
	runtime.LockOSThread() // the kernel kills the worker when this thread ends
	defer runtime.UnlockOSThread()
	worker, err := startProcess(p.ctx, &p.cfg)
	started <- err
	for err == nil {
		select {
		case <-p.ctx.Done():
			err = p.ctx.Err()
		case j := <-p.jobs:
			worker, err = p.do(j, worker)
		}
	}
	if worker != nil {
		worker.end()
	}
}
