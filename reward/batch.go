package reward

import (
	"context"
	"fmt"
	"math"
	"strings"

	"keel/chem"
	"keel/oracle"
)

// state is what becomes of a molecule.
type state int

const (
	whole    state = iota // valid, in one piece
	inPieces              // valid, in pieces: what needs a pose is 0
	invalid               // RDKit does not sanitise it
	unread                // nobody knows: the worker failed
)

// batch is molecules on their way through the components.
type batch struct {
	samples  []sample
	states   []state
	results  []Result
	why      [][]string     // by molecule
	failures map[string]int // reasons without details
}

func newBatch(mols []*chem.Molecule, scores []oracle.Score, parts int) *batch {
	b := &batch{failures: map[string]int{}}
	for i, m := range mols {
		s := sample{m, &scores[i]}
		b.samples = append(b.samples, s)
		b.states = append(b.states, s.state())
		b.results = append(b.results, Result{Raw: unknown(parts), Values: unknown(parts), Whole: s.state() == whole})
	}
	b.why = make([][]string, len(mols))
	return b
}

func unknown(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = math.NaN()
	}
	return list
}

// state: a worker that has read a molecule has counted its atoms. One that died has said nothing of it, not even that it is not valid.
func (s sample) state() state {
	switch {
	case s.mol == nil || len(s.mol.Atoms) == 0:
		return invalid
	case s.score.Valid && s.score.Connected:
		return whole
	case s.score.Valid:
		return inPieces
	case s.score.Atoms > 0:
		return invalid
	}
	return unread
}

// measure asks component k about the molecules that it can say something of.
func (b *batch) measure(ctx context.Context, k int, p part) error {
	var asked []int
	var in []sample
	for i, s := range b.samples {
		switch {
		case b.states[i] == inPieces && p.posed:
			b.results[i].Values[k] = 0
		case b.states[i] == whole || b.states[i] == inPieces:
			asked, in = append(asked, i), append(in, s)
		}
	}
	measures, err := p.metric.values(ctx, in)
	if err != nil {
		return err
	}
	for n, i := range asked {
		m := measures[n]
		if m.failure == nil {
			b.results[i].Raw[k] = m.value
			b.results[i].Values[k] = p.transform(m.value)
			if math.IsNaN(b.results[i].Values[k]) {
				m = failed("the transform has no answer for a value", fmt.Sprint(m.value))
			}
		}
		if m.failure != nil {
			b.fail(i, p.name+": "+m.failure.Reason, m.failure.Detail)
		}
	}
	return nil
}

// fail notes a reason.
func (b *batch) fail(i int, reason, detail string) {
	b.failures[reason]++
	if detail != "" {
		reason += ": " + detail
	}
	b.why[i] = append(b.why[i], reason)
}

// total adds up.
func (b *batch) total(r *Reward) {
	weights := make([]float64, len(r.parts))
	for k, p := range r.parts {
		weights[k] = p.weight
	}
	for i := range b.results {
		one := &b.results[i]
		switch b.states[i] {
		case invalid:
			one.Total = r.config.Invalid
		case unread:
			one.Total = math.NaN()
			b.fail(i, "not scored", b.samples[i].score.Error)
		default:
			one.Total = aggregates[r.config.Aggregate](one.Values, weights)
			one.Total -= r.config.Pieces * outside(b.samples[i])
		}
		one.Error = strings.Join(b.why[i], "; ")
	}
}

// outside is the share of a molecule's atoms that are not in its largest piece.
func outside(s sample) float64 {
	if s.score.Connected {
		return 0
	}
	return 1 - float64(len(s.mol.Fragments()[0]))/float64(len(s.mol.Atoms))
}
