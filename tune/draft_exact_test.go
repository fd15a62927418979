package tune_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"keel/task/gauss"
)

// lastSteps is the gradient of the objective through the last steps alone, deterministic ones included.
func (c *exactCase) lastSteps(from, to int, beta float64) []float64 {
	values := c.path.Values(beta)
	out := make([]float64, c.task.Size())
	for k := from; k < to; k++ {
		gain, cost := c.path.GainGrad(k, c.path.Law(k), values[k+1]), c.path.KLGrad(k, c.path.Law(k))
		for i := range out {
			out[i] += gain[i] - beta*cost[i]
		}
	}
	return out
}

// TestDRaFTIsExact: with all steps it is the gradient of the objective, the deterministic step's part too; with fewer, that of the last ones.
func TestDRaFTIsExact(t *testing.T) {
	for name, last := range map[string]int{"all steps": 0, "three steps": 3} {
		t.Run(name, func(t *testing.T) {
			withAndWithoutAnchor(t, exactRow{
				estimator: "draft", settings: map[string]any{"last_steps": last, "chunk": 100}, batch: 128, slack: 1e-3,
				want: func(c *exactCase) expectation {
					n := len(c.task.Steps)
					from := 0
					if last > 0 {
						from = n - last
					}
					e := expectation{right: c.lastSteps(from, n, c.beta), wrong: map[string][]float64{"no last step": c.lastSteps(from, n-1, c.beta)}}
					if c.beta != 0 {
						e.wrong["KL without gradient"] = c.lastSteps(from, n, 0)
					}
					if from > 0 {
						e.wrong["one step more"] = c.lastSteps(from-1, n, c.beta)
					} else {
						e.wrong["one step less"] = c.lastSteps(1, n, c.beta)
					}
					return e
				},
			})
		})
	}
}

// affine is step k of the policy (scale 1) or the pre-trained model (scale 0) as x -> a x + c.
func (c *exactCase) affine(k int, scale float64) (a *mat.Dense, shift *mat.VecDense) {
	step, d := c.task.Steps[k], c.task.Dims()
	net := c.denoiser(step.From)
	zero := net.at(point{}, scale)
	a, shift = mat.NewDense(d, d, nil), mat.NewVecDense(d, nil)
	for j := range d {
		x := point{}
		x[j] = 1
		at := net.at(x, scale)
		for i := range d {
			a.Set(i, j, step.X*x[i]+step.D*(at[i]-zero[i]))
		}
		shift.SetVec(j, step.D*zero[j])
	}
	return a, shift
}

// adjoints are E[a_k | x_k] = Slope - Curve x_k of the adjoints that go back through the pre-trained model (scale 0) or the policy itself
// (scale 1), while the states are the policy's.
func (c *exactCase) adjoints(scale float64) []gauss.Form {
	n := len(c.task.Steps)
	out := make([]gauss.Form, n+1)
	out[n] = c.path.Values(0)[n]
	for k := n - 1; k >= 0; k-- {
		through, _ := c.affine(k, scale)
		a, shift := c.affine(k, 1)
		next := out[k+1]
		var curve, back mat.Dense
		var slope, moved mat.VecDense
		curve.Mul(next.Curve, a)
		back.Mul(through.T(), &curve)
		moved.MulVec(next.Curve, shift)
		moved.SubVec(next.Slope, &moved)
		slope.MulVec(through.T(), &moved)
		out[k] = gauss.Form{Curve: &back, Slope: &slope}
	}
	return out
}

// regression is adjoint matching's expected update.
func (c *exactCase) regression(beta, scale float64) expectation {
	adjoints := c.adjoints(scale)
	of := *c
	of.beta = beta
	return of.perStep(1/float64(len(c.at)), func(k int) []float64 { return c.path.GainGrad(k, c.path.Law(k), adjoints[k+1]) },
		func(k int) []float64 { return c.path.KLGrad(k, c.path.Law(k)) })
}

// TestAdjointIsExact: the regression's gradient, at the anchor's beta or at 1/0.8 where there is none but a multiplier of 0.8.
func TestAdjointIsExact(t *testing.T) {
	withAndWithoutAnchor(t, exactRow{
		estimator: "adjoint-matching", settings: map[string]any{"reward_multiplier": 0.8, "chunk": 1 << 20}, batch: 128, slack: 1e-3,
		want: func(c *exactCase) expectation {
			beta := c.beta
			if beta == 0 {
				beta = 1 / 0.8
			}
			e := c.regression(beta, 0)
			e.wrong["back through the policy"] = c.regression(beta, 1).right
			return e
		},
	})
}
