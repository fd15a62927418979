package image

import (
	"math/rand/v2"
	"testing"

	"keel/nn"
	"keel/pretrain"
	"keel/task/image/examples"
)

// BenchmarkTraining is one optimisation step on a batch of 64, noise and all: bench/peers/image.py sets it beside the same networks in PyTorch.
func BenchmarkTraining(b *testing.B) {
	const batch = 64
	for _, net := range []Network{DefaultNetwork(), {Kind: "transformer", Hidden: 192, Layers: 5, Heads: 4, Text: 128}} {
		b.Run(net.Kind, func(b *testing.B) {
			layout, err := net.Declare(engine(b))
			if err != nil {
				b.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			drawn, err := NewSource(&net, examples.New(nil, 1), batch, 0.1).Next(rng)
			if err != nil {
				b.Fatal(err)
			}
			c := DefaultPretrain().Train
			s := pretrain.NewStepper(engine(b), layout, nn.Adam{EMA: c.EMA}, Process(), c.Levels())
			state := nn.NewOptState(layout.Init(1))
			step := func() {
				if _, err := s.Step(state, drawn, 1e-3, rng); err != nil {
					b.Fatal(err)
				}
			}
			step() // compiles
			for b.Loop() {
				step()
			}
			b.ReportMetric(batch*float64(b.N)/b.Elapsed().Seconds(), "examples/s")
			b.ReportMetric(float64(layout.Size()), "parameters")
		})
	}
}
