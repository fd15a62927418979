package oracle

import (
	"encoding/json"
	"maps"
	"math"
	"slices"

	"keel/supervise"
)

// identity stands for what comes with every metric: SMILES, heavy atoms, valid and connected.
const identity Metrics = 1 << 31

// companions are figures that come with a metric of another name.
var companions = map[string]Metrics{"alert_names": Alerts, "pb_failed": PoseBusters,
	"relax_rmsd": RelaxedPose, "relax_max": RelaxedPose, "strain_raw": RelaxedPose}

// part is what one source knows of a molecule: a worker, the cache. Parts of the same molecule merge into its score.
type part struct {
	have   Metrics                    // what was computed, with or without success
	values map[string]json.RawMessage // by the names of the score's JSON form
	lacks  []lack
}

// lack is a failure and what it may have cost: of an answer with two failures, each is told of all that is missing.
type lack struct {
	of  Metrics
	why supervise.Failure
}

// wanted is what a worker must have computed for the metrics asked for.
func (m Metrics) wanted() Metrics {
	if m&(MinPose|Efficiency) != 0 {
		m |= VinaMin
	}
	if m&QuickPose != 0 {
		m |= QuickDock
	}
	if m&DockPose != 0 {
		m |= VinaDock
	}
	return m&^derived | identity
}

// metricOfValue returns the metric that a value belongs to; identity where it is none's in particular.
func metricOfValue(name string) Metrics {
	if m, ok := companions[name]; ok {
		return m
	}
	if m, ok := MetricOf(name); ok {
		return m
	}
	return identity
}

// partOf is a worker's answer to a request for the metrics asked.
func partOf(a *answer, asked Metrics) part {
	p := part{have: asked | identity, values: map[string]json.RawMessage{}}
	missing := asked &^ identity
	for name, value := range a.Values {
		m := metricOfValue(name)
		if m&p.have == 0 || string(value) == "null" {
			continue
		}
		p.values[name] = value
		missing &^= m
	}
	if string(a.Values["valid"]) != "true" {
		missing |= identity
	}
	failures := a.Failures
	if len(failures) == 0 && missing&^identity != 0 {
		failures = []supervise.Failure{{Reason: "a worker gave no figure and no reason"}}
	}
	if missing == 0 {
		missing = identity
	}
	for _, f := range failures {
		p.lacks = append(p.lacks, lack{missing, f})
	}
	return p
}

// failed is the part of a molecule that no worker could answer for.
func failed(why supervise.Failure) part {
	return part{lacks: []lack{{identity, why}}}
}

// merge returns what both parts know.
func (p part) merge(q part) part {
	sum := part{have: p.have | q.have, values: map[string]json.RawMessage{}, lacks: slices.Clone(p.lacks)}
	maps.Copy(sum.values, p.values)
	maps.Copy(sum.values, q.values)
	for _, l := range q.lacks {
		if i := slices.IndexFunc(sum.lacks, func(k lack) bool { return k.why == l.why }); i >= 0 {
			sum.lacks[i].of |= l.of
		} else {
			sum.lacks = append(sum.lacks, l)
		}
	}
	return sum
}

// lasting returns what will be so again: all but transient failures and what they cost.
func (p part) lasting() part {
	var kept []lack
	for _, l := range p.lacks {
		if transient(l.why) {
			p.have &^= l.of
		}
	}
	for _, l := range p.lacks {
		if l.of &= p.have; l.of != 0 && !transient(l.why) {
			kept = append(kept, l)
		}
	}
	p.lacks = kept
	return p
}

// score returns the figures asked for, as far as the part has them, and the failures that bear on them. What is no molecule to RDKit
// has no energies, and no other failure than that.
func (p part) score(what Metrics) (Score, []supervise.Failure, error) {
	what |= identity
	shown := map[string]json.RawMessage{}
	for name, value := range p.values {
		if metricOfValue(name)&what != 0 {
			shown[name] = value
		}
	}
	s, err := decodeScore(shown)
	if _, read := shown["valid"]; read && !s.Valid && p.lacking(identity) != nil {
		what = identity
		s.VinaScore, s.VinaMin, s.PoseMin = math.NaN(), math.NaN(), ""
	}
	return s, p.lacking(what), err
}

// lacking returns the failures that bear on the metrics.
func (p part) lacking(what Metrics) (failures []supervise.Failure) {
	for _, l := range p.lacks {
		if l.of&what != 0 {
			failures = append(failures, l.why)
		}
	}
	return failures
}
