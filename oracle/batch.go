package oracle

import (
	"bytes"
	"context"
	"math"
	"strings"

	"keel/chem"
	"keel/supervise"
)

// batch is one call of Score on its way.
type batch struct {
	pool     *Pool
	mols     []*chem.Molecule
	titles   []string
	what     Metrics
	progress func(done, total int)
	scores   []Score
	done     int
	open     []*question
}

// question is a molecule of which something is not known, wherever it stands in the batch.
type question struct {
	key     cacheKey
	record  string
	mol     *chem.Molecule // as the record has it
	known   part
	missing Metrics
	at      []int

	native part             // what was computed here
	ligand *chem.LigandText // as the workers' Vina is to read it; nil where it is not to
	box    *chem.Box        // the molecule's own; nil where all share one
}

func newBatch(p *Pool, mols []*chem.Molecule, what Metrics, progress func(done, total int)) *batch {
	b := &batch{pool: p, mols: mols, titles: make([]string, len(mols)), what: what, progress: progress, scores: make([]Score, len(mols))}
	for i, m := range mols {
		b.scores[i] = blankScore()
		b.scores[i].Error = "not scored"
		if m != nil {
			b.scores[i].Name = m.Name
		}
	}
	return b
}

// recall scores what needs no worker: molecules that none should see, and those of which all is known.
func (b *batch) recall() error {
	questions := map[cacheKey]*question{}
	for i, m := range b.mols {
		title, record, refused := record(m)
		if refused != nil {
			if err := b.finish(i, failed(*refused), false); err != nil {
				return err
			}
			continue
		}
		b.titles[i] = title
		key := keyOf(b.pool.salt, record)
		if q, ok := questions[key]; ok {
			q.at = append(q.at, i)
			continue
		}
		known, err := b.pool.cache.get(key)
		if err != nil {
			return err
		}
		missing := b.what.wanted() &^ known.have
		if missing == 0 {
			if err := b.finish(i, known, true); err != nil {
				return err
			}
			continue
		}
		questions[key] = &question{key: key, record: record, mol: asWritten(m), known: known, missing: missing, at: []int{i}}
		b.open = append(b.open, questions[key])
	}
	return nil
}

// ask puts to the workers what is still open.
func (b *batch) ask(ctx context.Context) error {
	if len(b.open) == 0 {
		return nil
	}
	workers, err := b.pool.staff()
	if err != nil {
		return err
	}
	limit := b.pool.cfg.Timeout
	if b.what&(VinaDock|DockPose) != 0 {
		limit = b.pool.cfg.DockTimeout
	}
	requests := make([]supervise.Request, len(b.open))
	for i, q := range b.open {
		requests[i] = supervise.Request{Key: poisonKey(q.key, q.missing), Body: q.request(max(1, b.pool.cfg.Workers/len(b.open))), Limit: limit}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	_, err = workers.Do(ctx, requests, func(i int, a supervise.Answer) {
		got, err := b.pool.learn(b.open[i], requests[i].Key, a)
		if err == nil {
			err = b.hear(b.open[i], got)
		}
		if err != nil {
			cancel(err)
		}
	})
	if err == nil {
		err = context.Cause(ctx) // the last answer could not be kept
	}
	return explain(err)
}

// request is what a worker is asked of the molecule. Where there are fewer molecules than workers, docking may use more threads than one.
func (q *question) request(threads int) request {
	r := request{SDF: q.record, Metrics: q.missing.names()}
	if q.ligand != nil && q.missing&onLigandText != 0 {
		r.PDBQT, r.Atoms, r.Threads = string(q.ligand.PDBQT), q.ligand.Atoms, threads
		if q.box != nil {
			r.Box = &requestBox{q.box.Center, q.box.Size}
		}
	}
	return r
}

// hear merges a worker's part with what was known, and keeps what is new.
func (b *batch) hear(q *question, got part) error {
	if err := b.pool.cache.put(q.key, q.native.merge(got)); err != nil {
		return err
	}
	whole := q.known.merge(got)
	for k, i := range q.at {
		if err := b.finish(i, whole, k > 0); err != nil {
			return err
		}
	}
	return nil
}

// learn returns the part that an answer holds.
func (p *Pool) learn(q *question, key string, a supervise.Answer) (part, error) {
	if a.Failure != nil {
		if why, ok := a.Failure.GivenUp(); ok {
			return failed(*a.Failure), p.cache.addPoison(key, why)
		}
		return failed(*a.Failure), nil
	}
	parsed, err := parseAnswer(a.Body)
	if err != nil {
		return part{}, err // not so: the workers' Check has seen it
	}
	p.count(func(s *Stats) {
		for step, t := range parsed.Seconds {
			s.Steps[step] += t
		}
	})
	return partOf(parsed, q.missing), nil
}

// finish turns what is known of a molecule into its score.
func (b *batch) finish(i int, p part, hit bool) error {
	s, failures, err := p.score(b.what.wanted())
	if err != nil {
		return err
	}
	reasons := make([]string, len(failures))
	for k, f := range failures {
		reasons[k] = f.Error()
	}
	s.Name, s.Error = b.scores[i].Name, strings.Join(reasons, "; ")
	for _, pose := range []*string{&s.PoseMin, &s.PoseDock, &s.PoseRelax, &s.PoseQuick, &s.PoseMended} {
		*pose = titled(*pose, b.titles[i])
	}
	b.scores[i] = s
	b.pool.count(func(st *Stats) { st.answered(failures, hit) })
	b.done++
	if b.progress != nil {
		b.progress(b.done, len(b.mols))
	}
	return nil
}

// record returns the molecule as the SDF record that a worker reads, without a name, so that molecules that differ in name only
// are one; the title that was its first line; and why no worker should see it.
func record(m *chem.Molecule) (title, sdf string, refused *supervise.Failure) {
	if m == nil || len(m.Atoms) == 0 {
		return "", "", &supervise.Failure{Reason: "no atoms"}
	}
	for _, a := range m.Atoms {
		if !a.Pos.Finite() {
			return "", "", &supervise.Failure{Reason: "coordinates are not finite"}
		}
	}
	var text bytes.Buffer
	bare := &chem.Molecule{Name: m.Name, Atoms: m.Atoms, Bonds: m.Bonds}
	if err := chem.WriteSDF(&text, []*chem.Molecule{bare}); err != nil {
		return "", "", &supervise.Failure{Reason: "not to be written as SDF", Detail: err.Error()}
	}
	title, rest, _ := strings.Cut(text.String(), "\n")
	return title, "\n" + rest, nil
}

// titled gives a name to a record that has none.
func titled(sdf, title string) string {
	if sdf == "" {
		return ""
	}
	return title + sdf
}

// asWritten returns the molecule with its coordinates as an SDF record has them, so that equal records have equal scores.
func asWritten(m *chem.Molecule) *chem.Molecule {
	w := &chem.Molecule{Atoms: append([]chem.Atom(nil), m.Atoms...), Bonds: m.Bonds}
	for i := range w.Atoms {
		for k, x := range w.Atoms[i].Pos {
			w.Atoms[i].Pos[k] = math.Round(x*1e4) / 1e4
		}
	}
	return w
}
