package pocket

import (
	"math"
	"testing"

	"keel/chem/rigid"
)

// TestCredits: a group earns what its energy is below that of as many average atoms of the same pocket, whatever happens in another; bonds have the mean of their ends; padding
// and samples that are not known have nothing.
func TestCredits(t *testing.T) {
	l := Layout{Nodes: 3, Types: 2}
	here, there := &Target{}, &Target{}
	pieces := []rigid.Piece{{Atoms: []int{0, 2}}, {Atoms: []int{1}}}
	for _, far := range []float64{-1, -50} {
		c := &credits{layout: l}
		c.add(here, 0, []float64{-1, 0, -1}, pieces)
		c.add(there, 1, []float64{far, far, far}, pieces)
		c.add(here, 3, []float64{0, -1, 0}, pieces)
		got := c.of(4)
		// In the first pocket six atoms have -3, which is -0.5 each: groups are 1, -0.5, -1 and 0.5 kcal/mol better than that.
		deviation := math.Sqrt((1 + 0.25 + 1 + 0.25) / 4)
		for sample, want := range [][]float64{{1 / deviation, -0.5 / deviation}, {0, 0}, nil, {-1 / deviation, 0.5 / deviation}} {
			row := got[sample*l.Dims() : (sample+1)*l.Dims()]
			expected := make([]float64, l.Dims())
			for i, w := range want {
				for k := range 3 {
					expected[3*i+k] = w
				}
				for k := range 6 {
					expected[l.axisOffset()+6*i+k] = w
				}
				for k := range l.Types {
					expected[l.typeOffset()+i*l.Types+k] = w
				}
			}
			if want != nil {
				for o := range NumOrders {
					expected[l.bond(0, 1, o)] = (want[0] + want[1]) / 2
				}
			}
			for k, e := range expected {
				if math.Abs(float64(row[k])-e) > 1e-6 {
					t.Fatalf("sample %d, dimension %d: %v, expected %v", sample, k, row[k], e)
				}
			}
		}
	}
	c := &credits{layout: l} // an atom in a wall
	energies := []float64{1e6, -1, -1}
	for sample := range 20 {
		c.add(here, sample, energies, pieces)
		energies = []float64{-1, -1, -1}
	}
	if got := c.of(20); got[0] != -mostCredit {
		t.Errorf("%v, expected %v", got[0], -mostCredit)
	}
}
