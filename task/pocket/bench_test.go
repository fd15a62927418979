package pocket

import (
	"math"
	"testing"

	"keel/nn"
)

// engine opens the tensor engine, the pure-Go one where there is no plug-in.
func engine(t testing.TB) *nn.Engine {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func benchmarkStep(b *testing.B, bucket int, inPocket bool) {
	e, net := engine(b), DefaultNetwork()
	layout, err := net.Declare(e)
	if err != nil {
		b.Fatal(err)
	}
	t, err := newTraining(e, net, layout, bucket, inPocket)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := t.step(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(benchBatch*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}

func BenchmarkStep24(b *testing.B)       { benchmarkStep(b, 24, false) }
func BenchmarkStep28(b *testing.B)       { benchmarkStep(b, 28, false) }
func BenchmarkStep28Pocket(b *testing.B) { benchmarkStep(b, 28, true) }

// By hand, for one layer of 8 features, pairs of 2, 2 heads, 3 atoms, 5 pocket atoms.
func TestProducts(t *testing.T) {
	n := Network{Layers: 1, Hidden: 8, Pair: 2, Heads: 2, Layout: Layout{Atoms: 3}}
	embed := 16*8 + 8*8 + 8*2 + 3*22*8 + 9*25*2 // time, time-atoms, time-pairs, atoms, pairs
	pairs := 9*18*2 + 3*8*4 + 9*2*6             // pair.in, pair.sides, pair.out
	atoms := 3*3*64 + 2*2*9*4 + 3*64            // query, key, value; two products of two heads of 4; attend
	rest := 3*2*8 + 64 + 2*3*8*16 + 3*8*2       // gather, time, mlp, move.self
	heads := 3*8*11 + 9*2*2 + 3*8*2 + 9*2*4     // types, bonds.in, bonds.atoms, bonds
	alone := embed + pairs + atoms + rest + heads
	if got := n.Products(0, 1); got != float64(alone) {
		t.Errorf("%v multiply-adds without a pocket, want %d", got, alone)
	}
	keys := 2 * (5*34*64 + 5*64*64)
	look := 3*8*64 + 3*8*6 + 3*8*4 + 2*3*5*64 + 3*64*8 // query, profile, gate, affinity and gather, bind
	if got := n.Products(5, 4); math.Abs(got-float64(alone+look)-float64(keys)/4) > 1e-9 {
		t.Errorf("%v multiply-adds in a shared pocket, want %v", got, float64(alone+look)+float64(keys)/4)
	}
}
