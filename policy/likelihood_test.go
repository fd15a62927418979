package policy

import (
	"context"
	"math"
	"strings"
	"testing"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

// flowGrid falls from 1 to the time of the noise level 0.01.
func flowGrid(p sde.Process, steps int) []float64 {
	return sde.LogSNRGrid(p, steps+1, 0.01, 1000)[:steps+1]
}

func likelihood(t *testing.T, net nn.Denoiser, dims int, p sde.Process) *Likelihood {
	t.Helper()
	l, err := NewLikelihood(open(t), net, declare(t, net, dims, 0), p)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestGaussianLikelihood holds the density against the exact one of the flow, whose map is linear: it stretches deviations by the ratio
// of the marginals' standard deviations. Against the data's own density only the prior's misfit is left.
func TestGaussianLikelihood(t *testing.T) {
	normal := func(x, mean, std float64) float64 {
		u := (x - mean) / std
		return -u*u/2 - math.Log(std*math.Sqrt(2*math.Pi))
	}
	for _, p := range []sde.Process{sde.VP{}, sde.SubVP{}, sde.VE{}, sde.EDM{}, sde.Flow{}} {
		for n := 1; n <= 3; n++ {
			grid := flowGrid(p, 60)
			low := grid[len(grid)-1]
			prior := every(4, n)
			if n == 3 {
				prior.Mask[5] = 0 // the last dimension of the second sample
			}
			var x []float32
			for k := range prior.Mask {
				x = append(x, float32(mean0+std0*(float64(k%5)-2))*prior.Mask[k])
			}
			got, err := likelihood(t, exact{}, n, p).Exact(context.Background(), scalar(1), x, prior, grid)
			if err != nil {
				t.Fatalf("%s: %v", p.Name(), err)
			}
			marginal := func(t float64) (mean, std float64) {
				alpha, sigma := p.Kernel(t)
				return alpha * mean0, math.Hypot(alpha*std0, sigma)
			}
			m0, s0 := marginal(low)
			m1, s1 := marginal(1)
			for b, value := range got.Value {
				var want, data float64
				for k := b * n; k < (b+1)*n; k++ {
					if prior.Mask[k] == 0 {
						if got.Latent[k] != 0 {
							t.Errorf("%s: padding flows to %v", p.Name(), got.Latent[k])
						}
						continue
					}
					v := float64(x[k])
					latent := m1 + (v-m0)*s1/s0
					want += normal(latent, 0, p.Prior()) + math.Log(s1/s0)
					data += normal(v, m0, s0)
					if math.Abs(got.Latent[k]-latent) > 2e-3*s1 {
						t.Errorf("%s, %d dimensions: state %d flows to %v, expected %v", p.Name(), n, k, got.Latent[k], latent)
					}
				}
				if math.Abs(value-want) > 2e-3 || math.Abs(value-data) > 0.08 || got.StdErr[b] != 0 {
					t.Errorf("%s, %d dimensions: log-density %v ± %v, expected %v; of the data %v", p.Name(), n, value, got.StdErr[b], want, data)
				}
			}
		}
	}
}

// TestFlowOrder: the error of the log-density falls with the fourth power of the step.
func TestFlowOrder(t *testing.T) {
	p := sde.EDM{Max: 4}
	l, prior := likelihood(t, exact{}, 1, p), every(1, 1)
	errorOf := func(steps int) float64 {
		grid := make([]float64, steps+1)
		for i := range grid {
			grid[i] = math.Pow(0.1, float64(i)/float64(steps))
		}
		got, err := l.Exact(context.Background(), scalar(1), []float32{1.7}, prior, grid)
		if err != nil {
			t.Fatal(err)
		}
		s0, s1 := math.Hypot(std0, 0.4), math.Hypot(std0, 4)
		u := (mean0 + (1.7-mean0)*s1/s0) / 4
		return math.Abs(got.Value[0] - (-u*u/2 - math.Log(4*math.Sqrt(2*math.Pi)) + math.Log(s1/s0)))
	}
	coarse, fine := errorOf(2), errorOf(4)
	if order := math.Log2(coarse / fine); order < 3 || order > 6 {
		t.Errorf("errors %v and %v: order %v, expected about 4", coarse, fine, order)
	}
}

// TestMixtureLikelihood: a mixture in two dimensions, exactly and by probes.
func TestMixtureLikelihood(t *testing.T) {
	net := mixture{spread: 0.4, centres: [][]float64{{1.5, 0}, {-0.8, 1.2}, {0, -1}}}
	p := sde.VP{BetaMax: 30} // so that the prior is the marginal at t = 1
	grid := flowGrid(p, 40)
	alpha, sigma := p.Kernel(grid[len(grid)-1])
	points := [][]float64{{1.5, 0.1}, {0, 0}, {-0.5, 1}, {0.4, -1.3}, {0.6, 0.6}}
	var x []float32
	for _, v := range points {
		x = append(x, float32(v[0]), float32(v[1]))
	}
	l, prior, none := likelihood(t, net, 2, p), every(len(points), 2), nn.FromFloats(nil, 0)
	got, err := l.Exact(context.Background(), none, x, prior, grid)
	if err != nil {
		t.Fatal(err)
	}
	const probes = 32
	estimate, err := l.Estimate(context.Background(), none, x, prior, grid, probes, source(1))
	if err != nil {
		t.Fatal(err)
	}
	for b, v := range points {
		want := net.logDensity(v, alpha, sigma)
		t.Logf("%v: exact %.4f, by probes %.4f ± %.4f, closed form %.4f", v, got.Value[b], estimate.Value[b], estimate.StdErr[b], want)
		if math.Abs(got.Value[b]-want) > 3e-3 {
			t.Errorf("%v: log-density %v, expected %v", v, got.Value[b], want)
		}
		if math.Abs(estimate.Value[b]-want) > 4*estimate.StdErr[b]+3e-3 || estimate.StdErr[b] > 0.8 {
			t.Errorf("%v: estimate %v ± %v, expected %v", v, estimate.Value[b], estimate.StdErr[b], want)
		}
	}
}

func TestLikelihoodRefuses(t *testing.T) {
	l := likelihood(t, exact{}, dims, sde.VP{})
	x := make([]float32, 2*dims)
	fixed := inpainted(2)
	broken := scalar(float32(math.NaN()))
	for _, c := range []struct {
		want  string
		prior Prior
		x     []float32
		grid  []float64
		at    *nn.Tensor
	}{
		{"no score", every(2, dims), x, []float64{1, 0.5, 0}, scalar(1)},
		{"falls from 1", every(2, dims), x, []float64{0.9, 0.5}, scalar(1)},
		{"values", every(2, dims), x[1:], []float64{1, 0.5}, scalar(1)},
		{"fixed", fixed, x, []float64{1, 0.5}, scalar(1)},
		{"weights", every(2, dims), x, []float64{1, 0.5}, broken},
	} {
		if _, err := l.Exact(context.Background(), c.at, c.x, c.prior, c.grid); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.want, err)
		}
	}
	if _, err := l.Estimate(context.Background(), scalar(1), x, every(2, dims), []float64{1, 0.5}, 1, source(1)); err == nil {
		t.Error("a single probe is taken")
	}
}

// TestPathKL: the other's estimates are 1.1 times the policy's, so each step's KL is known from the rollout.
func TestPathKL(t *testing.T) {
	s := sampler(t, 12)
	r := roll(t, s, 6, true, 1)
	got, err := s.PathKL(scalar(1.1), r)
	if err != nil {
		t.Fatal(err)
	}
	for b, kl := range got {
		var want float64
		for i, step := range r.Steps {
			for k := b * dims; k < (b+1)*dims && step.Std > 0; k++ {
				if r.Mask[k] != 0 {
					shift := 0.1 * step.D * float64(r.Clean[i][k]) / step.Std
					want += shift * shift / 2
				}
			}
		}
		if !(want > 0) || math.Abs(kl-want) > 1e-4*want {
			t.Errorf("sample %d has the KL %v, expected %v", b, kl, want)
		}
	}
	r.Steps = solver.DDIM{}.Steps(sde.VP{}, []float64{1, 0.5, 0})
	if _, err := s.PathKL(scalar(1.1), r); err == nil {
		t.Error("deterministic steps are given a KL")
	}
}
