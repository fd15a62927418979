package vina

import (
	"math"
	"sync"
)

// The functions here round to the nearest double in all but one case of a thousand, as those of the C library do that the reference
// program was built with. Go's are a bit off in one case of six: enough to send a minimisation that starts from a clash to another
// minimum. They look up the value at the nearest 64th and add a short series; T. J. Dekker, Numer. Math. 18 (1971) 224 has the sums.

// double is a number as the sum of two, the second less than half a bit of the first.
type double struct{ high, low float64 }

// sum is a + b without error.
func sum(a, b float64) double {
	s := a + b
	t := s - a
	return double{s, (a - (s - t)) + (b - t)}
}

func (a double) plus(b double) double {
	s := sum(a.high, b.high)
	return sum(s.high, s.low+a.low+b.low)
}

func (a double) times(b double) double {
	p := a.high * b.high
	return sum(p, math.FMA(a.high, b.high, -p)+(a.high*b.low+a.low*b.high))
}

func (a double) over(b float64) double {
	q := a.high / b
	return sum(q, (math.FMA(-q, b, a.high)+a.low)/b)
}

// plusProduct is a + b·x + small rounded, for x and small that are small beside 1.
func (a double) plusProduct(b double, x, small float64) float64 {
	p := b.high * x
	s := sum(a.high, p)
	return s.high + (s.low + (a.low + small + math.FMA(b.high, x, -p) + b.low*x))
}

const (
	steps    = 64                   // of the arguments in the tables
	expSteps = 23                   // beyond half of ln 2 on each side
	arcSteps = 101                  // beyond a right angle
	terms    = 30                   // of the series that fill the tables: more than are needed
	ln2High  = 0x1.62e42fee00000p-1 // so short that its multiples are exact
	ln2Low   = 0x1.a39ef35793c76p-33
)

type exactTables struct {
	exp      [2*expSteps + 1]double
	sin, cos [arcSteps + 1]double
}

var exactly = sync.OnceValue(func() *exactTables {
	t := new(exactTables)
	one := double{high: 1}
	for i := range t.exp {
		x, s := double{high: float64(i-expSteps) / steps}, one
		for k := terms; k > 0; k-- {
			s = one.plus(s.times(x).over(float64(k)))
		}
		t.exp[i] = s
	}
	for i := range t.sin {
		x := double{high: float64(i) / steps}
		minus, s, c := double{high: -1}.times(x).times(x), one, one
		for k := terms; k > 0; k -= 2 {
			s = one.plus(s.times(minus).over(float64(k * (k + 1))))
			c = one.plus(c.times(minus).over(float64(k * (k - 1))))
		}
		t.sin[i], t.cos[i] = s.times(x), c
	}
	return t
})

// exp is e to the x, for x from -700 to 0.
func exp(x float64) float64 {
	n := math.Round(x / math.Ln2)
	p := n * ln2Low
	r := sum(x-n*ln2High, -p)
	r.low -= math.FMA(n, ln2Low, -p)
	k := math.Round(r.high * steps)
	b := r.high - k/steps
	tail := b*b*(1./2+b*(1./6+b*(1./24+b*(1./120+b*(1./720+b*(1./5040)))))) + r.low
	at := exactly().exp[int(k)+expSteps]
	return math.Ldexp(at.plusProduct(at, b, at.high*tail), int(n))
}

// sincos are sine and cosine, for x from -π/2 to π/2.
func sincos(x float64) (sin, cos float64) {
	k := math.Round(math.Abs(x) * steps)
	b := math.Abs(x) - k/steps
	b2 := b * b
	sinTail := b * b2 * (-1./6 + b2*(1./120-b2*(1./5040)))
	cosTail := b2 * (-1./2 + b2*(1./24-b2*(1./720-b2*(1./40320))))
	t := exactly()
	s, c := t.sin[int(k)], t.cos[int(k)]
	sin = s.plusProduct(c, b, s.high*cosTail+c.high*sinTail)
	cos = c.plusProduct(double{-s.high, -s.low}, b, c.high*cosTail-s.high*sinTail)
	return math.Copysign(sin, x), cos
}
