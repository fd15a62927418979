package gauss_test

import (
	"cmp"
	"context"
	"os"
	"strconv"
	"testing"

	"keel/nn"
	"keel/task/gauss"
	"keel/tune"
)

// peerProblem and peers are what bench/peers runs in PyTorch too. What the two must agree on is written out here and there, so that
// neither follows a default that moves.
var peerProblem = gauss.Problem{Dims: 2, Modes: 6, Radius: 2, Std: 0.3, Reward: "smooth", Target: 1, Beta: 0.2,
	Solver: "ancestral", Steps: 50, Width: 64, Depth: 3}

var peers = []gauss.Variant{
	{Label: "ddpo-is", Estimator: "ddpo-is", Settings: map[string]any{
		"learning_rate": 1e-3, "clip": 0.2, "clip_advantage": 5.0, "epochs": 1, "updates": 2, "chunk": 800}},
	{Label: "diffac", Estimator: "diffac", Settings: map[string]any{
		"actor": "ddpg", "perturbation": true, "regulariser": true, "lambda": 3.0, "learning_rate": 1e-3, "critic_rate": 3e-3,
		"actor_steps": 16, "critic_steps": 32, "minibatch": 128, "memory": 512, "fresh": 64,
		"consistency": map[string]any{"steps": 4, "rate": 2e-5, "minibatch": 64, "average": 0.9}}},
}

// peerBatch is the number of rewards in an iteration.
const peerBatch = 32

// BenchmarkIteration times tuning iterations of the toy experiment, and reports the objective they end with. Learning rates decay over
// the b.N iterations, so -benchtime=60x is a run of 60. Networks run on XLA under KEEL_BACKEND=xla; KEEL_BENCH_SEED, 1 where unset, is the run's seed.
func BenchmarkIteration(b *testing.B) {
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("KEEL_BENCH_SEED"), "1"), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	for _, v := range peers {
		b.Run(v.Label, func(b *testing.B) {
			bench, err := peerProblem.Open(engine())
			if err != nil {
				b.Fatal(err)
			}
			est, err := tune.New(v.Estimator, bench.Setting, v.Settings)
			if err != nil {
				b.Fatal(err)
			}
			fresh := &nn.Weights{Tensors: map[string]nn.WeightTensor{}}
			est.Save(fresh)
			iterate(b, bench, est, 3) // compiles
			if err := est.Load(fresh); err != nil {
				b.Fatal(err)
			}
			_, layout := bench.Task.Network()
			est.Adopt(layout.Init(seed))
			bench.Setting.Seed = seed
			b.ResetTimer()
			iterate(b, bench, est, b.N)
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "iterations/s")
			end, err := bench.Evaluate(context.Background(), est.Params(), 4096, 1)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(end.Objective, "objective")
		})
	}
}

func iterate(b *testing.B, bench *gauss.Bench, est tune.Estimator, n int) {
	b.Helper()
	loop := &tune.Loop{Setting: bench.Setting, Estimator: est, Config: tune.Config{Iterations: n, Batch: peerBatch, Decay: 0.9}}
	for i := range n {
		if _, err := loop.Iterate(context.Background(), i); err != nil {
			b.Fatal(err)
		}
	}
}
