package nn

import (
	"strings"
	"testing"
)

func TestMetadata(t *testing.T) {
	type shape struct{ Layers int }
	w := &Weights{Metadata: Describe("keel-x-1", map[string]any{"task": "x", "network": shape{3}, "words": []string{"a", "b"}})}
	if w.Metadata["task"] != "x" || w.Metadata["network"] != `{"Layers":3}` {
		t.Errorf("%v", w.Metadata)
	}
	var s shape
	var words []string
	if err := w.Decode("keel-x-1", map[string]any{"network": &s, "words": &words}); err != nil || s.Layers != 3 || len(words) != 2 {
		t.Errorf("%v, %v, %v", s, words, err)
	}
	for want, err := range map[string]error{
		`format "keel-x-1", expected "keel-y-1"`: w.Decode("keel-y-1", nil),
		"sizes in the metadata":                  w.Decode("keel-x-1", map[string]any{"sizes": &s}),
		"network in the metadata":                w.Decode("keel-x-1", map[string]any{"network": &words}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
}
