package nn

import (
	"math"
	"testing"
)

// referenceAdam is Adam with decoupled weight decay, clipping by the norm and a moving average, in float64 and by the papers.
type referenceAdam struct {
	a             Adam
	p, m, v, avg  []float64
	step          int
	lastNorm      float64
	learningRates float64
}

func (r *referenceAdam) update(grad []float32) {
	r.step++
	var sq float64
	for _, g := range grad {
		sq += float64(g) * float64(g)
	}
	r.lastNorm = math.Sqrt(sq)
	scale := min(1, r.a.ClipNorm/r.lastNorm)
	decay := min(r.a.EMA, float64(1+r.step)/float64(10+r.step))
	for i, g := range grad {
		g := float64(g) * scale
		r.m[i] = r.a.Beta1*r.m[i] + (1-r.a.Beta1)*g
		r.v[i] = r.a.Beta2*r.v[i] + (1-r.a.Beta2)*g*g
		mHat, vHat := r.m[i]/(1-math.Pow(r.a.Beta1, float64(r.step))), r.v[i]/(1-math.Pow(r.a.Beta2, float64(r.step)))
		r.p[i] -= r.learningRates * (mHat/(math.Sqrt(vHat)+r.a.Eps) + r.a.WeightDecay*r.p[i])
		r.avg[i] = decay*r.avg[i] + (1-decay)*r.p[i]
	}
}

func widen(v []float32) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = float64(v[i])
	}
	return out
}

func narrow(v []float64) []float32 {
	out := make([]float32, len(v))
	for i := range v {
		out[i] = float32(v[i])
	}
	return out
}

func TestAdamMatchesReference(t *testing.T) {
	const n, rate = 6, 0.05
	for name, a := range map[string]Adam{
		"defaults": {},
		"set":      {Beta1: 0.8, Beta2: 0.95, Eps: 1e-6, WeightDecay: 0.1, ClipNorm: 3, EMA: 0.3},
	} {
		t.Run(name, func(t *testing.T) {
			start := randoms(11, n)
			state := NewOptState(start)
			want := &referenceAdam{a: a.withDefaults(), p: widen(start), m: make([]float64, n), v: make([]float64, n), avg: widen(start), learningRates: rate}
			p, err := engine(t).Compile("adam", func(in []*Node) []*Node {
				next, norm := a.Update(in[:NumOptInputs], in[NumOptInputs])
				return append(next, norm)
			})
			if err != nil {
				t.Fatal(err)
			}
			for step := range 12 {
				grad := randoms(uint64(100+step), n)
				for i := range grad {
					grad[i] *= float32(step) * 0.4 // small ones at first, clipped ones later
				}
				grad[0] += 0.01
				out, err := p.Call(append(state.Inputs(rate), FromFloats(grad, n))...)
				if err != nil {
					t.Fatal(err)
				}
				state.Take(out[:4])
				want.update(grad)
				compare(t, "norm", Floats(out[4]), []float32{float32(want.lastNorm)}, 1e-5)
			}
			compare(t, "parameters", Floats(state.Params), narrow(want.p), 2e-5)
			compare(t, "first moment", Floats(state.M), narrow(want.m), 2e-5)
			compare(t, "second moment", Floats(state.V), narrow(want.v), 2e-5)
			compare(t, "average", Floats(state.Avg), narrow(want.avg), 2e-5)
			if state.Steps != 12 {
				t.Errorf("%d steps counted, expected 12", state.Steps)
			}
		})
	}
}

func TestAdamSkipsBrokenGradients(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, grad := range [][]float32{{1, nan, 0}, {inf, 0, 0}, {1e30, 1e30, 1e30}} { // the last one's square overflows
		start, m, v, avg := []float32{1, 2, 3}, []float32{0.1, 0.2, 0.3}, []float32{0.4, 0.5, 0.6}, []float32{4, 5, 6}
		got := run(t, func(in []*Node) []*Node {
			next, _ := Adam{}.Update(in[:NumOptInputs], in[NumOptInputs])
			return next
		}, FromFloats(start, 3), FromFloats(m, 3), FromFloats(v, 3), FromFloats(avg, 3), FromFloats([]float32{0.1, 5}, 2), FromFloats(grad, 3))
		for i, want := range [][]float32{start, m, v, avg} {
			compare(t, "state", got[i], want, 0)
		}
	}
}
