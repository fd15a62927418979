package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"keel/chem"
	"keel/evaluate"
	"keel/oracle"
	"keel/run"
)

// scoresFile is the file of an evaluation's folder that keeps every score.
const scoresFile = "scores.jsonl"

// evalMetrics are what the table is made of, but for docking.
const evalMetrics = oracle.Quick | oracle.Strain | oracle.Clashes | oracle.PoseBusters | oracle.Fingerprint

// evalScorer scores a pocket's molecules with a pool of its own, whose workers hold its receptor.
type evalScorer struct {
	job           *evalJob
	progress      *run.Progress
	pockets, done int
	stderr        io.Writer // for what is left out of receptors
}

// Score scores the molecules, each in TargetDiff's box about itself.
func (s *evalScorer) Score(ctx context.Context, p evaluate.Pocket, mols []*chem.Molecule, progress func(int)) ([]oracle.Score, error) {
	s.done++
	s.progress.Note(fmt.Sprintf("pocket %d of %d: %s", s.done, s.pockets, p.Name))
	var notes []string
	defer func() {
		s.progress.Done()
		for _, note := range notes {
			fmt.Fprintf(s.stderr, "%s: receptor: %s\n", p.Name, note)
		}
	}()
	r, err := readReceptor(p.Receptor, mols[0].Positions())
	if err != nil {
		var input *chem.InputError
		if !errors.As(err, &input) {
			input = &chem.InputError{File: p.Receptor, Problem: err.Error()}
		}
		return nil, input
	}
	notes = r.notes
	pool, err := oracle.Start(ctx, oracle.Config{
		Workers: s.job.workers, Receptor: r.pdbqt, ReceptorName: p.Receptor,
		Seed: int64(s.job.seed), Exhaustiveness: s.job.exhaustiveness, DockHere: s.job.docker == "keel",
		CacheFile: s.job.scoresPath(),
	})
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	what := evalMetrics
	if !s.job.noDock {
		what |= oracle.VinaDock
	}
	if s.job.checkVina {
		what |= oracle.VinaScoreReference | oracle.VinaMinReference
	}
	return pool.Score(ctx, mols, what, func(done, _ int) { progress(done) })
}
