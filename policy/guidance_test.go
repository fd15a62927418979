package policy

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"keel/nn"
	"keel/sde"
	"keel/solver"
)

func guided(t *testing.T, weight float64) *Guidance {
	t.Helper()
	g, err := NewGuidance(shifted{}, weight)
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
		if _, err := NewGuidance(shifted{}, w); err == nil || !strings.Contains(err.Error(), "finite") {
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

// TestGuidanceKeepsTheCritic: value, loss and its terms are those of the conditional network.
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
