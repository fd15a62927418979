package tune

import "context"

// BestOfNConfig has no settings.
type BestOfNConfig struct{}

// Check has nothing to say.
func (BestOfNConfig) Check() error { return nil }

var _ = Register("best-of-n", "no update: the best of the model's own samples, which every estimator has to beat",
	func() BestOfNConfig { return BestOfNConfig{} }, NewBestOfN)

// BestOfN leaves the policy as it is. A run of it is the search that costs no training: its best samples at a number of reward calls are what an
// estimator's have to be compared with.
type BestOfN struct{ actor }

// NewBestOfN prepares nothing.
func NewBestOfN(s *Setting, _ BestOfNConfig) (*BestOfN, error) { return &BestOfN{newActor(s)}, nil }

// Name is "best-of-n".
func (*BestOfN) Name() string { return "best-of-n" }

// Update does nothing.
func (*BestOfN) Update(context.Context, *Iteration) (map[string]float64, error) { return nil, nil }
