package solver

import (
	"math"

	"pgregory.net/rapid"

	"keel/sde"
)

// process gives the registered process of that name, which exists.
func process(name string) sde.Process {
	p, err := sde.ByName(name)
	if err != nil {
		panic(err)
	}
	return p
}

func anyProcess(t *rapid.T) sde.Process {
	return process(rapid.SampledFrom(sde.Names()).Draw(t, "process"))
}

// data is N(Mean, Std²): its exact denoiser is linear in the state, and so every sampler's law is Gaussian and known in closed form.
type data struct{ Mean, Std float64 }

// marginal is the law of x_t.
func (d data) marginal(p sde.Process, t float64) (mean, variance float64) {
	alpha, sigma := p.Kernel(t)
	return alpha * d.Mean, alpha*alpha*d.Std*d.Std + sigma*sigma
}

// denoiser is E[x_0 | x_t] = slope x_t + shift, by Bayes' rule.
func (d data) denoiser(p sde.Process, t float64) (slope, shift float64) {
	alpha, sigma := p.Kernel(t)
	total := alpha*alpha*d.Std*d.Std + sigma*sigma
	return alpha * d.Std * d.Std / total, sigma * sigma * d.Mean / total
}

// law is the joint Gaussian of the state x and the last step's denoised estimate.
type law struct {
	mean [2]float64
	cov  [2][2]float64
}

// walk propagates the marginal of the first step's time through the steps, one affine map each.
func (d data) walk(p sde.Process, steps []Step) (mean, variance float64) {
	var l law
	l.mean[0], l.cov[0][0] = d.marginal(p, steps[0].From)
	for _, step := range steps {
		l = l.after(d.affine(p, step))
	}
	return l.mean[0], l.cov[0][0]
}

// affine is the step as x, x̂_0' -> m (x, x̂_0') + c with noise on x: what a rollout does, with the exact denoiser put in.
func (d data) affine(p sde.Process, s Step) (m [2][2]float64, c [2]float64, std float64) {
	slope, shift := d.denoiser(p, s.From)
	m[1][0], c[1] = slope, shift
	m[0][0], m[0][1], c[0] = s.X+s.D*slope, s.Prev, s.D*shift
	if s.Second != nil {
		slope2, shift2 := d.denoiser(p, s.To)
		x, prev, konst := m[0][0], m[0][1], c[0] // x' = x x_t + prev x̂_0' + konst
		m[0][0] = s.Second.X + s.Second.D*slope + s.Second.D2*slope2*x
		m[0][1] = s.Second.D2 * slope2 * prev
		c[0] = s.Second.D*shift + s.Second.D2*(slope2*konst+shift2)
	}
	return m, c, s.Std
}

// after is the law of m l + c + N(0, std²) on x.
func (l law) after(m [2][2]float64, c [2]float64, std float64) (out law) {
	for i := range 2 {
		out.mean[i] = c[i]
		for j := range 2 {
			out.mean[i] += m[i][j] * l.mean[j]
			for a := range 2 {
				for b := range 2 {
					out.cov[i][j] += m[i][a] * l.cov[a][b] * m[j][b]
				}
			}
		}
	}
	out.cov[0][0] += std * std
	return out
}

// target is the law that a chain along the grid tends to: the data's, less the variance that the step to t = 0 leaves out, which is that of
// x_0 given the state before.
func (d data) target(p sde.Process, grid []float64) (mean, variance float64) {
	last := grid[len(grid)-2]
	slope, _ := d.denoiser(p, last)
	_, v := d.marginal(p, last)
	return d.Mean, slope * slope * v
}

// errorAt is how far mean and variance of x_0 are off their target after n steps of a Karras grid.
func (d data) errorAt(v Solver, p sde.Process, n int) float64 {
	grid := sde.KarrasGrid(p, n, 7, 0.002, 1000)
	mean, variance := d.walk(p, v.Steps(p, grid))
	wantMean, want := d.target(p, grid)
	return math.Hypot(mean-wantMean, variance-want)
}
