package chem

import (
	"cmp"
	"slices"
)

// partition is an ordered partition of a skeleton's atoms into cells that nothing found so far tells apart. All that happens to it depends
// on the cells' places and never on the atoms' numbers.
type partition struct {
	atoms []int32 // by place
	place []int32 // by atom
	cell  []int32 // by atom: the place of its cell's first atom
	size  []int32 // by cell
}

// refiner refines partitions of one skeleton.
type refiner struct {
	skeleton *skeleton
	label    []uint64 // by bond: 1 to 3 for its order, 4 if resonant
	weight   []uint64 // by atom, scratch: bonds to the splitting cell, counted by label
	waiting  []bool   // by cell: stands in the queue
	queue    []int32
	touched  []int32
	cells    []int32
}

// mostProbed is above the 60 atoms of buckminsterfullerene.
const mostProbed = 64

// canonicalRanks numbers the atoms from 0 in an order that depends on the constitution alone, not on the order of atoms or the
// Kekulé structure: atoms are told apart by what they are, then by their neighbours' cells until nothing changes (the refinement of nauty: McKay
// and Piperno, J. Symb. Comput. 60 (2014) 94). A tie is broken in favour of the atom that, set apart, leaves the graph of cells
// with the lowest hash: atoms that look alike by distances too, as those of decalin and of bicyclopentyl do not. Of more than
// mostProbed atoms that look alike any is taken, to keep large cages and combs from taking seconds.
func (s *skeleton) canonicalRanks() []int {
	r := newRefiner(s)
	p := r.start()
	for {
		c := p.firstTie()
		if c < 0 {
			break
		}
		p = r.breakTie(p, c)
	}
	rank := make([]int, len(s.atoms))
	for v, k := range p.place {
		rank[v] = int(k)
	}
	return rank
}

func newRefiner(s *skeleton) *refiner {
	n := len(s.atoms)
	r := &refiner{skeleton: s, label: make([]uint64, len(s.bonds)), weight: make([]uint64, n), waiting: make([]bool, n)}
	for k, b := range s.bonds {
		r.label[k] = uint64(b.Order)
		if s.resonant[k] {
			r.label[k] = 4
		}
	}
	return r
}

// nature is what an atom is by itself, ends of chains first.
func (s *skeleton) nature(v int) uint64 {
	a := s.atoms[v]
	return uint64(s.graph.degree(v))<<32 | uint64(a.Element)<<24 | uint64(a.Charge+128)<<16 | uint64(s.hydrogens[v])
}

// start is the partition by the atoms' natures, refined.
func (r *refiner) start() *partition {
	n := len(r.skeleton.atoms)
	p := &partition{atoms: make([]int32, n), place: make([]int32, n), cell: make([]int32, n), size: make([]int32, n)}
	for v := range n {
		p.atoms[v] = int32(v)
		r.weight[v] = r.skeleton.nature(v)
	}
	if n > 0 {
		p.size[0] = int32(n)
		r.split(p, 0)
		clear(r.weight)
		for c := int32(0); c < int32(n); c += p.size[c] {
			r.enqueue(c)
		}
		r.refine(p)
	}
	return p
}

// firstTie returns the first of the smallest cells of more than one atom, -1 if there is none.
func (p *partition) firstTie() int32 {
	best := int32(-1)
	for c := int32(0); int(c) < len(p.size); c += p.size[c] {
		if p.size[c] > 1 && (best < 0 || p.size[c] < p.size[best]) {
			best = c
		}
	}
	return best
}

func (p *partition) copy() *partition {
	return &partition{slices.Clone(p.atoms), slices.Clone(p.place), slices.Clone(p.cell), slices.Clone(p.size)}
}

// breakTie sets one atom of a cell apart.
func (r *refiner) breakTie(p *partition, c int32) *partition {
	members := slices.Clone(p.atoms[c : c+p.size[c]])
	if len(members) > mostProbed || r.interchangeable(members) {
		members = members[:1]
	}
	var best *partition
	var lowest uint64
	for _, v := range members {
		q := p.copy()
		q.setApart(v)
		r.enqueue(c)
		r.refine(q)
		if h := r.hash(q); best == nil || h < lowest {
			best, lowest = q, h
		}
	}
	return best
}

// interchangeable reports whether the atoms of a cell are ends of chains at one common atom.
func (r *refiner) interchangeable(atoms []int32) bool {
	g := r.skeleton.graph
	for _, v := range atoms {
		if g.degree(int(v)) != 1 || g.at(int(v))[0].to != g.at(int(atoms[0]))[0].to {
			return false
		}
	}
	return true
}

// setApart makes a cell of one atom, in front of the rest of its cell.
func (p *partition) setApart(v int32) {
	c, k := p.cell[v], p.place[v]
	u := p.atoms[c]
	p.atoms[c], p.atoms[k] = v, u
	p.place[v], p.place[u] = c, k
	p.size[c+1], p.size[c] = p.size[c]-1, 1
	for _, w := range p.atoms[c+1 : c+1+p.size[c+1]] {
		p.cell[w] = c + 1
	}
}

func (r *refiner) enqueue(c int32) {
	if !r.waiting[c] {
		r.waiting[c] = true
		r.queue = append(r.queue, c)
	}
}

// refine splits cells by their bonds to the cells in the queue until no cell tells two atoms of another apart.
func (r *refiner) refine(p *partition) {
	for k := 0; k < len(r.queue); k++ {
		c := r.queue[k]
		r.waiting[c] = false
		r.weigh(p, c)
		for _, d := range r.cells {
			r.split(p, d)
		}
		for _, v := range r.touched {
			r.weight[v] = 0
		}
	}
	r.queue = r.queue[:0]
}

// weigh counts each atom's bonds to a cell, and lists the atoms and cells that have any and may yet split.
func (r *refiner) weigh(p *partition, c int32) {
	r.touched, r.cells = r.touched[:0], r.cells[:0]
	for _, v := range p.atoms[c : c+p.size[c]] {
		for _, a := range r.skeleton.graph.at(int(v)) {
			if p.size[p.cell[a.to]] == 1 {
				continue
			}
			if r.weight[a.to] == 0 {
				r.touched = append(r.touched, a.to)
				r.cells = append(r.cells, p.cell[a.to])
			}
			r.weight[a.to] += 1 << (16 * (r.label[a.bond] - 1))
		}
	}
	slices.Sort(r.cells)
	r.cells = slices.Compact(r.cells)
}

// split parts a cell by weight, and queues all parts but the first of the largest, or all if the cell was waiting itself.
func (r *refiner) split(p *partition, c int32) {
	whole := p.size[c]
	atoms := p.atoms[c : c+whole]
	slices.SortFunc(atoms, func(v, w int32) int { return cmp.Compare(r.weight[v], r.weight[w]) })
	largest, from := c, c
	for k, v := range atoms {
		at := c + int32(k)
		if k > 0 && r.weight[v] != r.weight[atoms[k-1]] {
			from = at
			p.size[from] = 0
		}
		if at == c {
			p.size[from] = 0
		}
		p.place[v], p.cell[v] = at, from
		p.size[from]++
		if p.size[from] > p.size[largest] {
			largest = from
		}
	}
	if p.size[c] == whole {
		return
	}
	waiting := r.waiting[c]
	for d := c; d < c+whole; d += p.size[d] {
		if waiting || d != largest {
			r.enqueue(d)
		}
	}
}

// hash sums up which cells are bound to which, and how.
func (r *refiner) hash(p *partition) (sum uint64) {
	for n, b := range r.skeleton.bonds {
		low, high := p.cell[b.A], p.cell[b.B]
		sum += scatter(uint64(min(low, high))<<40 | uint64(max(low, high))<<16 | r.label[n])
	}
	return sum
}

// scatter mixes the bits of a number (the finaliser of splitmix64: Steele et al., OOPSLA 2014).
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
