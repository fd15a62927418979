package gauss_test

import (
	"context"
	"testing"

	"keel/task/gauss"
	"keel/tune"
)

// peers are the variants that bench/peers compares with PyTorch. All numbers are written out here and there, so that
// neither side follows a default that moves.
var peers = []gauss.Variant{
	{Label: "ddpo-is", Estimator: "ddpo-is",
		Settings: map[string]any{"learning_rate": 1e-3, "clip": 0.2, "clip_advantage": 5, "epochs": 1, "updates": 4, "chunk": 400}},
	{Label: "diffac", Estimator: "diffac",
		Settings: map[string]any{"actor": "ddpg", "fresh": 64, "learning_rate": 1e-3, "critic_rate": 1e-3, "lambda": 0.1,
			"actor_steps": 16, "critic_steps": 32, "minibatch": 128, "memory": 512,
			"consistency": map[string]any{"steps": 4, "rate": 2e-5, "minibatch": 64, "average": 0.9}}},
}
