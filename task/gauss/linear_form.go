package gauss

import "gonum.org/v1/gonum/mat"

// Form is the quadratic f(x) = Level + Slope' x - x' Curve x / 2, with a symmetric Curve.
type Form struct {
	Curve *mat.Dense
	Slope *mat.VecDense
	Level float64
}

// Normal is the law N(Mean, Cov).
type Normal struct {
	Mean *mat.VecDense
	Cov  *mat.Dense
}

// At is f(x).
func (f Form) At(x []float64) float64 {
	v := mat.NewVecDense(len(x), x)
	return f.Level + mat.Dot(f.Slope, v) - mat.Inner(v, f.Curve, v)/2
}

// Mean is E[f(x)] under the law.
func (f Form) Mean(n Normal) float64 {
	return f.At(n.Mean.RawVector().Data) - mat.Trace(mul(f.Curve, n.Cov))/2
}

// Variance is Var[f(x)] under the law.
func (f Form) Variance(n Normal) float64 {
	slope, pc := addVec(f.Slope, -1, apply(f.Curve, n.Mean)), mul(f.Curve, n.Cov)
	return mat.Inner(slope, n.Cov, slope) + mat.Trace(mul(pc, pc))/2
}

// after is E[f(a x + c + std eps)], eps standard normal, as a quadratic in x.
func (f Form) after(a *mat.Dense, c *mat.VecDense, std float64) Form {
	pc := apply(f.Curve, c)
	return Form{
		Curve: mul(a.T(), mul(f.Curve, a)),
		Slope: apply(a.T(), addVec(f.Slope, -1, pc)),
		Level: f.Level + mat.Dot(f.Slope, c) - mat.Dot(c, pc)/2 - std*std*mat.Trace(f.Curve)/2,
	}
}

// plus is f + w g.
func (f Form) plus(w float64, g Form) Form {
	return Form{Curve: add(f.Curve, w, g.Curve), Slope: addVec(f.Slope, w, g.Slope), Level: f.Level + w*g.Level}
}

// after is the law of a x + c + std eps.
func (n Normal) after(a *mat.Dense, c *mat.VecDense, std float64) Normal {
	return Normal{Mean: addVec(apply(a, n.Mean), 1, c), Cov: add(mul(mul(a, n.Cov), a.T()), std*std, eye(c.Len()))}
}

// second is E[x x'].
func (n Normal) second() *mat.Dense { return add(n.Cov, 1, outer(n.Mean, n.Mean)) }

// What follows are gonum's operations as expressions: a b, a v, a + w b, u + w v, u v' and the unit matrix.

func mul(a, b mat.Matrix) *mat.Dense {
	var out mat.Dense
	out.Mul(a, b)
	return &out
}

func apply(a mat.Matrix, v *mat.VecDense) *mat.VecDense {
	var out mat.VecDense
	out.MulVec(a, v)
	return &out
}

func add(a *mat.Dense, w float64, b *mat.Dense) *mat.Dense {
	var out mat.Dense
	out.Scale(w, b)
	out.Add(a, &out)
	return &out
}

func addVec(u *mat.VecDense, w float64, v *mat.VecDense) *mat.VecDense {
	var out mat.VecDense
	out.AddScaledVec(u, w, v)
	return &out
}

func outer(u, v *mat.VecDense) *mat.Dense {
	var out mat.Dense
	out.Outer(1, u, v)
	return &out
}

func eye(n int) *mat.Dense {
	out := mat.NewDense(n, n, nil)
	for i := range n {
		out.Set(i, i, 1)
	}
	return out
}
