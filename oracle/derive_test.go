package oracle

import (
	"math"
	"testing"

	"keel/chem"
)

func TestDerived(t *testing.T) {
	p, err := chem.ReadPDB("../examples/1hpv/1hpv.pdb")
	if err != nil {
		t.Fatal(err)
	}
	ligand, err := chem.ReadLigand("../examples/1hpv/ligand.sdf")
	if err != nil {
		t.Fatal(err)
	}
	far := ligand.HeavyOnly()
	for i := range far.Atoms {
		far.Atoms[i].Pos[0] += 500
	}
	scores := make([]Score, 4)
	for i := range scores {
		scores[i] = blankScore()
		scores[i].Valid, scores[i].Atoms, scores[i].VinaMin = true, 35, -10.5
	}
	scores[2].VinaMin = math.NaN()
	scores[3].Valid = false
	newDerivation(p).fill([]*chem.Molecule{ligand, far, far, ligand}, scores, Efficiency|Interactions)
	if s := scores[0]; s.Efficiency != 0.3 || len(s.Interactions) < 40 || s.Interactions[:14] != "hbond ASP25:A;" {
		t.Errorf("%v %q", s.Efficiency, s.Interactions)
	}
	if s := scores[1]; s.Efficiency != 0.3 || s.Interactions != "none" {
		t.Errorf("far away: %v %q", s.Efficiency, s.Interactions)
	}
	if s := scores[2]; !math.IsNaN(s.Efficiency) {
		t.Errorf("without a Vina energy: %v", s.Efficiency)
	}
	if s := scores[3]; !math.IsNaN(s.Efficiency) || s.Interactions != "" {
		t.Errorf("not valid: %v %q", s.Efficiency, s.Interactions)
	}
	plain := []Score{blankScore()}
	plain[0].Valid, plain[0].Atoms, plain[0].VinaMin = true, 35, -10.5
	newDerivation(nil).fill([]*chem.Molecule{ligand}, plain, 0)
	if !math.IsNaN(plain[0].Efficiency) || plain[0].Interactions != "" {
		t.Errorf("nothing was asked for: %+v", plain[0])
	}
}
