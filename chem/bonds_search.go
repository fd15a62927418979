package chem

import (
	"cmp"
	"math"
	"slices"
)

// maxPath is the longest alternating path along which double bonds shift: across three fused six-membered rings.
const maxPath = 13

// minGain keeps rounding from making a step forth and back.
const minGain = 1e-9

// change sets a pair's order.
type change struct{ pair, order int }

// greedy lays the skeleton: it takes the pairs by their best gain, and joins those that fit by single bonds, for rings must close
// before double bonds find their places. Hypervalent double bonds come at once: as single ones they would use up the valence.
func (k *kekule) greedy() {
	byGain := make([]int, len(k.pairs))
	for n := range byGain {
		byGain[n] = n
	}
	best := func(n int) float64 { g := k.pairs[n].gain; return max(g[1], g[2], g[3]) }
	slices.SortStableFunc(byGain, func(m, n int) int { return cmp.Compare(best(n), best(m)) })
	for _, n := range byGain {
		p := &k.pairs[n]
		orders := []int{1, 2}
		if p.gain[2] > p.gain[1] && (k.hypervalent(p.a, p.b) || k.hypervalent(p.b, p.a)) {
			orders = []int{2, 1}
		}
		for _, p.order = range orders {
			if !math.IsInf(k.worth(p.a)+k.worth(p.b), -1) && k.ringsFit() {
				break
			}
			p.order = 0
		}
	}
}

// climb applies improving moves until there is none: first of orders within the skeleton, then also of the skeleton. Each raises the
// objective, so it ends; the bound is for safety alone.
func (k *kekule) climb() {
	for lowest := 1; lowest >= 0; lowest-- {
		for range 50 * (len(k.types) + 1) {
			if !k.shiftPath() && !k.changeBonds(lowest) {
				break
			}
		}
	}
}

// apply makes the changes if together they gain and all rules hold, else leaves the state as it was.
func (k *kekule) apply(changes []change) bool {
	before := make([]int, len(changes))
	delta := -k.worthAround(changes)
	for n, c := range changes {
		p := &k.pairs[c.pair]
		before[n] = p.order
		delta += p.gain[c.order] - p.gain[p.order]
		p.order = c.order
	}
	delta += k.worthAround(changes)
	if delta > minGain && k.ringsFit() {
		return true
	}
	for n, c := range changes {
		k.pairs[c.pair].order = before[n]
	}
	return false
}

// worthAround sums the worth of the atoms that the changes touch, each once.
func (k *kekule) worthAround(changes []change) float64 {
	sum := 0.0
	var touched [2 * (maxPath + 1)]int
	list := touched[:0]
	for _, c := range changes {
		for _, i := range [...]int{k.pairs[c.pair].a, k.pairs[c.pair].b} {
			if !slices.Contains(list, i) {
				list = append(list, i)
				sum += k.worth(i)
			}
		}
	}
	return sum
}

// changeBonds goes once through all pairs and orders from the lowest up, and reports whether any change gained. With lowest 1 it makes and
// breaks no bonds.
func (k *kekule) changeBonds(lowest int) (gained bool) {
	for n := range k.pairs {
		for o := lowest; o < len(k.pairs[n].gain); o++ {
			if now := k.pairs[n].order; o != now && now >= lowest && k.setOrder(n, o, lowest) {
				gained = true
			}
		}
	}
	return gained
}

// setOrder tries an order on a pair, alone or with one bond lowered at either end.
func (k *kekule) setOrder(n, order, lowest int) bool {
	p := k.pairs[n]
	set := change{n, order}
	atA, atB := []change{set}, []change{set}
	if order > p.order {
		atA, atB = append(atA, k.lowered(p.a, n, lowest)...), append(atB, k.lowered(p.b, n, lowest)...)
	}
	for _, x := range atA {
		for _, y := range atB {
			if k.apply(distinct(set, x, y)) {
				return true
			}
		}
	}
	return false
}

// lowered lists the changes that lower one bond of atom i other than pair n.
func (k *kekule) lowered(i, n, lowest int) (list []change) {
	for _, m := range k.at[i] {
		for o := lowest; o < k.pairs[m].order; o++ {
			if m != n {
				list = append(list, change{m, o})
			}
		}
	}
	return list
}

// distinct drops repeated changes.
func distinct(c, x, y change) []change {
	list := []change{c}
	for _, d := range [...]change{x, y} {
		if !slices.ContainsFunc(list, func(e change) bool { return e.pair == d.pair }) {
			list = append(list, d)
		}
	}
	return list
}

// shiftPath makes single bonds double and double ones single in turn along a path, the first such path that gains.
func (k *kekule) shiftPath() bool {
	for start := range k.types {
		for _, first := range [...]int{1, 2} {
			if k.extend(start, first, nil, []int{start}) {
				return true
			}
		}
	}
	return false
}

// extend prolongs a path from atom i by a bond of that order, which becomes the other of 1 and 2.
func (k *kekule) extend(i, order int, path []change, atoms []int) bool {
	for _, n := range k.at[i] {
		p := &k.pairs[n]
		j := p.a + p.b - i
		closes := j == atoms[0] && len(path) > 1
		if p.order != order || slices.Contains(atoms, j) && !closes {
			continue
		}
		longer := append(path, change{n, 3 - order})
		if len(longer) > 1 && k.apply(longer) {
			return true
		}
		if !closes && len(longer) < maxPath && k.extend(j, 3-order, longer, append(atoms, j)) {
			return true
		}
	}
	return false
}

// ringsFit reports whether no small ring holds a triple bond or two double bonds at one atom.
func (k *kekule) ringsFit() bool {
	for i := range k.types {
		inRing := 0
		for _, n := range k.at[i] {
			p := &k.pairs[n]
			switch {
			case p.order == 3 && p.a == i && k.inSmallRing(n):
				return false
			case p.order == 2 && k.doubles(i) > 1 && k.inSmallRing(n):
				inRing++
			}
		}
		if inRing > 1 {
			return false
		}
	}
	return true
}

func (k *kekule) doubles(i int) (count int) {
	for _, n := range k.at[i] {
		if k.pairs[n].order == 2 {
			count++
		}
	}
	return count
}

// inSmallRing reports whether the bond closes a ring of fewer than smallestRing atoms.
func (k *kekule) inSmallRing(bond int) bool {
	k.stamp++
	from, to := k.pairs[bond].a, k.pairs[bond].b
	k.seen[from] = k.stamp
	reached := []int{from}
	for range smallestRing - 2 {
		var next []int
		for _, i := range reached {
			for _, n := range k.at[i] {
				p := &k.pairs[n]
				j := p.a + p.b - i
				if n == bond || p.order == 0 || k.seen[j] == k.stamp {
					continue
				}
				if j == to {
					return true
				}
				k.seen[j] = k.stamp
				next = append(next, j)
			}
		}
		reached = next
	}
	return false
}
