package pocket

import (
	"context"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"keel/chem"
	"keel/chem/rigid"
	"keel/nn"
	"keel/sde"
	"keel/tune"
)

// A model whose groups are single atoms: each molecule of a wave has as many as were drawn for it, in the order in which they were drawn, although it
// was sampled in another; and it is the same on one core.
func TestWave(t *testing.T) {
	e := engine(t)
	model, err := RandomModel(e, Network{Layers: 1, Hidden: 16, Pair: 8, Heads: 2, Every: 1}, rigid.NewLearner().Vocabulary(SingleAtoms, 0, 1), 1)
	if err != nil {
		t.Fatal(err)
	}
	model.Groups = make(GroupCounts, 31)
	model.Groups[20] = []int{5: 2, 17: 1}
	around := newShell(t, rand.New(rand.NewPCG(1, 2)))
	target, err := NewTarget(e, model, around, chem.Vec{}, Sizes{Low: 20, High: 20, Mean: 20})
	if err != nil {
		t.Fatal(err)
	}
	weights := nn.FromFloats(model.Params, len(model.Params))
	defer nn.Free(weights)
	d := drawing{target: target, engine: e, process: sde.VP{}, steps: tune.Grid(sde.VP{}, 3), weights: weights, batch: 4}
	const batches = 5
	wave := func() ([]*chem.Molecule, []int) {
		var done []int
		mols, err := d.wave(context.Background(), rand.New(rand.NewPCG(7, 0)), batches, func(n int) { done = append(done, n) })
		if err != nil {
			t.Fatal(err)
		}
		return mols, done
	}
	mols, done := wave()
	if !slices.Equal(done, []int{4, 8, 12, 16, 20}) {
		t.Errorf("done %v", done)
	}
	kinds := map[int]bool{}
	for i, want := range target.shapes(rand.New(rand.NewPCG(7, 0)), batches*d.batch, Buckets[len(Buckets)-1]) {
		kinds[Bucket(want.groups)] = true
		if got := len(mols[i].Atoms); got != want.groups {
			t.Errorf("molecule %d has %d groups, want %d", i, got, want.groups)
		}
	}
	if len(kinds) != 2 || len(model.samplers) != len(kinds) {
		t.Errorf("molecules of padded sizes %v were drawn by %d programs", kinds, len(model.samplers))
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again, _ := wave(); !reflect.DeepEqual(again, mols) {
		t.Error("one seed gave two results")
	}
}
