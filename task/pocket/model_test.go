package pocket

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"keel/nn"
)

// file packs a model under a prefix of its tensors' names.
func file(t *testing.T, m *Model, prefix string, info map[string]string) string {
	t.Helper()
	w := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: info}
	m.Layout.Pack(w, prefix, m.Params)
	var b bytes.Buffer
	if err := w.Write(&b); err != nil {
		t.Fatal(err)
	}
	return write(t, "model.safetensors", b.String())
}

func TestReadModel(t *testing.T) {
	s := tiny(t)
	sizes := SizeModel{Intercept: 3, Slope: 0.25, Std: 2}
	for _, prefix := range []string{"", "ema."} {
		path := file(t, s.model, prefix, s.model.Net.Metadata(sizes))
		m, err := ReadModel(s.engine, path)
		if err != nil {
			t.Fatal(err)
		}
		if m.Net != s.model.Net || !reflect.DeepEqual(m.Sizes, sizes) || m.Source != path || !slices.Equal(m.Params, s.model.Params) {
			t.Errorf("prefix %q: another model was read: %+v, %+v", prefix, m.Net, m.Sizes)
		}
	}
}

func TestReadModelErrors(t *testing.T) {
	s := tiny(t)
	with := func(key, value string) map[string]string {
		info := maps.Clone(s.model.Info)
		info[key] = value
		return info
	}
	for _, c := range []struct {
		name, want string
		info       map[string]string
	}{
		{"another format", `format "keel-other-1", expected "keel-pocket-1"`, with("format", "keel-other-1")},
		{"no format", `format "", expected`, nil},
		{"no network", "network description", with("network", "{")},
		{"no sizes", "size model", with("sizes", "?")},
		{"bad network", "heads = 3", with("network", `{"layers":2,"hidden":32,"pair":8,"heads":3}`)},
		{"deeper network", `"layer2.`, with("network", `{"layers":3,"hidden":32,"pair":8,"heads":4}`)},
		{"wider network", "has shape", with("network", `{"layers":2,"hidden":64,"pair":8,"heads":4}`)},
	} {
		path := file(t, s.model, "", c.info)
		_, err := ReadModel(s.engine, path)
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", c.name, err, c.want)
		}
	}
}
