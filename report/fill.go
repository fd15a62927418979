package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"keel/chem"
	"keel/oracle"
	"keel/run"
)

// Workers are asked for what the files lack of the molecules that the page shows.
const (
	wanted = oracle.Depiction | oracle.Fingerprint | oracle.Descriptors | oracle.Strain | oracle.Alerts
	posed  = oracle.Clashes | oracle.PoseBusters // against the residues of pocket.pdb
)

// Fill asks workers for pictures, fingerprints and figures that the files of a loaded run lack of the molecules shown, with progress on log; what a file says is never
// changed. Where no worker can be started the page does without, and says why.
func (in *Input) Fill(ctx context.Context, log io.Writer) error {
	asked := in.questions()
	if len(asked) == 0 {
		return nil
	}
	cfg := oracle.Config{}
	if p, err := in.protein(); err == nil && p != nil {
		cfg.Receptor, _, err = chem.ReceptorPDBQT(p)
		if err != nil {
			in.lack("Not every figure could be filled in: %v.", err)
		}
		cfg.ReceptorName = "pocket.pdb"
	}
	pool, err := oracle.Start(ctx, cfg)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		in.lack("What the run's files lack could not be filled in (pictures, clusters, strain, alerts, PoseBusters): %v.", err)
		return nil
	}
	defer pool.Close()
	return in.ask(ctx, pool, asked, len(cfg.Receptor) > 0, log)
}

func (in *Input) lack(format string, args ...any) {
	in.Missing = append(in.Missing, fmt.Sprintf(format, args...))
}

// question is a molecule with what it lacks.
type question struct {
	to   *Molecule
	mol  *chem.Molecule
	what oracle.Metrics
}

// questions are the molecules of the page, and the reference, that have a pose and lack something.
func (in *Input) questions() (list []question) {
	all := in.choice.shown
	if in.Reference != nil {
		all = append(all[:len(all):len(all)], in.Reference)
	}
	for _, m := range all {
		what := m.lacks(wanted | posed)
		if what == 0 || m.SDF == "" {
			continue
		}
		mols, bad, err := chem.ParseSDF(strings.NewReader(m.SDF), "the pose of "+m.Name)
		if err == nil && len(bad) > 0 {
			err = bad[0]
		}
		if err != nil {
			in.lack("%v.", err)
			continue
		}
		list = append(list, question{m, mols[0], what})
	}
	return list
}

// lacks are those of the metrics that the molecule has no value of.
func (m *Molecule) lacks(what oracle.Metrics) (missing oracle.Metrics) {
	for _, name := range oracle.MetricNames() {
		metric, _ := oracle.MetricOf(name)
		if what&metric == 0 {
			continue
		}
		_, number := m.Values[name]
		_, text := m.Texts[name]
		if !number && !text && !(metric == oracle.Depiction && m.Depiction != "") && !(metric == oracle.Fingerprint && len(m.Fingerprint) > 0) {
			missing |= metric
		}
	}
	return missing
}

// ask puts the questions, those with the same lacks together.
func (in *Input) ask(ctx context.Context, pool *oracle.Pool, asked []question, receptor bool, log io.Writer) error {
	progress := run.NewProgress(log, "drawing and scoring for the report", 0, len(asked))
	defer progress.Done()
	groups := map[oracle.Metrics][]question{}
	var order []oracle.Metrics
	for _, q := range asked {
		if !receptor {
			q.what &^= posed
		}
		if groups[q.what] == nil {
			order = append(order, q.what)
		}
		groups[q.what] = append(groups[q.what], q)
	}
	before := 0
	for _, what := range order {
		group := groups[what]
		mols := make([]*chem.Molecule, len(group))
		for i, q := range group {
			mols[i] = q.mol
		}
		scores, err := pool.Score(ctx, mols, what, func(done, _ int) { progress.Set(before + done) })
		if err != nil {
			return err
		}
		before += len(group)
		for i, q := range group {
			if err := q.to.adopt(&scores[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// adopt takes over what the molecule has not.
func (m *Molecule) adopt(s *oracle.Score) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	var more Molecule
	if err := json.Unmarshal(text, &more); err != nil {
		return err
	}
	if m.filled == nil {
		m.filled = map[string]bool{}
	}
	for key, v := range more.Values {
		if _, ok := m.Values[key]; !ok {
			m.Values[key] = v
			m.filled[key] = true
		}
	}
	for key, v := range more.Texts {
		if _, ok := m.Texts[key]; !ok {
			m.Texts[key] = v
		}
	}
	if m.SMILES == "" {
		m.SMILES = more.SMILES
	}
	if m.Depiction == "" {
		m.Depiction = more.Depiction
	}
	if len(m.Fingerprint) == 0 {
		m.Fingerprint = more.Fingerprint
	}
	return nil
}

// protein is the pocket's residues; nil where the run has none.
func (in *Input) protein() (*chem.Protein, error) {
	if in.Pocket == "" {
		return nil, nil
	}
	return chem.ParsePDB(bytes.NewReader([]byte(in.Pocket)), "pocket.pdb")
}
