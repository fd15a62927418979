package vina

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// series sums the powers of x over factorials, from the first of them on in steps of by, signs alternating or not, in 200 bits.
func series(x float64, first, by int, alternate bool) float64 {
	const bits = 200
	at := new(big.Float).SetPrec(bits).SetFloat64(x)
	sum, term := new(big.Float).SetPrec(bits), new(big.Float).SetPrec(bits).SetInt64(1)
	for k := range 120 {
		if k > 0 {
			term.Mul(term, at).Quo(term, new(big.Float).SetInt64(int64(k)))
		}
		switch {
		case k < first || (k-first)%by != 0:
		case alternate && (k-first)/by%2 == 1:
			sum.Sub(sum, term)
		default:
			sum.Add(sum, term)
		}
	}
	nearest, _ := sum.Float64()
	return nearest
}

// TestRounding wants the nearest double nearly always, and its neighbour else.
func TestRounding(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const points = 2000
	wrong := 0
	check := func(what string, x, got, want float64) {
		if got != want {
			wrong++
			if math.Abs(got-want) > 0x1p-52*math.Abs(want) {
				t.Errorf("%s(%v) = %v, want %v", what, x, got, want)
			}
		}
	}
	for range points {
		x := -12 * rng.Float64()
		check("exp", x, exp(x), series(x, 0, 1, false))
		x = math.Pi / 2 * (2*rng.Float64() - 1)
		sin, cos := sincos(x)
		check("sin", x, sin, series(x, 1, 2, true))
		check("cos", x, cos, series(x, 0, 2, true))
	}
	if wrong > 3*points/500 {
		t.Errorf("%d of %d are not the nearest double", wrong, 3*points)
	}
	if _, cos := sincos(math.Pi / 2); math.Abs(cos-0x1.1a62633145c07p-54) > 1e-22 { // small beside the terms it is the sum of
		t.Errorf("cos(π/2) = %v", cos)
	}
	for _, x := range []float64{0, 1e-9, 1.57, -1.57, 1. / 128, 101. / 64, -101. / 64} {
		sin, cos := sincos(x)
		check("sin", x, sin, series(x, 1, 2, true))
		check("cos", x, cos, series(x, 0, 2, true))
	}
	for _, x := range []float64{-100, -255.9} {
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 1e-15*want {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
}
