package nn

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Describe is the metadata of a weights file: its format and, by key, values as JSON; strings stand as they are. Values are plain data: it panics on what JSON does not have.
func Describe(format string, values map[string]any) map[string]string {
	out := map[string]string{"format": format}
	for key, v := range values {
		if text, ok := v.(string); ok {
			out[key] = text
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		out[key] = string(text)
	}
	return out
}

// Decode reads values that [Describe] put into the metadata, by key, and refuses weights of another format.
func (w *Weights) Decode(format string, values map[string]any) error {
	if got := w.Metadata["format"]; got != format {
		return fmt.Errorf("format %q, expected %q: the weights of another task or another version of Keel", got, format)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if err := json.Unmarshal([]byte(w.Metadata[key]), values[key]); err != nil {
			return fmt.Errorf("%s in the metadata: %w", key, err)
		}
	}
	return nil
}
