package oracle

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"keel/chem"
)

// Relaxation says what became of a molecule that was to be relaxed. What is not known is NaN.
type Relaxation struct {
	RMSD      float64 // how far its heavy atoms moved, root mean square, Å
	Max       float64 // and at most, Å
	Strain    float64 // before, kcal/mol
	VinaScore float64 // before, kcal/mol
	Error     string  // why it stays as it was; empty where it was relaxed
}

// Relax moves each pose no further than it takes to have bonds, angles and planes as they should be and no clash with the receptor, and
// to lie well in it (worker/relaxation.py). The molecules that it returns are copies, with the same names, atoms, bonds and data items in
// the same order, in the order given; one that cannot be relaxed, as one in pieces, stays where it is, and its Relaxation says why.
// The same pose always comes out the same. Errors and progress are those of Score.
func (p *Pool) Relax(ctx context.Context, mols []*chem.Molecule, progress func(done, total int)) ([]*chem.Molecule, []Relaxation, error) {
	scores, err := p.Score(ctx, mols, RelaxedPose|VinaScore, progress)
	if err != nil {
		return nil, nil, err
	}
	poses, list := make([]*chem.Molecule, len(mols)), make([]Relaxation, len(mols))
	for i, s := range scores {
		poses[i] = mols[i]
		list[i] = Relaxation{RMSD: s.RelaxRMSD, Max: s.RelaxMax, Strain: s.StrainRaw, VinaScore: s.VinaScore}
		if s.PoseRelax == "" {
			list[i].Error = s.Error
			continue
		}
		if poses[i], err = placedAs(mols[i], "relaxed", s.PoseRelax); err != nil {
			return nil, nil, err
		}
	}
	return poses, list, nil
}

// Mended gives the molecules with bonds, angles and planes as MMFF94s has them and each heavy atom about where it was (worker/mending.py), as Relax gives
// them relaxed; one that has no such pose, as one in pieces, stays as it is.
func (p *Pool) Mended(ctx context.Context, mols []*chem.Molecule) ([]*chem.Molecule, error) {
	return p.posed(ctx, mols, MendedPose, "mended", func(s *Score) string { return s.PoseMended })
}

// QuickDocked gives the molecules where the search of QuickDock has put them; one that has no such pose stays where it is.
func (p *Pool) QuickDocked(ctx context.Context, mols []*chem.Molecule) ([]*chem.Molecule, error) {
	return p.posed(ctx, mols, QuickPose, "docked", func(s *Score) string { return s.PoseQuick })
}

// posed gives the molecules in another pose, where the metric finds one.
func (p *Pool) posed(ctx context.Context, mols []*chem.Molecule, what Metrics, how string, pose func(*Score) string) ([]*chem.Molecule, error) {
	scores, err := p.Score(ctx, mols, what, nil)
	if err != nil {
		return nil, err
	}
	poses := slices.Clone(mols)
	for i := range scores {
		sdf := pose(&scores[i])
		if sdf == "" {
			continue
		}
		if poses[i], err = placedAs(mols[i], how, sdf); err != nil {
			return nil, err
		}
	}
	return poses, nil
}

// placedAs returns a copy of the molecule with the positions of an SDF record of it; how says how they came about.
func placedAs(m *chem.Molecule, how, sdf string) (*chem.Molecule, error) {
	what := "the " + how + " pose of " + m.Name
	read, bad, err := chem.ParseSDF(strings.NewReader(sdf), what)
	if err = errors.Join(append(bad, err)...); err != nil {
		return nil, err
	}
	if len(read) != 1 || len(read[0].Atoms) != len(m.Atoms) {
		return nil, errors.New(what + " has other atoms than the molecule")
	}
	moved := *m
	moved.Atoms, moved.Props = slices.Clone(m.Atoms), slices.Clone(m.Props)
	for i := range moved.Atoms {
		moved.Atoms[i].Pos = read[0].Atoms[i].Pos
	}
	return &moved, nil
}

// relaxColumns are the columns of the score table that Note fills.
var relaxColumns = []string{"relax_rmsd", "relax_max", "strain_raw", "vina_score_raw"}

// Note writes the relaxation into the score of the pose that came of it.
func (r Relaxation) Note(s *Score) {
	if r.Error != "" {
		s.RelaxRMSD, s.RelaxMax, s.StrainRaw, s.VinaScoreRaw = math.NaN(), math.NaN(), math.NaN(), math.NaN()
		s.Error = strings.TrimPrefix(s.Error+"; "+notRelaxed+r.Error, "; ")
		return
	}
	s.RelaxRMSD, s.RelaxMax, s.StrainRaw, s.VinaScoreRaw = r.RMSD, r.Max, r.Strain, r.VinaScore
}

// RelaxProps are the data items that tell of a score's relaxation; none where it was not asked for.
func RelaxProps(s *Score) (list []chem.Prop) {
	for _, name := range append([]string{"strain"}, relaxColumns...) {
		if x, _ := s.Number(name); s.RelaxRMSD == s.RelaxRMSD && orNull(x) != nil {
			list = append(list, chem.Prop{Key: name, Value: formatFigure(x)})
		}
	}
	if _, why, ok := strings.Cut(s.Error, notRelaxed); ok {
		list = append(list, chem.Prop{Key: "not_relaxed", Value: why})
	}
	return list
}

// notRelaxed begins the part of a score's error that says why a pose stays as it was.
const notRelaxed = "not relaxed: "
