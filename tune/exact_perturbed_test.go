package tune_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"keel/sde"
)

// The expected updates of the estimators that learn from perturbed samples have no closed form: their weights are neither linear nor quadratic.
// Here they are integrated in float64, by drawing finished samples from their exact law, with the network written anew.

// integrationDraws are those of one step: five times and more what a test's updates see of it. Their own noise is part of the slack.
const (
	integrationDraws = 120000
	integrationSlack = 5e-3
)

// blur adds noise, of a size to move the mean by the given share of the right gradient.
func blur(estimates [][]float64, share float64, right []float64) {
	rng := rand.New(rand.NewPCG(81, 82))
	size := share * mat.Norm(mat.NewVecDense(len(right), right), 2) * math.Sqrt(float64(len(estimates))/float64(len(right)))
	for _, g := range estimates {
		for j := range g {
			g[j] += size * rng.NormFloat64()
		}
	}
}

// point is a state: the linear task of these tests has two dimensions.
type point [2]float64

func normal(rng *rand.Rand) point { return point{rng.NormFloat64(), rng.NormFloat64()} }

func (p point) times(w float64) point { return point{w * p[0], w * p[1]} }

// denoiser is the linear task's network at a time: the exact denoiser plus features times (x W / rho + b), in the parameters' order.
type denoiser struct {
	slope, variance float64 // of the exact one, and the variance that it leaves along an axis
	shift           point
	phi             [3]float64
	rho             float64
	w               [3][2]point // [feature][from][to]
	b               [3]point
}

func (c *exactCase) denoiser(t float64) *denoiser {
	alpha, sigma := c.task.Process.Kernel(t)
	rho, s2 := math.Hypot(alpha, sigma), c.task.Std*c.task.Std
	total := alpha*alpha*s2 + sigma*sigma
	n := &denoiser{slope: alpha * s2 / total, variance: sigma * sigma * s2 / total, rho: rho, phi: [3]float64{1, sigma / rho, alpha * sigma / rho / rho}}
	for j := range 2 {
		n.shift[j] = sigma * sigma * c.task.Mean[j] / total
		for f := range n.phi {
			v := c.params[6*f:]
			n.w[f][0][j], n.w[f][1][j], n.b[f][j] = float64(v[j]), float64(v[2+j]), float64(v[4+j])
		}
	}
	return n
}

// at is the estimate at x; scale is 1 for the policy, 0 for the pre-trained model.
func (n *denoiser) at(x point, scale float64) (out point) {
	for j := range out {
		out[j] = n.slope*x[j] + n.shift[j]
		for f, phi := range n.phi {
			out[j] += scale * phi * ((x[0]*n.w[f][0][j]+x[1]*n.w[f][1][j])/n.rho + n.b[f][j])
		}
	}
	return out
}

// addGrad adds the parameters' gradient of push' D(x).
func (n *denoiser) addGrad(to []float64, x, push point) {
	for f, phi := range n.phi {
		for j, v := range push {
			to[6*f+j] += phi * x[0] / n.rho * v
			to[6*f+2+j] += phi * x[1] / n.rho * v
			to[6*f+4+j] += phi * v
		}
	}
}

// perturbed is a finished sample at a noise level: x0 is what the estimate is held to.
type perturbed struct {
	reward             float64
	x0, xt, clean, ref point
}

// draws gives finished samples from their exact law, perturbed with given noise to the start of step k.
func (c *exactCase) draws(k int, rng *rand.Rand) (*denoiser, func(eps point) perturbed) {
	l, law := c.task, c.path.End()
	s00 := math.Sqrt(law.Cov.At(0, 0)) // Cholesky's root of the covariance
	s10 := law.Cov.At(1, 0) / s00
	s11 := math.Sqrt(law.Cov.At(1, 1) - s10*s10)
	t, end := l.Steps[k].From, l.Steps[len(l.Steps)-1].To
	net := c.denoiser(t)
	alpha, sigma := sde.Transition(l.Process, end, t)
	// The finished sample given x_0 and x_t, by Bayes' rule for two Gaussian observations.
	keep, pull := 0.0, 1.0
	if ae, se := l.Process.Kernel(end); se > 0 {
		precision := 1/(se*se) + alpha*alpha/(sigma*sigma)
		keep, pull = alpha/(sigma*sigma)/precision, ae/(se*se)/precision
	}
	return net, func(eps point) (d perturbed) {
		z := normal(rng)
		x := point{law.Mean.AtVec(0) + s00*z[0], law.Mean.AtVec(1) + s10*z[0] + s11*z[1]}
		d.reward = l.Offset
		for i := range x {
			d.xt[i] = alpha*x[i] + sigma*eps[i]
			d.x0[i] = (x[i] - keep*d.xt[i]) / pull
			for j := range x {
				d.reward -= (x[i] - l.Target[i]) * l.Curvature[i][j] * (x[j] - l.Target[j]) / 2
			}
		}
		d.clean, d.ref = net.at(d.xt, 1), net.at(d.xt, 0)
		return d
	}
}

func (d *perturbed) toTarget() point { return point{d.x0[0] - d.clean[0], d.x0[1] - d.clean[1]} }
func (d *perturbed) toRef() point    { return point{d.ref[0] - d.clean[0], d.ref[1] - d.clean[1]} }

// integrate is E[w_gain (x_0 - D) + beta w_cost (D_pre - D)]' dD/dtheta, as a mean over all steps' levels.
func (c *exactCase) integrate(weights func(net *denoiser, d *perturbed) (gain, cost float64)) expectation {
	rng := rand.New(rand.NewPCG(77, 78))
	size, steps := c.task.Size(), len(c.task.Steps)
	gains, costs, last := make([]float64, size), make([]float64, size), make([]float64, size)
	for k := range steps {
		net, draw := c.draws(k, rng)
		for range integrationDraws {
			d := draw(normal(rng))
			gain, cost := weights(net, &d)
			gain, cost = gain/float64(integrationDraws*steps), cost/float64(integrationDraws*steps)
			net.addGrad(gains, d.xt, d.toTarget().times(gain))
			net.addGrad(costs, d.xt, d.toRef().times(cost))
			if k == steps-1 {
				net.addGrad(last, d.xt, d.toTarget().times(gain))
				net.addGrad(last, d.xt, d.toRef().times(c.beta*cost))
			}
		}
	}
	right, without := make([]float64, size), make([]float64, size)
	for i := range right {
		right[i] = gains[i] + c.beta*costs[i]
		without[i] = right[i] - last[i]
	}
	e := expectation{right: right, wrong: map[string][]float64{"no last step": without}}
	if c.beta != 0 {
		e.wrong["KL without gradient"] = gains
	}
	return e
}

// TestNFTIsExact: where the learning policy is the old one, the update is 2 A (x_0 - D) and the anchor's -2 beta (D - D_pre), both over
// the mean absolute error; the batch's mean costs a share 1/n.
func TestNFTIsExact(t *testing.T) {
	row := exactRow{
		estimator: "nft", unit: batchStd, batch: 256, repeats: 100, slack: integrationSlack,
		settings: map[string]any{"clip_advantage": 20.0, "decay_rate": 0.0, "chunk": 1 << 20},
		want: func(c *exactCase) expectation {
			mean, share := c.path.Reward(), 1-1/float64(c.batch)
			return c.integrate(func(_ *denoiser, d *perturbed) (gain, cost float64) {
				miss := d.toTarget()
				weight := 1 / max((math.Abs(miss[0])+math.Abs(miss[1]))/2, 1e-5)
				return share * weight * (d.reward - mean), weight
			})
		},
	}
	withAndWithoutAnchor(t, row)
	row.settings["mix"] = 0.1
	t.Run("mix 0.1", func(t *testing.T) { checkExact(t, row) })
}

// TestRWRIsExact: score matching under the weights exp(R / T), with the anchor's under beta / T. Batch by batch the weights' mean is taken out.
func TestRWRIsExact(t *testing.T) {
	const temperature = 1.5
	withAndWithoutAnchor(t, exactRow{
		estimator: "rwr", batch: 256, slack: integrationSlack,
		settings: map[string]any{"temperature": temperature, "updates": 1, "chunk": 1 << 20},
		unit: func(_ *exactCase, rewards []float64) (mean float64) {
			for _, r := range rewards {
				mean += math.Exp(r/temperature) / float64(len(rewards))
			}
			return mean
		},
		want: func(c *exactCase) expectation {
			var mean float64 // E[exp(R / T)]
			_, draw := c.draws(0, rand.New(rand.NewPCG(3, 4)))
			for range integrationDraws {
				mean += math.Exp(draw(point{}).reward/temperature) / integrationDraws
			}
			return c.integrate(func(net *denoiser, d *perturbed) (gain, cost float64) {
				return math.Exp(d.reward/temperature) / net.variance, mean / temperature / net.variance
			})
		},
	})
}

// TestDPOIsExact: by drawing pairs, ordering them by their rewards, and perturbing both with one noise.
func TestDPOIsExact(t *testing.T) {
	for name, soft := range map[string]bool{"hard labels": false, "soft labels": true} {
		for _, toZero := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", to t = 0", false: ""}[toZero], func(t *testing.T) {
				checkExact(t, exactRow{
					estimator: "diffusion-dpo", settings: map[string]any{"beta_dpo": 0.1, "soft": soft, "chunk": 1 << 20},
					toZero: toZero, batch: 512, repeats: 100, slack: integrationSlack,
					want: func(c *exactCase) expectation {
						right, last := c.pairs(0.1, soft, 1)
						without, _ := c.pairs(0.1, soft, 0)
						e := expectation{right: right, wrong: map[string][]float64{"no reference": without, "no last step": nil}}
						for i := range right {
							e.wrong["no last step"] = append(e.wrong["no last step"], right[i]-last[i])
						}
						return e
					},
				})
			})
		}
	}
}

// pairs is DPO's expected update, and the part of the last policy step's level in it.
func (c *exactCase) pairs(beta float64, soft bool, reference float64) (all, last []float64) {
	rng := rand.New(rand.NewPCG(79, 80))
	all, std := make([]float64, c.task.Size()), exactStd(c, nil)
	for _, k := range c.at {
		step := c.task.Steps[k]
		net, draw := c.draws(k, rng)
		last = make([]float64, len(all))
		weight := beta * step.D * step.D / step.Std / step.Std / 2 // of one step; their number cancels against the mean over steps
		for range integrationDraws / 2 {
			eps := normal(rng)
			better, worse := draw(eps), draw(eps)
			if better.reward < worse.reward {
				better, worse = worse, better
			}
			odds := float64(len(c.at)) * weight * (worse.excess(reference) - better.excess(reference))
			label := 1.0
			if soft {
				label = sigmoid((better.reward - worse.reward) / std)
			}
			pull := 2 * weight * (label*sigmoid(-odds) - (1-label)*sigmoid(odds)) / (integrationDraws / 2)
			net.addGrad(last, better.xt, better.toTarget().times(pull))
			net.addGrad(last, worse.xt, worse.toTarget().times(-pull))
		}
		for i, v := range last {
			all[i] += v
		}
	}
	return all, last
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// excess is |x_0 - D|² - |x_0 - D_pre|², the latter times reference.
func (d *perturbed) excess(reference float64) (sum float64) {
	for i, x := range d.x0 {
		sum += (x-d.clean[i])*(x-d.clean[i]) - reference*(x-d.ref[i])*(x-d.ref[i])
	}
	return sum
}
