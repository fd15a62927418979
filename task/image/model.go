package image

import (
	"fmt"
	"io"
	"slices"

	"keel/nn"
	"keel/pretrain"
	"keel/task/image/caption"
)

// Model is a network with its weights.
type Model struct {
	Net        Network
	Vocabulary []string // the words of its training captions, sorted
	Layout     *nn.Layout
	Params     []float32 // flat
	Source     string    // the file that it came from
	Info       map[string]string
}

// format names this version of states and network in weight files.
const format = "keel-image-1"

// Metadata describes a model in a weights file.
func (m *Model) Metadata() map[string]string {
	return nn.Describe(format, map[string]any{"task": "image", "process": Process().Name(), "network": m.Net, "vocabulary": m.Vocabulary})
}

// ReadModel reads a weights file, or the averaged weights of a checkpoint of pre-training.
func ReadModel(e *nn.Engine, path string) (*Model, error) {
	w, err := nn.ReadWeights(path)
	if err != nil {
		return nil, err
	}
	m := &Model{Source: path, Info: w.Metadata}
	if err := w.Decode(format, map[string]any{"network": &m.Net, "vocabulary": &m.Vocabulary}); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := m.Net.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if m.Layout, err = m.Net.Declare(e); err != nil {
		return nil, err
	}
	if m.Params, err = pretrain.Params(m.Layout, w); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Write writes the model with other parameters.
func (m *Model) Write(w io.Writer, params []float32) error {
	out := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: m.Info}
	m.Layout.Pack(out, "", params)
	return out.Write(w)
}

// Unseen are the words of a caption that training never saw.
func (m *Model) Unseen(c caption.Caption) []string {
	var out []string
	for _, w := range c {
		if _, ok := slices.BinarySearch(m.Vocabulary, w); !ok && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}
