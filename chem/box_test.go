package chem

import "testing"

func TestBoxes(t *testing.T) {
	m := &Molecule{Atoms: []Atom{{Pos: Vec{0, -1, 10}}, {Pos: Vec{18, 1, 10}}, {Pos: Vec{2, 0, 13}}}}
	b := BoxOfLigand(m)
	if b.Center != (Vec{9, 0, 11.5}) || b.Size != (Vec{23, 20, 20}) {
		t.Errorf("box of the ligand %+v", b)
	}
	if !b.Contains(Vec{20.5, 10, 21.5}) || b.Contains(Vec{20.6, 0, 11.5}) {
		t.Error("the box's surface is not where it should be")
	}
	methane := &Molecule{Atoms: []Atom{{Element: Carbon, Pos: Vec{1, 2, 3}}}}
	if b := BoxOfPose(methane); b.Center.Dist(Vec{1, 2, 3}) > 0.5 || !(b.Size[0] > 6 && b.Size[0] < 2*1.1+5) {
		t.Errorf("box of methane with its hydrogens %+v", b)
	}
	if b := BoxAt(Vec{1, 2, 3}); b.Center != (Vec{1, 2, 3}) || b.Size != (Vec{22, 22, 22}) {
		t.Errorf("box at a centre %+v", b)
	}
	if b := BoxOfPoints(nil); b != BoxAt(Vec{}) {
		t.Errorf("box of nothing %+v", b)
	}
}
