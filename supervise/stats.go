package supervise

import "maps"

// Stats counts what a pool has done since its start. Each worker that a request ended is in Ended
// once, so that their sum is Retried plus the failures whose reason begins with GivenUp.
type Stats struct {
	Requests int            // answered, failures among them
	Failures map[string]int // reason -> requests that failed
	Ended    map[string]int // reason -> workers ended by a request
	Retried  int            // requests tried on a second worker
	Restarts int            // workers started in the place of another
	Seconds  float64        // time in workers, summed over them
}

// Stats returns the counts so far.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Failures, s.Ended = maps.Clone(s.Failures), maps.Clone(s.Ended)
	return s
}

// count changes the statistics.
func (p *Pool) count(change func(*Stats)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.stats)
}
