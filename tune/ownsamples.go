package tune

import (
	"math/rand/v2"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
)

// ownSamples are an iteration's finished samples, for the estimators that learn from perturbing those: no trajectory, and no demand on the
// solver.
//
// On a grid that ends above t = 0 the finished samples x_e still have the noise of its end e. What an estimate at x_t is held to is then
// (x_e - X x_t) / D, with X and D the coefficients of the ancestral step from t to e: what x_0 would have that step lead to x_e. Its mean
// given x_t is that of x_0.
type ownSamples struct {
	setting *Setting
	r       *policy.Rollout
	levels  []interval // of the sampler
}

// interval is a step down in time.
type interval struct{ from, to float64 }

func newOwnSamples(s *Setting, r *policy.Rollout) *ownSamples {
	return &ownSamples{setting: s, r: r, levels: descent(r.Steps)}
}

// descent are the intervals that a sampler goes down through: steps that stay at a time or go up (correctors, churn) add none.
func descent(steps []solver.Step) []interval {
	var list []interval
	at := steps[0].From
	for _, s := range steps {
		if s.To < at {
			list = append(list, interval{at, s.To})
			at = s.To
		}
	}
	return list
}

// places are all pairs of a sample that has a reward and a level of the sampler, shuffled.
func (o *ownSamples) places(rewards []float64, rng *rand.Rand) []place {
	var all []place
	for b, r := range rewards {
		if policy.Finite(r) {
			for k := range o.levels {
				all = append(all, place{b, k})
			}
		}
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// noise is standard normal, for n states.
func (o *ownSamples) noise(n int, rng *rand.Rand) []float32 {
	eps := make([]float32, n*o.r.Dims)
	for i := range eps {
		eps[i] = float32(rng.NormFloat64())
	}
	return eps
}

// inputs are samples perturbed to the start of their places' levels with the given noise [len(list), dims], one scalar each, and their
// conditions: the inputs that perturbedOf names.
func (o *ownSamples) inputs(list []place, eps []float32, scalar func(i int) float64) []any {
	n, d := len(list), o.r.Dims
	x0, xt, mask := make([]float32, n*d), make([]float32, n*d), make([]float32, n*d)
	kernel, scalars, samples := make([]float32, 2*n), make([]float32, n), make([]int, n)
	free := o.r.Free()
	for i, p := range list {
		samples[i] = p.sample
		copyState(mask, i, free, p.sample, d)
		t := o.levels[p.step].from
		o.perturb(row(x0, i, d), row(xt, i, d), row(eps, i, d), p.sample, t)
		alpha, sigma := o.setting.Process.Kernel(t)
		kernel[2*i], kernel[2*i+1], scalars[i] = float32(alpha), float32(sigma), float32(scalar(i))
	}
	return join([]any{nn.FromFloats(x0, n, d), nn.FromFloats(xt, n, d), nn.FromFloats(kernel, n, 2), nn.FromFloats(mask, n, d),
		nn.FromFloats(scalars, n)}, pick(o.r.Prior, samples))
}

// perturb writes a sample's x_t, and the x_0 that the estimate there is held to, in the dimensions that exist.
func (o *ownSamples) perturb(x0, xt, eps []float32, sample int, t float64) {
	end := o.r.Steps[len(o.r.Steps)-1].To
	alpha, sigma := sde.Transition(o.setting.Process, end, t)
	down := solver.Ancestral{}.Steps(o.setting.Process, []float64{t, end})[0]
	finished, mask := row(o.r.X0(), sample, o.r.Dims), row(o.r.Mask, sample, o.r.Dims)
	for k, v := range finished {
		if mask[k] != 0 {
			noisy := alpha*float64(v) + sigma*float64(eps[k])
			xt[k], x0[k] = float32(noisy), float32((float64(v)-down.X*noisy)/down.D)
		}
	}
}

// perturbedNodes are the nodes of [ownSamples.inputs] in a graph: x_0, x_t, alpha and sigma, which dimensions a policy moves
// ([policy.Prior.Free]), the scalars, the conditions.
type perturbedNodes struct {
	X0, Xt, Kernel, Free, Scalar *nn.Node
	Cond                         []*nn.Node
}

func perturbedOf(in []*nn.Node) perturbedNodes {
	return perturbedNodes{in[0], in[1], in[2], in[3], in[4], in[5:]}
}

// denoise builds a network's estimates under the parameters in scope.
func (p perturbedNodes) denoise(net nn.Denoiser, scope *nn.Scope) *nn.Node {
	return net.Denoise(scope, p.Xt, p.Kernel, p.Cond)
}

// mean builds the mean over each sample's free dimensions [batch].
func (p perturbedNodes) mean(each *nn.Node) *nn.Node {
	return graph.Div(graph.ReduceSum(graph.Mul(each, p.Free), -1), graph.ReduceSum(p.Free, -1))
}

// byGroup are the samples that have a reward, by their condition, in the order of their first sample.
func byGroup(p policy.Prior, rewards []float64) [][]int {
	var list [][]int
	index := map[int]int{}
	for b, r := range rewards {
		if !policy.Finite(r) {
			continue
		}
		group := 0
		if p.Group != nil {
			group = p.Group[b]
		}
		i, ok := index[group]
		if !ok {
			i = len(list)
			index[group] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], b)
	}
	return list
}
