package gauss_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"keel/sde"
	"keel/solver"
	"keel/task/gauss"
)

// TestLinearOptimum holds dynamic programming on quadratics against the same on a lattice, in one dimension, and against the bound.
func TestLinearOptimum(t *testing.T) {
	const beta, wide, cells = 0.4, 7.0, 1401
	for _, toZero := range []bool{false, true} {
		grid := []float64{1, sde.VP{}.Time(1.5), sde.VP{}.Time(0.6)}
		if toZero {
			grid = append(grid, 0)
		}
		task, err := gauss.Linear{Process: sde.VP{}, Steps: solver.Ancestral{}.Steps(sde.VP{}, grid), Mean: []float64{0.5}, Std: 0.7,
			Target: []float64{1.5}, Curvature: [][]float64{{1.3}}, Offset: 0.2}.Open(engine())
		if err != nil {
			t.Fatal(err)
		}
		x := func(i int) float64 { return wide * (2*float64(i)/(cells-1) - 1) }
		value := make([]float64, cells)
		for i := range value {
			value[i] = 0.2 - 1.3/2*(x(i)-1.5)*(x(i)-1.5)
		}
		for k := len(task.Steps) - 1; k >= 0; k-- {
			step, before := task.Steps[k], make([]float64, cells)
			alpha, sigma := sde.VP{}.Kernel(step.From)
			for i := range before {
				mu := step.X*x(i) + step.D*(alpha*0.49*x(i)+sigma*sigma*0.5)/(alpha*alpha*0.49+sigma*sigma)
				if step.Std == 0 {
					before[i] = 0.2 - 1.3/2*(mu-1.5)*(mu-1.5)
					continue
				}
				var sum float64
				for j, v := range value {
					u := (x(j) - mu) / step.Std
					sum += math.Exp(v/beta-u*u/2) * 2 * wide / (cells - 1) / step.Std / math.Sqrt(2*math.Pi)
				}
				before[i] = beta * math.Log(sum)
			}
			value = before
		}
		var want float64
		for i, v := range value {
			want += v * math.Exp(-x(i)*x(i)/2) * 2 * wide / (cells - 1) / math.Sqrt(2*math.Pi)
		}
		best := task.Optimum(beta)
		near(t, "the optimum", best.Objective, want, 1e-5)
		_, bound := task.Tilted(beta)
		if !(best.Objective <= bound+1e-12) || !(best.Objective > bound-0.05) {
			t.Errorf("optimum %v and bound %v", best.Objective, bound)
		}
	}
}

// TestLinearTilted: the bound is what the tilted law itself attains, the optimum of a memoryless chain attains both, and no policy is above it.
func TestLinearTilted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		task := linear(t, sde.VP{}, solver.Ancestral{}, false)
		beta := rapid.Float64Range(0.1, 3).Draw(t, "beta")
		law, bound := task.Tilted(beta)
		pre := task.Path(make([]float64, task.Size()))
		near(t, "E[R] - beta KL of the tilted law", pre.Values(0)[len(task.Steps)].Mean(law)-beta*divergence(law, pre.End()), bound, 1e-9)
		best := task.Optimum(beta)
		near(t, "the optimum", best.Objective, bound, 0.01) // VP forgets its first state but for alpha_1 = 0.0066
		near(t, "the optimum's mean", best.End.Mean.AtVec(0), law.Mean.AtVec(0), 0.02)
		near(t, "the optimum's covariance", best.End.Cov.At(0, 1), law.Cov.At(0, 1), 0.02)
		p := task.Path(drawn(rapid.Uint64().Draw(t, "seed"), task.Size(), 0.1))
		if p.Objective(beta) > best.Objective {
			t.Fatalf("a policy of objective %v, above the optimum %v", p.Objective(beta), best.Objective)
		}
	})
}

// divergence is KL(a || b).
func divergence(a, b gauss.Normal) float64 {
	var inverse, ratio mat.Dense
	if err := inverse.Inverse(b.Cov); err != nil {
		panic(err)
	}
	ratio.Mul(&inverse, a.Cov)
	var diff mat.VecDense
	diff.SubVec(a.Mean, b.Mean)
	return (mat.Trace(&ratio) - float64(diff.Len()) + mat.Inner(&diff, &inverse, &diff) - math.Log(mat.Det(&ratio))) / 2
}
