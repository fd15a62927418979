package pocket

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"keel/chem"
)

// proteinOf is a pocket of carbons at these places, and one far off that must not count.
func proteinOf(t testing.TB, places ...chem.Vec) *Pocket {
	t.Helper()
	places = append(places, chem.Vec{40, 0, 0})
	p := &chem.Protein{Name: "made", Residues: []chem.Residue{{Name: "ALA", Chain: "A", Seq: 1, End: len(places)}}}
	for _, at := range places {
		p.Atoms = append(p.Atoms, chem.ProteinAtom{Name: "CA", Element: 6, Pos: at})
	}
	k, err := NewPocket(p)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// latticePoints counts the points with whole coordinates within a radius of the origin, by the sums of three squares.
func latticePoints(radius int) (n float64) {
	for x := -radius; x <= radius; x++ {
		for y := -radius; y <= radius; y++ {
			for z := -radius; z <= radius; z++ {
				if x*x+y*y+z*z <= radius*radius {
					n++
				}
			}
		}
	}
	return n
}

// Gauss's counts of lattice points in balls of 4, 5, 6 and 7: 257, 515, 925, 1419.
func TestRoomByHand(t *testing.T) {
	for radius, want := range map[int]float64{4: 257, 5: 515, 6: 925, 7: 1419} {
		if got := latticePoints(radius); got != want {
			t.Fatalf("%v points within %d, want %v", got, radius, want)
		}
	}
	at := chem.Vec{3, -2, 1}
	if got, want := room(proteinOf(t), at), []float64{257, 515, 925, 1419, 515, 1419, 0, 0, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("without protein %v, want %v", got, want)
	}
	// One atom in the middle: within 2.8 Å lie the 81 points of squares 0 to 7, within 3.5 Å the 179 of 0 to 12.
	if got, want := room(proteinOf(t, at), at), []float64{257 - 81, 515 - 81, 925 - 81, 1419 - 81, 515 - 179, 1419 - 179, 0, 0, 0, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("about an atom %v, want %v", got, want)
	}
	// 15 atoms in one place line all points within 6 Å of it, on a side 22 do; the point itself is 6 Å off, and the 81 points near it are not free.
	where := chem.Vec{6, 0, 0}
	fifteen, more := room(proteinOf(t, slices.Repeat([]chem.Vec{where}, 15)...), chem.Vec{}), room(proteinOf(t, slices.Repeat([]chem.Vec{where}, 22)...), chem.Vec{})
	lined := 0.0
	for x := -5.; x <= 5; x++ {
		for y := -5.; y <= 5; y++ {
			for z := -5.; z <= 5; z++ {
				v := chem.Vec{x, y, z}
				if d := v.Dist(where); v.Norm() <= 5 && d <= 6 && d >= 2.8 {
					lined++
				}
			}
		}
	}
	if lined < 50 || fifteen[6] != lined || fifteen[9] != 0 || more[6] != lined || more[9] != lined {
		t.Errorf("lined by 15: %v, by 22: %v; want %v points within 5 Å", fifteen, more, lined)
	}
}

// cavity is a shell of protein about the origin, free within the radius, and a ligand that fills it.
func cavity(t testing.TB, rng *rand.Rand, radius float64) Example {
	t.Helper()
	var places []chem.Vec
	for range 400 {
		v := chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}.Unit()
		places = append(places, v.Scale(radius+3+4*rng.Float64()))
	}
	n := int(math.Round(0.1 * radius * radius * radius))
	return Example{Ligand: &chem.Molecule{Atoms: make([]chem.Atom, n)}, Pocket: proteinOf(t, places...), Weight: 1}
}

// Ligands that fill their cavities are told from the protein alone; the old line still reads, and few examples give their mean.
func TestFitSizes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var train, held []Example
	for i := range 60 {
		e := cavity(t, rng, 4.5+2*rng.Float64())
		if i%4 == 0 {
			held = append(held, e)
		} else {
			train = append(train, e)
		}
	}
	m := FitSizes(train)
	if again := FitSizes(train); !reflect.DeepEqual(m, again) {
		t.Error("another fit of the same examples is another")
	}
	if r2, rms := m.Explains(held); r2 < 0.8 || rms > 3 {
		t.Errorf("explains %.2f of the held-out sizes, %.1f atoms off", r2, rms)
	}
	if open := m.Mean(proteinOf(t), chem.Vec{}); open < m.Range[0] || open > m.Range[1] {
		t.Errorf("in the open %v, beyond the range %v of the examples", open, m.Range)
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back SizeModel
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(m, back) {
		t.Errorf("%s, %v", text, err)
	}
	if m := FitSizes(train[:1]); m.Mean(held[0].Pocket, chem.Vec{}) != float64(len(train[0].Ligand.Atoms)) || m.Std > 1e-6 {
		t.Errorf("one example gives %+v, want its size", m)
	}
	if m := FitSizes(nil); !(m.Intercept > 0 && m.Std > 0) {
		t.Errorf("no example gives %+v", m)
	}
}

// The ridge of one count: y = 3x + 1 at -1 and 1 has a variance of 1, so the slope is 3 / (1 + ridge).
func TestRegressionByHand(t *testing.T) {
	var r regression
	r.add([]float64{-1, 5}, -2, 2)
	r.add([]float64{1, 5}, 4, 2)
	intercept, weights, std := r.fit(true)
	slope := 3 / (1 + sizeShrink)
	if math.Abs(intercept-1) > 1e-12 || math.Abs(weights[0]-slope) > 1e-12 || weights[1] != 0 || math.Abs(std-(3-slope)) > 1e-12 {
		t.Errorf("%v, %v, %v; want 1, [%v 0], %v", intercept, weights, std, slope, 3-slope)
	}
}

func BenchmarkRoom(b *testing.B) {
	e := cavity(b, rand.New(rand.NewPCG(1, 1)), 6)
	for b.Loop() {
		room(e.Pocket, chem.Vec{})
	}
}
