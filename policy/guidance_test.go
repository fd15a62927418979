package policy

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

func guided(t *testing.T, weight float64) *Guidance {
	t.Helper()
	g, err := NewGuidance(shifted{}, weight, EveryLevel)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// estimates are a network's at some states of two samples, one with a condition of its own, the other's shared.
func estimates(t *testing.T, net nn.Denoiser, cond []*nn.Tensor) []float32 {
	t.Helper()
	s, err := NewSampler(open(t), net, declare(t, net, 2, len(cond)), sde.VP{}, solver.Ancestral{}.Steps(sde.VP{}, []float64{1, 0.5, 0}))
	if err != nil {
		t.Fatal(err)
	}
	prior := every(2, 2)
	prior.Cond = cond
	x, err := s.Denoise(scalar(1), []float32{0.3, -1, 2, 0.7}, 0.4, prior)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestGuidance(t *testing.T) {
	own, null := nn.FromFloats([]float32{1, 2, -1, 3}, 2, 2), nn.FromFloats([]float32{0.5, -0.5}, 1, 2)
	cond, err := guided(t, 1).Conditions([]*nn.Tensor{own}, []*nn.Tensor{null})
	if err != nil {
		t.Fatal(err)
	}
	with, without := estimates(t, shifted{}, []*nn.Tensor{own}), estimates(t, shifted{}, []*nn.Tensor{null})
	if got := estimates(t, guided(t, 1), cond); !slices.Equal(got, with) {
		t.Errorf("weight 1 gives %v, the conditional network %v", got, with)
	}
	if got := estimates(t, guided(t, 0), cond); !slices.Equal(got, without) {
		t.Errorf("weight 0 gives %v, the unconditional network %v", got, without)
	}
	for _, w := range []float64{-1, 0.5, 3} {
		for i, v := range estimates(t, guided(t, w), cond) {
			if want := float64(without[i]) + w*float64(with[i]-without[i]); math.Abs(float64(v)-want) > 1e-5 {
				t.Errorf("weight %v: estimate %d is %v, expected %v", w, i, v, want)
			}
		}
	}
}

// TestGuidedLevels: within the interval the estimate is the guided one, outside it the conditional network's, by a sampler, which asks the network itself, and by the graph that estimators
// build, where the levels of a batch are mixed.
func TestGuidedLevels(t *testing.T) {
	g, err := NewGuidance(shifted{}, 2.5, Levels{0.5, 2})
	if err != nil {
		t.Fatal(err)
	}
	own, null := nn.FromFloats([]float32{1, 2}, 1, 2), nn.FromFloats([]float32{0.5, -0.5}, 1, 2)
	layout := declare(t, g, 2, 2)
	s, err := NewSampler(open(t), g, layout, sde.VE{}, solver.Ancestral{}.Steps(sde.VE{}, []float64{3, 1, 0.2}))
	if err != nil {
		t.Fatal(err)
	}
	levels, x := []float64{0.2, 0.49, 0.51, 1, 1.99, 2.01, 3}, []float32{0.3, -1}
	p, err := open(t).Compile("guided", func(in []*nn.Node) []*nn.Node {
		return []*nn.Node{g.Denoise(nn.NewScope(layout, in[0]), in[1], in[2], in[3:])}
	})
	if err != nil {
		t.Fatal(err)
	}
	var states, kernels []float32
	for _, l := range levels {
		states, kernels = append(states, x...), append(kernels, 1, float32(l))
	}
	out, err := p.Call(scalar(1), nn.FromFloats(states, len(levels), 2), nn.FromFloats(kernels, len(levels), 2), own, null)
	if err != nil {
		t.Fatal(err)
	}
	built := nn.Floats(out[0])
	for i, l := range levels {
		prior := every(1, 2)
		prior.Cond = []*nn.Tensor{own, null}
		sampled, err := s.Denoise(scalar(1), x, sde.VE{}.Time(l), prior)
		if err != nil {
			t.Fatal(err)
		}
		shift := []float64{1, 2}
		if l > 0.5 && l < 2 {
			shift = []float64{0.5 + 2.5*0.5, -0.5 + 2.5*2.5}
		}
		for d := range 2 {
			want := (float64(x[d]) + l*l*shift[d]) / (1 + l*l)
			if math.Abs(float64(sampled[d])-want) > 1e-4 || math.Abs(float64(built[2*i+d])-want) > 1e-4 {
				t.Errorf("level %v, dimension %d: the sampler has %v, the graph %v, expected %v", l, d, sampled[d], built[2*i+d], want)
			}
		}
	}
}

// TestGuidedSamples: for N(c, 1) the guided denoiser is that of N(null + w (c - null), 1), so the samples' mean is known.
func TestGuidedSamples(t *testing.T) {
	const size, w = 3000, 2.5
	net := guided(t, w)
	s, err := NewSampler(open(t), net, declare(t, net, 2, 2), sde.VP{}, solver.Ancestral{}.Steps(sde.VP{}, sde.LogSNRGrid(sde.VP{}, 40, 0.01, 100)))
	if err != nil {
		t.Fatal(err)
	}
	prior := every(size, 2)
	prior.Cond = []*nn.Tensor{nn.FromFloats([]float32{1, 0}, 1, 2), nn.FromFloats([]float32{0.2, 0.4}, 1, 2)}
	r, err := s.Roll(context.Background(), scalar(1), prior, false, source(1))
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range []float64{0.2 + w*0.8, 0.4 - w*0.4} {
		mean, stdErr := column(r, d)
		if math.Abs(mean-want) > 4*stdErr+0.02 {
			t.Errorf("dimension %d has the mean %v ± %v, expected %v", d, mean, stdErr, want)
		}
	}
}

// column gives the mean of a dimension of the finished samples, and its standard error.
func column(r *Rollout, d int) (mean, stdErr float64) {
	var values []float64
	for k := d; k < len(r.X0()); k += r.Dims {
		values = append(values, float64(r.X0()[k]))
	}
	return meanError(values)
}

func TestGuidanceRefuses(t *testing.T) {
	for _, w := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if _, err := NewGuidance(shifted{}, w, EveryLevel); err == nil || !strings.Contains(err.Error(), "finite") {
			t.Errorf("weight %v: %v", w, err)
		}
	}
	g, a, b := guided(t, 2), nn.FromFloats(make([]float32, 6), 3, 2), nn.FromFloats(make([]float32, 3), 1, 3)
	if _, err := g.Conditions([]*nn.Tensor{a}, nil); err == nil {
		t.Error("a condition without its null condition is taken")
	}
	if _, err := g.Conditions([]*nn.Tensor{a}, []*nn.Tensor{b}); err == nil {
		t.Error("a null condition of another shape is taken")
	}
	s, err := NewSampler(open(t), g, declare(t, g, 2, 2), sde.VP{}, solver.Ancestral{}.Steps(sde.VP{}, []float64{1, 0.5, 0}))
	if err != nil {
		t.Fatal(err)
	}
	prior := every(3, 2)
	prior.Cond = []*nn.Tensor{a}
	if _, err := s.Roll(context.Background(), scalar(1), prior, false, source(1)); err == nil || !strings.Contains(err.Error(), "null condition") {
		t.Errorf("conditions without null conditions: %v", err)
	}
}

// TestGuidedLoss is the guided estimate's error in units of the raw network's output, and the network's own at weight 1.
func TestGuidedLoss(t *testing.T) {
	const w, alpha, sigma = 3, 0.6, 0.8
	cond := []*nn.Tensor{nn.FromFloats([]float32{1, 2}, 1, 2), nn.FromFloats([]float32{0.5, -0.5}, 1, 2)}
	x0, xt := []float32{0.1, -0.4}, []float32{0.7, 1.3}
	loss := func(net nn.Denoiser, cond []*nn.Tensor) float64 {
		layout := declare(t, net, 2, len(cond))
		p, err := open(t).Compile("loss", func(in []*nn.Node) []*nn.Node {
			each, terms := net.Loss(nn.NewScope(layout, in[0]), in[1], in[2], in[3], in[4:])
			if len(terms) != len(net.LossTerms()) {
				t.Errorf("%d terms, %d named", len(terms), len(net.LossTerms()))
			}
			return []*nn.Node{each}
		})
		if err != nil {
			t.Fatal(err)
		}
		in := []any{scalar(1), nn.FromFloats(x0, 1, 2), nn.FromFloats(xt, 1, 2), nn.FromFloats([]float32{alpha, sigma}, 1, 2)}
		for _, c := range cond {
			in = append(in, c)
		}
		out, err := p.Call(in...)
		if err != nil {
			t.Fatal(err)
		}
		return float64(nn.Floats(out[0])[0])
	}
	var want float64
	for d := range 2 {
		shift := []float64{0.5 + w*0.5, -0.5 + w*2.5}[d] // the guided condition: both networks are linear in theirs
		estimate := alpha*float64(xt[d]) + sigma*sigma*shift
		want += math.Pow(estimate-float64(x0[d]), 2) / 2
	}
	s := sde.Preconditioning{}.At(alpha, sigma)
	if got := loss(guided(t, w), cond); math.Abs(got-want/(s.Out*s.Out)) > 1e-4*got {
		t.Errorf("the loss is %v, expected %v", got, want/(s.Out*s.Out))
	}
	without, err := NewGuidance(withLoss{}, 1, EveryLevel)
	if err != nil {
		t.Fatal(err)
	}
	if got := loss(without, cond); got != 3 {
		t.Errorf("without guidance the loss is %v, the network's 3", got)
	}
}

// withLoss has the sum of its condition for a loss.
type withLoss struct{ shifted }

func (withLoss) Loss(_ *nn.Scope, _, _, _ *nn.Node, cond []*nn.Node) (*nn.Node, []*nn.Node) {
	return graph.ReduceSum(cond[0], -1), nil
}

func (withLoss) LossTerms() []string { return nil }

// TestGuidanceKeepsTheCritic: the value is the conditional network's.
func TestGuidanceKeepsTheCritic(t *testing.T) {
	p, err := open(t).Compile("value", func(in []*nn.Node) []*nn.Node { return []*nn.Node{guided(t, 2).Value(nil, in[0], in[1], in[2:])} })
	if err != nil {
		t.Fatal(err)
	}
	row := func(v ...float32) *nn.Tensor { return nn.FromFloats(v, 1, 2) }
	out, err := p.Call(row(0, 0), row(1, 0), row(3, 4), row(-1, -1))
	if err != nil || nn.Floats(out[0])[0] != 7 {
		t.Errorf("the critic says %v (%v), expected 7 of the condition", out, err)
	}
}
