package tune_test

import "testing"

// noCostToCome is the policy gradient of estimators that differentiate the anchor at the states as they come: what a step does to the KL of
// later steps, which is in the value of the objective, is missing.
func (c *exactCase) noCostToCome(returns float64) expectation {
	values := c.path.Values(0)
	e := c.perStep(c.meanOverAll(), func(k int) []float64 {
		return scaled(returns, c.path.GainGrad(k, c.path.Law(k), values[k+1]))
	}, func(k int) []float64 { return c.path.KLGrad(k, c.path.Law(k)) })
	if c.beta >= 1 { // below, the difference is too small to be seen
		e.wrong["with the cost to come"] = c.own(returns, c.meanOverAll()).right
	}
	return e
}

// underStrongAnchor adds an anchor so strong that its cost to come would be seen.
func underStrongAnchor(t *testing.T, row exactRow) {
	t.Helper()
	withAndWithoutAnchor(t, row)
	row.beta, row.repeats = 1, 120
	t.Run("strong anchor", func(t *testing.T) { checkExact(t, row) })
}

// TestReinforceIsExact: the gradient itself, without a bias at any batch size; 1000 does not divide the transitions.
func TestReinforceIsExact(t *testing.T) {
	want := func(c *exactCase) expectation { return c.own(1, 1) }
	t.Run("in the reward's unit", func(t *testing.T) {
		withAndWithoutAnchor(t, exactRow{estimator: "reinforce", settings: map[string]any{"chunk": 1000}, want: want})
	})
	t.Run("standardised", func(t *testing.T) {
		checkExact(t, exactRow{estimator: "reinforce", settings: map[string]any{"chunk": 1 << 20, "standardise": true},
			beta: 0.3, unit: batchStd, want: want})
	})
	t.Run("two samples", func(t *testing.T) {
		checkExact(t, exactRow{estimator: "reinforce", batch: 2, repeats: 6000, want: func(c *exactCase) expectation {
			e := c.own(1, 1)
			e.wrong["the batch's mean as baseline"] = c.own(0.5, 1).right
			return e
		}})
	})
}

// TestDPOKIsExact: any critic of the states alone is a baseline without bias; the anchor's cost to come is missing.
func TestDPOKIsExact(t *testing.T) {
	row := exactRow{
		estimator: "dpok",
		settings:  map[string]any{"kl": 0.0, "steps": 1, "minibatch": 1 << 20, "critic_steps": 0},
		want:      func(c *exactCase) expectation { return c.noCostToCome(1) },
	}
	underStrongAnchor(t, row)
	row.critic, row.beta = true, 0.3
	t.Run("a critic of another reward", func(t *testing.T) { checkExact(t, row) })
}

// TestGRPOIsExact: the group's mean holds each sample's own reward, which costs a share 1/n; the anchor's cost to come is missing.
func TestGRPOIsExact(t *testing.T) {
	settings := map[string]any{"kl": 0.0, "clip_advantage": 1e9, "updates": 1, "chunk": 1 << 20}
	row := exactRow{
		estimator: "grpo", settings: settings,
		unit: func(c *exactCase, rewards []float64) float64 { return batchStd(c, rewards) + 1e-4 },
		want: func(c *exactCase) expectation { return c.noCostToCome(1 - 1/float64(c.batch)) },
	}
	underStrongAnchor(t, row)
	settings["timestep_fraction"], row.beta = 0.5, 0.3
	t.Run("half the steps", func(t *testing.T) { checkExact(t, row) })
}

// TestDDPGIsExact: through an exact critic the anchor's cost to come is all there.
func TestDDPGIsExact(t *testing.T) {
	withAndWithoutAnchor(t, exactRow{
		estimator: "ddpg", critic: true, unit: exactStd,
		settings: map[string]any{"actor_steps": 1, "critic_steps": 0, "minibatch": 2048, "memory": 512},
		want:     func(c *exactCase) expectation { return c.own(1, 1/float64(len(c.at))) },
	})
}
