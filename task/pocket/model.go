package pocket

import (
	"fmt"

	"keel/chem/rigid"
	"keel/nn"
	"keel/policy"
	"keel/pretrain"
	"keel/sde"
	"keel/solver"
)

// Model is a network with its weights.
type Model struct {
	Net        Network
	Vocabulary *rigid.Vocabulary // the groups that its molecules are made of
	Sizes      SizeModel
	Groups     GroupCounts
	Layout     *nn.Layout
	Params     []float32 // flat
	Source     string    // the file that it came from
	Info       map[string]string

	samplers map[int]*policy.Sampler // by padded number of groups, compiled once for all pockets
}

// format names this version of states and network in weight files.
const format = "keel-pocket-3"

// Metadata describes a model in a weights file.
func (m *Model) Metadata() map[string]string {
	return nn.Describe(format, map[string]any{"task": "pocket", "process": "vp", "network": m.Net, "vocabulary": m.Vocabulary, "sizes": m.Sizes, "groups": m.Groups})
}

// readVocabulary reads the vocabulary of a weights file or checkpoint.
func readVocabulary(path string) (*rigid.Vocabulary, error) {
	w, err := nn.ReadWeights(path)
	if err != nil {
		return nil, err
	}
	v := &rigid.Vocabulary{}
	if err := w.Decode(format, map[string]any{"vocabulary": v}); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// sampler is the model's sampler at a padded size, along the steps. Samplers of one size share a program.
func (m *Model) sampler(e *nn.Engine, nodes int, p sde.Process, steps []solver.Step) (*policy.Sampler, error) {
	s, ok := m.samplers[nodes]
	if !ok {
		net := m.Net
		net.Layout.Nodes = nodes
		var err error
		if s, err = policy.NewSampler(e, &net, m.Layout, p, steps); err != nil {
			return nil, err
		}
		if m.samplers == nil {
			m.samplers = map[int]*policy.Sampler{}
		}
		m.samplers[nodes] = s
	}
	own := *s
	own.Process, own.Steps = p, steps
	return &own, nil
}

// ReadModel reads a weights file, or the averaged weights of a checkpoint of pre-training.
func ReadModel(e *nn.Engine, path string) (*Model, error) {
	w, err := nn.ReadWeights(path)
	if err != nil {
		return nil, err
	}
	m := &Model{Source: path, Info: w.Metadata, Vocabulary: &rigid.Vocabulary{}}
	if err := w.Decode(format, map[string]any{"network": &m.Net, "vocabulary": m.Vocabulary, "sizes": &m.Sizes, "groups": &m.Groups}); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m.Net.Layout.Types, m.Net.Vocabulary = len(m.Vocabulary.Groups), m.Vocabulary
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

// RandomModel is a network with its initial weights.
func RandomModel(e *nn.Engine, net Network, v *rigid.Vocabulary, seed uint64) (*Model, error) {
	if err := net.Check(); err != nil {
		return nil, err
	}
	net.Layout.Types, net.Vocabulary = len(v.Groups), v
	layout, err := net.Declare(e)
	if err != nil {
		return nil, err
	}
	m := &Model{Net: net, Vocabulary: v, Sizes: FitSizes(nil), Layout: layout, Params: layout.Init(seed), Source: "random weights"}
	m.Info = m.Metadata()
	return m, nil
}

// Check says what is wrong with a network's shape.
func (n Network) Check() error {
	switch {
	case n.Layers < 1 || n.Layers > 9:
		return fmt.Errorf("network layers = %d: expected 1 to 9", n.Layers)
	case n.Every < 1:
		return fmt.Errorf("network every = %d: expected at least 1", n.Every)
	case n.Hidden < 8 || n.Pair < 1 || n.Heads < 1 || n.Hidden%n.Heads != 0:
		return fmt.Errorf("network hidden = %d, pair = %d, heads = %d: expected positive, hidden a multiple of heads", n.Hidden, n.Pair, n.Heads)
	}
	return nil
}
