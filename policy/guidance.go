package policy

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
)

// Guidance is classifier-free guidance (Ho & Salimans 2022) as a denoiser around another one, D = D_null + w (D_cond - D_null), which is
// their eq. 6 with w - 1 for their w, for all predictions are linear in the denoised estimate. w = 1 is the conditional network, 0 the
// unconditional one, more than 1 overstates what the condition says. Its conditions are the network's, followed by as many
// null conditions: what the network was shown in training where the condition was dropped.
//
// It is for sampling and tuning: the guided denoiser is the policy, so log-probabilities, gradients and losses are those of what is sampled. Value passes through to
// the conditional network; pre-training, where conditions are dropped, has the network without guidance.
type Guidance struct {
	net    nn.Denoiser
	weight float64
}

var _ nn.Denoiser = (*Guidance)(nil)

// NewGuidance wraps a network. It refuses a weight that is not a finite number.
func NewGuidance(net nn.Denoiser, weight float64) (*Guidance, error) {
	if math.IsNaN(weight) || math.IsInf(weight, 0) {
		return nil, fmt.Errorf("guidance weight %v: expected a finite number; 1 is no guidance", weight)
	}
	return &Guidance{net: net, weight: weight}, nil
}

// Conditions are those of the guided network: the network's own and their null counterparts. It is an error unless each null
// condition has the shape of its counterpart, but for the leading axis.
func (g *Guidance) Conditions(cond, null []*nn.Tensor) ([]*nn.Tensor, error) {
	if len(cond) != len(null) {
		return nil, fmt.Errorf("guidance: %d null conditions: expected one for each of %d conditions", len(null), len(cond))
	}
	for i, c := range cond {
		if a, b := c.Shape().Dimensions, null[i].Shape().Dimensions; len(a) == 0 || len(b) == 0 || !slices.Equal(a[1:], b[1:]) {
			return nil, fmt.Errorf("guidance: null condition %d has the shape %v: expected that of the condition, %v, but for the leading axis", i, b, a)
		}
	}
	return append(slices.Clone(cond), null...), nil
}

// Denoise builds the guided estimate [batch, dims]. Where a weight makes one of the two networks superfluous, it is not evaluated.
func (g *Guidance) Denoise(s *nn.Scope, x, noise *nn.Node, cond []*nn.Node) *nn.Node {
	own, null := halves(cond)
	switch g.weight {
	case 0:
		return g.net.Denoise(s, x, noise, null)
	case 1:
		return g.net.Denoise(s, x, noise, own)
	}
	with, without := g.net.Denoise(s, x, noise, own), g.net.Denoise(s, x, noise, null)
	return graph.Add(without, graph.MulScalar(graph.Sub(with, without), g.weight))
}

// Loss is the squared error of the guided estimate, the mean over a state's dimensions, in units that give a raw network under [sde.Preconditioning] a target of unit
// variance at every noise level: what is sampled is what has to be consistent with its perturbation. At weight 1 it is the network's own.
func (g *Guidance) Loss(s *nn.Scope, x0, xt, noise *nn.Node, cond []*nn.Node) (*nn.Node, []*nn.Node) {
	if g.weight == 1 {
		own, _ := halves(cond)
		return g.net.Loss(s, x0, xt, noise, own)
	}
	_, unit, _ := nn.Precondition(noise, guidedData)
	each := graph.ReduceMean(graph.Square(graph.Div(graph.Sub(g.Denoise(s, xt, noise, cond), x0), unit)), -1)
	return each, []*nn.Node{each}
}

const guidedData = 0.5 // standard deviation of data, Karras et al.'s

// LossTerms names what Loss gives.
func (g *Guidance) LossTerms() []string {
	if g.weight == 1 {
		return g.net.LossTerms()
	}
	return []string{"guided_error"}
}

// Value is the conditional network's.
func (g *Guidance) Value(s *nn.Scope, x, noise *nn.Node, cond []*nn.Node) *nn.Node {
	own, _ := halves(cond)
	return g.net.Value(s, x, noise, own)
}

// halves splits the conditions; graph-building code panics.
func halves(cond []*nn.Node) (own, null []*nn.Node) {
	if len(cond)%2 != 0 {
		panic(fmt.Sprintf("policy: guidance has %d conditions: expected each with its null condition", len(cond)))
	}
	return cond[:len(cond)/2], cond[len(cond)/2:]
}
