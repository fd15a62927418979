package gauss

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// turned is a curvature with axes of its own, strengths from about 0.4 to 1.6 and a mean of them of 1.
func turned(rng *rand.Rand, dims int) [][]float64 {
	random := mat.NewDense(dims, dims, nil)
	for i := range dims {
		for j := range dims {
			random.Set(i, j, rng.NormFloat64())
		}
	}
	var qr mat.QR
	var axes mat.Dense
	qr.Factorize(random)
	qr.QTo(&axes)
	out := make([][]float64, dims)
	for i := range out {
		out[i] = make([]float64, dims)
		for j := range i + 1 {
			for k := range dims {
				strength := 0.4 + 1.2*(float64(k)+0.5)/float64(dims)
				out[i][j] += axes.At(i, k) * axes.At(j, k) * strength
			}
			out[j][i] = out[i][j]
		}
	}
	return out
}

// move puts the policy where exact gradient ascent from the pre-trained model has made the progress asked for.
func (b *gradientBench) move() error {
	beta := b.anchor()
	wide := make([]float64, b.task.Size())
	start := b.task.Path(wide).Objective(beta)
	goal := start + b.Progress*(b.task.Optimum(beta).Objective-start)
	if err := ascend(b.task, wide, beta, goal); err != nil {
		return err
	}
	b.params = singles(wide)
	for i, v := range b.params { // of what the estimators see
		wide[i] = float64(v)
	}
	b.path = b.task.Path(wide)
	b.exact = b.path.Grad(b.Beta)
	return nil
}

// onPerturbed is what the exact gradient becomes where the states of trajectories give way to perturbed samples.
func (b *gradientBench) onPerturbed() []float64 {
	out := make([]float64, b.task.Size())
	values := b.path.Values(b.Beta)
	for k := range b.task.Steps {
		law := b.path.Perturbed(k)
		floats.Add(out, b.path.GainGrad(k, law, values[k+1]))
		floats.AddScaled(out, -b.Beta, b.path.KLGrad(k, law))
	}
	return out
}

// ascend climbs to the goal, within a hundredth of the gain, or above.
func ascend(task *Linear, params []float64, beta, goal float64) error {
	value, rate := task.Path(params).Objective(beta), 1.0
	start := value
	for range 2000 {
		if value >= goal {
			return nil
		}
		slope := task.Path(params).Grad(beta)
		for ; rate > 1e-12; rate /= 2 {
			next := append([]float64(nil), params...)
			floats.AddScaled(next, rate, slope)
			v := task.Path(next).Objective(beta)
			if v > value && v <= goal+0.01*(goal-start) {
				copy(params, next)
				value = v
				break
			}
		}
		rate *= 1.7
	}
	return fmt.Errorf("exact gradient ascent got from %.4g to %.4g, not to the %.4g asked for; expected less progress", start, value, goal)
}
