package gauss

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"keel/sde"
)

// LinearPath is the chain of one policy of a [Linear] task: step k takes x to A_k x + c_k + Std_k eps, and the policy's estimate x̂_0 is
// the exact one plus W_k x + b_k. All of it is exact in float64.
//
// Gradients are with respect to the denoiser's parameters, in the layout of [Linear.Network]. Each is the sum over steps of an adjoint: the
// value after the step, a quadratic that is held fixed, under the law of the states before it.
type LinearPath struct {
	task *Linear
	a, w []*mat.Dense
	c, b []*mat.VecDense
	laws []Normal // of the states, from noise to the finished samples: one more than there are steps
}

// Path is the chain of the policy with those parameters, Size of them.
func (l *Linear) Path(params []float64) *LinearPath {
	d := l.Dims()
	if len(params) != l.Size() {
		panic(fmt.Sprintf("gauss: %d parameters, expected %d", len(params), l.Size()))
	}
	p := &LinearPath{task: l}
	spread := l.Process.Prior()
	law := Normal{Mean: mat.NewVecDense(d, nil), Cov: add(mat.NewDense(d, d, nil), spread*spread, eye(d))}
	p.laws = []Normal{law}
	for _, step := range l.Steps {
		alpha, sigma := l.Process.Kernel(step.From)
		total := alpha*alpha*l.Std*l.Std + sigma*sigma
		slope, pull := alpha*l.Std*l.Std/total, sigma*sigma/total // of the exact denoiser, slope x + pull Mean
		w, b := mat.NewDense(d, d, nil), mat.NewVecDense(d, nil)
		phi, shrink := features(alpha, sigma)
		for f, v := range phi {
			from := params[f*(d*d+d):]
			w = add(w, v*shrink, mat.DenseCopyOf(mat.NewDense(d, d, from[:d*d]).T())) // the network has x W, the path W x
			b = addVec(b, v, mat.NewVecDense(d, from[d*d:d*d+d]))
		}
		a := add(mat.NewDense(d, d, nil), step.X+step.D*slope, eye(d))
		c := addVec(mat.NewVecDense(d, nil), step.D*pull, mat.NewVecDense(d, l.Mean))
		a, c = add(a, step.D, w), addVec(c, step.D, b)
		law = law.after(a, c, step.Std)
		p.a, p.c, p.w, p.b, p.laws = append(p.a, a), append(p.c, c), append(p.w, w), append(p.b, b), append(p.laws, law)
	}
	return p
}

// Law is that of the state before step k; before the step after the last, of the finished samples.
func (p *LinearPath) Law(k int) Normal { return p.laws[k] }

// End is the law of the finished samples.
func (p *LinearPath) End() Normal { return p.laws[len(p.laws)-1] }

// Perturbed is the law of the finished samples perturbed to the time of the state before step k. It is Law(k) where the policy is consistent
// with its perturbation process.
func (p *LinearPath) Perturbed(k int) Normal {
	d := p.task.Dims()
	levels := p.task.levels()
	alpha, sigma := sde.Transition(p.task.Process, levels[len(levels)-1], levels[k])
	return p.End().after(add(mat.NewDense(d, d, nil), alpha, eye(d)), mat.NewVecDense(d, nil), sigma)
}

// Reward is E[R].
func (p *LinearPath) Reward() float64 { return p.task.reward().Mean(p.End()) }

// RewardVariance is Var[R].
func (p *LinearPath) RewardVariance() float64 { return p.task.reward().Variance(p.End()) }

// kl is KL(policy || pre-trained) of step k given its state; 0 where the step is no policy.
func (p *LinearPath) kl(k int) Form {
	weight := p.klWeight(k)
	return Form{
		Curve: add(mat.NewDense(p.task.Dims(), p.task.Dims(), nil), -weight, mul(p.w[k].T(), p.w[k])),
		Slope: addVec(mat.NewVecDense(p.task.Dims(), nil), weight, apply(p.w[k].T(), p.b[k])),
		Level: weight / 2 * mat.Dot(p.b[k], p.b[k]),
	}
}

// klWeight is D²/Std², so that the KL is klWeight |W x + b|² / 2.
func (p *LinearPath) klWeight(k int) float64 {
	step := p.task.Steps[k]
	if !step.Policy() {
		return 0
	}
	return step.D * step.D / step.Std / step.Std
}

// KL is E[KL(policy || pre-trained)] of step k; 0 where the step is no policy.
func (p *LinearPath) KL(k int) float64 { return p.kl(k).Mean(p.laws[k]) }

// Objective is J = E[R] - beta times the KLs of all steps.
func (p *LinearPath) Objective(beta float64) float64 {
	j := p.Reward()
	for k := range p.task.Steps {
		j -= beta * p.KL(k)
	}
	return j
}

// Values are what the objective still holds of the state before each step, the cost of that step included: the reward itself after the last.
func (p *LinearPath) Values(beta float64) []Form {
	n := len(p.task.Steps)
	values := make([]Form, n+1)
	values[n] = p.task.reward()
	for k := n - 1; k >= 0; k-- {
		values[k] = values[k+1].after(p.a[k], p.c[k], p.task.Steps[k].Std).plus(-beta, p.kl(k))
	}
	return values
}

// GainGrad is the gradient of E[next(x_s)] through step k alone, its states of the given law: with the value after the step as next, what
// E[next(x_s) grad log pi(x_s | x_t)] is of a policy, and of a deterministic step the gradient through it.
func (p *LinearPath) GainGrad(k int, law Normal, next Form) []float64 {
	slope := addVec(next.Slope, -1, apply(next.Curve, p.c[k]))
	toA := add(outer(slope, law.Mean), -1, mul(next.Curve, mul(p.a[k], law.second())))
	toC := addVec(slope, -1, apply(next.Curve, apply(p.a[k], law.Mean)))
	return p.gather(k, p.task.Steps[k].D, toA, toC)
}

// KLGrad is the gradient of E[KL(policy || pre-trained)] of step k, its states held to the given law.
func (p *LinearPath) KLGrad(k int, law Normal) []float64 {
	toW := add(mul(p.w[k], law.second()), 1, outer(p.b[k], law.Mean))
	return p.gather(k, p.klWeight(k), toW, addVec(apply(p.w[k], law.Mean), 1, p.b[k]))
}

// gather is the parameters' gradient, times weight, from that with respect to W_k and b_k.
func (p *LinearPath) gather(k int, weight float64, toW *mat.Dense, toB *mat.VecDense) []float64 {
	phi, shrink := features(p.task.Process.Kernel(p.task.Steps[k].From))
	var out []float64
	for _, v := range phi {
		for _, g := range mat.DenseCopyOf(toW.T()).RawMatrix().Data {
			out = append(out, weight*v*shrink*g)
		}
		for _, g := range toB.RawVector().Data {
			out = append(out, weight*v*g)
		}
	}
	return out
}

// Grad is the gradient of [LinearPath.Objective], deterministic steps included.
func (p *LinearPath) Grad(beta float64) []float64 {
	out := make([]float64, p.task.Size())
	values := p.Values(beta)
	for k := range p.task.Steps {
		gain, cost := p.GainGrad(k, p.laws[k], values[k+1]), p.KLGrad(k, p.laws[k])
		for i := range out {
			out[i] += gain[i] - beta*cost[i]
		}
	}
	return out
}
