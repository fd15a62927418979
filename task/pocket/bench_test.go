package pocket

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/chem"
	"keel/nn"
	"keel/pretrain"
	"keel/sde"
)

// testMolecule is a chain of n carbons on a random walk of 1.5 Å steps.
func testMolecule(rng *rand.Rand, n int) *chem.Molecule {
	m := &chem.Molecule{Name: "walk"}
	var at chem.Vec
	for i := range n {
		m.Atoms = append(m.Atoms, chem.Atom{Element: 6, Pos: at})
		step := chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		at = at.Add(step.Scale(1.5 / step.Norm()))
		if i > 0 {
			m.Bonds = append(m.Bonds, chem.Bond{A: i - 1, B: i, Order: 1})
		}
	}
	return m
}

// testPocket is a shell of alanines about the origin.
func testPocket(t testing.TB, rng *rand.Rand, atoms int) *Pocket {
	p := &chem.Protein{Name: "shell"}
	names := []string{"N", "CA", "C", "O", "CB"}
	for i := range atoms {
		if i%5 == 0 {
			p.Residues = append(p.Residues, chem.Residue{Name: "ALA", Chain: "A", Seq: i / 5, First: i, End: i + 5})
		}
		v := chem.Vec{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		p.Atoms = append(p.Atoms, chem.ProteinAtom{Name: names[i%5], Element: []chem.Element{7, 6, 6, 8, 6}[i%5],
			Pos: v.Scale((6 + 5*rng.Float64()) / v.Norm()), Residue: i / 5})
	}
	k, err := NewPocket(p)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func engine(t testing.TB) *nn.Engine {
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func benchmarkStep(b *testing.B, bucket int, inPocket bool) {
	rng := rand.New(rand.NewPCG(1, 2))
	e := engine(b)
	net := DefaultNetwork()
	layout, err := net.Declare(e)
	if err != nil {
		b.Fatal(err)
	}
	ex := Example{Ligand: testMolecule(rng, bucket-1)}
	if inPocket {
		ex.Pocket = testPocket(b, rng, 500)
	}
	examples := make([]Example, 64)
	for i := range examples {
		examples[i] = ex
	}
	batch, err := NewBatch(net, bucket, examples, rng)
	if err != nil {
		b.Fatal(err)
	}
	st := pretrain.NewStepper(e, layout, nn.Adam{}, sde.VP{}, pretrain.Levels{Mean: -1, Std: 1.4})
	state := nn.NewOptState(layout.Init(1))
	if _, err := st.Step(state, batch, 1e-3, rng); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := st.Step(state, batch, 1e-3, rng); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(64*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
	_ = graph.Dot
}

func BenchmarkStep24(b *testing.B)       { benchmarkStep(b, 24, false) }
func BenchmarkStep28(b *testing.B)       { benchmarkStep(b, 28, false) }
func BenchmarkStep28Pocket(b *testing.B) { benchmarkStep(b, 28, true) }
