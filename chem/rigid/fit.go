package rigid

import (
	"math"

	"keel/chem"
)

// rotation is a proper rotation as its rows: r[i]·x is the i-th coordinate of the image.
type rotation [3]chem.Vec

func (r rotation) apply(x chem.Vec) chem.Vec { return chem.Vec{r[0].Dot(x), r[1].Dot(x), r[2].Dot(x)} }

// rotationAbout turns by an angle about a unit axis (Rodrigues).
func rotationAbout(a chem.Vec, angle float64) rotation {
	sin, cos := math.Sincos(angle)
	t := 1 - cos
	return rotation{
		{cos + t*a[0]*a[0], t*a[0]*a[1] - sin*a[2], t*a[0]*a[2] + sin*a[1]},
		{t*a[0]*a[1] + sin*a[2], cos + t*a[1]*a[1], t*a[1]*a[2] - sin*a[0]},
		{t*a[0]*a[2] - sin*a[1], t*a[1]*a[2] + sin*a[0], cos + t*a[2]*a[2]},
	}
}

// superpose finds the rotation about the origin that takes from nearest to onto, both with their centroids at the origin, and the root mean
// square distance left. It is the eigenvector of the largest eigenvalue of a symmetric 4x4 matrix (Horn, J. Opt. Soc. Am. A 4 (1987) 629).
func superpose(from, onto []chem.Vec) (rotation, float64) {
	var s [3][3]float64
	var size float64
	for k, a := range from {
		b := onto[k]
		size += a.Dot(a) + b.Dot(b)
		for i := range 3 {
			for j := range 3 {
				s[i][j] += a[i] * b[j]
			}
		}
	}
	n := [4][4]float64{
		{s[0][0] + s[1][1] + s[2][2], s[1][2] - s[2][1], s[2][0] - s[0][2], s[0][1] - s[1][0]},
		{0, s[0][0] - s[1][1] - s[2][2], s[0][1] + s[1][0], s[2][0] + s[0][2]},
		{0, 0, s[1][1] - s[0][0] - s[2][2], s[1][2] + s[2][1]},
		{0, 0, 0, s[2][2] - s[0][0] - s[1][1]},
	}
	for i := range 4 {
		for j := range i {
			n[i][j] = n[j][i]
		}
	}
	value, q := largestEigen(n)
	rms := math.Sqrt(max(size-2*value, 0) / float64(max(len(from), 1)))
	w, x, y, z := q[0], q[1], q[2], q[3]
	return rotation{
		{w*w + x*x - y*y - z*z, 2 * (x*y - w*z), 2 * (x*z + w*y)},
		{2 * (x*y + w*z), w*w - x*x + y*y - z*z, 2 * (y*z - w*x)},
		{2 * (x*z - w*y), 2 * (y*z + w*x), w*w - x*x - y*y + z*z},
	}, rms
}

// largestEigen gives the largest eigenvalue of a symmetric matrix and its unit eigenvector, by Jacobi's rotations.
func largestEigen(a [4][4]float64) (float64, [4]float64) {
	v := [4][4]float64{{1}, {0, 1}, {0, 0, 1}, {0, 0, 0, 1}}
	for range 30 {
		off := 0.0
		for p := range 4 {
			for q := p + 1; q < 4; q++ {
				off += a[p][q] * a[p][q]
			}
		}
		if off < 1e-20 {
			break
		}
		for p := range 4 {
			for q := p + 1; q < 4; q++ {
				if a[p][q] == 0 {
					continue
				}
				theta := (a[q][q] - a[p][p]) / (2 * a[p][q])
				t := math.Copysign(1, theta) / (math.Abs(theta) + math.Sqrt(theta*theta+1))
				c := 1 / math.Sqrt(t*t+1)
				s := t * c
				for k := range 4 {
					a[k][p], a[k][q] = c*a[k][p]-s*a[k][q], s*a[k][p]+c*a[k][q]
				}
				for k := range 4 {
					a[p][k], a[q][k] = c*a[p][k]-s*a[q][k], s*a[p][k]+c*a[q][k]
				}
				for k := range 4 {
					v[k][p], v[k][q] = c*v[k][p]-s*v[k][q], s*v[k][p]+c*v[k][q]
				}
			}
		}
	}
	best := 0
	for i := range 4 {
		if a[i][i] > a[best][best] {
			best = i
		}
	}
	return a[best][best], [4]float64{v[0][best], v[1][best], v[2][best], v[3][best]}
}

// centred gives the points about their centroid, and the centroid.
func centred(points []chem.Vec) ([]chem.Vec, chem.Vec) {
	c := chem.Centroid(points)
	out := make([]chem.Vec, len(points))
	for i, p := range points {
		out[i] = p.Sub(c)
	}
	return out, c
}
