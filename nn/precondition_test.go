package nn_test

import (
	"math"
	"testing"

	"keel/nn"
	"keel/sde"
)

// TestPrecondition: the scales are those that keel/sde states in numbers.
func TestPrecondition(t *testing.T) {
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	const data = 0.7
	p, err := e.Compile("precondition", func(in []*nn.Node) []*nn.Node {
		skip, out, scale := nn.Precondition(in[0], data)
		return []*nn.Node{skip, out, scale}
	})
	if err != nil {
		t.Fatal(err)
	}
	noise := [][2]float32{{1, 0.01}, {0.8, 0.6}, {1, 3}, {1e-3, 1}, {0, 1}, {1, 0}}
	var flat []float32
	for _, n := range noise {
		flat = append(flat, n[:]...)
	}
	got, err := p.Call(nn.FromFloats(flat, len(noise), 2))
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range noise {
		want := sde.Preconditioning{Data: data}.At(float64(n[0]), math.Max(float64(n[1]), 1e-4))
		for k, w := range []float64{want.Skip, want.Out, want.In} {
			if v := float64(nn.Floats(got[k])[i]); math.Abs(v-w) > 1e-5*(1+math.Abs(w)) {
				t.Errorf("alpha %v, sigma %v: scale %d is %v, expected %v", n[0], n[1], k, v, w)
			}
		}
	}
}
