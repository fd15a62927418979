package vina

import (
	"encoding/json"
	"math"
	"os"
	"sync"
	"testing"

	"keel/chem"
)

// reference is what Vina 1.2.7 says of molecules of ours in HIV-1 protease; see testdata/reference.py.
type reference struct {
	Center, Size chem.Vec
	Cases        []struct {
		Name             string
		PDBQT            string
		Score, Minimised [8]float64 // as vina.score() gives them: total, inter, 0, 0, 0, intra, torsion, unbound
		Positions        []chem.Vec
	}
}

var loadReference = sync.OnceValues(func() (reference, error) {
	var ref reference
	text, err := os.ReadFile("testdata/reference.json")
	if err == nil {
		err = json.Unmarshal(text, &ref)
	}
	return ref, err
})

// protease returns the reference with its receptor's field.
func protease(t testing.TB) (reference, *Field) {
	t.Helper()
	ref, err := loadReference()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/receptor.pdbqt")
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReadReceptor(text, "receptor.pdbqt")
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Field(chem.Box{Center: ref.Center, Size: ref.Size})
	if err != nil {
		t.Fatal(err)
	}
	return ref, f
}

func readLigand(t testing.TB, text string) *Ligand {
	t.Helper()
	l, err := ReadLigand([]byte(text), "ligand")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// checkEnergy compares every term with the reference program's.
func checkEnergy(t *testing.T, name string, got Energy, want [8]float64, tolerance float64) {
	t.Helper()
	terms := []struct {
		what      string
		got, want float64
	}{{"total", got.Total, want[0]}, {"inter", got.Inter, want[1]}, {"intra", got.Intra, want[5]}, {"torsion", got.Torsion, want[6]}}
	for _, x := range terms {
		if !(math.Abs(x.got-x.want) <= tolerance) {
			t.Errorf("%s: %s is %.6f, Vina's %.6f", name, x.what, x.got, x.want)
		}
	}
}

func TestScoreIsVinas(t *testing.T) {
	ref, f := protease(t)
	for _, c := range ref.Cases {
		got, err := f.Score(readLigand(t, c.PDBQT))
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		checkEnergy(t, c.Name, got, c.Score, 1e-9)
	}
}

// TestMinimumIsVinas wants the same path to the same minimum, also from clashes.
func TestMinimumIsVinas(t *testing.T) {
	ref, f := protease(t)
	for _, c := range ref.Cases {
		got, pos, err := f.Minimise(readLigand(t, c.PDBQT))
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		checkEnergy(t, c.Name, got, c.Minimised, 1e-6)
		for i, p := range pos {
			if d := p.Dist(c.Positions[i]); !(d < 2e-3) {
				t.Errorf("%s: atom %d is %.4f Å from where Vina leaves it", c.Name, i, d)
				break
			}
		}
	}
}
