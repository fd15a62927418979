package pocket

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"keel/chem"
	"keel/nn"
	"keel/oracle"
	"keel/policy"
	"keel/run"
	"keel/sde"
	"keel/solver"
	"keel/tune"
)

// Site is a pocket in a protein, ready for sampling and for scoring.
type Site struct {
	Pocket  *Pocket
	Protein *chem.Protein
	PDB     []byte // the pocket's residues, for the report
	Centre  chem.Vec
	Box     chem.Box
	PDBQT   []byte
	Name    string
	Notes   []string       // what was left out or guessed of the receptor
	Ligand  *chem.Molecule // the reference, heavy atoms only; nil where the user gave a centre

	ligandAtoms   int   // in the ligand's file
	ligandNumbers []int // of Ligand's atoms there, from 1
}

const (
	siteRadius = 12.0 // Å about the ligand or centre: more than PocketAtoms atoms
	farthest   = 10.0 // Å from the place to the nearest protein atom; beyond, it is a place in another frame
)

// OpenSite reads a protein and cuts the pocket about a ligand (an SDF file) or, where that is empty, a centre.
func OpenSite(protein, ligand string, centre *chem.Vec) (*Site, error) {
	p, err := chem.ReadPDB(protein)
	if err != nil {
		return nil, err
	}
	s := &Site{Name: protein, Protein: p}
	var near []chem.Vec
	switch {
	case ligand != "":
		if s.Ligand, err = chem.ReadLigand(ligand); err != nil {
			return nil, err
		}
		s.ligandAtoms = len(s.Ligand.Atoms)
		for i, a := range s.Ligand.Atoms {
			if a.Element != chem.Hydrogen {
				s.ligandNumbers = append(s.ligandNumbers, i+1)
			}
		}
		s.Ligand = s.Ligand.HeavyOnly()
		s.Box, s.Centre, near = chem.BoxOfLigand(s.Ligand), s.Ligand.Centroid(), s.Ligand.Positions()
	case centre != nil:
		s.Box, s.Centre, near = chem.BoxAt(*centre), *centre, []chem.Vec{*centre}
	default:
		return nil, errors.New("where is the pocket? give a ligand's SDF file or a centre x,y,z in Å")
	}
	if _, err := chem.CutPocket(p, near, farthest); err != nil {
		return nil, err
	}
	cut, err := chem.CutPocket(p, near, siteRadius)
	if err != nil {
		return nil, err
	}
	if s.Pocket, err = NewPocket(cut); err != nil {
		return nil, err
	}
	var pdb bytes.Buffer
	if err := chem.WritePDB(&pdb, cut); err != nil {
		return nil, err
	}
	s.PDB = pdb.Bytes()
	s.PDBQT, s.Notes, err = chem.ReceptorPDBQT(p)
	return s, err
}

// Oracle starts the reward workers in this pocket; what c says of the receptor and the box is not looked at. Generated poses may
// reach beyond the ligand's own box: the box has room.
func (s *Site) Oracle(ctx context.Context, c oracle.Config) (*oracle.Pool, error) {
	box := s.Box
	for k := range box.Size {
		box.Size[k] = max(box.Size[k], boxLeast)
	}
	c.Receptor, c.ReceptorName, c.Protein, c.Box = s.PDBQT, s.Name, s.Protein, box
	return oracle.Start(ctx, c)
}

const boxLeast = 24.0 // Å

// Sampled are molecules with their scores, in order.
type Sampled struct {
	Molecules []*chem.Molecule
	Scores    []oracle.Score
	Stats     run.Stats
	Extra     []oracle.Extra // further columns of the table
}

// sampleBatch is how many molecules are sampled at once.
const sampleBatch = 32

// fixedRepeats is how often each step is gone over where a part is fixed, for what is drawn to take in what is given.
const fixedRepeats = 3

// Sampling says how molecules are drawn.
type Sampling struct {
	Steps int     // of the sampler
	Noise float64 // share of the process's noise in each step, 0 to 1; see solver.Cooled
}

// DefaultSampling has the noise at which the model's molecules were best while still all different: docs/pocket-model.md.
func DefaultSampling() Sampling { return Sampling{Steps: 60, Noise: 0.6} }

// Check says what is wrong with the settings.
func (s Sampling) Check() error {
	if s.Steps < 2 {
		return fmt.Errorf("steps: expected at least 2, not %d", s.Steps)
	}
	if !(s.Noise >= 0 && s.Noise <= 1) {
		return fmt.Errorf("noise: expected a share from 0 to 1, not %v", s.Noise)
	}
	return nil
}

// Sample draws n molecules in the target under the given parameters. The same seed gives the same sizes asked for and the same noise,
// whatever the parameters; how many atoms a molecule comes to have is up to the model. See Draw.
func Sample(ctx context.Context, e *nn.Engine, t *Target, params []float32, n int, how Sampling, seed uint64, log io.Writer) ([]*chem.Molecule, error) {
	mols, _, err := t.draw(ctx, e, params, n, how, seed, log, func(*chem.Molecule) bool { return true })
	return mols, err
}

// Draw draws n molecules whose sizes are within the target's bounds: others are drawn anew, and counted in outside. Where the model seldom keeps to the
// bounds, more than drawMost times n would be needed, it gives fewer.
func Draw(ctx context.Context, e *nn.Engine, t *Target, params []float32, n int, how Sampling, seed uint64, log io.Writer) (mols []*chem.Molecule, outside int, err error) {
	return t.draw(ctx, e, params, n, how, seed, log, func(m *chem.Molecule) bool {
		return len(m.Atoms) >= t.sizes.Low && len(m.Atoms) <= t.sizes.High
	})
}

// drawMost is how many molecules Draw draws at most for each that is asked for.
const drawMost = 5

func (t *Target) draw(ctx context.Context, e *nn.Engine, params []float32, n int, how Sampling, seed uint64, log io.Writer, keep func(*chem.Molecule) bool) (mols []*chem.Molecule, left int, err error) {
	p := sde.VP{}
	grid := solver.Cooled(tune.Grid(p, how.Steps), how.Noise)
	if t.fixed != nil {
		if grid, err = policy.Resampled(p, grid, fixedRepeats); err != nil {
			return nil, 0, err
		}
	}
	weights := nn.FromFloats(params, len(params))
	defer nn.Free(weights)
	d := drawing{target: t, engine: e, process: p, steps: grid, weights: weights, batch: sampleBatch}
	progress := run.NewProgress(log, "sampling", 0, n)
	defer progress.Done()
	for len(mols) < n && len(mols)+left < drawMost*n {
		missing := n - len(mols)
		rng := rand.New(rand.NewPCG(seed, uint64(len(mols)+left)))
		drawn, err := d.wave(ctx, rng, (missing+sampleBatch-1)/sampleBatch, func(done int) { progress.Set(n - missing + min(done, missing)) })
		if err != nil {
			return nil, 0, err
		}
		for _, m := range drawn {
			if len(mols) == n {
				break
			}
			if !keep(m) {
				left++
				continue
			}
			m.Name = fmt.Sprintf("keel-%04d", len(mols)+1)
			mols = append(mols, m)
		}
		progress.Set(len(mols))
	}
	return mols, left, nil
}

// ScoreAll scores molecules and sums them up.
func ScoreAll(ctx context.Context, pool *oracle.Pool, mols []*chem.Molecule, what oracle.Metrics, log io.Writer) (*Sampled, error) {
	progress := run.NewProgress(log, "scoring", 0, len(mols))
	defer progress.Done()
	scores, err := pool.Score(ctx, mols, what, func(done, _ int) { progress.Set(done) })
	if err != nil {
		return nil, err
	}
	return &Sampled{Molecules: mols, Scores: scores, Stats: Statistics(scores, len(scores))}, nil
}

// Write writes <name>.sdf (all that decode, in the receptor's frame, with their scores as data items), and <list>.json.
func (s *Sampled) Write(dir, sdf, list string) error {
	out := make([]*chem.Molecule, len(s.Molecules))
	for i, m := range s.Molecules {
		c := *m
		c.Props = append(slices.Clone(m.Props), props(s.Scores[i])...)
		out[i] = &c
	}
	err := run.WriteFile(filepath.Join(dir, sdf), func(w io.Writer) error { return chem.WriteSDF(w, out) })
	if err != nil {
		return err
	}
	return run.WriteFile(filepath.Join(dir, list), func(w io.Writer) error { return json.NewEncoder(w).Encode(s.Scores) })
}

// WriteCSV writes the score table.
func (s *Sampled) WriteCSV(path string) error {
	return run.WriteFile(path, func(w io.Writer) error { return oracle.WriteCSV(w, s.Scores, s.Extra...) })
}

func props(s oracle.Score) []chem.Prop {
	var list []chem.Prop
	for _, p := range []struct {
		key   string
		value float64
	}{{"vina_score", s.VinaScore}, {"vina_min", s.VinaMin}, {"qed", s.QED}, {"sa", s.SA}} {
		if p.value == p.value {
			list = append(list, chem.Prop{Key: p.key, Value: fmt.Sprintf("%.4g", p.value)})
		}
	}
	list = append(list, oracle.RelaxProps(&s)...)
	if s.SMILES != "" {
		list = append(list, chem.Prop{Key: "smiles", Value: s.SMILES})
	}
	if s.Error != "" {
		list = append(list, chem.Prop{Key: "error", Value: s.Error})
	}
	return list
}

// readScores reads back the scores of a list that Write wrote; ok is false where there is none.
func readScores(path string) (scores []oracle.Score, ok bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if err := json.Unmarshal(text, &scores); err != nil {
		return nil, false, fmt.Errorf("%s: %w", path, err)
	}
	return scores, true, nil
}
