package pocket

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"keel/chem/rigid"
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
	want := *s.model
	want.Sizes, want.Groups = SizeModel{Intercept: 3, Weights: []float64{0.25}, Std: 2}, GroupCounts{nil, {0, 2}, {0, 1, 5}}
	for _, prefix := range []string{"", "ema."} {
		path := file(t, s.model, prefix, want.Metadata())
		m, err := ReadModel(s.engine, path)
		if err != nil {
			t.Fatal(err)
		}
		m.Net.Vocabulary = want.Net.Vocabulary // compared below
		if m.Net != want.Net || !reflect.DeepEqual(m.Sizes, want.Sizes) || m.Source != path || !slices.Equal(m.Params, want.Params) {
			t.Errorf("prefix %q: another model was read: %+v, %+v", prefix, m.Net, m.Sizes)
		}
		if d := gocmp.Diff(want.Groups, m.Groups); d != "" {
			t.Errorf("group counts (-want +got):\n%s", d)
		}
		if d := gocmp.Diff(want.Vocabulary.Groups, m.Vocabulary.Groups, cmpopts.IgnoreUnexported(rigid.Group{})); d != "" {
			t.Errorf("vocabulary (-want +got):\n%s", d)
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
		{"another format", `format "keel-other-1", expected "keel-pocket-3"`, with("format", "keel-other-1")},
		{"no format", `format "", expected`, nil},
		{"no network", "network in the metadata", with("network", "{")},
		{"no sizes", "sizes in the metadata", with("sizes", "?")},
		{"no vocabulary", "vocabulary in the metadata", with("vocabulary", "[]x")},
		{"broken vocabulary", "group 0 has 0 atoms", with("vocabulary", "[{}]")},
		{"short vocabulary", "has shape", with("vocabulary", `[{"atoms":[{"Element":6}],"free":[4]}]`)},
		{"bad network", "heads = 3", with("network", `{"layers":2,"hidden":32,"pair":8,"heads":3,"every":1}`)},
		{"deeper network", `"layer2.`, with("network", `{"layers":3,"hidden":32,"pair":8,"heads":4,"every":1}`)},
		{"wider network", "has shape", with("network", `{"layers":2,"hidden":64,"pair":8,"heads":4,"every":1}`)},
	} {
		path := file(t, s.model, "", c.info)
		_, err := ReadModel(s.engine, path)
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", c.name, err, c.want)
		}
	}
}
