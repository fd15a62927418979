package pocket

import (
	"encoding/json"
	"fmt"

	"keel/nn"
)

// Model is a network with its weights.
type Model struct {
	Net    Network
	Sizes  SizeModel
	Layout *nn.Layout
	Params []float32 // flat
	Source string    // the file that it came from
	Info   map[string]string
}

// format names this version of states and network in weight files.
const format = "keel-pocket-1"

// Metadata describes a network in a weights file.
func (n Network) Metadata(sizes SizeModel) map[string]string {
	net, _ := json.Marshal(n)      // plain integers: cannot fail
	size, _ := json.Marshal(sizes) // plain floats: cannot fail
	return map[string]string{"format": format, "task": "pocket", "network": string(net), "sizes": string(size), "process": "vp"}
}

// averaged is the prefix of the averaged parameters in a checkpoint of pre-training.
const averaged = "ema."

// ReadModel reads a weights file, or the averaged weights of a checkpoint of pre-training.
func ReadModel(e *nn.Engine, path string) (*Model, error) {
	w, err := nn.ReadWeights(path)
	if err != nil {
		return nil, err
	}
	if got := w.Metadata["format"]; got != format {
		return nil, fmt.Errorf("%s: format %q, expected %q: the weights of another task or an older Keel", path, got, format)
	}
	m := &Model{Source: path, Info: w.Metadata}
	if err := json.Unmarshal([]byte(w.Metadata["network"]), &m.Net); err != nil {
		return nil, fmt.Errorf("%s: network description in the metadata: %w", path, err)
	}
	if err := json.Unmarshal([]byte(w.Metadata["sizes"]), &m.Sizes); err != nil {
		return nil, fmt.Errorf("%s: size model in the metadata: %w", path, err)
	}
	if err := m.Net.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if m.Layout, err = m.Net.Declare(e); err != nil {
		return nil, err
	}
	prefix := ""
	if _, ok := w.Tensors[averaged+m.Layout.Specs[0].Name]; ok {
		prefix = averaged // a checkpoint of a pre-training that may still be going on
	}
	if m.Params, err = m.Layout.Unpack(w, prefix); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// RandomModel is a network with its initial weights.
func RandomModel(e *nn.Engine, net Network, seed uint64) (*Model, error) {
	if err := net.Check(); err != nil {
		return nil, err
	}
	layout, err := net.Declare(e)
	if err != nil {
		return nil, err
	}
	sizes := FitSizes(nil)
	return &Model{Net: net, Sizes: sizes, Layout: layout, Params: layout.Init(seed), Source: "random weights", Info: net.Metadata(sizes)}, nil
}

// Check says what is wrong with a network's shape.
func (n Network) Check() error {
	switch {
	case n.Layers < 1 || n.Layers > 9:
		return fmt.Errorf("network layers = %d: expected 1 to 9", n.Layers)
	case n.Hidden < 8 || n.Pair < 1 || n.Heads < 1 || n.Hidden%n.Heads != 0:
		return fmt.Errorf("network hidden = %d, pair = %d, heads = %d: expected positive, hidden a multiple of heads", n.Hidden, n.Pair, n.Heads)
	}
	return nil
}
