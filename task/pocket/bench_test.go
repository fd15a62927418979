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
	net.Layout.Types, net.Vocabulary = DefaultPretrain().Vocabulary.Size, benchVocabulary()
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

func BenchmarkStep8(b *testing.B)        { benchmarkStep(b, 8, false) }
func BenchmarkStep11(b *testing.B)       { benchmarkStep(b, 11, false) }
func BenchmarkStep11Pocket(b *testing.B) { benchmarkStep(b, 11, true) }

// By hand, for one layer of 8 features, pairs of 2, 2 heads, 3 groups of 7 types, 5 pocket atoms.
func TestProducts(t *testing.T) {
	n := Network{Layers: 1, Hidden: 8, Pair: 2, Heads: 2, Every: 1, Layout: Layout{Nodes: 3, Types: 7}}
	embed := 19*8 + 8*8 + 8*2 + 3*7*8 + 3*7*12 + 9*37*2 // time, time-nodes, time-pairs, types.in, ports, pairs
	pairs := 9*33*2 + 9*48*2 + 3*8*4 + 9*2*19 + 9*2*12  // pair.in, pair.reach, pair.sides, pair.out, pair.ports
	nodes := 3*3*64 + 2*2*9*4 + 3*64                    // query, key, value; two products of two heads of 4; attend
	rest := 3*2*8 + 64 + 2*3*8*16 + 3*8*30              // gather, time, mlp, move.self
	places := 9*3*3 + 9*9*3 + 3*4*9 + 3*9*9*3           // local, turned, ends, sums
	heads := 3*8*7 + 9*2*2 + 3*8*2 + 9*2*3              // types, bonds.in, bonds.nodes, bonds
	alone := embed + pairs + nodes + rest + places + heads
	if got := n.Products(0, 1); got != float64(alone) {
		t.Errorf("%v multiply-adds without a pocket, want %d", got, alone)
	}
	keys := 5*34*64 + 5*64*(2*96+4)
	look := 3*8*(96+6+12+15) + 2*3*5*96 + 3*5*(4*3+4*5) + 3*(96+20)*8 // query, profile, look, gate; affinity and gather; places; bind
	if got := n.Products(5, 4); math.Abs(got-float64(alone+look)-float64(keys)/4) > 1e-9 {
		t.Errorf("%v multiply-adds in a shared pocket, want %v", got, float64(alone+look)+float64(keys)/4)
	}
}
