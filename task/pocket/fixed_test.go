package pocket

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"keel/chem"
)

func TestParseAtoms(t *testing.T) {
	for _, c := range []struct {
		text string
		want []int
	}{{"1-3,9", []int{1, 2, 3, 9}}, {" 4 , 2-4", []int{4, 2, 3}}, {"7", []int{7}}} {
		got, err := ParseAtoms(c.text)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %v %v, want %v", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{"", "a", "3-1", "0", "1,,2", "1-", "-4", "1-99999999"} {
		if got, err := ParseAtoms(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

// Numbers count the atoms of the file, hydrogens among them.
func TestFixedAtoms(t *testing.T) {
	s := &Site{Ligand: &chem.Molecule{Name: "lig", Atoms: make([]chem.Atom, 3)}, ligandAtoms: 5, ligandNumbers: []int{1, 3, 4}}
	got, err := s.FixedAtoms([]int{4, 2, 1})
	if err != nil || !slices.Equal(got, []int{0, 2}) {
		t.Errorf("%v %v, want the first and the third heavy atom", got, err)
	}
	for _, c := range []struct {
		numbers []int
		want    string
	}{{[]int{6}, "atom 6: lig has 5 atoms"}, {[]int{2, 5}, "only hydrogens"}} {
		if _, err := s.FixedAtoms(c.numbers); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.numbers, err, c.want)
		}
	}
	if _, err := (&Site{}).FixedAtoms([]int{1}); err == nil {
		t.Error("atoms of no ligand can be fixed")
	}
}

// The aniline and the sulfonyl group of amprenavir stay where they are, to the last digit and with their bonds, in whatever else is drawn; by a
// network that knows nothing, too.
func TestFixed(t *testing.T) {
	s, drug := tiny(t), amprenavir(t)
	model := *s.model
	model.Vocabulary = vocabulary(drug)
	model.Net.Layout.Types = len(model.Vocabulary.Groups)
	layout, err := model.Net.Declare(s.engine)
	if err != nil {
		t.Fatal(err)
	}
	model.Layout, model.Params = layout, layout.Init(3)
	site, err := OpenSite("../../examples/1hpv/1hpv.pdb", "../../examples/1hpv/ligand.sdf", nil)
	if err != nil {
		t.Fatal(err)
	}
	var atoms []int // of the ring with the amine, and of the sulfonyl group
	for _, p := range must(model.Vocabulary.Pieces(drug)) {
		name := model.Vocabulary.Groups[p.Group].Name()
		aniline := name == "c1ccccc1" && slices.ContainsFunc(drug.Bonds, func(b chem.Bond) bool {
			return slices.Contains(p.Atoms, b.A) && drug.Atoms[b.B].Element == 16 || slices.Contains(p.Atoms, b.B) && drug.Atoms[b.A].Element == 16
		})
		if aniline || name == "O=S=O" {
			atoms = append(atoms, p.Atoms...)
		}
	}
	slices.Sort(atoms)
	if len(atoms) != 9 {
		t.Fatalf("atoms %v", atoms)
	}
	f, err := NewFixed(model.Vocabulary, drug, atoms)
	if err != nil {
		t.Fatal(err)
	}
	target, err := NewTarget(s.engine, &model, site.Pocket, site.Centre, Sizes{Low: 18, High: 24})
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Fix(f); err != nil {
		t.Fatal(err)
	}
	mols, err := Sample(context.Background(), s.engine, target, model.Params, 3, Sampling{Steps: 4, Noise: 1}, 1, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	part, _ := f.part()
	for _, m := range mols {
		if len(m.Atoms) <= len(atoms) {
			t.Errorf("%s: nothing was drawn", m.Name)
		}
		kept := m.Subset([]int{0, 1, 2, 3, 4, 5, 6, 7, 8})
		if !slices.Equal(kept.Positions(), part.Positions()) || kept.Key() != part.Key() {
			t.Errorf("%s holds %s, want %s where it was", m.Name, kept.SMILES(), part.SMILES())
		}
	}
	if err := target.Fix(&Fixed{atoms: 18}); err == nil || !strings.Contains(err.Error(), "of which 18 are fixed") {
		t.Error(err)
	}
	if _, err := NewFixed(model.Vocabulary, drug, atoms[1:]); err == nil || !strings.Contains(err.Error(), "is named in part") {
		t.Error(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
