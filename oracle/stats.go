package oracle

import (
	"maps"

	"keel/supervise"
)

// Stats counts what a pool has done since its start.
type Stats struct {
	Requests int                // molecules answered
	Hits     int                // of them, those for which no worker was asked, for all was known
	Failures map[string]int     // reason -> how often; a molecule may have several
	Restarts int                // workers started in the place of one that died, hung or talked rubbish
	Seconds  float64            // time in workers, summed over them
	Steps    map[string]float64 // of it by step: read, prepare, set_ligand, vina_score, vina_min, qed, ...
	Torn     int                // half lines cut off the cache's file, left by a run that was killed
}

// answered counts a molecule.
func (s *Stats) answered(failures []supervise.Failure, hit bool) {
	s.Requests++
	if hit {
		s.Hits++
	}
	for _, f := range failures {
		s.Failures[f.Reason]++
	}
}

// Stats returns the counts so far.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Failures, s.Steps = maps.Clone(s.Failures), maps.Clone(s.Steps)
	if p.workers != nil {
		w := p.workers.Stats()
		s.Restarts, s.Seconds = w.Restarts, w.Seconds
	}
	return s
}

// count changes the statistics.
func (p *Pool) count(change func(*Stats)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.stats)
}
