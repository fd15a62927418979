package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"keel/chem"
	"keel/chem/vina"
	"keel/supervise"
)

// Native are the metrics that Keel computes itself, without a worker: AutoDock Vina's scoring function, local optimisation and
// search, as package vina has them.
const Native = VinaScore | VinaMin | MinPose | QuickDock | QuickPose

// here are the metrics that this process computes.
func (c *Config) here() Metrics {
	if c.DockHere {
		return Native | VinaDock | DockPose
	}
	return Native
}

// onLigandText are the metrics for which a worker is given the PDBQT that the native ones were computed from.
const onLigandText = VinaDock | DockPose | VinaScoreReference | VinaMinReference | RelaxedPose

// native is a receptor in this process.
type native struct {
	receptor *vina.Receptor
	field    *vina.Field // nil where every molecule has a box of its own
	seed     uint64      // of searches
	effort   int         // of VinaDock: exhaustiveness
}

// newNative reads the receptor; nil where there is none. The error is a *chem.InputError.
func newNative(cfg *Config) (*native, error) {
	if len(cfg.Receptor) == 0 {
		return nil, nil
	}
	receptor, err := vina.ReadReceptor(cfg.Receptor, cfg.ReceptorName)
	if err != nil {
		return nil, err
	}
	n := &native{receptor: receptor, seed: uint64(cfg.Seed), effort: cfg.Exhaustiveness}
	if cfg.ownBoxes() {
		return n, nil
	}
	if n.field, err = receptor.Field(cfg.Box); err != nil {
		return nil, &chem.InputError{File: cfg.ReceptorName, Problem: err.Error()}
	}
	return n, nil
}

// compute answers the native part of the open questions on all CPUs, finishes those of which all is known then, and leaves the
// others open.
func (b *batch) compute(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	computed := make(chan *question)
	go func() {
		var group errgroup.Group
		group.SetLimit(b.pool.cfg.Workers)
		for _, q := range b.open {
			group.Go(func() error {
				if ctx.Err() == nil {
					b.pool.computeNative(ctx, q)
				}
				computed <- q
				return nil
			})
		}
		group.Wait()
		close(computed)
	}()
	var open []*question
	for q := range computed {
		if ctx.Err() != nil {
			continue
		}
		if q.missing != 0 {
			open = append(open, q)
		} else if err := b.hear(q, part{}); err != nil {
			cancel(err)
		}
	}
	slices.SortFunc(open, func(p, q *question) int { return p.at[0] - q.at[0] }) // asked in the molecules' order, whoever was first here
	b.open = open
	return context.Cause(ctx)
}

// computeNative adds what needs no worker to what is known of a molecule.
func (p *Pool) computeNative(ctx context.Context, q *question) {
	seconds := map[string]float64{}
	mine := q.missing & p.cfg.here()
	got := part{have: mine, values: map[string]json.RawMessage{}}
	if q.missing&(mine|onLigandText) != 0 && p.native != nil {
		p.native.score(ctx, q, &got, seconds)
	}
	if p.cfg.Native {
		got.have |= identity
		got.set("smiles", q.mol.SMILES())
		got.set("atoms", len(q.mol.HeavyOnly().Atoms))
		got.set("valid", q.mol.CheckValence() == nil)
		got.set("connected", len(q.mol.Fragments()) == 1)
	}
	q.known, q.missing = q.known.merge(got), q.missing&^got.have
	q.native = got
	p.count(func(s *Stats) {
		for step, t := range seconds {
			s.Steps[step] += t
		}
	})
}

// score scores and minimises the molecule as far as it is asked for.
func (n *native) score(ctx context.Context, q *question, got *part, seconds map[string]float64) {
	begin := time.Now()
	lap := func(step string) {
		seconds[step] += time.Since(begin).Seconds()
		begin = time.Now()
	}
	ligand, field, err := n.prepare(q)
	lap("prepare")
	if err != nil {
		got.have |= q.missing & onLigandText // not to be asked of a worker either
		got.lack(got.have, err)
		return
	}
	if got.have&VinaScore != 0 {
		e, err := field.Score(ligand)
		lap("vina_score")
		got.energy("vina_score", VinaScore, e, err)
	}
	if got.have&(VinaMin|MinPose) != 0 {
		e, pose, err := field.Minimise(ligand)
		lap("vina_min")
		got.energy("vina_min", VinaMin|MinPose, e, err)
		if got.have&MinPose != 0 && err == nil {
			got.pose("pose_min", MinPose, q.mol, q.ligand, pose)
		}
	}
	if got.have&(VinaDock|DockPose) != 0 {
		found, err := field.Dock(ctx, ligand, vina.DockOptions{Exhaustiveness: n.effort, Poses: 1, Seed: n.seed})
		lap("vina_dock")
		if err != nil {
			got.lack(got.have&(VinaDock|DockPose), err)
		} else {
			got.energy("vina_dock", VinaDock|DockPose, found[0].Energy, nil)
			if got.have&DockPose != 0 {
				got.pose("pose_dock", DockPose, q.mol, q.ligand, found[0].Positions)
			}
		}
	}
	if got.have&(QuickDock|QuickPose) != 0 {
		e, pose, err := quickDock(ctx, field, ligand, n.seed)
		lap("quick_dock")
		got.energy("quick_dock", QuickDock|QuickPose, e, err)
		if got.have&QuickPose != 0 && err == nil {
			got.pose("pose_quick", QuickPose, q.mol, q.ligand, pose)
		}
	}
}

// quickDock searches for a little while, and never finds less than the nearest minimum.
func quickDock(ctx context.Context, f *vina.Field, l *vina.Ligand, seed uint64) (vina.Energy, []chem.Vec, error) {
	e, pose, err := f.Minimise(l)
	if err != nil {
		return e, pose, err
	}
	docked, err := f.Dock(ctx, l, vina.Hasty(seed))
	if errors.Is(err, vina.ErrNoPose) || err == nil && docked[0].Energy.Total >= e.Total {
		return e, pose, nil
	}
	if err != nil {
		return e, pose, err
	}
	return docked[0].Energy, docked[0].Positions, nil
}

// prepare reads the molecule as Vina does, and finds the field of its box.
func (n *native) prepare(q *question) (*vina.Ligand, *vina.Field, error) {
	text, err := chem.LigandPDBQT(q.mol)
	if err != nil {
		return nil, nil, err
	}
	ligand, err := vina.ReadLigand(text.PDBQT, "ligand")
	if err != nil {
		return nil, nil, err
	}
	q.ligand = text
	if n.field != nil {
		return ligand, n.field, nil
	}
	box := chem.BoxOfPose(q.mol)
	q.box = &box
	field, err := n.receptor.Field(box)
	if err != nil {
		err = supervise.Failure{Reason: "the molecule is far from the receptor", Detail: err.Error()}
	}
	return ligand, field, err
}

// set puts a value into a part. Values here always encode.
func (p *part) set(name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		p.lack(metricOfValue(name), err)
		return
	}
	p.values[name] = text
}

// lack notes a failure and what it cost. It may be nothing.
func (p *part) lack(of Metrics, err error) {
	why := supervise.Failure{Reason: err.Error()}
	var unfit *chem.LigandError
	var given supervise.Failure
	var input *chem.InputError
	switch {
	case errors.As(err, &given):
		why = given
	case errors.As(err, &unfit):
		why = supervise.Failure{Reason: unfit.Reason, Detail: unfit.Detail}
	case errors.As(err, &input):
		why = supervise.Failure{Reason: "Vina cannot read the ligand", Detail: input.Problem}
	}
	if of != 0 {
		p.lacks = append(p.lacks, lack{of, why})
	}
}

func (p *part) energy(name string, of Metrics, e vina.Energy, err error) {
	if err != nil {
		p.lack(of&p.have, err)
		return
	}
	p.set(name, math.Round(e.Total*1000)/1000) // as AutoDock Vina gives it
}

// pose writes the molecule's heavy atoms where Vina moved them.
func (p *part) pose(name string, of Metrics, m *chem.Molecule, text *chem.LigandText, placed []chem.Vec) {
	moved := &chem.Molecule{Atoms: append([]chem.Atom(nil), m.Atoms...), Bonds: m.Bonds}
	for k, at := range text.Atoms {
		if at >= 0 {
			moved.Atoms[at].Pos = placed[k]
		}
	}
	var sdf bytes.Buffer
	if err := chem.WriteSDF(&sdf, []*chem.Molecule{moved.HeavyOnly()}); err != nil {
		p.lack(of, err)
		return
	}
	p.set(name, sdf.String())
}
