package pocket

import (
	"math/rand/v2"
	"slices"
	"testing"

	"keel/chem"
	"keel/chem/rigid"
	"keel/nn"
	"keel/reward"
)

// TestTargets: a batch is shared out evenly over different pockets, each sample has its own pocket's surroundings and size as conditions, every pocket
// is drawn in time, and a checkpoint brings back what each pocket remembers.
func TestTargets(t *testing.T) {
	e := engine(t)
	model, err := RandomModel(e, Network{Layers: 1, Hidden: 16, Pair: 8, Heads: 2, Every: 1}, rigid.NewLearner().Vocabulary(SingleAtoms, 0, 1), 1)
	if err != nil {
		t.Fatal(err)
	}
	make3 := func() *Targets {
		all := &Targets{each: 2, names: []string{"a", "b", "c"}}
		for i := range all.names {
			one, err := NewTarget(e, model, newShell(t, rand.New(rand.NewPCG(1, uint64(i)))), chem.Vec{}, Sizes{Low: 10, High: 14, Mean: 12})
			if err != nil {
				t.Fatal(err)
			}
			one.memory = reward.NewMemory(reward.DefaultDiversity())
			all.list = append(all.list, one)
		}
		all.Target = all.list[0]
		return all
	}
	all := make3()
	const size = 7
	drawn := map[int]bool{}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		p, err := all.Prior(rng, size)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[int]int{}
		positions, atoms := nn.Floats(p.Cond[condPosition]), nn.Floats(p.Cond[1])
		for i, which := range p.Group {
			counts[which]++
			if want := all.list[which].around.Position; !slices.Equal(positions[i*len(want):(i+1)*len(want)], want) {
				t.Fatalf("sample %d of pocket %d has other surroundings", i, which)
			}
			if p.Covariate[i] != float64(atoms[i]) || p.Covariate[i] < 10 || p.Covariate[i] > 14 {
				t.Fatalf("sample %d of %v atoms has the covariate %v", i, atoms[i], p.Covariate[i])
			}
			drawn[which] = true
		}
		if len(counts) != 2 || !slices.IsSorted(runsOf(p.Group)) {
			t.Fatalf("pockets %v", p.Group)
		}
		for which, n := range counts {
			if n < size/2 || n > size/2+1 {
				t.Fatalf("pocket %d has %d of %d samples", which, n, size)
			}
		}
		nn.Free(p.Cond...)
	}
	if len(drawn) != 3 {
		t.Errorf("of three pockets %v were drawn", drawn)
	}

	all.asked = 5
	whole := reward.Result{Total: 0.9, Whole: true}
	benzene, err := chem.ParseSMILES("c1ccccc1")
	if err != nil {
		t.Fatal(err)
	}
	all.list[1].memory.Take([]*chem.Molecule{benzene}, []reward.Result{whole})
	w := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: map[string]string{}}
	if err := all.Save(w); err != nil {
		t.Fatal(err)
	}
	back := make3()
	if err := back.Load(w); err != nil || back.asked != 5 {
		t.Fatalf("%v, %d batches", err, back.asked)
	}
	for i, want := range []int{0, 1, 0} {
		if got := back.list[i].memory.Take([]*chem.Molecule{benzene}, []reward.Result{whole})[0].Copies; got != want {
			t.Errorf("pocket %d has seen benzene %d times, expected %d", i, got, want)
		}
	}
	delete(w.Metadata, memoryKey+".c")
	if make3().Load(w) == nil {
		t.Error("a checkpoint without a pocket's memory is taken")
	}
}

// runsOf numbers the stretches of equal values: samples of one pocket follow each other where no value comes back.
func runsOf(list []int) (runs []int) {
	seen := map[int]int{}
	for i, v := range list {
		if i == 0 || v != list[i-1] {
			if _, back := seen[v]; back {
				return []int{1, 0}
			}
			seen[v] = len(seen)
		}
		runs = append(runs, seen[v])
	}
	return runs
}
