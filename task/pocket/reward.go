package pocket

import (
	"errors"
	"math"

	"keel/chem"
	"keel/oracle"
)

// RewardConfig says what a molecule earns:
//
//	vina * clip(-(score + minimised) / 2, -5, 12) / 10 + qed * QED + sa * SA
//
// for a valid molecule in one piece. Pieces and what RDKit does not sanitise earn less than any of those.
type RewardConfig struct {
	Vina float64 `toml:"vina"`
	QED  float64 `toml:"qed"`
	SA   float64 `toml:"sa"`
}

// DefaultReward weighs binding against being a drug: with less weight on SA the first tuned molecules were cages.
func DefaultReward() RewardConfig { return RewardConfig{Vina: 1, QED: 0.5, SA: 1} }

// Check says what is wrong with the weights.
func (c RewardConfig) Check() error {
	for _, v := range []float64{c.Vina, c.QED, c.SA} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return errors.New("reward weights vina, qed and sa: expected finite numbers, 0 or more")
		}
	}
	if c.Vina+c.QED+c.SA == 0 {
		return errors.New("reward weights vina, qed and sa are all 0: there is nothing to tune for")
	}
	return nil
}

const (
	vinaWorst = -5.0 // of -energy in kcal/mol: a clash of any depth is as bad as this
	vinaBest  = 12.0
	vinaUnit  = 10.0
	inPieces  = -1.0 // reward of the smallest pieces
	invalid   = -1.2
)

// Of gives a molecule's reward, NaN where a score that it needs failed.
func (c RewardConfig) Of(m *chem.Molecule, s oracle.Score) float64 {
	switch {
	case len(m.Atoms) == 0 || !s.Valid:
		return invalid
	case !s.Connected:
		whole := float64(len(m.Fragments()[0])) / float64(len(m.Atoms))
		return inPieces + 0.7*whole
	}
	r := 0.0
	if c.Vina > 0 {
		energy := -(s.VinaScore + s.VinaMin) / 2
		r += c.Vina * min(max(energy, vinaWorst), vinaBest) / vinaUnit
	}
	if c.QED > 0 {
		r += c.QED * s.QED
	}
	if c.SA > 0 {
		r += c.SA * s.SA
	}
	return r
}
