package tune_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"keel/sde"
)

// TestDDPOIsExact: the batch's mean as baseline holds each sample's own return, which costs a share 1/n of the policy gradient.
func TestDDPOIsExact(t *testing.T) {
	withAndWithoutAnchor(t, exactRow{
		estimator: "ddpo-is", settings: map[string]any{"clip_advantage": 1e9, "updates": 1, "chunk": 1 << 20}, unit: batchStd,
		want: func(c *exactCase) expectation { return c.own(1-1/float64(c.batch), c.meanOverAll()) },
	})
}

// TestDiffACIsExact: reinforce and ddpg through an exact critic, on the states of trajectories and on perturbed samples.
func TestDiffACIsExact(t *testing.T) {
	for _, actor := range []string{"reinforce", "ddpg"} {
		for _, perturbation := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, perturbation %v", actor, perturbation), func(t *testing.T) {
				withAndWithoutAnchor(t, exactRow{
					estimator: "diffac", critic: true, unit: exactStd,
					settings: map[string]any{"actor": actor, "perturbation": perturbation, "regulariser": false, "actor_steps": 1, "critic_steps": 0,
						"minibatch": 2048, "memory": 512, "consistency": map[string]any{"steps": 0}},
					want: func(c *exactCase) expectation {
						factor := 1 / float64(len(c.at))
						if perturbation {
							return c.perturbed(factor)
						}
						return c.own(1, factor)
					},
				})
			})
		}
	}
}

// TestDiffACReturnIsExact: the return type has no closed form, for it cuts advantages and bends large KLs. Its expectation is integrated
// by sampling, in float64, from the closed forms of states and values.
func TestDiffACReturnIsExact(t *testing.T) {
	for name, toZero := range map[string]bool{"all steps noisy": false, "deterministic last step": true} {
		t.Run(name, func(t *testing.T) {
			checkExact(t, exactRow{
				estimator: "diffac", critic: true, toZero: toZero,
				settings: map[string]any{"actor": "return", "actor_steps": 1, "critic_steps": 0, "minibatch": 2048, "memory": 512, "lambda": 1.0,
					"consistency": map[string]any{"steps": 0}},
				want: func(c *exactCase) expectation {
					zero := make([]float64, c.task.Size())
					return c.perStep(1/float64(len(c.at)), c.returnGain, func(int) []float64 { return zero })
				},
			})
		})
	}
}

// TestDiffACMatchingIsExact: the expectation of matching is integrated in the same way, over the noise levels of score matching.
func TestDiffACMatchingIsExact(t *testing.T) {
	for _, m := range []matchingCase{{0, true}, {0.9, true}} {
		t.Run(fmt.Sprintf("repulsion %v", m.repulsion), func(t *testing.T) {
			checkExact(t, exactRow{
				estimator: "diffac", critic: true, slack: integrationSlack, repeats: 200,
				settings: map[string]any{"actor": "matching", "actor_steps": 1, "critic_steps": 0, "minibatch": 2048, "memory": 512, "lambda": 1.0,
					"repulsion": m.repulsion, "consistency": map[string]any{"steps": 0}},
				want: func(c *exactCase) expectation {
					e := expectation{c.matchingGain(m), map[string][]float64{"another repulsion": c.matchingGain(matchingCase{0.9 - m.repulsion, true})}}
					if m.repulsion > 0 {
						e.wrong["the same repulsion at all levels"] = c.matchingGain(matchingCase{m.repulsion, false})
					}
					return e
				},
			})
		})
	}
}

// matchingCase are settings of matching; fading is whether repulsion depends on the noise level.
type matchingCase struct {
	repulsion float64
	fading    bool
}

// matchingGain is E[-w grad g(L(y; x_t))] on perturbed samples, where the policy is the reference and lambda 1: y - D = (x_0 - D) A / w, w = 1 + max(A, 0), L is the
// squared error in units of the variance that x_0 has given x_t. A = R - V(x_t) in standard deviations, cut to
// [-repulsion l² / (l² + 1), 5] at the noise level l.
func (c *exactCase) matchingGain(m matchingCase) []float64 {
	const draws = 400_000
	rng := rand.New(rand.NewPCG(9, 10))
	values, end := c.path.Values(0), c.task.Steps[len(c.task.Steps)-1]
	reward, std := values[len(values)-1], exactStd(c, nil)
	var times []float64 // of the values
	for _, s := range c.task.Steps {
		times = append(times, s.From)
	}
	times = append(times, end.To)
	var root mat.Cholesky
	law := c.path.End()
	root.Factorize(mat.NewSymDense(2, law.Cov.RawMatrix().Data))
	var l mat.TriDense
	root.LTo(&l)
	out := make([]float64, c.task.Size())
	for range draws {
		t := max(c.task.Process.Time(math.Exp(-1+1.4*rng.NormFloat64())), end.From)
		alpha, sigma := c.task.Process.Kernel(t)
		nearest, apart := 0, math.Inf(1)
		for k, at := range times {
			if a, s := c.task.Process.Kernel(at); math.Hypot(a-alpha, s-sigma) < apart {
				nearest, apart = k, math.Hypot(a-alpha, s-sigma)
			}
		}
		z := normal(rng)
		x0 := point{law.Mean.AtVec(0) + l.At(0, 0)*z[0], law.Mean.AtVec(1) + l.At(1, 0)*z[0] + l.At(1, 1)*z[1]}
		pull, noise := sde.Transition(c.task.Process, end.To, t)
		eps := normal(rng)
		xt := point{pull*x0[0] + noise*eps[0], pull*x0[1] + noise*eps[1]}
		net := c.denoiser(t)
		lowest := -m.repulsion
		if m.fading {
			lowest *= sigma * sigma / (sigma*sigma + alpha*alpha)
		}
		advantage := min(max((reward.At(x0[:])-values[nearest].At(xt[:]))/std, lowest), 5)
		weight := 1 + max(advantage, 0)
		var push point // w (y - D)
		loss := 0.0
		for k, estimate := range net.at(xt, 1) {
			push[k] = advantage * (x0[k] - estimate)
			loss += push[k] * push[k] / weight / weight / 2 / net.variance
		}
		net.addGrad(out, xt, push.times(1/(1+loss/20)/net.variance/draws))
	}
	return out
}

// returnGain is E[-A grad g(KL(q(x_s | x_t, x_0) || pi(x_s | x_t)))] of step k on perturbed samples, with the advantage A = R - V(x_t) in
// standard deviations cut to [-0.9 lambda, 5] and g(kl) = 20 ln(1 + kl / 20).
func (c *exactCase) returnGain(k int) []float64 {
	const samples = 80_000 // their noise is half that of the updates
	rng := rand.New(rand.NewPCG(8, uint64(k)))
	step, values := c.task.Steps[k], c.path.Values(0)
	reward, value := values[len(values)-1], values[k]
	var root mat.Cholesky
	end := c.path.End()
	root.Factorize(mat.NewSymDense(2, end.Cov.RawMatrix().Data))
	var l mat.TriDense
	root.LTo(&l)
	alpha, sigma := c.task.Process.Kernel(step.From)
	pull, noise := sde.Transition(c.task.Process, c.task.Steps[len(c.task.Steps)-1].To, step.From)
	total := alpha*alpha*c.task.Std*c.task.Std + sigma*sigma
	phi := [3]float64{1, sigma, alpha * sigma}
	out, std := make([]float64, c.task.Size()), exactStd(c, nil)
	x0, xt := make([]float64, 2), make([]float64, 2)
	for range samples {
		u, v := rng.NormFloat64(), rng.NormFloat64()
		x0[0], x0[1] = end.Mean.AtVec(0)+l.At(0, 0)*u, end.Mean.AtVec(1)+l.At(1, 0)*u+l.At(1, 1)*v
		for i := range xt {
			xt[i] = pull*x0[i] + noise*rng.NormFloat64()
		}
		var off [2]float64 // x_0 less the policy's estimate
		var kl float64
		for j := range off {
			clean := (alpha*c.task.Std*c.task.Std*xt[j] + sigma*sigma*c.task.Mean[j]) / total
			for f, p := range phi {
				clean += p * (float64(c.params[6*f+j])*xt[0] + float64(c.params[6*f+2+j])*xt[1] + float64(c.params[6*f+4+j]))
			}
			off[j] = x0[j] - clean
			kl += step.D * step.D / step.Std / step.Std * off[j] * off[j] / 2
		}
		advantage := min(max((reward.At(x0)-value.At(xt))/std, -0.9), 5)
		weight := advantage / (1 + kl/20) * step.D * step.D / step.Std / step.Std / samples
		for f, p := range phi {
			for j, o := range off {
				for i, in := range [3]float64{xt[0], xt[1], 1} {
					out[6*f+2*i+j] += weight * p * o * in
				}
			}
		}
	}
	return out
}
