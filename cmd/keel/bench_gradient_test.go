package main

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"keel/task/gauss"
)

// TestGradientJSON: what --json prints is the whole result, and its numbers are numbers.
func TestGradientJSON(t *testing.T) {
	t.Setenv("KEEL_BACKEND", "go")
	var started bool
	var out bytes.Buffer
	root := rootCommand(&started)
	root.SetOut(&out)
	root.SetErr(io.Discard)
	root.SetArgs([]string{"bench", "gradient", "--seeds", "7,8", "--repeats", "2", "--dim", "2", "--steps", "2", "--samples", "3", "--critic-steps", "1",
		"--beta", "0", "--json"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	if !started {
		t.Error("the command did not say that it had begun: its failures would pass for wrong use")
	}
	var r gauss.GradientResult
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	if r.Dims != 2 || r.Steps != 2 || r.Beta != 0 || len(r.Seeds) != 2 || r.Seeds[1] != 8 || r.Repeats != 2 || r.Fit.Critic != 1 {
		t.Errorf("settings came back as %+v", r.GradientTest)
	}
	if len(r.Curves) != 10 {
		t.Errorf("%d curves, want 8 with a critic and 2 without", len(r.Curves))
	}
	for _, c := range r.Curves {
		if len(c.Points) != 1 || c.Points[0].Samples != 3 || !(c.Points[0].Variance.Value > 0) || c.Points[0].Cosine.Value > 1 {
			t.Errorf("%s: %+v", c.Label, c.Points)
		}
	}
}
