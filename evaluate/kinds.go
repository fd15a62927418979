package evaluate

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// KindDistance is how far the lengths of one kind of bond, or one kind of angle, are from another profile's.
type KindDistance struct {
	Kind     string
	Angle    bool
	Distance float64 // Jensen-Shannon, 0 to 0.833; NaN where a side has none
	Chance   float64 // what samples of these sizes from one law are apart on average, see ByChance; NaN where a side has none
	N, Other int     // bonds or angles counted on this side and on the other
}

// Compare measures every kind of bond and angle against another profile's, MoreLengthKinds included. Bins are the field's (0.005 Å, 2°), so
// that distances stand beside published ones; Chance says how much of a distance is but a small sample in many bins.
func (p *Profile) Compare(q *Profile) (list []KindDistance) {
	add := func(kind string, angle bool, a, b []float64) {
		list = append(list, KindDistance{Kind: kind, Angle: angle, Distance: jensenShannon(a, b), Chance: ByChance(a, b), N: int(sum(a)), Other: int(sum(b))})
	}
	for _, kinds := range [][]string{LengthKinds, MoreLengthKinds} {
		for _, kind := range kinds {
			add(kind, false, p.Lengths[kind], q.Lengths[kind])
		}
	}
	for _, kind := range AngleKinds {
		add(kind, true, p.Angles[kind], q.Angles[kind])
	}
	return list
}

// RingDistance is the Jensen-Shannon distance of the counts of ring sizes, and what chance alone would give.
func (p *Profile) RingDistance(q *Profile) KindDistance {
	return KindDistance{Kind: "rings", Distance: jensenShannon(p.Rings, q.Rings), Chance: ByChance(p.Rings, q.Rings), N: int(sum(p.Rings)), Other: int(sum(q.Rings))}
}

// chanceDraws is the number of pairs of histograms that ByChance averages over: its error is some 2 % of it.
const chanceDraws = 40

// ByChance is the mean Jensen-Shannon distance of two histograms with as many counts as p and q that are drawn from one law, the one that both
// together suggest. Bins are independent Poisson counts, which is the multinomial but for the total. It is NaN where one is empty.
func ByChance(p, q []float64) float64 {
	n, m := sum(p), sum(q)
	if n == 0 || m == 0 {
		return math.NaN()
	}
	source := rand.NewPCG(1, 2)
	draw := func(into []float64, share float64) {
		for i := range into {
			into[i] = 0
			if mean := share * (p[i] + q[i]); mean > 0 {
				into[i] = distuv.Poisson{Lambda: mean, Src: source}.Rand()
			}
		}
	}
	a, b := make([]float64, len(p)), make([]float64, len(p))
	total, done := 0.0, 0
	for range chanceDraws {
		draw(a, n/(n+m))
		draw(b, m/(n+m))
		if d := jensenShannon(a, b); finite(d) { // a draw may be empty where n or m is 1 or 2
			total, done = total+d, done+1
		}
	}
	return total / float64(done)
}
