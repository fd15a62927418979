package caption

import (
	"slices"
	"testing"

	"keel/nn"
)

// By hand: each of three tokens beside the other two.
func TestBeside(t *testing.T) {
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Compile("beside", func(in []*nn.Node) []*nn.Node { return []*nn.Node{beside(in[0])} })
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Call(nn.FromFloats([]float32{1, 2, 3, 4, 5, 6}, 1, 3, 2))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := nn.Floats(out[0]), []float32{0, 0, 3, 4, 1, 2, 5, 6, 3, 4, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("%v, expected %v", got, want)
	}
}
