package tune_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"keel/nn"
	"keel/sde"
	"keel/solver"
	"keel/task/gauss"
)

// TestAdjointStopsAtTheOptimum: on a chain of three steps the network can take any linear shift at each step, and with them the optimum of J
// among chains with these variances, which dynamic programming gives. There the expected update is nothing; at the pre-trained model it is not.
func TestAdjointStopsAtTheOptimum(t *testing.T) {
	const beta = 0.4
	row := exactRow{estimator: "adjoint-matching", beta: beta, batch: 512, repeats: 60, rate: 1, settings: map[string]any{"chunk": 1 << 20}}
	c := shortCase(t, beta)
	start := gradientNorm(measure(t, c, row))
	if j, j0 := c.path.Objective(beta), c.task.Path(c.optimal(t, beta)).Objective(beta); !(j0 > j+0.1) {
		t.Fatalf("the optimum has J = %.3f, the pre-trained model %.3f", j0, j)
	}
	params := c.optimal(t, beta)
	for i, v := range params {
		c.params[i] = float32(v)
	}
	c.path = c.task.Path(params)
	for i, g := range c.path.Grad(beta) {
		if math.Abs(g) > 1e-5 {
			t.Fatalf("J has the slope %v in parameter %d at what should be its optimum", g, i)
		}
	}
	estimates := measure(t, c, row)
	blur(estimates, 1, mat.Col(nil, 0, mat.NewDense(len(params), 1, filled(len(params), 1e-4*start))))
	fit := hotelling(estimates, make([]float64, len(params)))
	t.Logf("%v; the update's norm is %.2g, at the pre-trained model %.2g", fit, gradientNorm(estimates), start)
	if !(fit.p > 1e-4) || !(gradientNorm(estimates) < 0.05*start) {
		t.Errorf("at the optimum the mean update is not nothing: %v; norm %.3g, at the pre-trained model %.3g", fit, gradientNorm(estimates), start)
	}
}

func filled(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// gradientNorm is the norm of the rows' mean.
func gradientNorm(rows [][]float64) float64 {
	mean := make([]float64, len(rows[0]))
	for _, r := range rows {
		for j, v := range r {
			mean[j] += v / float64(len(rows))
		}
	}
	return mat.Norm(mat.NewVecDense(len(mean), mean), 2)
}

// shortCase is the pre-trained model on a chain of three steps that ends above t = 0.
func shortCase(t *testing.T, beta float64) *exactCase {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	task, err := gauss.Linear{
		Process: sde.VP{}, Steps: solver.Ancestral{}.Steps(sde.VP{}, []float64{1, 0.6, 0.35, 0.15}),
		Mean: []float64{0.4, -0.3}, Std: 0.6, Target: []float64{-0.5, 0.6}, Curvature: [][]float64{{1.5, 0.5}, {0.5, 0.8}},
	}.Open(e)
	if err != nil {
		t.Fatal(err)
	}
	return &exactCase{task: task, path: task.Path(make([]float64, task.Size())), params: make([]float32, task.Size()), beta: beta, at: []int{0, 1, 2}}
}

// optimal are the parameters of the best means. With V(x_s) = s' x - x' P x / 2 after a step, the mean is H (mu_pre + v s / beta) with
// H = (1 + v P / beta)^-1, and the value before it has the gradient M'(s - P mu), M the slope of mu_pre.
func (c *exactCase) optimal(t *testing.T, beta float64) []float64 {
	t.Helper()
	steps, d := len(c.at), 2
	form := c.path.Values(0)[steps]
	curve, slope := mat.DenseCopyOf(form.Curve), mat.VecDenseCopyOf(form.Slope)
	features, shifts := mat.NewDense(steps, 3, nil), mat.NewDense(steps, d*d+d, nil) // [step][feature], [step][W, b]
	widths := mat.NewDense(steps, 3, nil)
	for k := steps - 1; k >= 0; k-- {
		step := c.task.Steps[k]
		m, shift := c.affine(k, 0)
		v := step.Std * step.Std / beta
		var h, to mat.Dense
		h.Scale(v, curve)
		h.Add(&h, mat.NewDense(2, 2, []float64{1, 0, 0, 1}))
		if err := h.Inverse(&h); err != nil {
			t.Fatal(err)
		}
		to.Mul(&h, m)
		var moved, rest mat.VecDense
		moved.AddScaledVec(shift, v, slope)
		moved.MulVec(&h, &moved)
		net := c.denoiser(step.From)
		for i := range d {
			for j := range d {
				shifts.Set(k, j*d+i, (to.At(i, j)-m.At(i, j))/step.D) // the network has x W
			}
			shifts.Set(k, d*d+i, (moved.AtVec(i)-shift.AtVec(i))/step.D)
		}
		for f, phi := range net.phi {
			features.Set(k, f, phi)
			widths.Set(k, f, phi/net.rho)
		}
		var pulled mat.Dense
		pulled.Mul(curve, &to)
		rest.MulVec(curve, &moved)
		rest.SubVec(slope, &rest)
		curve.Mul(m.T(), &pulled)
		slope.MulVec(m.T(), &rest)
	}
	var w, b mat.Dense
	if err := w.Solve(widths, shifts.Slice(0, steps, 0, d*d)); err != nil {
		t.Fatal(err)
	}
	if err := b.Solve(features, shifts.Slice(0, steps, d*d, d*d+d)); err != nil {
		t.Fatal(err)
	}
	var params []float64
	for f := range 3 {
		params = append(append(params, w.RawRowView(f)...), b.RawRowView(f)...)
	}
	return params
}

// TestMemoryless: under the ancestral steps of every process the finished sample says nothing of the first state but what the process itself leaves
// of x_0 in it, which is what Adjoint Matching needs for the tilted law; the deterministic flow keeps it all.
func TestMemoryless(t *testing.T) {
	for _, name := range sde.Names() {
		p, err := sde.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		grid := sde.KarrasGrid(p, 60, 7, 0.01, 80)
		alpha, sigma := p.Kernel(grid[0])
		left := alpha / math.Hypot(alpha, sigma) // of data with unit variance: the correlation of x_0 and x_1 in the process
		for v, bound := range map[solver.Solver][2]float64{
			solver.Ancestral{}: {0, left + 0.02}, solver.EulerMaruyama{}: {0, left + 0.1}, solver.DDIM{}: {0.99, 1},
		} {
			cov, first, last := 1.0, 1.0, 1.0 // of the first state, in units of its deviation, with the current one
			first *= p.Prior() * p.Prior()
			cov, last = first, first
			for _, s := range v.Steps(p, grid) {
				alpha, sigma := p.Kernel(s.From)
				slope := s.X + s.D*alpha/(alpha*alpha+sigma*sigma) // the exact denoiser of unit Gaussian data
				cov, last = slope*cov, slope*slope*last+s.Std*s.Std
			}
			if r := math.Abs(cov) / math.Sqrt(first*last); !(r >= bound[0]-1e-9 && r <= bound[1]+1e-9) {
				t.Errorf("%s on %s: the finished sample's correlation with the first state is %.4f, expected in %v", v.Name(), name, r, bound)
			}
		}
	}
}
