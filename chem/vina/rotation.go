package vina

import "math"

// quaternion is a rotation, a being the real part.
type quaternion struct{ a, b, c, d float64 }

const epsilon = 0x1p-52

// rotation turns about a vector by its length.
func rotation(v vec) quaternion {
	angle := math.Sqrt(v.dot(v))
	if !(angle > epsilon) {
		return quaternion{a: 1}
	}
	return turn(v.scale(1/angle), angle)
}

// turn turns about a unit vector.
func turn(axis vec, angle float64) quaternion {
	s, c := sincos(wrapped(angle) / 2)
	return quaternion{c, s * axis.x, s * axis.y, s * axis.z}
}

// times turns by r and then by q.
func (q quaternion) times(r quaternion) quaternion {
	return quaternion{
		q.a*r.a - q.b*r.b - q.c*r.c - q.d*r.d,
		q.a*r.b + q.b*r.a + q.c*r.d - q.d*r.c,
		q.a*r.c - q.b*r.d + q.c*r.a + q.d*r.b,
		q.a*r.d + q.b*r.c - q.c*r.b + q.d*r.a,
	}
}

// normalised corrects a quaternion's length once rounding has moved it by a millionth.
func normalised(q quaternion) quaternion {
	s := q.a*q.a + q.b*q.b + q.c*q.c + q.d*q.d
	if math.Abs(s-1) < 1e-6 {
		return q
	}
	f := 1 / math.Sqrt(s)
	return quaternion{q.a * f, q.b * f, q.c * f, q.d * f}
}

// matrix is a rotation by rows.
type matrix struct{ x, y, z vec }

func (m *matrix) times(v vec) vec { return vec{m.x.dot(v), m.y.dot(v), m.z.dot(v)} }

func (q quaternion) matrix() matrix {
	a, b, c, d := q.a, q.b, q.c, q.d
	aa, ab, ac, ad := a*a, a*b, a*c, a*d
	bb, bc, bd, cc, cd, dd := b*b, b*c, b*d, c*c, c*d, d*d
	return matrix{
		vec{aa + bb - cc - dd, 2 * (-ad + bc), 2 * (ac + bd)},
		vec{2 * (ad + bc), aa - bb + cc - dd, 2 * (-ab + cd)},
		vec{2 * (-ac + bd), 2 * (ab + cd), aa - bb - cc + dd},
	}
}
