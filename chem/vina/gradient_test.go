package vina

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"keel/chem"

	"pgregory.net/rapid"
)

// caseNamed returns a ligand of the reference.
func caseNamed(t testing.TB, ref reference, name string) *Ligand {
	t.Helper()
	for _, c := range ref.Cases {
		if c.Name == name {
			return readLigand(t, c.PDBQT)
		}
	}
	t.Fatalf("the reference has no %s", name)
	return nil
}

// randomStep is a direction in the space of gradients: up to so many Å, and radians.
func randomStep(rng *rand.Rand, l *Ligand, most float64) []float64 {
	step := make([]float64, 6+l.Torsions())
	for i := range step {
		step[i] = most * (2*rng.Float64() - 1)
	}
	return step
}

// TestForcesBecomeDerivatives holds fixed forces against atoms: their work is smooth in the pose, so finite differences must agree closely,
// through every torsion.
func TestForcesBecomeDerivatives(t *testing.T) {
	ref, f := protease(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := readLigand(t, ref.Cases[rapid.IntRange(0, len(ref.Cases)-1).Draw(rt, "case")].PDBQT)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		pose := l.Pose().Moved(randomStep(rng, l, 3), 1)
		var e evaluator
		e.reset(f, l)
		force := make([]vec, len(e.force))
		for i := range force {
			force[i] = vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		}
		work := func(p Pose) (sum float64) {
			c := p.conf()
			e.place(&c)
			for i, x := range e.pos {
				sum += x.dot(force[i])
			}
			return sum
		}
		got := make([]float64, 6+l.Torsions())
		work(pose)
		copy(e.force, force)
		e.derivative(got)
		along := make([]float64, len(got))
		for i := range got {
			const h = 1e-5
			clear(along)
			along[i] = 1
			want := (work(pose.Moved(along, h)) - work(pose.Moved(along, -h))) / (2 * h)
			if math.Abs(got[i]-want) > 1e-6*norm(got) {
				rt.Errorf("direction %d: %.9g, by differences %.9g", i, got[i], want)
			}
		}
	})
}

// TestGridsGradient compares the gradient on the grids, where the energy is smooth within voxels, with finite differences over a step that
// hardly ever leaves one. Pairs within the ligand, which Vina's tables make less smooth, come below.
func TestGridsGradient(t *testing.T) {
	ref, f := protease(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := readLigand(t, ref.Cases[rapid.IntRange(0, len(ref.Cases)-1).Draw(rt, "case")].PDBQT)
		l.pairs = nil
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		pose := l.Pose().Moved(randomStep(rng, l, 0.5), 1)
		energy, got := f.Gradient(l, pose, Grids)
		if energy > 1e5 {
			return // beyond the box, where the penalty drowns all else
		}
		along := make([]float64, len(got))
		for i := range got {
			const h = 1e-7
			clear(along)
			along[i] = 1
			after, _ := f.Gradient(l, pose.Moved(along, h), Grids)
			before, _ := f.Gradient(l, pose.Moved(along, -h), Grids)
			if want := (after - before) / (2 * h); math.Abs(got[i]-want) > 1e-4*norm(got) {
				rt.Errorf("direction %d: %.9g, by differences %.9g", i, got[i], want)
			}
		}
	})
}

// TestGradientIsSlope moves ligands along each direction of the gradient and compares the slope of the energy with it.
// Vina's tables make the energy a broken line in the squared distance and its derivative another, so they agree over stretches of many
// bins, not within one; and where the energy breaks off, at 8 Å, they do not agree. So no pair here comes near that distance.
func TestGradientIsSlope(t *testing.T) {
	ref, f := protease(t)
	for _, name := range []string{"urea/pocket", "tripeptide/clash", "guanidine/pocket", "decane/pocket", "aminoalcohol/clash"} {
		l := caseNamed(t, ref, name)
		l.pairs = slices.DeleteFunc(l.pairs, func(p pair) bool { return dist2(l.pos[p.a], l.pos[p.b]) > 6*6 })
		for i := range l.kinds {
			l.kinds[i] = unseen // by the receptor
		}
		checkSlopes(t, f, l)
	}
	for _, name := range []string{"sulfate/clash", "benzene/clash", "cyclobutane/clash", "thiophene/clash"} {
		l := caseNamed(t, ref, name)
		checkSlopes(t, around(t, ref, l), l)
	}
}

// around is the field of the receptor's atoms near the middle of a ligand, so that all are within 6.5 Å of all of the ligand's.
func around(t *testing.T, ref reference, l *Ligand) *Field {
	t.Helper()
	text, err := os.ReadFile("testdata/receptor.pdbqt")
	if err != nil {
		t.Fatal(err)
	}
	var near strings.Builder
	for line := range strings.Lines(string(text)) {
		if !isAtom(line) {
			continue
		}
		points, _ := receptorPoints(t, line)
		if !slices.ContainsFunc(l.pos, func(p vec) bool { return dist2(p, points[0]) > 6.5*6.5 }) {
			near.WriteString(line)
		}
	}
	r, err := ReadReceptor([]byte(near.String()), "near.pdbqt")
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Field(chem.Box{Center: ref.Center, Size: ref.Size})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func checkSlopes(t *testing.T, f *Field, l *Ligand) {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 6))
	start := l.Pose().Moved(randomStep(rng, l, 0.02), 1)
	along := make([]float64, 6+l.Torsions())
	for i := range along {
		clear(along)
		along[i] = 1
		checkSlope(t, f, l, start, along)
	}
	checkSlope(t, f, l, start, randomStep(rng, l, 0.4))
}

// checkSlope compares the slope of the energy along a path, as a weighted mean over it, with that of the gradient. Integration by parts
// makes the mean slope one of energies: with w = sin² πt, ∫ w dE = -∫ E dw.
func checkSlope(t *testing.T, f *Field, l *Ligand, start Pose, along []float64) {
	t.Helper()
	const length, points = 0.4, 4000
	byEnergy, byGradient, scale := 0.0, 0.0, 0.0
	for i := range points {
		at := (float64(i) + 0.5) / points
		e, g := f.Gradient(l, start.Moved(along, length*at), Atoms)
		w := math.Pow(math.Sin(math.Pi*at), 2) / points
		byEnergy -= e * math.Pi * math.Sin(2*math.Pi*at) / points / length
		byGradient += w * dot(g, along)
		scale += w * norm(g) * norm(along)
	}
	if d := math.Abs(byEnergy - byGradient); !(d <= 1e-4*scale) {
		t.Errorf("along %.2g: the energy's slope is %.8g, the gradient's %.8g (%.1e of its length)", along, byEnergy, byGradient, d/scale)
	}
}

// TestGridGradient compares with differences inside a voxel, where the energy is linear along each axis but for its bound.
func TestGridGradient(t *testing.T) {
	_, f := protease(t)
	rng := rand.New(rand.NewPCG(7, 8))
	const h = 1e-4
	for range 2000 {
		g := f.grid([]kind{carbonH, carbonP, nitrogenD, oxygenA, bromine}[rng.IntN(5)])
		inside := func(a axis) float64 {
			return a.low + a.width*(float64(rng.IntN(a.voxels))+0.1+0.8*rng.Float64())
		}
		p := vec{inside(f.x), inside(f.y), inside(f.z)}
		_, got := f.interpolate(g, p, clash)
		for _, axis := range []struct {
			along vec
			got   float64
		}{{vec{x: h}, got.x}, {vec{y: h}, got.y}, {vec{z: h}, got.z}} {
			after, _ := f.interpolate(g, p.add(axis.along), clash)
			before, _ := f.interpolate(g, p.sub(axis.along), clash)
			want := (after - before) / (2 * h)
			if math.Abs(axis.got-want) > 1e-6*math.Abs(want)+1e-8 {
				t.Fatalf("at %v along %v: %.9g, by differences %.9g", p, axis.along, axis.got, want)
			}
		}
	}
}

// TestTableSlope compares the tables' derivatives with those of the terms they were made of, away from their kinks.
func TestTableSlope(t *testing.T) {
	for _, pair := range [][2]kind{{carbonH, carbonH}, {nitrogenD, oxygenA}, {metal, oxygenDA}, {iodine, carbonH}, {sulfur, carbonP}} {
		c := between(pair[0], pair[1])
		table := pairTables()[pair[0]][pair[1]]
		for r := 1.0; r < 7.9; r += 0.0173 {
			if kink(r - c.contact) {
				continue
			}
			const h = 1e-5
			want := (c.energy(r+h) - c.energy(r-h)) / (2 * h)
			e, slope := table.at(r * r)
			if got := slope * r; math.Abs(got-want) > 2e-3*math.Abs(want)+2e-5 {
				t.Errorf("%v at %.3f Å: slope %.6g, of the terms %.6g", pair, r, got, want)
			}
			if math.Abs(e-c.energy(r)) > 1e-4*max(1, math.Abs(e)) {
				t.Errorf("%v at %.3f Å: energy %.6g, of the terms %.6g", pair, r, e, c.energy(r))
			}
		}
	}
}

// kink reports whether a distance between surfaces is within a few bins of where a term bends.
func kink(surface float64) bool {
	for _, at := range []float64{-0.7, 0, 0.5, 1.5} {
		if math.Abs(surface-at) < 0.05 {
			return true
		}
	}
	return false
}
