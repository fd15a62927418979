package pocket

import (
	"math/rand/v2"
	"slices"
	"testing"

	"keel/chem"
	"keel/nn"
	"keel/policy"
	"keel/reward"
)

// TestRefine: a rewarded sample's state becomes the molecule in the pose it was rewarded in, with its own size and number of groups as conditions; one that was not whole stays as it was
// drawn.
func TestRefine(t *testing.T) {
	drug, small := amprenavir(t), parse(t, nitro)
	model, err := RandomModel(engine(t), Network{Layers: 1, Hidden: 16, Pair: 8, Heads: 2, Every: 1}, vocabulary(drug, small), 1)
	if err != nil {
		t.Fatal(err)
	}
	target, err := NewTarget(engine(t), model, newShell(t, rand.New(rand.NewPCG(1, 2))), drug.Centroid(), Sizes{Low: 10, High: 40, Mean: 30})
	if err != nil {
		t.Fatal(err)
	}
	target.net.Layout.Nodes = 17 // whatever the random model says of numbers of groups
	layout := target.net.Layout
	prior := shaped(layout, []shape{{30, 5}, {12, 4}, {20, 6}})
	prior.Cond = append(prior.Cond, Conditions([]*Surroundings{target.around})...)
	drawn := make([]float32, prior.Size*prior.Dims)
	for i := range drawn {
		drawn[i] = 0.5 * prior.Mask[i]
	}
	r := &policy.Rollout{Prior: prior, States: [][]float32{drawn}}
	whole := reward.Result{Total: 1, Whole: true}
	target.last = &judged{mols: []*chem.Molecule{drug, small, small}, results: []reward.Result{whole, whole, {}}}
	got, err := target.Refine(r)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range []*chem.Molecule{drug, small} {
		pieces, err := model.Vocabulary.Pieces(m)
		if err != nil {
			t.Fatal(err)
		}
		back := target.Molecules(got)[i]
		if back.Key() != m.Key() {
			t.Errorf("%s came back as %s", m.SMILES(), back.SMILES())
		}
		if d := back.Centroid().Sub(m.Centroid()).Norm(); d > 0.3 {
			t.Errorf("%s came back %.2f Å away", m.Name, d)
		}
		var groups float32
		for k := range layout.Nodes {
			groups += nn.Floats(got.Cond[0])[i*layout.Nodes+k]
		}
		if int(groups) != len(pieces) || nn.Floats(got.Cond[1])[i] != float32(len(m.Atoms)) || got.Covariate[i] != float64(len(m.Atoms)) {
			t.Errorf("%s: %v groups and %v atoms are told, it has %d and %d", m.Name, groups, nn.Floats(got.Cond[1])[i], len(pieces), len(m.Atoms))
		}
	}
	for k := 2 * prior.Dims; k < 3*prior.Dims; k++ {
		if got.X0()[k] != drawn[k] || got.Mask[k] != prior.Mask[k] {
			t.Fatal("a sample that was not whole was changed")
		}
	}
	if nn.Floats(got.Cond[1])[2] != 20 || nn.Floats(prior.Cond[1])[0] != 30 || prior.Covariate[0] != 30 {
		t.Error("conditions of a sample that stays, or of the batch itself, were changed")
	}
}

// TestRefineTargets: in a batch over several pockets each row is refined as the molecule of that row, whatever the first pocket was rewarded for last.
func TestRefineTargets(t *testing.T) {
	drug, small := amprenavir(t), parse(t, nitro)
	model, err := RandomModel(engine(t), Network{Layers: 1, Hidden: 16, Pair: 8, Heads: 2, Every: 1}, vocabulary(drug, small), 1)
	if err != nil {
		t.Fatal(err)
	}
	all := &Targets{}
	for range 2 {
		one, err := NewTarget(engine(t), model, newShell(t, rand.New(rand.NewPCG(1, 2))), drug.Centroid(), Sizes{Low: 10, High: 40, Mean: 30})
		if err != nil {
			t.Fatal(err)
		}
		one.net.Layout.Nodes = 17
		all.list = append(all.list, one)
	}
	all.Target = all.list[0]
	prior := shaped(all.net.Layout, []shape{{30, 5}, {12, 4}, {20, 6}})
	prior.Group = []int{1, 1, 0} // the first pocket's come last
	r := &policy.Rollout{Prior: prior, States: [][]float32{make([]float32, prior.Size*prior.Dims)}}
	whole := reward.Result{Total: 1, Whole: true}
	all.last = &judged{mols: []*chem.Molecule{drug, small, drug}, results: []reward.Result{whole, whole, whole}}
	all.list[0].last = &judged{mols: []*chem.Molecule{drug}, results: []reward.Result{whole}}
	got, err := all.Refine(r)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range decode(all.net.Layout, got, func(i int) *Target { return all.list[got.GroupOf(i)] }) {
		if want := all.last.mols[i]; m.Key() != want.Key() {
			t.Errorf("row %d came back as %s, expected %s", i, m.SMILES(), want.SMILES())
		}
	}
}

// TestChooseCores: a quarter of the designs at most have the same fused rings, whichever tautomer they are drawn as.
func TestChooseCores(t *testing.T) {
	var list []candidate
	var want []string
	for i, smiles := range []string{"O=c1nc(C)[nH]c2ccccc12", "O=c1[nH]c(CC)nc2ccccc12", "O=c1nc(C2CC2)[nH]c2ccccc12", "c1ccccc1CCCC", "O=c1nc(c3ccccc3)[nH]c2ccccc12", "c1ccc2ccccc2c1C", "CCCCCCCCCC"} {
		m, err := chem.ParseSMILES(smiles)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, candidate{m, 1 - 0.1*float64(i)})
		if i != 2 && i != 4 {
			want = append(want, m.SMILES())
		}
	}
	chosen, err := choose(list, 5, Sizes{Low: 7, High: 30}, func(mols []*chem.Molecule) ([][]byte, error) { return make([][]byte, len(mols)), nil })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range chosen {
		got = append(got, m.SMILES())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, expected %v", got, want)
	}
}

// TestChoose: the best first, each molecule once, few of a scaffold, none of a size that was not asked for, none too like one before it.
func TestChoose(t *testing.T) {
	var list []candidate
	for i, smiles := range []string{"CCc1ccccc1", "CCCc1ccccc1", "CCCCc1ccccc1", "CCCCC1CCCC1", "CCC1CCCCC1", "CCCCCCCCCCCCCCCC", "CCC1CCCCC1", "CC", "CCCCCCCO", "CCCCCCCN"} {
		m, err := chem.ParseSMILES(smiles)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, candidate{m, []float64{0.5, 0.9, 0.7, 0.2, 0.4, 1, 0.6, 0.95, 0.3, 0.35}[i]})
	}
	var got []string
	prints := func(mols []*chem.Molecule) (list [][]byte, err error) {
		for k, m := range mols {
			print := make([]byte, len(mols)+1)
			if print[k] = 1; len(m.Rings()) == 0 { // chains have eight of ten bits in common, others nothing
				print[len(mols)] = 0xff
			}
			list = append(list, print)
		}
		return list, nil
	}
	chosen, err := choose(list, 5, Sizes{Low: 7, High: 12}, prints)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range chosen {
		got = append(got, m.SMILES())
	}
	want := []string{"CCCc1ccccc1", "CCCCc1ccccc1", "CCC1CCCCC1", "CCCCCCCN", "CCCCC1CCCC1"}
	if len(got) != len(want) {
		t.Fatalf("%v, expected %v", got, want)
	}
	for i := range want {
		m, _ := chem.ParseSMILES(want[i])
		if got[i] != m.SMILES() {
			t.Errorf("%v, expected %v", got, want)
		}
	}
}
