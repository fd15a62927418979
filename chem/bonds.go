package chem

import (
	"cmp"
	"math"
	"slices"
)

const (
	maxGain      = 1e3 // nats; a certain bond's gain, in place of infinity
	saturation   = 5.0 // nats won or lost by a carbon with a multiple bond that was surely to be expected or not; half of that by other elements
	oddPenalty   = 50  // nats lost by a sulfur or phosphorus between two valence states
	smallestRing = 8   // atoms; smaller rings hold neither triple bonds nor two double bonds at one atom
)

// AssignBonds chooses Kekulé bonds among neutral atoms. score(i, j, order), i < j, is the log-probability that the pair has
// that order, 0 (no bond) to 3.
//
// It maximises the sum of log-odds against no bond, under these rules: the bonds at an atom fit its valence (C 4, N 3, O 2,
// halogens 1, B 3, Si 4, As 3; S 2, or 4 and 6 by double bonds to O and N beside two single ones; P 3, or 5 by a double bond to
// O, N or S beside three),
// and rings of fewer than 8 atoms hold no triple and no cumulated double bonds. Elements without a rule get no bonds.
//
// To the log-odds it adds one term per atom: up to 5 nats for, or against, a multiple bond, by whether the pairs' marginals together expect one
// there. In an aromatic ring each pair alone is a toss-up between single and double; only the atoms tell that the ring is complete.
//
// The search lays a skeleton greedily by gain, then climbs by changes of one bond with its neighbours and by shifts of double bonds
// along alternating paths, up to a local maximum. It depends on nothing but its arguments. The bonds come sorted by atoms.
func AssignBonds(types []Element, score func(i, j, order int) float64) []Bond {
	k := newKekule(types)
	for i := range types {
		for j := i + 1; j < len(types); j++ {
			var s, gain, prob [4]float64
			for o := range s {
				s[o] = score(i, j, o)
			}
			best, total := max(s[0], s[1], s[2], s[3]), 0.0
			for o := range s {
				gain[o] = clampGain(s[o] - s[0])
				if p := math.Exp(s[o] - best); p > 0 {
					prob[o] = p
				}
				total += prob[o]
			}
			gain[0] = 0
			if total > 0 {
				k.addPair(i, j, gain, (prob[2]+prob[3])/total)
			}
		}
	}
	k.greedy()
	k.climb()
	k.settle()
	return k.bonds()
}

func clampGain(g float64) float64 {
	if math.IsNaN(g) {
		return -maxGain // a pair of which nothing is known stays apart
	}
	return min(max(g, -maxGain), maxGain)
}

// kekule is a state of the search: an order for each pair that could win by a bond.
type kekule struct {
	types  []Element
	limit  []int     // most bond orders at each atom, hypervalent double bonds aside
	expect []float64 // multiple bonds that the scores expect at each atom
	pairs  []pair
	at     [][]int // pairs by atom
	seen   []int   // scratch of the ring search: the stamp of the search that last saw an atom
	stamp  int
}

type pair struct {
	a, b  int
	gain  [4]float64 // by order, against none
	order int
}

func newKekule(types []Element) *kekule {
	n := len(types)
	k := &kekule{types: types, limit: make([]int, n), expect: make([]float64, n), at: make([][]int, n), seen: make([]int, n)}
	for i, e := range types {
		if v := e.valences(); v != nil {
			k.limit[i] = v[0]
		}
	}
	return k
}

// addPair takes in a pair of atoms if some bond between them gains.
func (k *kekule) addPair(i, j int, gain [4]float64, multiple float64) {
	k.expect[i] += multiple
	k.expect[j] += multiple
	if max(gain[1], gain[2], gain[3]) <= 0 || k.limit[i] == 0 || k.limit[j] == 0 {
		return
	}
	k.at[i] = append(k.at[i], len(k.pairs))
	k.at[j] = append(k.at[j], len(k.pairs))
	k.pairs = append(k.pairs, pair{a: i, b: j, gain: gain})
}

// usage is how an atom's valence is spent.
type usage struct {
	hyper    int // double bonds that a hypervalent atom makes beyond its lowest valence
	rest     int // orders of the other bonds
	multiple int // double and triple bonds
}

func (k *kekule) usage(i int) (u usage) {
	for _, n := range k.at[i] {
		p := &k.pairs[n]
		if p.order > 1 {
			u.multiple++
		}
		if p.order == 2 && k.hypervalent(i, p.a+p.b-i) {
			u.hyper++
		} else {
			u.rest += p.order
		}
	}
	return u
}

// hypervalent reports whether a double bond from i to j may go beyond i's lowest valence.
func (k *kekule) hypervalent(i, j int) bool {
	to := k.types[j]
	switch k.types[i] {
	case Sulfur:
		return to == Oxygen || to == Nitrogen
	case Phosphorus:
		return to == Oxygen || to == Nitrogen || to == Sulfur
	}
	return false
}

// maxHyper is the number of such double bonds that an atom can have.
func (k *kekule) maxHyper(i int) int {
	if k.types[i] == Sulfur {
		return 2
	}
	return 1
}

// odd reports whether a sulfur or phosphorus has a hypervalent double bond but not the single bonds of that valence state.
func (k *kekule) odd(i int, u usage) bool { return u.hyper > 0 && u.rest == k.limit[i]-1 }

// worth is what atom i adds to the objective, -Inf if its bonds do not fit.
func (k *kekule) worth(i int) float64 {
	u := k.usage(i)
	if u.rest > k.limit[i] || u.hyper > 0 && (u.hyper > k.maxHyper(i) || u.multiple > u.hyper) {
		return math.Inf(-1)
	}
	w := 0.0
	if u.multiple > 0 {
		w += k.saturation(i) * min(max(4*k.expect[i]-2, -1), 1)
	}
	if k.odd(i, u) {
		w -= oddPenalty
	}
	if u.multiple-u.hyper > 1 && k.expect[i] < 1.5 {
		w -= k.saturation(i) // cumulated double bonds, where one was expected
	}
	return w
}

// saturation is the weight of an expected multiple bond at atom i. Nitrogen has less, for in a ring it may have a hydrogen instead.
func (k *kekule) saturation(i int) float64 {
	if k.types[i] == Carbon {
		return saturation
	}
	return saturation / 2
}

// settle lowers one hypervalent double bond of each atom that the search left between two valence states.
func (k *kekule) settle() {
	for i := range k.types {
		if !k.odd(i, k.usage(i)) {
			continue
		}
		worst := -1
		for _, n := range k.at[i] {
			p := &k.pairs[n]
			if p.order == 2 && k.hypervalent(i, p.a+p.b-i) && (worst < 0 || p.gain[2] < k.pairs[worst].gain[2]) {
				worst = n
			}
		}
		k.pairs[worst].order = 1
	}
}

func (k *kekule) bonds() []Bond {
	var bonds []Bond
	for _, p := range k.pairs {
		if p.order > 0 {
			bonds = append(bonds, Bond{p.a, p.b, p.order})
		}
	}
	slices.SortFunc(bonds, func(a, b Bond) int { return cmp.Or(a.A-b.A, a.B-b.B) })
	return bonds
}
