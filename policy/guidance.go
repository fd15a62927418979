package policy

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/sde"
)

// Guidance is classifier-free guidance (Ho & Salimans 2022) as a denoiser around another one, D = D_null + w (D_cond - D_null), which is
// their eq. 6 with w - 1 for their w, for all predictions are linear in the denoised estimate. w = 1 is the conditional network, 0 the
// unconditional one, more than 1 overstates what the condition says. Its conditions are the network's, followed by as many
// null conditions: what the network was shown in training where the condition was dropped. Outside an interval of noise levels it is the conditional network
// (Kynkäänniemi et al. 2024), at half the cost.
//
// It is for sampling and tuning: the guided denoiser is the policy, so log-probabilities, gradients and losses are those of what is sampled. Value passes through to
// the conditional network; pre-training, where conditions are dropped, has the network without guidance.
type Guidance struct {
	net    nn.Denoiser
	weight float64
	levels Levels
}

var _ nn.Denoiser = (*Guidance)(nil)

// Levels is an interval of noise levels sigma/alpha.
type Levels struct{ Low, High float64 }

// EveryLevel leaves none out.
var EveryLevel = Levels{0, math.Inf(1)}

// NewGuidance wraps a network, to be guided at these noise levels. It refuses a weight that is not a finite number.
func NewGuidance(net nn.Denoiser, weight float64, at Levels) (*Guidance, error) {
	if math.IsNaN(weight) || math.IsInf(weight, 0) {
		return nil, fmt.Errorf("guidance weight %v: expected a finite number; 1 is no guidance", weight)
	}
	return &Guidance{net: net, weight: weight, levels: at}, nil
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

// Denoise builds the guided estimate [batch, dims].
func (g *Guidance) Denoise(s *nn.Scope, x, noise *nn.Node, cond []*nn.Node) *nn.Node {
	own, null := halves(cond)
	with := g.net.Denoise(s, x, noise, own)
	if g.weight == 1 {
		return with
	}
	without := g.net.Denoise(s, x, noise, null)
	weight := graph.Scalar(x.Graph(), x.DType(), g.weight)
	if g.levels != EveryLevel {
		alpha, sigma := graph.SliceAxis(noise, -1, graph.AxisElem(0)), graph.SliceAxis(noise, -1, graph.AxisElem(1))
		guided := graph.LogicalAnd(graph.GreaterOrEqual(sigma, graph.MulScalar(alpha, g.levels.Low)), graph.LessOrEqual(sigma, graph.MulScalar(alpha, g.levels.High)))
		weight = graph.Where(guided, weight, graph.OnesLike(weight)) // [batch, 1]
	}
	return graph.Add(without, graph.Mul(graph.Sub(with, without), weight))
}

// estimate is the guided estimate [batch * dims] at time t from the network's, which is asked as often as the noise level wants.
func (g *Guidance) estimate(t float64, p sde.Process, cond []*nn.Tensor, network func(cond []*nn.Tensor) ([]float32, error)) ([]float32, error) {
	if len(cond)%2 != 0 {
		return nil, fmt.Errorf("guidance has %d conditions: expected each with its null condition", len(cond))
	}
	own, null := cond[:len(cond)/2], slices.Clone(cond[len(cond)/2:])
	weight := float32(g.weight)
	if alpha, sigma := p.Kernel(t); sigma < g.levels.Low*alpha || sigma > g.levels.High*alpha {
		weight = 1
	}
	switch weight {
	case 0:
		return network(null)
	case 1:
		return network(own)
	}
	with, err := network(own)
	if err != nil {
		return nil, err
	}
	// In the shapes of their counterparts they go through the same program.
	for i, c := range null {
		if n := own[i].Shape().Dimensions[0]; c.Shape().Dimensions[0] == 1 && n > 1 {
			null[i] = nn.FromFloats(slices.Repeat(nn.Floats(c), n), own[i].Shape().Dimensions...)
			defer nn.Free(null[i])
		}
	}
	out, err := network(null)
	for i, v := range out {
		out[i] = v + (with[i]-v)*weight
	}
	return out, err
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
