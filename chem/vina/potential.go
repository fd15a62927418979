package vina

import (
	"math"
	"sync"
)

// Weights of the terms of Vina's scoring function, kcal/mol; rotors is per rotatable bond.
const (
	weightGauss1      = -0.035579
	weightGauss2      = -0.005156
	weightRepulsion   = 0.840245
	weightHydrophobic = -0.035069
	weightHydrogen    = -0.587439
	weightRotors      = 0.05846
)

// chemistry is all that a pair's energy depends on besides the distance.
type chemistry struct {
	contact     float64 // sum of the radii, Å
	hydrophobic bool    // both are
	hydrogen    bool    // one gives and the other takes a hydrogen bond
}

func between(a, b kind) chemistry {
	return chemistry{
		contact:     radii[a] + radii[b],
		hydrophobic: a.hydrophobic() && b.hydrophobic(),
		hydrogen:    a.donor() && b.acceptor() || b.donor() && a.acceptor(),
	}
}

// energy is the pair's energy at distance r (Å), summed in the order of the reference program. Equation 1 of Trott and Olson 2010.
func (c chemistry) energy(r float64) float64 {
	if r >= cutoff {
		return 0
	}
	surface := r - c.contact
	gauss1 := surface / 0.5
	gauss2 := (r - (c.contact + 3)) / 2
	e := weightGauss1 * exp(-(gauss1 * gauss1))
	e += weightGauss2 * exp(-(gauss2 * gauss2))
	if surface <= 0 {
		e += weightRepulsion * (surface * surface)
	}
	if c.hydrophobic {
		e += weightHydrophobic * ramp(1.5, 0.5, surface)
	}
	if c.hydrogen {
		e += weightHydrogen * ramp(0, -0.7, surface)
	}
	return e
}

// ramp is 1 at and below good, 0 at and above bad, linear between.
func ramp(bad, good, x float64) float64 {
	switch {
	case x >= bad:
		return 0
	case x <= good:
		return 1
	}
	return (x - bad) / (good - bad)
}

// Vina reads energies from tables in the squared distance.
const (
	binsPerUnit = 32 // per Å²
	lastBin     = cutoff2 * binsPerUnit
)

// table is one pair's energy by squared distance. Pairs beyond the cutoff read the last entry, which is 0.
type table struct {
	mean  [lastBin + 1]float64 // of the ends of each bin: what scoring reads
	nodes [lastBin + 1]node    // at each bin's lower end: what minimising interpolates
}

// node is the energy and its derivative by distance, divided by the distance.
type node struct{ e, slope float64 }

func newTable(c chemistry) *table {
	t := new(table)
	var r, e [lastBin + 2]float64
	for i := range r {
		r[i] = math.Sqrt(float64(i) / binsPerUnit)
		e[i] = c.energy(r[i])
	}
	for i := range t.nodes {
		t.nodes[i].e = e[i]
		t.mean[i] = (e[i+1] + e[i]) / 2
		if i > 0 {
			t.nodes[i].slope = (e[i+1] - e[i-1]) / ((r[i+1] - r[i-1]) * r[i])
		}
	}
	return t
}

// meanAt returns the mean energy of a squared distance's bin. Half the distances asked for are beyond the cutoff, so
// there is no branch: a negative number of bins below the last becomes 0.
func (t *table) meanAt(r2 float64) float64 {
	below := lastBin - int(binsPerUnit*r2)
	return t.mean[lastBin-(below&^(below>>63))]
}

// at interpolates energy and slope at a squared distance below the cutoff's.
func (t *table) at(r2 float64) (e, slope float64) {
	x := binsPerUnit * r2
	i := int(x)
	rest := x - float64(i)
	a, b := &t.nodes[i], &t.nodes[i+1]
	return a.e + rest*(b.e-a.e), a.slope + rest*(b.slope-a.slope)
}

// pairTables holds the table of every pair of kinds. Pairs of the same chemistry share one: there are few, which stay in the cache.
var pairTables = sync.OnceValue(func() *[kinds][kinds]*table {
	made := map[chemistry]*table{}
	var all [kinds][kinds]*table
	for a := range kinds {
		for b := range kinds {
			c := between(a, b)
			if made[c] == nil {
				made[c] = newTable(c)
			}
			all[a][b] = made[c]
		}
	}
	return &all
})

// clash is the energy below which clashes are bounded, kcal/mol: those of poses that are scored, and the softer ones of a search.
const (
	clash     = 1000
	softClash = 10
)

// curl bounds a positive energy below most, and returns the factor for its derivatives.
func curl(e, most float64) (curled, factor float64) {
	if e > 0 {
		f := most / (most + e)
		return e * f, f * f
	}
	return e, 1
}
