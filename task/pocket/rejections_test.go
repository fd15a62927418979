package pocket

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"keel/chem"
	"keel/oracle"
)

func TestRejections(t *testing.T) {
	atoms := func(n, bonds int, strict string) *chem.Molecule {
		m := &chem.Molecule{Atoms: make([]chem.Atom, n), Props: []chem.Prop{{Key: "strict", Value: strict}}}
		for i := range bonds {
			m.Bonds = append(m.Bonds, chem.Bond{A: i, B: i + 1, Order: 1})
		}
		return m
	}
	mols := []*chem.Molecule{atoms(3, 2, "1"), atoms(3, 2, "0"), atoms(3, 1, "0"), atoms(4, 1, "0"), atoms(3, 2, "1")}
	scores := []oracle.Score{{Valid: true, Connected: true}, {Valid: true, Connected: true}, {Valid: true}, {Valid: true}, {Error: "a ring cannot be kekulized"}}
	got := Rejections(mols, scores)
	want := map[string]int{"in 2 pieces": 1, "in 3 or more pieces": 1, "not valid: a ring cannot be kekulized": 1}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("rejections (-want +got):\n%s", d)
	}
	if text := describeRejections(got); text != "3 not whole and valid: 1 in 2 pieces, 1 in 3 or more pieces, 1 not valid: a ring cannot be kekulized" {
		t.Error(text)
	}
	if text := describeRejections(nil); text != "" {
		t.Error(text)
	}
}
