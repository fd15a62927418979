package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"keel/chem"
	"keel/oracle"
	"keel/run"
)

// relaxAll relaxes the poses with progress, and tells how far they moved and what could not be relaxed, with its reasons.
func relaxAll(ctx context.Context, pool *oracle.Pool, mols []*chem.Molecule, stderr io.Writer) ([]*chem.Molecule, []oracle.Relaxation, error) {
	progress := run.NewProgress(stderr, "relaxed", 0, len(mols))
	poses, list, err := pool.Relax(ctx, mols, func(done, _ int) { progress.Set(done) })
	progress.Done()
	if err != nil {
		return nil, nil, err
	}
	printRelaxed(stderr, list)
	return poses, list, nil
}

func printRelaxed(w io.Writer, list []oracle.Relaxation) {
	var rmsd, most []float64
	reasons := map[string]int{}
	for _, r := range list {
		if r.Error != "" {
			reasons[r.Error]++
			continue
		}
		rmsd, most = append(rmsd, r.RMSD), append(most, r.Max)
	}
	fmt.Fprintf(w, "relaxed %d of %d poses", len(rmsd), len(list))
	if len(rmsd) > 0 {
		fmt.Fprintf(w, "; heavy atoms moved %.2f Å (median RMSD), at most %.2f Å", middle(rmsd), slices.Max(most))
	}
	fmt.Fprintln(w)
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(w, "not relaxed: %d × %s\n", reasons[reason], reason)
	}
}

// middle is the median of at least one value.
func middle(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// noteRelaxed writes what became of the poses into their scores.
func noteRelaxed(list []oracle.Relaxation, scores []oracle.Score) {
	for i, r := range list {
		r.Note(&scores[i])
	}
}

// writeRelaxed writes the poses as scored, with what became of them as data items.
func writeRelaxed(w io.Writer, poses []*chem.Molecule, scores []oracle.Score) error {
	out := make([]*chem.Molecule, len(poses))
	for i, m := range poses {
		c := *m
		c.Props = append(slices.Clone(m.Props), oracle.RelaxProps(&scores[i])...)
		out[i] = &c
	}
	return chem.WriteSDF(w, out)
}
