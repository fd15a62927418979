package tune

import (
	"keel/nn"
	"keel/policy"
)

// actor is the tuned network under its optimiser; estimators embed it for what all of them do alike.
type actor struct {
	net    nn.Denoiser
	layout *nn.Layout
	policy *nn.OptState
}

func newActor(s *Setting) actor {
	net, layout := s.Task.Network()
	return actor{net: net, layout: layout, policy: nn.NewOptState(s.Params)}
}

// Params are the current policy's.
func (a *actor) Params() *nn.Tensor { return a.policy.Params }

// Adopt goes on from other parameters, with the optimiser's moments as they are.
func (a *actor) Adopt(params []float32) {
	nn.Free(a.policy.Params)
	a.policy.Params = nn.FromFloats(params, len(params))
}

// Save keeps the policy and its optimiser.
func (a *actor) Save(w *nn.Weights) { saveOpt(w, "policy", a.policy) }

// Load is the inverse of Save.
func (a *actor) Load(w *nn.Weights) error {
	p, err := loadOpt(w, "policy", a.layout.Size())
	if err != nil {
		return err
	}
	a.policy = p
	return nil
}

// denoise builds the policy's estimate at the transitions' states.
func (a *actor) denoise(scope *nn.Scope, t policy.TransitionNodes, cond []*nn.Node) *nn.Node {
	return a.net.Denoise(scope, t.X, t.Kernel, cond)
}
