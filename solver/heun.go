package solver

import (
	"math"

	"keel/sde"
)

// Heun is the second-order sampler of EDM with churn (Karras et al. 2022, algorithm 2; NVlabs/edm, generate.py). It works on
// y = x / alpha at the noise level l = sigma / alpha, where the probability flow is dy/dl = (y - x̂_0)/l whatever the process. Churn first adds noise to raise the
// level by a share gamma = min(Churn/N, sqrt(2) - 1), N the number of intervals. Levels above that of t = 1 do not exist here: churn is cut
// to it, and there is none at t = 1.
//
// Neither part is a policy: the noise of churn does not depend on the denoiser, and the step down has no noise. The step to t = 0 and
// the one from a time where x_t says nothing of x_0 are Euler's, which is DDIM's in these coordinates.
type Heun struct {
	Churn    float64 // S_churn; 0 makes the sampler deterministic
	Min, Max float64 // S_tmin and S_tmax: the noise levels between which to churn; Max 0 is no limit
	Noise    float64 // S_noise, the inflation of the churned noise; 1 where zero (the paper has up to 1.007 on images: detail for bias)
}

func init() {
	Register(Heun{}, Facts{Order: 2})
	// The paper's values for ImageNet (table 5), without the inflation.
	Register(Heun{Churn: 40, Min: 0.05, Max: 50}, Facts{Order: 2, Noisy: true})
}

// Name is "heun", or "heun-churn" with churn.
func (v Heun) Name() string {
	if v.Churn > 0 {
		return "heun-churn"
	}
	return "heun"
}

// Steps are one or two for every interval of the grid: up by churn, and down.
func (v Heun) Steps(p sde.Process, grid []float64) []Step {
	gamma := min(v.Churn/float64(len(grid)-1), math.Sqrt2-1)
	var steps []Step
	for i, s := range grid[1:] {
		t := grid[i]
		if up, ok := v.churn(p, t, gamma); ok {
			steps = append(steps, up)
			t = up.To
		}
		steps = append(steps, heun(p, t, s))
	}
	return steps
}

// churn is the step up from t, if there is one.
func (v Heun) churn(p sde.Process, t, gamma float64) (Step, bool) {
	top, noise := v.Max, v.Noise
	if top == 0 {
		top = math.Inf(1)
	}
	if noise == 0 {
		noise = 1
	}
	level := sde.NoiseLevel(p, t)
	if gamma == 0 || level < v.Min || level > top || t >= 1 {
		return Step{}, false
	}
	up := min(p.Time(level*(1+gamma)), 1)
	a, added := transition(p, up, t)
	return Step{From: t, To: up, X: a, Std: noise * math.Sqrt(added)}, true
}

// heun is the deterministic step down, by the trapezoidal rule in the noise level.
func heun(p sde.Process, t, s float64) Step {
	if s == 0 {
		return denoise(t, s)
	}
	step := renoise(p, t, s, 0)
	if atEdge(p, t, s) {
		return step
	}
	alpha, _ := p.Kernel(s)
	ratio := sde.NoiseLevel(p, s) / sde.NoiseLevel(p, t)
	half := alpha * (1/ratio - 1) / 2
	step.Second = &Second{X: step.X, D: step.D - half, D2: half}
	return step
}
