package oracle

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"keel/chem"
)

// shaken is the molecule with its atoms moved at random, in Å along each axis, the same for a seed.
func shaken(m *chem.Molecule, by float64, seed uint64) *chem.Molecule {
	rng := rand.New(rand.NewPCG(seed, 7))
	s := *m
	s.Atoms = slices.Clone(m.Atoms)
	for i := range s.Atoms {
		for k := range s.Atoms[i].Pos {
			s.Atoms[i].Pos[k] += by * rng.NormFloat64()
		}
	}
	return &s
}

// Shaken ligands pass PoseBusters' tests again once they are relaxed, with less strain and no worse a Vina score; atoms, bonds, names and
// data items are as before, the figures say how far the atoms moved, and a second run ends in the same place.
func TestRelax(t *testing.T) {
	pool := startFake(t, cage(t, 1))
	var raw []*chem.Molecule
	for i, m := range ligands(t)[:3] {
		m.Props = []chem.Prop{{Key: "kept", Value: "yes"}}
		raw = append(raw, shaken(m, 0.15, uint64(i)))
	}
	what := VinaScore | Strain | PoseBusters
	before, err := pool.Score(t.Context(), raw, what, nil)
	if err != nil {
		t.Fatal(err)
	}
	poses, list, err := pool.Relax(t.Context(), raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := pool.Score(t.Context(), poses, what, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range list {
		m := poses[i]
		elements := func(m *chem.Molecule) (list []chem.Atom) {
			for _, a := range m.Atoms {
				list = append(list, chem.Atom{Element: a.Element, Charge: a.Charge})
			}
			return list
		}
		if !cmp.Equal(m.Bonds, raw[i].Bonds) || !cmp.Equal(elements(m), elements(raw[i])) || m.Name != raw[i].Name || !cmp.Equal(m.Props, raw[i].Props) {
			t.Errorf("%s: another molecule came back", m.Name)
		}
		sum, most := 0.0, 0.0
		for k, a := range m.Atoms {
			d := a.Pos.Dist(raw[i].Atoms[k].Pos)
			sum, most = sum+d*d, math.Max(most, d)
		}
		if rmsd := math.Sqrt(sum / float64(len(m.Atoms))); r.Error != "" || math.Abs(rmsd-r.RMSD) > 2e-3 || math.Abs(most-r.Max) > 2e-3 || most == 0 {
			t.Errorf("%s moved %.4f Å, at most %.4f, and is said to have moved %+v", m.Name, rmsd, most, r)
		}
		if r.Strain != before[i].Strain || r.VinaScore != before[i].VinaScore {
			t.Errorf("%s: before the relaxation %+v, scored %+v", m.Name, r, before[i])
		}
		if s := after[i]; s.PBFailed != "none" || !(s.Strain < r.Strain/5) || !(s.VinaScore < r.VinaScore+0.1) {
			t.Errorf("%s: strain %.1f, was %.1f; Vina %.3f, was %.3f; fails %s, failed %s", m.Name, s.Strain, r.Strain, s.VinaScore, r.VinaScore,
				s.PBFailed, before[i].PBFailed)
		}
		r.Note(&after[i])
		if s := after[i]; s.RelaxRMSD != r.RMSD || s.RelaxMax != r.Max || s.StrainRaw != r.Strain || s.VinaScoreRaw != r.VinaScore || s.Error != "" {
			t.Errorf("%s: noted as %+v", m.Name, s)
		}
	}
	pool.salt = nil // other keys, so that the cache knows nothing
	again, _, err := pool.Relax(t.Context(), []*chem.Molecule{raw[2], raw[0]}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(again[0], poses[2]) || !cmp.Equal(again[1], poses[0]) {
		t.Error("a second relaxation of the same pose ends elsewhere")
	}
}

// A shaken ligand that was mended has little strain left and has hardly moved, needs no receptor, and comes out the same again; what is in pieces stays as it is.
func TestMended(t *testing.T) {
	needPython(t)
	pool := startFake(t, Config{Workers: 1})
	var raw []*chem.Molecule
	for i, m := range ligands(t)[:3] {
		raw = append(raw, shaken(m, 0.15, uint64(i)))
	}
	pieces := ligands(t)[0].Subset([]int{0, 1, 2, 7, 8})
	pieces.Bonds = slices.DeleteFunc(pieces.Bonds, func(b chem.Bond) bool { return b.B > 2 })
	raw = append(raw, pieces)
	poses, err := pool.Mended(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	before, after := score(t, pool, Strain, raw[:3]...), score(t, pool, Strain, poses[:3]...)
	for i, s := range after {
		if poses[i].Name != raw[i].Name || !cmp.Equal(poses[i].Bonds, raw[i].Bonds) {
			t.Errorf("%s: another molecule came back", raw[i].Name)
		}
		far := 0.0
		for k, a := range poses[i].Atoms {
			far = math.Max(far, a.Pos.Dist(raw[i].Atoms[k].Pos))
		}
		if !(s.Strain < before[i].Strain/10) || s.Strain > 30 || far > 1 || far == 0 {
			t.Errorf("%s: strain %.1f, was %.1f; an atom moved %.2f Å", raw[i].Name, s.Strain, before[i].Strain, far)
		}
	}
	if poses[3] != pieces {
		t.Error("a molecule in pieces was touched")
	}
	pool.salt = nil // other keys, so that the cache knows nothing
	again, err := pool.Mended(t.Context(), []*chem.Molecule{raw[2], raw[0]})
	if err != nil || !cmp.Equal(again[0], poses[2]) || !cmp.Equal(again[1], poses[0]) {
		t.Errorf("a second time the same pose ends elsewhere (%v)", err)
	}
}

// What cannot be relaxed stays where it is, and its reason is told, counted and written beside it.
func TestNotRelaxed(t *testing.T) {
	pool := startFake(t, cage(t, 1))
	selenium := hexagon(34)
	selenium.Bonds = []chem.Bond{{A: 0, B: 1, Order: 1}, {A: 1, B: 2, Order: 2}, {A: 2, B: 3, Order: 1}, {A: 3, B: 4, Order: 1}, {A: 4, B: 5, Order: 1}, {A: 0, B: 5, Order: 1}}
	pieces := ligands(t)[0].Subset([]int{0, 1, 2, 7, 8})
	pieces.Bonds = slices.DeleteFunc(pieces.Bonds, func(b chem.Bond) bool { return b.B > 2 })
	mols := []*chem.Molecule{pieces, selenium, nil}
	poses, list, err := pool.Relax(t.Context(), mols, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"not connected: 3 fragments", "no MMFF94s parameters for an atom", "no atoms"} {
		if poses[i] != mols[i] || list[i].Error == "" || !strings.Contains(list[i].Error, strings.SplitN(want, ":", 2)[0]) {
			t.Errorf("molecule %d: %q, want %q", i, list[i].Error, want)
		}
		s := blankScore()
		list[i].Note(&s)
		if props := RelaxProps(&s); s.Error != "not relaxed: "+list[i].Error || !math.IsNaN(s.RelaxRMSD) || len(props) != 1 || props[0].Key != "not_relaxed" {
			t.Errorf("molecule %d: noted as %+v, written as %v", i, s, props)
		}
	}
	if n := len(pool.Stats().Failures); n != 3 {
		t.Errorf("%v: three reasons were expected", pool.Stats().Failures)
	}
}

// The terms that hold a pose in its pocket are Vina's, and their gradient is theirs.
func TestVinaField(t *testing.T) {
	cfg := cage(t, 1)
	python, err := FindPython()
	if err != nil {
		t.Fatal(err)
	}
	own, err := newNative(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ligands(t) {
		_, sdf, refused := record(m)
		q := question{mol: asWritten(m)}
		ligand, field, err := own.prepare(&q)
		if refused != nil || err != nil {
			t.Fatal(refused, err)
		}
		want, err := field.Score(ligand)
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(python, "testdata/field_check.py", "testdata/receptor.pdbqt")
		c.Env = append(os.Environ(), "PYTHONPATH=worker", "PYTHONDONTWRITEBYTECODE=1")
		asked, err := json.Marshal(request{SDF: sdf, PDBQT: string(q.ligand.PDBQT), Atoms: q.ligand.Atoms})
		if err != nil {
			t.Fatal(err)
		}
		c.Stdin = bytes.NewReader(asked)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var got struct{ Energy, Slope float64 }
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Energy-want.Inter) > 0.05 || !(got.Slope < 1e-4) {
			t.Errorf("%s: %.3f kcal/mol, Vina's is %.3f; gradient off by %.1e", m.Name, got.Energy, want.Inter, got.Slope)
		}
	}
}

// SMILES have the stereochemistry of the pose: a mirror image has the other one, and the double bond that of its geometry.
func TestSMILESHaveThePosesStereochemistry(t *testing.T) {
	needPython(t)
	butene := &chem.Molecule{Bonds: []chem.Bond{{A: 0, B: 1, Order: 1}, {A: 1, B: 2, Order: 2}, {A: 2, B: 3, Order: 1}}}
	for _, p := range []chem.Vec{{-0.7, 1.3, 0}, {0, 0, 0}, {1.34, 0, 0}, {2.04, 1.3, 0}} {
		butene.Atoms = append(butene.Atoms, chem.Atom{Element: 6, Pos: p})
	}
	trans, mirror := *butene, *ligands(t)[2]
	trans.Atoms, mirror.Atoms = slices.Clone(trans.Atoms), slices.Clone(mirror.Atoms)
	trans.Atoms[3].Pos[1] *= -1
	for i := range mirror.Atoms {
		mirror.Atoms[i].Pos[0] *= -1
	}
	scores, err := startFake(t, Config{Workers: 1}).Score(t.Context(), []*chem.Molecule{ligands(t)[2], &mirror, butene, &trans}, QED, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"C[C@H](N)CO", "C[C@@H](N)CO", `C/C=C\C`, "C/C=C/C"} {
		if scores[i].SMILES != want {
			t.Errorf("%s, want %s", scores[i].SMILES, want)
		}
	}
}
