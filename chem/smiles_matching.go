package chem

// adjacency holds a graph's edges by vertex: those of vertex v are arcs[first[v]:first[v+1]].
type adjacency struct {
	first []int32
	arcs  []arc
}

// arc is one end of a bond.
type arc struct{ to, bond int32 }

func newAdjacency(vertices int, bonds []Bond) *adjacency {
	g := &adjacency{first: make([]int32, vertices+2), arcs: make([]arc, 2*len(bonds))}
	for _, b := range bonds {
		g.first[b.A+2]++
		g.first[b.B+2]++
	}
	for v := 2; v < len(g.first); v++ {
		g.first[v] += g.first[v-1]
	}
	add := func(from, to, bond int) {
		g.arcs[g.first[from+1]] = arc{int32(to), int32(bond)}
		g.first[from+1]++
	}
	for n, b := range bonds {
		add(b.A, b.B, n)
		add(b.B, b.A, n)
	}
	g.first = g.first[:vertices+1]
	return g
}

func (g *adjacency) size() int        { return len(g.first) - 1 }
func (g *adjacency) at(v int) []arc   { return g.arcs[g.first[v]:g.first[v+1]] }
func (g *adjacency) degree(v int) int { return int(g.first[v+1] - g.first[v]) }

// ringBonds tells which bonds lie in a ring: all but the bridges (Tarjan, Inf. Process. Lett. 2 (1974) 160), found by one
// depth-first walk that keeps for each vertex the earliest one reached from below it.
func (g *adjacency) ringBonds() []bool {
	inRing := make([]bool, len(g.arcs)/2)
	seen, low := make([]int32, g.size()), make([]int32, g.size())
	type visit struct{ v, via, next int32 }
	var stack []visit
	count := int32(0)
	for root := range g.size() {
		if seen[root] > 0 {
			continue
		}
		count++
		seen[root], low[root] = count, count
		stack = append(stack, visit{int32(root), -1, g.first[root]})
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == g.first[top.v+1] {
				done := *top
				stack = stack[:len(stack)-1]
				if len(stack) > 0 {
					up := stack[len(stack)-1].v
					low[up] = min(low[up], low[done.v])
					inRing[done.via] = low[done.v] <= seen[up]
				}
				continue
			}
			a := g.arcs[top.next]
			top.next++
			switch {
			case a.bond == top.via:
			case seen[a.to] > 0:
				inRing[a.bond] = true
				low[top.v] = min(low[top.v], seen[a.to])
			default:
				count++
				seen[a.to], low[a.to] = count, count
				stack = append(stack, visit{a.to, a.bond, g.first[a.to]})
			}
		}
	}
	return inRing
}

// matching pairs vertices along some of a graph's edges, by Edmonds' blossom algorithm (Can. J. Math. 17 (1965) 449).
type matching struct {
	graph *adjacency
	allow []bool // by bond
	mate  []int  // -1 for none
	gone  []bool // vertices left out

	base, parent []int
	outer, mark  []bool
	queue        []int
}

// newMatching starts with no vertex paired but for those that a greedy first go joins.
func newMatching(g *adjacency, allow func(bond int) bool) *matching {
	n := g.size()
	m := &matching{graph: g, allow: make([]bool, len(g.arcs)/2), mate: make([]int, n), gone: make([]bool, n),
		base: make([]int, n), parent: make([]int, n), outer: make([]bool, n), mark: make([]bool, n)}
	for b := range m.allow {
		m.allow[b] = allow(b)
	}
	for v := range m.mate {
		m.mate[v] = -1
	}
	for v := range m.mate {
		for _, a := range g.at(v) {
			if m.allow[a.bond] && m.mate[v] < 0 && m.mate[a.to] < 0 {
				m.mate[v], m.mate[a.to] = int(a.to), v
			}
		}
	}
	return m
}

// augment pairs an unpaired vertex by shifting pairs along a path to another unpaired one; false if there is no such path.
func (m *matching) augment(root int) bool {
	for v := range m.base {
		m.base[v], m.parent[v], m.outer[v] = v, -1, false
	}
	m.outer[root] = true
	m.queue = append(m.queue[:0], root)
	for k := 0; k < len(m.queue); k++ {
		v := m.queue[k]
		for _, a := range m.graph.at(v) {
			to := int(a.to)
			if !m.allow[a.bond] || m.gone[to] || m.base[v] == m.base[to] || m.mate[v] == to {
				continue
			}
			switch {
			case to == root || m.mate[to] >= 0 && m.parent[m.mate[to]] >= 0:
				m.contract(v, to)
			case m.parent[to] < 0:
				m.parent[to] = v
				if m.mate[to] < 0 {
					m.flip(to)
					return true
				}
				m.outer[m.mate[to]] = true
				m.queue = append(m.queue, m.mate[to])
			}
		}
	}
	return false
}

// flip swaps paired and unpaired edges along the path that ends at v.
func (m *matching) flip(v int) {
	for v >= 0 {
		before := m.parent[v]
		next := m.mate[before]
		m.mate[v], m.mate[before] = before, v
		v = next
	}
}

// contract makes one outer vertex of the odd cycle that the edge v-w closes.
func (m *matching) contract(v, w int) {
	root := m.meet(v, w)
	clear(m.mark)
	m.markPath(v, root, w)
	m.markPath(w, root, v)
	for u := range m.base {
		if m.mark[m.base[u]] {
			m.base[u] = root
			if !m.outer[u] {
				m.outer[u] = true
				m.queue = append(m.queue, u)
			}
		}
	}
}

func (m *matching) markPath(v, root, child int) {
	for m.base[v] != root {
		m.mark[m.base[v]], m.mark[m.base[m.mate[v]]] = true, true
		m.parent[v] = child
		child = m.mate[v]
		v = m.parent[child]
	}
}

// meet returns the base at which the alternating paths from v and w to the root join.
func (m *matching) meet(v, w int) int {
	clear(m.mark)
	for {
		v = m.base[v]
		m.mark[v] = true
		if m.mate[v] < 0 {
			break
		}
		v = m.parent[m.mate[v]]
	}
	for {
		w = m.base[w]
		if m.mark[w] {
			return w
		}
		w = m.parent[m.mate[w]]
	}
}

// exchange brings the edge v-w into a perfect matching, and reports whether that is possible.
func (m *matching) exchange(v, w int) bool {
	a, b := m.mate[v], m.mate[w]
	if a == w {
		return true
	}
	m.gone[v], m.gone[w] = true, true
	m.mate[a], m.mate[b] = -1, -1
	ok := m.augment(a)
	m.gone[v], m.gone[w] = false, false
	if ok {
		m.mate[v], m.mate[w] = w, v
	} else {
		m.mate[a], m.mate[b] = v, w
	}
	return ok
}
