package vina

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"keel/chem"
)

// brief is a search that takes a moment.
func brief(seed uint64) DockOptions {
	return DockOptions{Exhaustiveness: 4, Steps: 60, Seed: seed, Poses: 5}
}

func dock(t *testing.T, f *Field, l *Ligand, opt DockOptions) []Docked {
	t.Helper()
	poses, err := f.Dock(context.Background(), l, opt)
	if err != nil {
		t.Fatal(err)
	}
	return poses
}

// same reports whether two results are, to the last bit.
func same(a, b []Docked) bool {
	return slices.EqualFunc(a, b, func(x, y Docked) bool { return x.Energy == y.Energy && slices.Equal(x.Positions, y.Positions) })
}

func TestOneSeedOneDocking(t *testing.T) {
	ref, f := protease(t)
	l := caseNamed(t, ref, "guanidine/pocket")
	first := dock(t, f, l, brief(3))
	fresh, err := f.receptor.Field(chem.Box{Center: ref.Center, Size: ref.Size})
	if err != nil {
		t.Fatal(err)
	}
	several := brief(3)
	several.Workers = 3
	if !same(first, dock(t, fresh, l, several)) {
		t.Error("in a new field, with several workers, the same seed gives other poses")
	}
	if same(first, dock(t, f, l, brief(4))) {
		t.Error("another seed gives the same poses")
	}
}

// TestDockingFindsThePocket wants energies no higher than those of the minima near the poses as prepared.
func TestDockingFindsThePocket(t *testing.T) {
	ref, f := protease(t)
	for _, name := range []string{"urea/pocket", "guanidine/pocket", "decane/pocket", "benzene/pocket", "thiophene/pocket"} {
		l := caseNamed(t, ref, name)
		near, _, err := f.Minimise(l)
		if err != nil {
			t.Fatal(err)
		}
		poses := dock(t, f, l, DockOptions{Steps: 250, Seed: 1})
		if got := poses[0].Energy.Total; !(got <= near.Total+0.02) {
			t.Errorf("%s: docked at %.3f kcal/mol, minimised at %.3f", name, got, near.Total)
		}
	}
}

// TestPoised: a run of one step that starts from the pose as read ends in the minimum next to it, where a run from chance does not.
func TestPoised(t *testing.T) {
	ref, f := protease(t)
	for _, name := range []string{"urea/pocket", "guanidine/pocket", "decane/pocket", "thiophene/pocket"} {
		l := caseNamed(t, ref, name)
		near, _, err := f.Minimise(l)
		if err != nil {
			t.Fatal(err)
		}
		one := DockOptions{Exhaustiveness: 1, Steps: 1, LocalSteps: 200, Poses: 1, Poised: 1, Seed: 1}
		if got := dock(t, f, l, one)[0].Energy.Total; !(got <= near.Total+0.05) {
			t.Errorf("%s: %.3f kcal/mol from the pose, minimised at %.3f", name, got, near.Total)
		}
	}
}

// TestDockedPoses holds poses to what their documentation says.
func TestDockedPoses(t *testing.T) {
	ref, f := protease(t)
	box := chem.Box{Center: ref.Center, Size: ref.Size.Add(chem.Vec{spacing, spacing, spacing})} // Field rounds up to voxels
	for _, name := range []string{"guanidine/pocket", "aminoalcohol/pocket"} {
		l := caseNamed(t, ref, name)
		before := l.Positions()
		poses := dock(t, f, l, brief(1))
		if !slices.Equal(before, l.Positions()) {
			t.Errorf("%s: docking moved the ligand itself", name)
		}
		for i, p := range poses {
			pos := make([]vec, len(p.Positions))
			for a, at := range l.slot {
				pos[at] = fromChem(p.Positions[a])
			}
			e, err := f.score(l, pos)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if want := (e.Inter + e.Intra - poses[0].Energy.Intra) / l.divisor; math.Abs(p.Energy.Total-want) > 1e-9 {
				t.Errorf("%s: pose %d is said to have %.6f kcal/mol, not %.6f", name, i, p.Energy.Total, want)
			}
			for _, a := range l.heavy {
				if !box.Contains(pos[a].chem()) {
					t.Errorf("%s: pose %d is outside the box", name, i)
				}
			}
			for j, q := range poses[:i] {
				other := minimum{pos: make([]vec, len(pos)), heavy: l.heavy}
				for a, at := range l.slot {
					other.pos[at] = fromChem(q.Positions[a])
				}
				if d := other.distance(&minimum{pos: pos}); d < distinct {
					t.Errorf("%s: poses %d and %d are %.2f Å apart", name, j, i, d)
				}
				if q.Energy.Total > p.Energy.Total {
					t.Errorf("%s: pose %d is before a better one", name, j)
				}
			}
		}
	}
}

func TestDockingRigidLigands(t *testing.T) {
	ref, f := protease(t)
	for _, name := range []string{"methane/pocket", "benzene/pocket"} {
		if e := dock(t, f, caseNamed(t, ref, name), brief(1))[0].Energy; !(e.Total < 0 && e.Intra == 0) {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestDockingFromOutside docks a ligand that was read outside the box, which only scoring and minimising refuse.
func TestDockingFromOutside(t *testing.T) {
	_, f := protease(t)
	l := readLigand(t, ethane)
	if _, _, err := f.Minimise(l); !errors.Is(err, ErrOutside) {
		t.Fatalf("the ligand is not outside: %v", err)
	}
	if e := dock(t, f, l, brief(1))[0].Energy.Total; !(e < -0.5) {
		t.Errorf("docked at %.3f kcal/mol", e)
	}
}

func TestDockingInATinyBox(t *testing.T) {
	ref, f := protease(t)
	small, err := f.receptor.Field(chem.Box{Center: ref.Center, Size: chem.Vec{1, 1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := small.Dock(context.Background(), caseNamed(t, ref, "benzene/pocket"), brief(1)); !errors.Is(err, ErrNoPose) {
		t.Errorf("benzene in a box of 1 Å: %v", err)
	}
}

func TestDockingEndsWithItsContext(t *testing.T) {
	ref, f := protease(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Dock(ctx, caseNamed(t, ref, "urea/pocket"), DockOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestDenseGridsAreTheGrids compares the two sources of energy, which differ in precision alone.
func TestDenseGridsAreTheGrids(t *testing.T) {
	ref, f := protease(t)
	l := caseNamed(t, ref, "aminoalcohol/pocket")
	for step := range 20 {
		along := make([]float64, 6+l.Torsions())
		along[step%len(along)] = 0.3
		pose := l.Pose().Moved(along, float64(step%3))
		want, slope := f.Gradient(l, pose, Grids)
		got, fast := f.Gradient(l, pose, denseGrids)
		if math.Abs(got-want) > 1e-5*max(1, math.Abs(want)) {
			t.Errorf("step %d: %.7g, of the grids %.7g", step, got, want)
		}
		for k := range slope {
			if math.Abs(fast[k]-slope[k]) > 1e-4*max(1, norm(slope)) {
				t.Errorf("step %d, direction %d: %.7g, of the grids %.7g", step, k, fast[k], slope[k])
			}
		}
	}
}
