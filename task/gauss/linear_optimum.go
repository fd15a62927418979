package gauss

import (
	"gonum.org/v1/gonum/mat"
)

// LinearOptimum is the largest objective of a discretised chain, over all policies of its policy steps: linear or not, of any law. The first
// state keeps its law, and steps that are no policies stay as the pre-trained model has them.
type LinearOptimum struct {
	Objective float64 // J*
	End       Normal  // law of the finished samples
}

// Optimum solves for the best policies: by dynamic programming V*_k(x) = beta log E_pre[exp(V*_{k+1}(x_s) / beta) | x_t = x], a quadratic
// of each state, of which every policy step is pi*(x_s | x_t) ~ pre(x_s | x_t) exp(V*(x_s) / beta). beta > 0.
func (l *Linear) Optimum(beta float64) LinearOptimum {
	pre := l.Path(make([]float64, l.Size()))
	n := len(l.Steps)
	values := make([]Form, n+1)
	values[n] = l.reward()
	for k := n - 1; k >= 0; k-- {
		step, next := l.Steps[k], values[k+1]
		if step.Policy() {
			values[k] = soft(next, step.Std, beta).after(pre.a[k], pre.c[k], 0)
		} else {
			values[k] = next.after(pre.a[k], pre.c[k], step.Std)
		}
	}
	law := pre.laws[0]
	out := LinearOptimum{Objective: values[0].Mean(law)}
	for k, step := range l.Steps {
		if !step.Policy() {
			law = law.after(pre.a[k], pre.c[k], step.Std)
			continue
		}
		// pi* = N(H (mu + Std² q / beta), Std² H) with mu the pre-trained mean and H = (1 + Std² P / beta)^-1.
		v := step.Std * step.Std / beta
		h := inverse(add(eye(l.Dims()), v, values[k+1].Curve))
		law = law.after(mul(h, pre.a[k]), apply(h, addVec(pre.c[k], v, values[k+1].Slope)), 0)
		law.Cov = add(law.Cov, step.Std*step.Std, h)
	}
	out.End = law
	return out
}

// soft is beta log E[exp(f(mu + std eps) / beta)] as a quadratic in mu.
func soft(f Form, std, beta float64) Form {
	d := f.Slope.Len()
	v := std * std / beta
	total := add(eye(d), v, f.Curve)
	h := inverse(total)
	logDet, _ := mat.LogDet(total)
	return Form{
		Curve: mul(f.Curve, h),
		Slope: apply(h, f.Slope),
		Level: f.Level + v*mat.Inner(f.Slope, h, f.Slope)/2 - beta*logDet/2,
	}
}

// Tilted is the law p* ~ p_pre exp(R / beta) of the pre-trained model's finished samples, and bound is beta log E_pre[exp(R / beta)]. No law
// of finished samples has a larger E[R] - beta KL(law || p_pre), so that no chain's objective exceeds the bound. [Linear.Optimum] falls short
// of it by what the first state, whose law no policy can choose, says of the last. beta > 0.
func (l *Linear) Tilted(beta float64) (law Normal, bound float64) {
	pre, r := l.Path(make([]float64, l.Size())).End(), l.reward()
	total := add(eye(l.Dims()), 1/beta, mul(pre.Cov, r.Curve))
	cov := mul(inverse(total), pre.Cov)
	pull := addVec(r.Slope, -1, apply(r.Curve, pre.Mean))
	logDet, _ := mat.LogDet(total) // a positive determinant: that of a unit matrix plus a product of two positive ones
	law = Normal{Mean: addVec(pre.Mean, 1/beta, apply(cov, pull)), Cov: cov}
	return law, r.At(pre.Mean.RawVector().Data) + mat.Inner(pull, cov, pull)/2/beta - beta*logDet/2
}

func inverse(a *mat.Dense) *mat.Dense {
	var out mat.Dense
	if err := out.Inverse(a); err != nil {
		panic("gauss: " + err.Error()) // a unit matrix plus a positive one
	}
	return &out
}
