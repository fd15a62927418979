package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// do answers one job with the slot's worker, or with a new one where that ends. It returns the worker for the next job, nil if
// that has yet to be started, or the error that retires the slot.
func (p *Pool) do(j *job, worker *process) (*process, error) {
	if why, listed := p.poisoned(j.request.Key); listed {
		p.deliver(j, Answer{Failure: &Failure{Poisoned + ": " + why.Reason, why.Detail}})
		return worker, nil
	}
	for len(j.ended) < 2 {
		if worker == nil || !worker.fit() || worker.used && len(j.ended) > 0 {
			var err error
			if worker, err = p.restart(j.ctx, worker); err != nil {
				return nil, p.retire(j, err)
			}
		}
		body, err := p.ask(j, worker)
		if err == nil {
			p.deliver(j, Answer{Body: body})
			return worker, nil
		}
		var why Failure
		if j.ctx.Err() != nil || !errors.As(err, &why) { // nobody waits for the answer any more
			worker.end()
			return nil, nil
		}
		if why.Reason == NoJSON {
			p.deliver(j, Answer{Failure: &why})
			return worker, nil
		}
		worker.end()
		worker = nil
		if err := p.ended(j, why); err != nil {
			return nil, err
		}
	}
	p.giveUp(j)
	return nil, nil
}

// ask puts the request to the worker. The error is a Failure, but where the job was cancelled.
func (p *Pool) ask(j *job, worker *process) (json.RawMessage, error) {
	limit := j.request.Limit
	if limit == 0 {
		limit = p.cfg.Limit
	}
	id := newID()
	line, err := encode(id, j.request.Body)
	if err != nil {
		return nil, Failure{NoJSON, oneLine(err.Error())}
	}
	worker.used = true
	begin := time.Now()
	line, err = worker.exchange(j.ctx, limit, append(line, '\n'), true)
	p.count(func(s *Stats) { s.Seconds += time.Since(begin).Seconds() })
	if err != nil {
		return nil, err
	}
	body, err := decode(line, id)
	if err == nil && p.cfg.Check != nil {
		err = p.cfg.Check(body)
	}
	if err != nil {
		return nil, Failure{Rubbish, oneLine(err.Error())}
	}
	return body, nil
}

// neverAnswered bounds, beyond two for each slot, the workers that end before the first answer of all. A command that says when
// it is ready has thereby answered.
const neverAnswered = 4

// ended counts a worker that a request ended. The error ends the pool: nothing it runs has ever answered.
func (p *Pool) ended(j *job, why Failure) error {
	j.ended = append(j.ended, why)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Ended[why.Reason]++
	if len(j.ended) == 1 {
		p.stats.Retried++
	}
	all := 0
	for _, n := range p.stats.Ended {
		all += n
	}
	if p.cfg.Ready != nil || p.answered || all < 2*p.cfg.Workers+neverAnswered {
		return nil
	}
	err := Failure{"no worker has ever answered", why.Error()}
	p.cancel(err)
	return err
}

// giveUp puts a request that has ended two workers on the poison list.
func (p *Pool) giveUp(j *job) {
	why := j.ended[1]
	if j.request.Key != "" {
		p.mu.Lock()
		p.poison[j.request.Key] = why
		p.mu.Unlock()
	}
	p.deliver(j, Answer{Failure: &Failure{GivenUp + ": " + why.Reason, why.Detail}})
}

func (p *Pool) poisoned(key string) (why Failure, listed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	why, listed = p.poison[key]
	return why, listed
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
		p.count(func(s *Stats) { s.Restarts++ })
		if worker, err = startProcess(ctx, &p.cfg); err == nil || ctx.Err() != nil {
			return worker, err
		}
	}
	return nil, err
}

// retire takes a slot whose worker cannot be restarted out of service, and hands its job to another slot. The last slot takes
// the pool with it: Do then returns the error. Where the job was cancelled meanwhile, the slot stays.
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

// deliver hands an answer to its caller and counts it.
func (p *Pool) deliver(j *job, a Answer) {
	p.count(func(s *Stats) {
		s.Requests++
		if a.Failure != nil {
			s.Failures[a.Failure.Reason]++
		} else {
			p.answered = true
		}
	})
	select {
	case j.results <- result{j.index, a}:
	case <-j.ctx.Done():
	}
}
