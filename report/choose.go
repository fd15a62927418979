package report

import (
	"cmp"
	"slices"

	"keel/chem"
)

// How many molecules a page shows: each takes some 5 kB of it. Of a run of usual length all of the tuned and the untuned model are among them.
const (
	mostBefore   = 100 // best of the untuned model
	mostAfter    = 200 // best of the tuned model
	mostBest     = 150 // best of the tuned model and the iterations together
	mostGroups   = 24  // commonest scaffolds, whose best member is shown whatever its rank
	mostPerFront = 40  // of each trade-off's front
)

// choice is the molecules that the page shows, best first, and what is said of all.
type choice struct {
	rank      ranking
	shown     []*Molecule       // those of the tuned model and the iterations, then those of the untuned model
	copies    map[*Molecule]int // how many samples of the tuned model and the iterations are the same structure
	different int               // structures that these have
	scaffolds []scaffold        // of all of them, commonest first
	scaffold  map[*Molecule]int // index in scaffolds
	unread    int               // structures whose SMILES could not be read, which have no scaffold
}

// scaffold is the structures of one Murcko scaffold.
type scaffold struct {
	smiles string // empty: no rings
	count  int    // structures
	best   *Molecule
}

// choose takes each structure once, in its best pose: the tuned model's molecules, the best of the iterations, those on the front of a trade-off, and the best of each
// common scaffold; then molecules of the untuned model.
func (in *Input) choose() *choice {
	before, after, tuning := whole(in.Before), whole(in.After), whole(in.Samples)
	c := &choice{rank: rankingOf(after, tuning), copies: map[*Molecule]int{}, scaffold: map[*Molecule]int{}}
	best := c.distinct(append(after, tuning...), c.rank)
	c.different = len(best)
	c.findScaffolds(best)
	keep := map[*Molecule]bool{}
	for _, m := range best[:min(len(best), mostBest)] {
		keep[m] = true
	}
	tuned := slices.DeleteFunc(slices.Clone(best), func(m *Molecule) bool { return m.Set != "after" })
	for _, m := range tuned[:min(len(tuned), mostAfter)] {
		keep[m] = true
	}
	for _, s := range c.scaffolds[:min(len(c.scaffolds), mostGroups)] {
		if s.count > 1 {
			keep[s.best] = true
		}
	}
	for _, m := range fronts(best) {
		keep[m] = true
	}
	c.shown = slices.DeleteFunc(best, func(m *Molecule) bool { return !keep[m] })
	ofBefore := rankingOf(before)
	if len(best) == 0 {
		c.rank = ofBefore
	}
	before = c.distinct(before, ofBefore)
	c.shown = append(c.shown, before[:min(len(before), mostBefore)]...)
	return c
}

func whole(all []Molecule) []*Molecule {
	var list []*Molecule
	for i := range all {
		if all[i].whole() {
			list = append(list, &all[i])
		}
	}
	return list
}

// distinct are the best of each structure, best first.
func (c *choice) distinct(all []*Molecule, rank ranking) []*Molecule {
	all = slices.Clone(all)
	slices.SortStableFunc(all, rank.compare)
	first := map[string]*Molecule{}
	return slices.DeleteFunc(all, func(m *Molecule) bool {
		if m.SMILES == "" { // not scored: nobody knows whether it is another
			return false
		}
		if known, ok := first[m.SMILES]; ok {
			c.copies[known]++
			return true
		}
		first[m.SMILES] = m
		c.copies[m] = 1
		return false
	})
}

// findScaffolds counts structures by scaffold. The list is best first, so that the first of a scaffold is its best.
func (c *choice) findScaffolds(list []*Molecule) {
	index := map[string]int{}
	for _, m := range list {
		if m.SMILES == "" {
			continue
		}
		parsed, err := chem.ParseSMILES(m.SMILES)
		if err != nil {
			c.unread++
			continue
		}
		name := parsed.Scaffold().SMILES()
		i, ok := index[name]
		if !ok {
			i = len(c.scaffolds)
			index[name] = i
			c.scaffolds = append(c.scaffolds, scaffold{smiles: name, best: m})
		}
		c.scaffolds[i].count++
		c.scaffold[m] = i
	}
	order := make([]int, len(c.scaffolds))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.scaffolds[b].count, c.scaffolds[a].count) })
	sorted, place := make([]scaffold, len(order)), make([]int, len(order))
	for k, i := range order {
		sorted[k], place[i] = c.scaffolds[i], k
	}
	c.scaffolds = sorted
	for m, i := range c.scaffold {
		c.scaffold[m] = place[i]
	}
}

// fronts are the molecules that nothing beats in both figures of some pair of figures that have a better side.
func fronts(list []*Molecule) []*Molecule {
	var all []*Molecule
	figures := slices.DeleteFunc(present(list), func(q quantity) bool { return q.better == 0 })
	for i, x := range figures {
		for _, y := range figures[i+1:] {
			front := paretoFront(list, x, y)
			all = append(all, front[:min(len(front), mostPerFront)]...)
		}
	}
	return all
}

// paretoFront are the molecules for which no other is at least as good in both figures and better in one; of equals the first.
func paretoFront(list []*Molecule, x, y quantity) []*Molecule {
	with := slices.DeleteFunc(slices.Clone(list), func(m *Molecule) bool {
		_, okX := m.Values[x.key]
		_, okY := m.Values[y.key]
		return !okX || !okY
	})
	good := func(m *Molecule, q quantity) float64 { return float64(q.better) * m.Values[q.key] }
	slices.SortStableFunc(with, func(a, b *Molecule) int {
		return cmp.Or(cmp.Compare(good(b, x), good(a, x)), cmp.Compare(good(b, y), good(a, y)))
	})
	var front []*Molecule
	for _, m := range with {
		if len(front) == 0 || good(m, y) > good(front[len(front)-1], y) {
			front = append(front, m)
		}
	}
	return front
}
