package gauss_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keel/nn"
	"keel/policy"
	"keel/sde"
	"keel/solver"
	"keel/task/gauss"
)

// integral is that of f over the real line as far as it is not negligible: Simpson's rule over [from, to].
func integral(from, to float64, f func(x float64) float64) float64 {
	const n = 2000
	h := (to - from) / n
	sum := f(from) + f(to)
	for i := 1; i < n; i++ {
		sum += float64(2+2*(i%2)) * f(from+float64(i)*h)
	}
	return sum * h / 3
}

// uneven is a mixture without symmetry.
func uneven(dims int) gauss.Mixture {
	m := gauss.Mixture{Std: 0.4}
	for i, w := range []float64{0.5, 0.2, 0.3} {
		mean := make([]float64, dims)
		for k := range mean {
			mean[k] = 1.5*math.Sin(float64(3*i+k)) + 0.2*float64(k)
		}
		m.Weights, m.Means = append(m.Weights, w), append(m.Means, mean)
	}
	return m
}

func TestRing(t *testing.T) {
	line := gauss.Ring(1, 3, 2, 0.1)
	if want := [][]float64{{-2}, {0}, {2}}; !slices.EqualFunc(line.Means, want, slices.Equal) {
		t.Errorf("three modes on a line have the means %v", line.Means)
	}
	if one := gauss.Ring(1, 1, 2, 0.1); one.Means[0][0] != -2 || one.Weights[0] != 1 {
		t.Errorf("one mode on a line: %+v", one)
	}
	for _, dims := range []int{2, 5} {
		m := gauss.Ring(dims, 4, 2, 0.1)
		want := [][2]float64{{2, 0}, {0, 2}, {-2, 0}, {0, -2}}
		for i, mean := range m.Means {
			if len(mean) != dims || math.Hypot(mean[0]-want[i][0], mean[1]-want[i][1]) > 1e-12 || slices.Max(append([]float64{0}, mean[2:]...)) != 0 {
				t.Errorf("%d dimensions: mode %d is at %v", dims, i, mean)
			}
		}
		if err := m.Check(); err != nil || m.Std != 0.1 || m.Dims() != dims {
			t.Errorf("%v: %+v", err, m)
		}
	}
}

func TestMixtureCheck(t *testing.T) {
	for want, change := range map[string]func(*gauss.Mixture){
		"3 means and 2 weights":             func(m *gauss.Mixture) { m.Weights = m.Weights[:2] },
		"0 means and 0 weights":             func(m *gauss.Mixture) { *m = gauss.Mixture{Std: 1} },
		"standard deviation 0":              func(m *gauss.Mixture) { m.Std = 0 },
		"weights that sum to 1.1":           func(m *gauss.Mixture) { m.Weights[0] = 0.6 },
		"weight NaN":                        func(m *gauss.Mixture) { m.Weights[0] = math.NaN() },
		"weight -0.1":                       func(m *gauss.Mixture) { m.Weights = []float64{0.8, -0.1, 0.3} },
		"means of 2 and 1 dimensions":       func(m *gauss.Mixture) { m.Means[2] = m.Means[2][:1] },
		"means of 0 and 0 dimensions":       func(m *gauss.Mixture) { m.Means = [][]float64{{}, {}, {}} },
		"standard deviation NaN and weight": func(m *gauss.Mixture) { m.Std = math.NaN() },
	} {
		m := uneven(2)
		change(&m)
		if err := m.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q expected: %v", want, err)
		}
	}
}

func TestLogDensityIsNormalised(t *testing.T) {
	m := uneven(1)
	mass := integral(-8, 8, func(x float64) float64 { return math.Exp(m.LogDensity([]float64{x})) })
	mean := integral(-8, 8, func(x float64) float64 { return x * math.Exp(m.LogDensity([]float64{x})) })
	var want float64
	for i, w := range m.Weights {
		want += w * m.Means[i][0]
	}
	if math.Abs(mass-1) > 1e-10 || math.Abs(mean-want) > 1e-10 {
		t.Errorf("mass %v and mean %v; expected 1 and %v", mass, mean, want)
	}
	if far := m.LogDensity([]float64{1e3}); math.IsInf(far, 0) || math.IsNaN(far) {
		t.Errorf("the log-density far out is %v", far)
	}
}

// TestPerturbedIsAConvolution: the density of alpha x + sigma eps, by quadrature over x.
func TestPerturbedIsAConvolution(t *testing.T) {
	m, alpha, sigma := uneven(1), 0.7, 0.6
	for _, y := range []float64{-2, -0.3, 0, 0.8, 1.7} {
		want := integral(-8, 8, func(x float64) float64 {
			u := (y - alpha*x) / sigma
			return math.Exp(m.LogDensity([]float64{x})) * math.Exp(-u*u/2) / sigma / math.Sqrt(2*math.Pi)
		})
		if got := math.Exp(m.Perturbed(alpha, sigma).LogDensity([]float64{y})); math.Abs(got-want) > 1e-10 {
			t.Errorf("density %v at %v, by quadrature %v", got, y, want)
		}
	}
}

// TestDenoiseIsThePosteriorMean: E[x_0 | x_t] in one dimension, by quadrature over x_0.
func TestDenoiseIsThePosteriorMean(t *testing.T) {
	m := uneven(1)
	rapid.Check(t, func(t *rapid.T) {
		alpha, sigma := rapid.Float64Range(0.3, 1).Draw(t, "alpha"), rapid.Float64Range(0.05, 3).Draw(t, "sigma")
		x := rapid.Float64Range(-3, 3).Draw(t, "x")
		weight := func(x0 float64) float64 {
			u := (x - alpha*x0) / sigma
			return math.Exp(m.LogDensity([]float64{x0}) - u*u/2)
		}
		mass := integral(-12, 12, weight)
		if mass < 1e-200 {
			t.Skip("too unlikely a state for quadrature")
		}
		want := integral(-12, 12, func(x0 float64) float64 { return x0 * weight(x0) }) / mass
		if got := m.Denoise([]float64{x}, alpha, sigma)[0]; math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
			t.Fatalf("E[x_0 | x_t] = %v, by quadrature %v", got, want)
		}
	})
}

// TestTweedie: alpha E[x_0 | x_t] = x_t + sigma² grad log p_t(x_t), the gradient by central differences.
func TestTweedie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.IntRange(2, 3).Draw(t, "dims")
		alpha, sigma := rapid.Float64Range(0.1, 1).Draw(t, "alpha"), rapid.Float64Range(0.1, 3).Draw(t, "sigma")
		m := uneven(dims)
		law, x := m.Perturbed(alpha, sigma), make([]float64, dims)
		for k := range x {
			x[k] = rapid.Float64Range(-3, 3).Draw(t, "x")
		}
		clean := m.Denoise(x, alpha, sigma)
		for k := range x {
			const h = 1e-5
			up, down := slices.Clone(x), slices.Clone(x)
			up[k] += h
			down[k] -= h
			score := (law.LogDensity(up) - law.LogDensity(down)) / (2 * h)
			if got, want := alpha*clean[k], x[k]+sigma*sigma*score; math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
				t.Fatalf("alpha E[x_0 | x_t] = %v along axis %d, by the score %v", got, k, want)
			}
		}
	})
}

// TestSample: the modes' shares, and within each, which lie far apart here, the normal distribution along every axis.
func TestSample(t *testing.T) {
	const n = 20000
	m := gauss.Mixture{Weights: []float64{0.5, 0.2, 0.3}, Means: [][]float64{{-10, 3}, {0, -2}, {10, 0}}, Std: 0.4}
	x := m.Sample(rand.New(rand.NewPCG(3, 4)), n)
	if len(x) != 2*n {
		t.Fatalf("%d numbers for %d points", len(x), n)
	}
	for i, mean := range m.Means {
		var axes [2][]float64
		for b := range n {
			if math.Abs(x[2*b]-mean[0]) < 5 {
				for k := range axes {
					axes[k] = append(axes[k], (x[2*b+k]-mean[k])/m.Std)
				}
			}
		}
		share := float64(len(axes[0])) / n
		if w := m.Weights[i]; math.Abs(share-w) > 4*math.Sqrt(w*(1-w)/n) {
			t.Errorf("mode %d has a share of %v, its weight is %v", i, share, w)
		}
		for k, u := range axes {
			slices.Sort(u)
			var ks float64
			for j, v := range u {
				cdf := math.Erfc(-v/math.Sqrt2) / 2
				ks = max(ks, cdf-float64(j)/float64(len(u)), float64(j+1)/float64(len(u))-cdf)
			}
			if ks*math.Sqrt(float64(len(u))) > 1.95 { // the 0.1 % point
				t.Errorf("mode %d, axis %d: Kolmogorov-Smirnov distance %v of %d points", i, k, ks, len(u))
			}
		}
	}
}

// TestNetworkStartsExact: the network before any update is the mixture's denoiser, at all levels of a chain, to float32.
func TestNetworkStartsExact(t *testing.T) {
	const n = 32
	for _, dims := range []int{1, 3} {
		m := uneven(dims)
		task, err := gauss.NewMixtureTask(engine(), m, gauss.Quadratic{Target: make([]float64, dims)}, 8, 2)
		if err != nil {
			t.Fatal(err)
		}
		net, layout := task.Network()
		p := sde.VP{}
		sampler, err := policy.NewSampler(engine(), net, layout, p, solver.Ancestral{}.Steps(p, sde.KarrasGrid(p, 4, 7, 0.01, 40)))
		if err != nil {
			t.Fatal(err)
		}
		params := layout.Init(5)
		prior, err := task.Prior(nil, n)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for _, level := range []float64{0.01, 0.3, 2, 40} {
			at := p.Time(level)
			alpha, sigma := p.Kernel(at)
			x := make([]float32, n*dims)
			for i, v := range m.Perturbed(alpha, sigma).Sample(rng, n) {
				x[i] = float32(v)
			}
			got, err := sampler.Denoise(nn.FromFloats(params, len(params)), x, at, prior)
			if err != nil {
				t.Fatal(err)
			}
			for b := range n {
				state := make([]float64, dims)
				for k := range state {
					state[k] = float64(x[b*dims+k])
				}
				for k, want := range m.Denoise(state, alpha, sigma) {
					if v := float64(got[b*dims+k]); math.Abs(v-want) > 3e-5*(1+math.Abs(want)) {
						t.Fatalf("%d dimensions, level %v: the network gives %v at %v, the mixture %v", dims, level, v, state, want)
					}
				}
			}
		}
	}
}
