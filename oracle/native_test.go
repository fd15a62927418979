package oracle

import (
	"math"
	"strings"
	"testing"

	"keel/chem"
)

// Keel's energies are those of AutoDock Vina on the very same PDBQT, in one box for all and in each molecule's own.
func TestNativeIsVina(t *testing.T) {
	for _, box := range []chem.Box{cage(t, 1).Box, {}} {
		cfg := cage(t, 2)
		cfg.Box = box
		for i, s := range score(t, startFake(t, cfg), VinaScore|VinaMin|VinaScoreReference|VinaMinReference, ligands(t)...) {
			if s.Error != "" || s.VinaScore != s.VinaScoreReference || math.Abs(s.VinaMin-s.VinaMinReference) > 0.002 {
				t.Errorf("%d in box %v: %v and %v, Vina says %v and %v (%s)", i, box.Size, s.VinaScore, s.VinaMin,
					s.VinaScoreReference, s.VinaMinReference, s.Error)
			}
		}
	}
}

// Without workers there are Vina's energies and what the molecule itself tells; nothing of Python is looked for.
func TestNativeNeedsNoPython(t *testing.T) {
	cfg := cage(t, 1)
	t.Setenv("KEEL_PYTHON", "/nowhere/python")
	cfg.Native = true
	pool, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	mols := ligands(t)
	outside := &chem.Molecule{Name: "outside", Atoms: []chem.Atom{{Element: chem.Carbon, Pos: chem.Vec{40, 0, 0}}}}
	pieces := &chem.Molecule{Atoms: []chem.Atom{{Element: chem.Carbon}, {Element: chem.Oxygen, Pos: chem.Vec{3, 0, 0}}}}
	crowded := &chem.Molecule{Atoms: make([]chem.Atom, 6)}
	for i := range crowded.Atoms {
		crowded.Atoms[i] = chem.Atom{Element: chem.Carbon, Pos: chem.Vec{float64(i)}}
		if i > 0 {
			crowded.Bonds = append(crowded.Bonds, chem.Bond{A: 0, B: i, Order: 1})
		}
	}
	scores := score(t, pool, Native, append(mols, outside, pieces, crowded, &chem.Molecule{})...)
	for i, want := range []string{"", "", "", "", "the pose is outside the box", "not connected: 2 fragments", "does not sanitise", "no atoms"} {
		s := scores[i]
		if !strings.HasPrefix(s.Error, want) || want == "" && s.Error != "" || (want == "") == math.IsNaN(s.VinaScore) ||
			(want == "") == math.IsNaN(s.VinaMin) || (want == "") != (s.PoseMin != "") {
			t.Errorf("%d: %+v, want %q", i, s, want)
		}
	}
	if s := scores[0]; s.SMILES != mols[0].SMILES() || s.Atoms != len(mols[0].HeavyOnly().Atoms) || !s.Valid || !s.Connected || scores[5].Connected {
		t.Errorf("%+v", s)
	}
	if scores[6].Valid || scores[4].Name != "outside" {
		t.Errorf("%+v", scores[6])
	}
	if _, err := pool.Score(t.Context(), mols, QED, nil); err == nil || !strings.Contains(err.Error(), "qed: the pool was started without workers") {
		t.Error(err)
	}
}

// An energy does not depend on which molecules are scored beside it, nor on how many workers there are.
func TestNativeIsDeterministic(t *testing.T) {
	cfg := cage(t, 1)
	cfg.Native = true
	var mols []*chem.Molecule
	for k := range 12 {
		for _, m := range ligands(t) {
			for i := range m.Atoms {
				m.Atoms[i].Pos[k%3] += 0.1 * float64(k)
			}
			mols = append(mols, m)
		}
	}
	want := score(t, startFake(t, cfg), Native, mols...)
	cfg.Workers = 7
	pool := startFake(t, cfg)
	for i := range mols {
		k := len(mols) - 1 - i
		if got := score(t, pool, Native, mols[k])[0]; got.VinaMin != want[k].VinaMin && !math.IsNaN(got.VinaMin) || got.PoseMin != want[k].PoseMin {
			t.Errorf("%d: %v alone, %v among others", k, got.VinaMin, want[k].VinaMin)
		}
	}
}

// The short search finds nothing worse than the nearest minimum, and its pose has the energy it says.
func TestQuickDock(t *testing.T) {
	cfg := cage(t, 2)
	cfg.Native = true
	pool := startFake(t, cfg)
	scores := score(t, pool, VinaMin|QuickPose, ligands(t)...)
	for i, s := range scores {
		if s.Error != "" || !(s.QuickDock <= s.VinaMin) {
			t.Errorf("%d: %v by search, %v at the nearest minimum (%s)", i, s.QuickDock, s.VinaMin, s.Error)
			continue
		}
		posed, _, err := chem.ParseSDF(strings.NewReader(s.PoseQuick), "pose")
		if err != nil || len(posed) != 1 {
			t.Fatal(len(posed), err)
		}
		if again := score(t, pool, VinaScore, posed...)[0]; math.Abs(again.VinaScore-s.QuickDock) > 0.02 {
			t.Errorf("%d: the pose has %v, the search said %v", i, again.VinaScore, s.QuickDock)
		}
	}
	cfg.Workers = 1
	for i, s := range score(t, startFake(t, cfg), QuickPose, ligands(t)...) {
		if s.QuickDock != scores[i].QuickDock || s.PoseQuick != scores[i].PoseQuick {
			t.Errorf("%d: %v with one worker, %v with two", i, s.QuickDock, scores[i].QuickDock)
		}
	}
}
