package vina

import "slices"

// cells sorts points into cubes, so that those near a place are found without looking at all.
type cells struct {
	lattice
	first   []int32 // members of cube c are members[first[c]:first[c+1]]
	members []int32 // indices of points, rising within a cube
}

// lattice divides a brick into cubes.
type lattice struct {
	low        vec
	width      float64
	nx, ny, nz int
}

// maxCells bounds the memory of cells that span far-flung points: they become wider instead.
const maxCells = 1 << 20

// newLattice covers at least one point, and a margin around all, with cubes of a width, or wider.
func newLattice(points []vec, margin, width float64) lattice {
	low, high := points[0], points[0]
	for _, p := range points {
		low = vec{min(low.x, p.x), min(low.y, p.y), min(low.z, p.z)}
		high = vec{max(high.x, p.x), max(high.y, p.y), max(high.z, p.z)}
	}
	extent := high.sub(low)
	for ; ; width *= 2 {
		across := func(length float64) int { return int((length+2*margin)/width) + 1 }
		l := lattice{low.sub(vec{margin, margin, margin}), width, across(extent.x), across(extent.y), across(extent.z)}
		if float64(l.nx)*float64(l.ny)*float64(l.nz) <= maxCells {
			return l
		}
	}
}

func (l *lattice) cubes() int { return l.nx * l.ny * l.nz }

// cube returns the cube that holds a point, -1 beyond the lattice.
func (l *lattice) cube(p vec) int {
	x, y, z := (p.x-l.low.x)/l.width, (p.y-l.low.y)/l.width, (p.z-l.low.z)/l.width
	if !(x >= 0 && y >= 0 && z >= 0 && x < float64(l.nx) && y < float64(l.ny) && z < float64(l.nz)) {
		return -1
	}
	return int(x) + l.nx*(int(y)+l.ny*int(z))
}

// brick returns two corners of a cube.
func (l *lattice) brick(cube int) (low, high vec) {
	at := vec{float64(cube % l.nx), float64(cube / l.nx % l.ny), float64(cube / l.nx / l.ny)}
	low = l.low.add(at.scale(l.width))
	return low, low.add(vec{l.width, l.width, l.width})
}

// newCells sorts at least one point.
func newCells(points []vec, width float64) *cells {
	const slack = 1e-3 // Å, so that rounding leaves no point out
	c := &cells{lattice: newLattice(points, slack, width), members: make([]int32, len(points))}
	c.first = make([]int32, c.cubes()+1)
	for _, p := range points {
		c.first[c.cube(p)+1]++
	}
	for i := 1; i < len(c.first); i++ {
		c.first[i] += c.first[i-1]
	}
	next := slices.Clone(c.first)
	for i, p := range points {
		cube := c.cube(p)
		c.members[next[cube]] = int32(i)
		next[cube]++
	}
	return c
}

// collect appends to found the members of all cubes that reach into a brick widened by a margin on all sides.
func (c *cells) collect(low, high vec, margin float64, found []int32) []int32 {
	x0, x1 := c.reach(low.x, high.x, c.low.x, margin, c.nx)
	y0, y1 := c.reach(low.y, high.y, c.low.y, margin, c.ny)
	z0, z1 := c.reach(low.z, high.z, c.low.z, margin, c.nz)
	for z := z0; z < z1; z++ {
		for y := y0; y < y1; y++ {
			if row := c.nx * (y + c.ny*z); x0 < x1 {
				found = append(found, c.members[c.first[row+x0]:c.first[row+x1]]...)
			}
		}
	}
	return found
}

// reach returns the cubes [from, to) along one axis, of n that start at origin, that an interval with a margin meets.
func (c *cells) reach(low, high, origin, margin float64, n int) (from, to int) {
	from = int(max((low-margin-origin)/c.width, 0))
	to = int(min(max((high+margin-origin)/c.width+1, 0), float64(n)))
	return from, to
}
