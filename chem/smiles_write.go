package chem

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// SMILES writes the molecule's constitution in one text whatever the order of its atoms, whichever Kekulé structure its bonds
// show, and whether hydrogens are atoms or implicit; see canonicalRanks. Rings that Aromatic finds are in lower case. Positions,
// and with them chirality and double bonds' directions, are not in it. Parts that are not bound come sorted, with dots between.
func (m *Molecule) SMILES() string { return m.canonicalText(true) }

// canonicalText writes the parts' texts, aromatic or in the one Kekulé structure that the ranks single out.
func (m *Molecule) canonicalText(aromatic bool) string {
	parts := m.Fragments()
	texts := make([]string, len(parts))
	for k, part := range parts {
		one := m
		if len(parts) > 1 {
			one = m.Subset(part)
		}
		texts[k] = newSkeleton(one).text(aromatic)
	}
	slices.Sort(texts)
	return strings.Join(texts, ".")
}

// text writes a connected skeleton.
func (s *skeleton) text(aromatic bool) string {
	w := smilesWriter{s: s, rank: s.canonicalRanks()}
	s.chooseKekule(w.rank)
	w.aromaticAtom, w.aromaticBond = make([]bool, len(s.atoms)), make([]bool, len(s.bonds))
	if aromatic {
		w.findAromatic()
	}
	w.walk(slices.Index(w.rank, 0))
	return w.out.String()
}

// findAromatic asks Aromatic about the molecule with its atoms and bonds in the order of ranks, for where rings can be chosen in several ways
// the answer depends on their order.
func (w *smilesWriter) findAromatic() {
	s := w.s
	ranked := &Molecule{Atoms: make([]Atom, len(s.atoms)), Bonds: make([]Bond, len(s.bonds))}
	for v, a := range s.atoms {
		ranked.Atoms[w.rank[v]] = a
	}
	ends := func(n int) Bond {
		a, b := w.rank[s.bonds[n].A], w.rank[s.bonds[n].B]
		return Bond{min(a, b), max(a, b), s.bonds[n].Order}
	}
	order := make([]int, len(s.bonds))
	for n := range order {
		order[n] = n
	}
	slices.SortFunc(order, func(m, n int) int { return cmp.Or(ends(m).A-ends(n).A, ends(m).B-ends(n).B) })
	for k, n := range order {
		ranked.Bonds[k] = ends(n)
	}
	atoms, bonds := ranked.Aromatic()
	for v, a := range s.atoms {
		w.aromaticAtom[v] = atoms[w.rank[v]] && hasLowerCase(a.Element)
	}
	for k, n := range order {
		w.aromaticBond[n] = bonds[k] && s.bonds[n].Order < 3 // an aryne's triple bond needs its sign
	}
}

func hasLowerCase(e Element) bool {
	switch e {
	case Boron, Carbon, Nitrogen, Oxygen, Phosphorus, Sulfur, Selenium, Arsenic, tellurium:
		return true
	}
	return false
}

const tellurium Element = 52

// smilesWriter walks a skeleton twice: to lay a tree with ring closures, then to write it.
type smilesWriter struct {
	s                          *skeleton
	rank                       []int
	aromaticAtom, aromaticBond []bool

	seen     []bool
	children [][]arc
	opens    [][]arc // ring closures by the atom that comes first, closes by the other one
	closes   [][]arc
	done     []bool // bonds laid
	number   []int  // by bond: its ring closure's number
	taken    []bool // by number
	out      strings.Builder
}

func (w *smilesWriter) walk(root int) {
	n := len(w.s.atoms)
	w.seen, w.children, w.opens, w.closes = make([]bool, n), make([][]arc, n), make([][]arc, n), make([][]arc, n)
	w.done, w.number, w.taken = make([]bool, len(w.s.bonds)), make([]int, len(w.s.bonds)), []bool{true}
	w.lay(root)
	w.write(root)
}

// lay goes to the neighbours of lowest rank first, so that ends of chains are branches and the bulk comes last.
func (w *smilesWriter) lay(v int) {
	w.seen[v] = true
	next := slices.Clone(w.s.graph.at(v))
	slices.SortFunc(next, func(a, b arc) int { return w.rank[a.to] - w.rank[b.to] })
	for _, a := range next {
		if w.done[a.bond] {
			continue
		}
		w.done[a.bond] = true
		if w.seen[a.to] {
			w.closes[v] = append(w.closes[v], a)
			w.opens[a.to] = append(w.opens[a.to], arc{int32(v), a.bond})
			continue
		}
		w.children[v] = append(w.children[v], a)
		w.lay(int(a.to))
	}
}

func (w *smilesWriter) write(v int) {
	w.atom(v)
	for _, a := range w.opens[v] {
		w.bond(v, a)
		w.number[a.bond] = w.freeNumber()
		w.ring(w.number[a.bond])
	}
	for _, a := range w.closes[v] {
		w.ring(w.number[a.bond])
		w.taken[w.number[a.bond]] = false
	}
	for k, a := range w.children[v] {
		last := k == len(w.children[v])-1
		if !last {
			w.out.WriteByte('(')
		}
		w.bond(v, a)
		w.write(int(a.to))
		if !last {
			w.out.WriteByte(')')
		}
	}
}

// freeNumber takes the lowest ring number in no use.
func (w *smilesWriter) freeNumber() int {
	k := slices.Index(w.taken, false)
	if k < 0 {
		k = len(w.taken)
		w.taken = append(w.taken, true)
	}
	w.taken[k] = true
	return k
}

func (w *smilesWriter) ring(number int) {
	text := strconv.Itoa(number)
	switch {
	case number > 99:
		text = "%(" + text + ")"
	case number > 9:
		text = "%" + text
	}
	w.out.WriteString(text)
}

// bond writes what a reader could not tell from the atoms.
func (w *smilesWriter) bond(from int, a arc) {
	lower := w.aromaticAtom[from] && w.aromaticAtom[a.to]
	switch order := w.s.bonds[a.bond].Order; {
	case lower && w.aromaticBond[a.bond]:
	case order == 1 && lower:
		w.out.WriteByte('-')
	case order > 1:
		w.out.WriteByte("  =#"[order])
	}
}

// atom writes an atom, in brackets where a reader would not infer its charge and hydrogens without.
func (w *smilesWriter) atom(v int) {
	a, h := w.s.atoms[v], w.s.hydrogens[v]
	symbol := a.Element.String()
	if w.aromaticAtom[v] {
		symbol = strings.ToLower(symbol)
	}
	if a.Charge == 0 && h == w.inferred(v) {
		w.out.WriteString(symbol)
		return
	}
	w.out.WriteByte('[')
	w.out.WriteString(symbol)
	if h > 0 {
		w.out.WriteByte('H')
	}
	if h > 1 {
		w.out.WriteString(strconv.Itoa(h))
	}
	switch {
	case a.Charge > 0:
		w.out.WriteByte('+')
	case a.Charge < 0:
		w.out.WriteByte('-')
	}
	if c := max(a.Charge, -a.Charge); c > 1 {
		w.out.WriteString(strconv.Itoa(c))
	}
	w.out.WriteByte(']')
}

// inferred is the number of hydrogens that every reader gives an atom without brackets; -1 where it needs them.
func (w *smilesWriter) inferred(v int) int {
	used, e := 0, w.s.atoms[v].Element
	for _, a := range w.s.graph.at(v) {
		order := w.s.bonds[a.bond].Order
		if w.aromaticAtom[v] && w.aromaticAtom[a.to] && w.aromaticBond[a.bond] {
			order = 1
		}
		used += order
	}
	switch e {
	case Boron, Nitrogen, Oxygen, Phosphorus, Sulfur, Carbon, Fluorine, Chlorine, Bromine, Iodine:
	default:
		return -1
	}
	if w.aromaticAtom[v] {
		if e == Carbon && used < 3 {
			return 3 - used
		}
		return 0
	}
	valences := e.valences()
	if e == Iodine {
		valences = valences[:1] // readers differ in what lies beyond
	}
	return room(valences, used)
}
