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
// for a valid molecule in one piece. One in pieces, which Vina does not score, gets vina * (-0.9 + 0.4 share of the largest) in
// place of the first term: less than any whole one. What RDKit does not sanitise earns -1.2.
type RewardConfig struct {
	Vina float64 `toml:"vina"`
	QED  float64 `toml:"qed"`
	SA   float64 `toml:"sa"`
}

// DefaultReward weighs binding against being a drug that can be made: with less weight on SA the tuned molecules were cages.
func DefaultReward() RewardConfig { return RewardConfig{Vina: 1, QED: 0.5, SA: 2} }

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
	inPieces  = -0.9 // in place of Vina's term
	wholeness = 0.4  // times the largest piece's share, on top of it
	invalid   = -1.2
)

// Of gives a molecule's reward, NaN where a score that it needs failed.
func (c RewardConfig) Of(m *chem.Molecule, s oracle.Score) float64 {
	if len(m.Atoms) == 0 || !s.Valid {
		return invalid
	}
	// Vina's term sets pieces apart from wholes even where only QED and SA are asked for.
	binding := 0.0
	switch {
	case !s.Connected:
		share := float64(len(m.Fragments()[0])) / float64(len(m.Atoms))
		binding = max(c.Vina, 1) * (inPieces + wholeness*share)
	case c.Vina > 0:
		binding = c.Vina * min(max(-(s.VinaScore+s.VinaMin)/2, vinaWorst), vinaBest) / vinaUnit
	}
	r := binding
	if c.QED > 0 {
		r += c.QED * s.QED
	}
	if c.SA > 0 {
		r += c.SA * s.SA
	}
	return r
}
