package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"keel/chem"
	"keel/evaluate"
	"keel/oracle"
	"keel/quality"
	"keel/run"
	"keel/task/pocket"
)

// What is computed of all molecules, and then of those that are valid and in one piece, which alone have a pose to be judged.
const (
	modelQuick = oracle.Quick | oracle.LogP | oracle.Rotatable
	modelFull  = modelQuick | oracle.Strain | oracle.Clashes | oracle.PoseBusters
)

// open opens the engine and the model.
func (j *modelJob) open(stderr io.Writer) (err error) {
	if j.engine, err = openEngine(stderr); err != nil {
		return err
	}
	if j.weights == "" {
		j.weights = defaultWeights()
	}
	j.model, err = pocket.ReadModel(j.engine, j.weights)
	return badInput(err)
}

// judge samples and scores one pocket. unfit says why it cannot be used, or what of it cannot; the error is for what stops all.
func (j *modelJob) judge(ctx context.Context, p evaluate.Pocket, stderr io.Writer) (got *quality.Pocket, unfit []error, err error) {
	site, err := pocket.OpenSite(p.Receptor, p.Ligand, nil)
	if err != nil {
		return nil, []error{fmt.Errorf("%s: %w", p.Name, err)}, nil
	}
	for _, note := range site.Notes {
		fmt.Fprintf(stderr, "%s: receptor: %s\n", p.Name, note)
	}
	set, err := evaluate.Read(p)
	if err != nil {
		return nil, []error{err}, nil
	}
	got = &quality.Pocket{Target: evaluate.Target{Name: p.Name, Unreadable: len(set.Unreadable)}}
	if got.Asked = len(set.Molecules) + got.Unreadable; j.asked && len(p.Molecules) > 0 {
		got.Asked = max(got.Asked, j.n)
	}
	if j.molecules == "" {
		if set.Molecules, got.Seconds, err = j.sampled(ctx, site, p.Name, stderr); err != nil {
			return nil, nil, err
		}
		got.Asked = j.n
	}
	relaxed, err := j.relaxed(ctx, site, p.Name, set.Molecules, stderr)
	if err != nil {
		return nil, nil, err
	}
	if err := j.score(ctx, site, set, relaxed, got, stderr); err != nil {
		return nil, nil, err
	}
	got.Random, err = j.placed(ctx, site, got)
	return got, nil, err
}

// sampling is what is kept of a pocket's sampling beside its molecules.
type sampling struct {
	Asked   int     `json:"asked"`
	Written int     `json:"written"` // the rest cannot be written as SDF: coordinates that are not finite, say
	Seconds float64 `json:"seconds"`
}

// sampled are the pocket's molecules, from the folder where they are there, and how long their sampling took.
func (j *modelJob) sampled(ctx context.Context, site *pocket.Site, name string, stderr io.Writer) ([]*chem.Molecule, float64, error) {
	dir := filepath.Join(j.out, "pockets", name)
	molecules, record := filepath.Join(dir, "molecules.sdf"), filepath.Join(dir, "sampling.json")
	var s sampling
	if text, err := os.ReadFile(record); err == nil {
		if err := json.Unmarshal(text, &s); err != nil {
			return nil, 0, badInputf("%s: %w; remove the folder to sample again", record, err)
		}
		mols, err := readPoses(molecules, s.Written)
		return mols, s.Seconds, err
	}
	target, err := pocket.NewTarget(j.engine, j.model, site.Pocket, site.Centre, j.sizes)
	if err != nil {
		return nil, 0, badInput(err)
	}
	begin := time.Now()
	drawn, _, err := pocket.Draw(ctx, j.engine, target, j.model.Params, j.n, j.how, j.seed, stderr)
	if err != nil {
		return nil, 0, err
	}
	s = sampling{Asked: j.n, Seconds: time.Since(begin).Seconds()}
	var mols []*chem.Molecule
	for _, m := range drawn {
		if chem.WriteSDF(io.Discard, []*chem.Molecule{m}) == nil {
			mols = append(mols, m)
		}
	}
	s.Written = len(mols)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, 0, err
	}
	if err := run.WriteFile(molecules, func(w io.Writer) error { return chem.WriteSDF(w, mols) }); err != nil {
		return nil, 0, err
	}
	if err := run.WriteFile(record, func(w io.Writer) error { return json.NewEncoder(w).Encode(s) }); err != nil {
		return nil, 0, err
	}
	mols, err = readPoses(molecules, s.Written) // as a resumed run will have them
	return mols, s.Seconds, err
}

// readPoses reads back so many molecules.
func readPoses(path string, n int) ([]*chem.Molecule, error) {
	if n == 0 {
		return nil, nil
	}
	mols, bad, err := chem.ReadSDF(path)
	if err != nil {
		return nil, err
	}
	if len(mols) != n {
		return nil, badInputf("%s: %d of %d molecules can be read (%v); remove the folder to sample again", path, len(mols), n, errors.Join(bad...))
	}
	return mols, nil
}

// relaxed are the relaxed poses of a pocket's molecules: from the folder where they are there, else, with --relax, made and kept there.
func (j *modelJob) relaxed(ctx context.Context, site *pocket.Site, name string, mols []*chem.Molecule, stderr io.Writer) ([]*chem.Molecule, error) {
	path := filepath.Join(j.out, "pockets", name, "relaxed.sdf")
	_, err := os.Stat(path)
	if missing := errors.Is(err, fs.ErrNotExist); missing && (!j.relax || len(mols) == 0) {
		return nil, nil
	} else if missing {
		pool, err := site.Oracle(ctx, oracle.Config{Workers: j.workers})
		if err != nil {
			return nil, err
		}
		defer pool.Close()
		poses, _, err := relaxAll(ctx, pool, mols, stderr)
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, err
		}
		if err := run.WriteFile(path, func(w io.Writer) error { return chem.WriteSDF(w, poses) }); err != nil {
			return nil, err
		}
	}
	poses, _, err := chem.ReadSDF(path)
	for i := range poses {
		poses[i] = poses[i].HeavyOnly()
	}
	return poses, err
}

// score scores reference, molecules and relaxed poses in one go, so that all workers have work.
func (j *modelJob) score(ctx context.Context, site *pocket.Site, set *evaluate.Set, relaxed []*chem.Molecule, got *quality.Pocket, stderr io.Writer) error {
	pool, err := site.Oracle(ctx, oracle.Config{Workers: j.workers, CacheFile: filepath.Join(j.out, scoresFile)})
	if err != nil {
		return err
	}
	defer pool.Close()
	mols := append(append([]*chem.Molecule{set.Reference}, set.Molecules...), relaxed...)
	quick, err := pool.Score(ctx, mols, modelQuick, nil)
	if err != nil {
		return err
	}
	entries := make([]evaluate.Entry, len(mols))
	var whole []*chem.Molecule
	var at []int
	for i, m := range mols {
		if entries[i] = (evaluate.Entry{Molecule: m, Score: quick[i]}); entries[i].Evaluated() {
			whole, at = append(whole, m), append(at, i)
		}
	}
	if len(whole) > 0 {
		full, err := pocket.ScoreAll(ctx, pool, whole, modelFull, stderr)
		if err != nil {
			return err
		}
		for k, i := range at {
			entries[i].Score = full.Scores[k]
		}
	}
	n := 1 + len(set.Molecules)
	got.Reference, got.Molecules, got.Relaxed = entries[0], entries[1:n], entries[n:]
	return nil
}

// placed are the evaluated molecules placed at random in the same box, with their minimised energies.
func (j *modelJob) placed(ctx context.Context, site *pocket.Site, got *quality.Pocket) ([]evaluate.Entry, error) {
	h := fnv.New64a()
	io.WriteString(h, got.Name)
	rng := rand.New(rand.NewPCG(j.seed, h.Sum64()))
	var mols []*chem.Molecule
	for _, e := range got.Molecules {
		if e.Evaluated() {
			mols = append(mols, quality.PlaceAtRandom(e.Molecule, site.Centre, rng))
		}
	}
	if len(mols) == 0 {
		return nil, nil
	}
	pool, err := site.Oracle(ctx, oracle.Config{Native: true})
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	scores, err := pool.Score(ctx, mols, oracle.VinaMin, nil)
	if err != nil {
		return nil, err
	}
	list := make([]evaluate.Entry, len(mols))
	for i, m := range mols {
		scores[i].Valid, scores[i].Connected = true, true // as RDKit said of the same molecule
		list[i] = evaluate.Entry{Molecule: m, Score: scores[i]}
	}
	return list, nil
}
