package pocket

import (
	"math/rand/v2"
	"testing"

	"keel/chem/rigid"
)

// By hand: of five molecules of 20 atoms three have 6 groups and two have 8; 21 atoms have none, and take their neighbours'.
func TestGroupCounts(t *testing.T) {
	var d Dataset
	for _, groups := range []int{6, 6, 6, 8, 8} {
		d.Conformers = append(d.Conformers, Example{Ligand: walk(rand.New(rand.NewPCG(1, 1)), 20), Pieces: make([]rigid.Piece, groups)})
	}
	c := CountGroups(&d)
	rng, drawn := rand.New(rand.NewPCG(1, 2)), map[int]int{}
	for range 1000 {
		drawn[c.Draw(rng, 21, 18)]++
	}
	if len(drawn) != 2 || drawn[6] < 550 || drawn[6] > 650 {
		t.Errorf("drawn %v, want 6 in three of five and 8", drawn)
	}
	if c.Most(20) != 8 || c.Draw(rng, 20, 7) != 6 || c.Draw(rng, 20, 5) != 5 {
		t.Errorf("at most %d; within 7: %d, within 5: %d; want 8, 6 and 5", c.Most(20), c.Draw(rng, 20, 7), c.Draw(rng, 20, 5))
	}
	c[25] = []int{6: 19, 12: 1}
	if c.Most(25) != 6 {
		t.Errorf("all but one in twenty have at most %d groups, want 6", c.Most(25))
	}
	if none := GroupCounts(nil); none.Most(12) != 12 || none.Draw(rng, 12, 18) != 12 || none.Draw(rng, 25, 18) != 18 {
		t.Error("without counts every atom is a group")
	}
}
