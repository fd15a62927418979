package pocket

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"keel/reward"
)

// TestFill: what the configuration says stays, what it leaves open is filled in, and doing so twice changes nothing.
func TestFill(t *testing.T) {
	c := DefaultTune()
	c.Pocket.Protein, c.Pocket.Ligand = "p.pdb", "l.sdf"
	c.Estimator = map[string]map[string]any{"diffac": {"memory": int64(40), "ranks": false}, "ddpo-is": {"epochs": int64(2)}}
	mine := c.Estimator
	c.Fill()
	want := map[string]any{"memory": int64(40), "ranks": false, "best": int64(20), "actor": "matching", "refine": true, "restart": 0.5, "minibatch": int64(64),
		"repulsion": 0.5, "average": 0.7, "actor_steps": int64(8), "critic_steps": int64(4), "learning_rate": 1e-3}
	if d := cmp.Diff(want, c.Estimator["diffac"]); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(reward.DefaultComponents(), c.Reward.Components); d != "" || len(mine["diffac"]) != 2 || c.Estimator["ddpo-is"]["epochs"] != int64(2) {
		t.Errorf("%s\n%v\n%v", d, mine, c.Estimator)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	again := c
	again.Fill()
	if d := cmp.Diff(c, again); d != "" {
		t.Error(d)
	}
	bare := DefaultTune()
	bare.Pocket.Protein, bare.Pocket.Centre = "p.pdb", []float64{1, 2, 3}
	bare.Fill()
	if err := bare.Check(); err != nil || bare.Estimator["diffac"]["best"] != int64(64) {
		t.Errorf("%v, %v", err, bare.Estimator)
	}
}
