package oracle

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"keel/chem"
)

// record returns the molecule as the SDF record that a worker reads, or why no worker should see it.
func record(m *chem.Molecule) (string, *failure) {
	if m == nil || len(m.Atoms) == 0 {
		return "", &failure{Reason: "no atoms"}
	}
	for _, a := range m.Atoms {
		if !a.Pos.Finite() {
			return "", &failure{Reason: "coordinates are not finite"}
		}
	}
	var sdf bytes.Buffer
	if err := chem.WriteSDF(&sdf, []*chem.Molecule{m}); err != nil {
		return "", &failure{Reason: "not to be written as SDF", Detail: err.Error()}
	}
	return sdf.String(), nil
}

// do answers one job with the slot's worker, or with a new one where that ends. It returns the worker for the next job, nil if
// that has yet to be started, or the error that retires the slot.
func (p *Pool) do(j *job, worker *process) (*process, error) {
	limit := p.cfg.Timeout
	if j.what&VinaDock != 0 {
		limit = p.cfg.DockTimeout
	}
	var why failure
	for range 2 {
		if worker == nil || !worker.alive() {
			var err error
			if worker, err = p.restart(j.ctx, worker); err != nil {
				return nil, p.retire(j, err)
			}
		}
		begin := time.Now()
		a, err := worker.score(j.ctx, limit, j.sdf, j.what.names())
		p.count(func(st *Stats) { st.Seconds += time.Since(begin).Seconds() })
		if err == nil {
			p.deliver(j, a)
			return worker, nil
		}
		worker.end()
		worker = nil
		if j.ctx.Err() != nil {
			return nil, nil
		}
		if !errors.As(err, &why) {
			why = failure{Reason: err.Error()}
		}
	}
	blank := blankScore()
	p.deliver(j, &answer{Score: &blank, Failures: []failure{{"given up after a second worker: " + why.Reason, why.Detail}}})
	return nil, nil
}

// restartTries and restartPause bound the patience with a machine that is short of memory or processes for a while.
const (
	restartTries = 3
	restartPause = 500 * time.Millisecond
)

// restart puts a new worker in the place of one that ended.
func (p *Pool) restart(ctx context.Context, old *process) (worker *process, err error) {
	if old != nil {
		old.end()
	}
	for try := range restartTries {
		if try > 0 {
			select {
			case <-time.After(restartPause << try):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		p.count(func(st *Stats) { st.Restarts++ })
		if worker, err = startProcess(ctx, &p.cfg); err == nil || ctx.Err() != nil {
			return worker, err
		}
	}
	return nil, err
}

// retire takes a slot whose worker cannot be restarted out of service, and hands its job to another slot. The last slot takes
// the pool with it: Score then returns the error. Where the job was cancelled meanwhile, the slot stays.
func (p *Pool) retire(j *job, err error) error {
	if j.ctx.Err() != nil {
		return nil
	}
	p.mu.Lock()
	p.live--
	if p.live == 0 {
		p.cancel(err)
	}
	p.mu.Unlock()
	select {
	case p.jobs <- j:
	case <-j.ctx.Done():
	}
	return err
}

// deliver hands a molecule's score to its caller and counts it.
func (p *Pool) deliver(j *job, a *answer) {
	reasons := make([]string, len(a.Failures))
	for i, f := range a.Failures {
		reasons[i] = f.Error()
	}
	a.Score.Error = strings.Join(reasons, "; ")
	p.count(func(st *Stats) { st.add(a) })
	select {
	case j.results <- result{j.index, *a.Score}:
	case <-j.ctx.Done():
	}
}

// count changes the statistics.
func (p *Pool) count(change func(*Stats)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.stats)
}
