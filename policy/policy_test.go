package policy

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

const dims, mean0, std0 = 3, 0.8, 0.5 // the data: N(mean0, std0²) in every dimension

// exact is the denoiser of that data, times its one parameter, which is 1 where it is exact.
type exact struct{}

func (exact) Denoise(s *nn.Scope, x, noise *nn.Node, cond []*nn.Node) *nn.Node {
	alpha := graph.Slice(noise, graph.AxisRange(), graph.AxisRange(0, 1))
	sigma := graph.Slice(noise, graph.AxisRange(), graph.AxisRange(1, 2))
	top := graph.Add(graph.MulScalar(graph.Mul(alpha, x), std0*std0), graph.MulScalar(graph.Square(sigma), mean0))
	bottom := graph.Add(graph.MulScalar(graph.Square(alpha), std0*std0), graph.Square(sigma))
	scale := graph.Reshape(s.Param("scale", 0, 1, 1), 1, 1)
	return graph.Mul(graph.Div(top, bottom), scale)
}

func (exact) Loss(*nn.Scope, *nn.Node, *nn.Node, *nn.Node, []*nn.Node) (*nn.Node, []*nn.Node) {
	panic("not trained here")
}
func (exact) LossTerms() []string                                      { return nil }
func (exact) Value(*nn.Scope, *nn.Node, *nn.Node, []*nn.Node) *nn.Node { panic("no critic here") }

func sampler(t *testing.T, steps int) *Sampler {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	layout, err := e.Declare(func(s *nn.Scope, g *graph.Graph) {
		shape := func(n int) shapes.Shape { return shapes.Make(dtypes.Float32, 1, n) }
		exact{}.Denoise(s, graph.Parameter(g, "x", shape(dims)), graph.Parameter(g, "noise", shape(2)), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	grid := sde.KarrasGrid(sde.VP{}, steps, 5, 0.01, 40)
	s, err := NewSampler(e, exact{}, layout, sde.VP{}, solver.Ancestral{}.Steps(sde.VP{}, grid))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// prior masks the last dimension of every other sample.
func prior(size int) Prior {
	p := Prior{Size: size, Dims: dims, Mask: make([]float32, size*dims)}
	for i := range p.Mask {
		if i%dims != dims-1 || i/dims%2 == 0 {
			p.Mask[i] = 1
		}
	}
	return p
}

func roll(t *testing.T, s *Sampler, size int, keep bool, seed uint64) *Rollout {
	t.Helper()
	r, err := s.Roll(context.Background(), nn.FromFloats([]float32{1}, 1), prior(size), keep, rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestStandardise(t *testing.T) {
	nan := math.NaN()
	adv, mean, std, failed := Standardise([]float64{1, nan, 3, math.Inf(1), 5, math.Inf(-1)})
	root := math.Sqrt(8. / 3)
	if mean != 3 || math.Abs(std-root) > 1e-12 || failed != 3 {
		t.Errorf("mean %v, deviation %v, %d failed; expected 3, %v, 3", mean, std, failed, root)
	}
	for i, want := range []float64{-2 / root, 0, 0, 0, 2 / root, 0} {
		if math.Abs(adv[i]-want) > 1e-6 {
			t.Errorf("advantage %d is %v, expected %v", i, adv[i], want)
		}
	}
	for _, rewards := range [][]float64{{}, {nan, nan}, {4, 4, 4}} {
		adv, _, std, failed := Standardise(rewards)
		if std != 0 || len(adv) != len(rewards) || failed > len(rewards) {
			t.Errorf("%v: deviation %v, %d failed", rewards, std, failed)
		}
		for _, a := range adv {
			if a != 0 {
				t.Errorf("%v: advantages %v, expected zeros", rewards, adv)
			}
		}
	}
}

func TestConsistencyGap(t *testing.T) {
	r := roll(t, sampler(t, 100), 3000, true, 1)
	gap, floor := ConsistencyGap(r, sde.VP{}, rand.New(rand.NewPCG(2, 0)))
	if !(floor > 0.005 && floor < 0.1) || gap > 1.6*floor {
		t.Errorf("a consistent rollout has the gap %v over the floor %v", gap, floor)
	}
	for i := range r.States[1 : len(r.States)-1] {
		state := slices.Clone(r.States[i+1])
		for k := range state {
			state[k] *= 1.4
		}
		r.States[i+1] = state
	}
	wrong, floor := ConsistencyGap(r, sde.VP{}, rand.New(rand.NewPCG(2, 0)))
	if wrong < 5*floor {
		t.Errorf("states 1.4 times too large have the gap %v over the floor %v", wrong, floor)
	}
}

func TestWasserstein(t *testing.T) {
	if got := wasserstein([]float64{3, 1, 2}, []float64{2.5, 1.5, 3.5}); math.Abs(got-0.25) > 1e-12 {
		t.Errorf("a shift by a half has the squared distance %v", got)
	}
}

// TestRollSamplesTheData: with the exact denoiser, the samples have the data's mean and deviation.
func TestRollSamplesTheData(t *testing.T) {
	const size = 4000
	r := roll(t, sampler(t, 500), size, false, 3)
	var n, sum, sq float64
	for i, v := range r.X0() {
		if r.Mask[i] == 0 {
			if v != 0 {
				t.Fatalf("value %d is padding, but %v", i, v)
			}
			continue
		}
		n, sum, sq = n+1, sum+float64(v), sq+float64(v)*float64(v)
	}
	mean := sum / n
	if std := math.Sqrt(sq/n - mean*mean); math.Abs(mean-mean0) > 0.03 || math.Abs(std-std0) > 0.03 {
		t.Errorf("samples N(%v, %v²), the data are N(%v, %v²)", mean, std, mean0, std0)
	}
	if len(r.States) != 1 {
		t.Errorf("%d states kept, none was asked for", len(r.States)-1)
	}
}

func TestRollFollowsItsSeed(t *testing.T) {
	s := sampler(t, 10)
	a, b, c := roll(t, s, 8, true, 4), roll(t, s, 8, true, 4), roll(t, s, 8, false, 4)
	if len(a.States) != len(a.Steps)+1 {
		t.Fatalf("%d states of %d steps", len(a.States), len(a.Steps))
	}
	for i := range a.States {
		if !slices.Equal(a.States[i], b.States[i]) {
			t.Fatalf("equal seeds differ at state %d", i)
		}
		for k, m := range a.Mask {
			if m == 0 && a.States[i][k] != 0 {
				t.Fatalf("state %d is %v in a masked dimension", i, a.States[i][k])
			}
		}
	}
	if !slices.Equal(a.X0(), c.X0()) {
		t.Error("keeping the trajectory changes the samples")
	}
	if slices.Equal(a.X0(), roll(t, s, 8, false, 5).X0()) {
		t.Error("different seeds give equal samples")
	}
}

func TestRollErrors(t *testing.T) {
	s, rng := sampler(t, 5), rand.New(rand.NewPCG(1, 1))
	nan := nn.FromFloats([]float32{float32(math.NaN())}, 1)
	if _, err := s.Roll(context.Background(), nan, prior(4), false, rng); err == nil || !strings.Contains(err.Error(), "weights are broken") {
		t.Errorf("weights that are NaN: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Roll(ctx, nn.FromFloats([]float32{1}, 1), prior(4), false, rng); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

// TestGaussianNodes holds mean, draw, KL and log-probabilities against plain Go.
func TestGaussianNodes(t *testing.T) {
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	const size = 4
	rng := rand.New(rand.NewPCG(9, 9))
	tr, clean, other := NewTransitions(size, dims), make([]float32, size*dims), make([]float32, size*dims)
	for i := range clean {
		for _, v := range [][]float32{tr.X, tr.Eps, tr.Old, clean, other} {
			v[i] = float32(rng.NormFloat64())
		}
	}
	copy(tr.Mask, prior(size).Mask)
	steps := solver.Ancestral{}.Steps(sde.VP{}, sde.KarrasGrid(sde.VP{}, size+1, 5, 0.01, 40))
	for i := range size {
		tr.SetStep(i, steps[i], sde.VP{}.Kernel)
	}
	p, err := e.Compile("gaussian", func(in []*nn.Node) []*nn.Node {
		n := Nodes(in)
		clean, other := in[NumTransitionInputs], in[NumTransitionInputs+1]
		mean := n.Mean(clean)
		return []*nn.Node{mean, n.Draw(mean), n.KL(clean, other), n.LogProb(clean, false), n.LogProb(clean, true), n.Kernel, n.NextKernel,
			n.LogRatio(clean, false), n.LogRatio(clean, true)}
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Call(append(tr.Inputs(), nn.FromFloats(clean, size, dims), nn.FromFloats(other, size, dims))...)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, k, i int, want float64) {
		t.Helper()
		if got := float64(nn.Floats(out[k])[i]); math.Abs(got-want) > 1e-4*(1+math.Abs(want)) {
			t.Errorf("%s %d is %v, expected %v", what, i, got, want)
		}
	}
	for b := range size {
		step := steps[b]
		var kl, logProb, old, n float64
		for k := b * dims; k < (b+1)*dims; k++ {
			mean := step.X*float64(tr.X[k]) + step.D*float64(clean[k])
			draw := mean + step.Std*float64(tr.Eps[k])
			if tr.Mask[k] == 0 {
				mean, draw = 0, float64(tr.X[k]) // what the step does not move stays
			} else {
				shift := (step.D * float64(clean[k]-other[k])) / step.Std
				oldMean := step.X*float64(tr.X[k]) + step.D*float64(tr.Old[k])
				next := oldMean + step.Std*float64(tr.Eps[k])
				kl += shift * shift / 2
				density := func(mean float64) float64 {
					u := (next - mean) / step.Std
					return -u*u/2 - math.Log(step.Std*math.Sqrt(2*math.Pi))
				}
				logProb, old, n = logProb+density(mean), old+density(oldMean), n+1
			}
			check("mean", 0, k, mean)
			check("draw", 1, k, draw)
		}
		check("KL", 2, b, kl)
		check("log-probability", 3, b, logProb)
		check("log-probability over dimensions", 4, b, logProb/n)
		check("log-ratio", 7, b, logProb-old)
		check("log-ratio over dimensions", 8, b, (logProb-old)/n)
		alpha, sigma := sde.VP{}.Kernel(step.From)
		check("alpha_t", 5, 2*b, alpha)
		check("sigma_t", 5, 2*b+1, sigma)
		alpha, sigma = sde.VP{}.Kernel(step.To)
		check("alpha_s", 6, 2*b, alpha)
		check("sigma_s", 6, 2*b+1, sigma)
	}
}
