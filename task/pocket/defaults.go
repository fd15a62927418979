package pocket

import (
	"keel/reward"
	"keel/tune"
)

// DefaultTune is what a configuration file starts from, and what does for a pocket never seen. docs/tuning.md has the reasons.
func DefaultTune() TuneConfig {
	return TuneConfig{Task: "pocket", Algo: "diffac", Seed: 1, Reward: reward.Default(),
		Pocket: PocketConfig{Atoms: [2]int{24, 30}, Dock: true}, Tune: tune.Config{Iterations: 24, Batch: 64, Steps: 40, Decay: 0.7}, Compare: 64, Designs: 20, Noise: 0.8, Each: 4}
}

// settings are those of estimators that differ in a pocket from their own defaults.
var settings = map[string]map[string]any{
	"diffac": {"actor": "matching", "refine": true, "restart": 0.5, "ranks": true, "repulsion": 0.5, "average": 0.7, "memory": int64(128), "best": int64(64), "minibatch": int64(64),
		"actor_steps": int64(8), "critic_steps": int64(4), "learning_rate": 1e-3},
}

// Fill writes the default components of the reward, and the settings that the estimator has in a pocket, into the configuration where that says
// nothing else: a run's configuration then says all that it depends on.
func (c *TuneConfig) Fill() {
	if len(c.Reward.Components) == 0 {
		c.Reward.Components = reward.DefaultComponents()
	}
	given := c.Estimator[c.Algo]["best"]
	c.Estimator = tune.Over(settings, c.Algo, c.Estimator)
	if n, ok := c.Estimator[c.Algo]["memory"].(int64); ok && given == nil && settings[c.Algo] != nil {
		c.Estimator[c.Algo]["best"] = n / 2
	}
}
