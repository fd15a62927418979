package pocket

import (
	"encoding/json"
	"fmt"
	"math"

	"keel/nn"
)

// sizePolicy is the first act of the policy: how many heavy atoms to ask for. The pocket suggests a distribution, p; what the run has seen rewards a + b n atoms with a
// scatter s about that line; and what maximises E[R]/s - sizeLambda KL(. || p) is p(n) exp(b n / (sizeLambda s)), in closed form. The network is not rewarded for
// size, for its baseline is by size: without this nothing is. It is made of sums over all samples that were drawn from noise.
type sizePolicy struct {
	N, Atoms, Squares         float64 // samples; of the atoms asked for
	Reward, Rewards2, Product float64 // of the reward, without regard to earlier molecules
}

const (
	sizeLambda = 0.3
	// sizeDoubt is so much variance of sizes, in atoms², in which nothing was learned: a hundred samples of the usual scatter.
	sizeDoubt = 600
)

// add takes a sample in.
func (s *sizePolicy) add(atoms, reward float64) {
	s.N, s.Atoms, s.Squares = s.N+1, s.Atoms+atoms, s.Squares+atoms*atoms
	s.Reward, s.Rewards2, s.Product = s.Reward+reward, s.Rewards2+reward*reward, s.Product+reward*atoms
}

// tilt is how much an atom more adds to the logarithm of a size's probability; 0 where nothing is known.
func (s *sizePolicy) tilt() float64 {
	if s.N < 2 {
		return 0
	}
	square, both := s.Squares-s.Atoms*s.Atoms/s.N, s.Product-s.Atoms*s.Reward/s.N
	slope := both / (square + sizeDoubt)
	scatter := (s.Rewards2 - s.Reward*s.Reward/s.N - 2*slope*both + slope*slope*square) / s.N
	if !(scatter > 0) { // all rewards are the same
		return 0
	}
	return min(max(slope/math.Sqrt(scatter)/sizeLambda, -mostTilt), mostTilt)
}

const mostTilt = 2 // beyond it one size is nearly all

// save and load carry it in a checkpoint.
func (s *sizePolicy) save(w *nn.Weights, key string) error {
	text, err := json.Marshal(s)
	w.Metadata[key] = string(text)
	return err
}

func (s *sizePolicy) load(w *nn.Weights, key string) error {
	text, ok := w.Metadata[key]
	if !ok {
		return fmt.Errorf("%s is missing: the checkpoint is of an earlier version; begin the run anew", key)
	}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}
