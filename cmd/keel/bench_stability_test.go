package main

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
)

// TestStabilityJSON: what --json prints is one object, whose results have the keys that others read, in the order of estimators and seeds.
func TestStabilityJSON(t *testing.T) {
	t.Setenv("KEEL_BACKEND", "go")
	var started bool
	var out bytes.Buffer
	root := rootCommand(&started)
	root.SetOut(&out)
	root.SetErr(io.Discard)
	root.SetArgs([]string{"bench", "stability", "--dim", "1", "--steps", "4", "--calls", "64", "--seeds", "9,4", "--estimators", "rwr,reinforce", "--json"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	var r struct {
		Problem, Budget map[string]any
		Seeds           []uint64
		Results         []map[string]any
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %s", err, out.Bytes())
	}
	if r.Problem["dims"] != 1.0 || r.Problem["reward"] != "smooth" || r.Budget["calls"] != 64.0 || len(r.Seeds) != 2 || len(r.Results) != 4 {
		t.Fatalf("the experiment came back as %+v", r)
	}
	for i, one := range r.Results {
		if one["estimator"] != []string{"rwr", "reinforce"}[i/2] || one["seed"] != []float64{4, 9}[i%2] || one["reward_calls"] != 64.0 || one["error"] != nil {
			t.Errorf("result %d: %v", i, one)
		}
		for _, key := range []string{"start", "objective", "optimum", "seconds"} {
			if _, ok := one[key].(float64); !ok {
				t.Errorf("result %d: %q is %v", i, key, one[key])
			}
		}
		if _, ok := one["collapsed"].(bool); !ok {
			t.Errorf("result %d: collapsed is %v", i, one["collapsed"])
		}
	}
}
