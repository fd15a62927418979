package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"
	"time"
)

// Pool is a set of workers. Its methods may be called at the same time from several goroutines.
type Pool struct {
	cfg    Config
	ctx    context.Context // ends when the pool is closed, or has no worker left
	cancel context.CancelCauseFunc
	jobs   chan *job
	slots  sync.WaitGroup

	mu       sync.Mutex
	live     int  // slots that can still answer
	answered bool // some worker has answered something
	poison   map[string]Failure
	stats    Stats
}

// Request is one thing to ask.
type Request struct {
	Key   string        // what is the same for requests that ask the same; "" is never put on the poison list
	Body  any           // becomes a JSON object, to which "id" is added
	Limit time.Duration // 0 means the pool's
}

// Answer is what a worker said, or why there is nothing.
type Answer struct {
	Body    json.RawMessage // a JSON object, with the "id"; nil with a Failure
	Failure *Failure
}

// job is one request on its way through the pool.
type job struct {
	ctx     context.Context
	index   int
	request Request
	results chan<- result
	ended   []Failure // of the workers that it ended
}

type result struct {
	index  int
	answer Answer
}

// ErrClosed is the error of Do after Close.
var ErrClosed = errors.New("the pool of workers is closed")

// Start starts the workers and returns once each is ready. They end with ctx. The error is one line; it is Config.Ready's, if that
// gave one.
func Start(ctx context.Context, cfg Config) (*Pool, error) {
	cfg = cfg.withDefaults()
	if cfg.Workers < 0 {
		return nil, fmt.Errorf("%d workers asked for; at least 1 is needed", cfg.Workers)
	}
	if len(cfg.Command) == 0 {
		return nil, errors.New("no command to run was given")
	}
	p := &Pool{cfg: cfg, jobs: make(chan *job), live: cfg.Workers, poison: map[string]Failure{}}
	maps.Copy(p.poison, cfg.Poison)
	p.stats.Failures, p.stats.Ended = map[string]int{}, map[string]int{}
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

// Close ends the workers and waits until none is left. It may be called again.
func (p *Pool) Close() error {
	p.cancel(ErrClosed)
	p.slots.Wait()
	return nil
}

// Do answers the requests, in order. The error is for what stops the whole: the context's end, the pool's, or no worker left that
// can be started; the requests not answered by then have the failure NotAnswered. progress may be nil; it is called from the
// caller's goroutine with each answer as it comes.
func (p *Pool) Do(ctx context.Context, requests []Request, progress func(i int, a Answer)) ([]Answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.ctx, func() { cancel(context.Cause(p.ctx)) })()

	answers := make([]Answer, len(requests))
	for i := range answers {
		answers[i].Failure = &Failure{Reason: NotAnswered}
	}
	results := make(chan result)
	for sent, done := 0, 0; done < len(requests); {
		var jobs chan *job // nil, on which nothing is sent, when all are on their way
		var next *job
		if sent < len(requests) {
			jobs, next = p.jobs, &job{ctx: ctx, index: sent, request: requests[sent], results: results}
		}
		select {
		case jobs <- next:
			sent++
		case r := <-results:
			done++
			answers[r.index] = r.answer
			if progress != nil {
				progress(r.index, r.answer)
			}
		case <-ctx.Done():
			return answers, context.Cause(ctx)
		}
	}
	return answers, nil
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
		worker.quit()
	}
}
