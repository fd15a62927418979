package tune_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// fit is how a mean of estimates compares with a vector.
type fit struct {
	p     float64   // of Hotelling's T² if the vector were the expectation
	t2    float64   // over its degrees of freedom: about 1 then
	z     []float64 // the components' differences in standard errors
	miss  float64   // |mean - vector| / |vector|
	noise float64   // what miss is by noise alone, root mean square
}

func (f fit) String() string {
	return fmt.Sprintf("F %.2f, p %.2g, relative difference %.4f where noise makes %.4f", f.t2, f.p, f.miss, f.noise)
}

// hotelling tests whether the rows' expectation is want.
func hotelling(rows [][]float64, want []float64) fit {
	n, d := len(rows), len(want)
	data := mat.NewDense(n, d, nil)
	for i, r := range rows {
		data.SetRow(i, r)
	}
	var cov mat.SymDense
	stat.CovarianceMatrix(&cov, data, nil)
	f := fit{z: make([]float64, d)}
	diff := mat.NewVecDense(d, nil)
	var norm, noise float64
	for j, w := range want {
		diff.SetVec(j, stat.Mean(mat.Col(nil, j, data), nil)-w)
		f.z[j] = diff.AtVec(j) / math.Sqrt(cov.At(j, j)/float64(n))
		norm, noise = norm+w*w, noise+cov.At(j, j)/float64(n)
	}
	var chol mat.Cholesky
	var solved mat.VecDense
	if !chol.Factorize(&cov) || chol.SolveVecTo(&solved, diff) != nil {
		return f // p is 0: no update at all, or one that never varies
	}
	f.t2 = float64(n) * mat.Dot(diff, &solved) * float64(n-d) / float64(d) / float64(n-1)
	f.p = distuv.F{D1: float64(d), D2: float64(n - d)}.Survival(f.t2)
	f.miss, f.noise = mat.Norm(diff, 2)/math.Sqrt(norm), math.Sqrt(noise/norm)
	return f
}
