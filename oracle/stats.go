package oracle

import "maps"

// Stats counts what a pool has done since its start.
type Stats struct {
	Requests int                // molecules answered
	Failures map[string]int     // reason -> how often; a molecule may have several
	Restarts int                // workers started in the place of one that died, hung or talked rubbish
	Seconds  float64            // time in workers, summed over them
	Steps    map[string]float64 // of it by step: read, prepare, set_ligand, vina_score, vina_min, qed, ...
}

func newStats() Stats { return Stats{Failures: map[string]int{}, Steps: map[string]float64{}} }

func (s *Stats) add(a *answer) {
	s.Requests++
	for _, f := range a.Failures {
		s.Failures[f.Reason]++
	}
	for step, t := range a.Seconds {
		s.Steps[step] += t
	}
}

// Stats returns the counts so far.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Failures, s.Steps = maps.Clone(s.Failures), maps.Clone(s.Steps)
	return s
}
