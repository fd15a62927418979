package vina

import (
	"math"
	"sync/atomic"
)

// grid holds one kind's energy at the corners of the box's voxels, in blocks made when first touched. A corner's value is a pure function
// of receptor, box and corner, so it matters not who computes it, nor if two do.
type grid struct {
	tables *[kinds]*table
	blocks []atomic.Pointer[block]
	nx, ny int // blocks along two axes
}

const (
	blockBits = 2 // 4 corners along each side
	blockSide = 1 << blockBits
	blockMask = blockSide - 1
)

// block holds energies with their bits inverted, so that 0 means not yet computed.
type block [blockSide * blockSide * blockSide]atomic.Uint64

// grid returns the grid of a kind.
func (f *Field) grid(k kind) *grid {
	if g := f.grids[k].Load(); g != nil {
		return g
	}
	across := func(a axis) int { return a.voxels>>blockBits + 1 } // there is one corner more than voxels
	g := &grid{tables: &pairTables()[k], nx: across(f.x), ny: across(f.y)}
	g.blocks = make([]atomic.Pointer[block], g.nx*g.ny*across(f.z))
	if !f.grids[k].CompareAndSwap(nil, g) {
		g = f.grids[k].Load()
	}
	return g
}

// block returns the block of a corner.
func (g *grid) block(x, y, z int) *block {
	slot := &g.blocks[x>>blockBits+g.nx*(y>>blockBits+g.ny*(z>>blockBits))]
	b := slot.Load()
	if b == nil {
		b = new(block)
		if !slot.CompareAndSwap(nil, b) {
			b = slot.Load()
		}
	}
	return b
}

// corner returns the energy at a corner, which its block holds.
func (f *Field) corner(g *grid, b *block, x, y, z int) float64 {
	cell := &b[x&blockMask|y&blockMask<<blockBits|z&blockMask<<(2*blockBits)]
	if bits := cell.Load(); bits != 0 {
		return math.Float64frombits(^bits)
	}
	e := f.receptor.energy(g.tables, vec{f.x.corner(x), f.y.corner(y), f.z.corner(z)})
	cell.Store(^math.Float64bits(e))
	return e
}

func (a *axis) corner(i int) float64 { return a.low + a.width*float64(i) }

// locate returns a coordinate's voxel, its place there from 0 to 1, and for one beyond the box the side and how far, in voxels.
func (a *axis) locate(x float64) (voxel int, rest, side, beyond float64) {
	s := (x - a.low) * a.voxelsPerÅ
	switch last := float64(a.voxels); {
	case s < 0:
		return 0, 0, -1, -s
	case s >= last:
		return a.voxels - 1, 1, 1, s - last
	case s >= 0:
		voxel = int(s)
		return voxel, s - float64(voxel), 0, 0
	}
	return 0, s, 0, s // not a number
}

// interpolate returns the trilinear energy of a grid at a point and its gradient. Beyond the box the energy is that of its surface and
// rises by the penalty.
func (f *Field) interpolate(g *grid, p vec, most float64) (float64, vec) {
	x, rx, sideX, outX := f.x.locate(p.x)
	y, ry, sideY, outY := f.y.locate(p.y)
	z, rz, sideZ, outZ := f.z.locate(p.z)
	e, d := f.inVoxel(g, x, y, z, vec{rx, ry, rz}, most)
	e += outside * (outX*f.x.width + outY*f.y.width + outZ*f.z.width)
	return e, vec{f.x.slope(d.x, sideX), f.y.slope(d.y, sideY), f.z.slope(d.z, sideZ)}
}

// slope turns a derivative by voxels into one by Å, with the penalty's on a side of the box.
func (a *axis) slope(byVoxel, side float64) float64 {
	if side != 0 {
		return outside * side
	}
	return a.voxelsPerÅ * byVoxel
}

// inVoxel interpolates between a voxel's corners, and bounds the energy. The gradient is by voxels.
func (f *Field) inVoxel(g *grid, x0, y0, z0 int, rest vec, most float64) (float64, vec) {
	e := f.corners(g, x0, y0, z0)
	x, y, z := rest.x, rest.y, rest.z
	mx, my, mz := 1-x, 1-y, 1-z
	sum := e[0]*mx*my*mz + e[1]*x*my*mz + e[2]*mx*y*mz + e[3]*x*y*mz + e[4]*mx*my*z + e[5]*x*my*z + e[6]*mx*y*z + e[7]*x*y*z
	byX := -e[0]*my*mz + e[1]*my*mz - e[2]*y*mz + e[3]*y*mz - e[4]*my*z + e[5]*my*z - e[6]*y*z + e[7]*y*z
	byY := -e[0]*mx*mz - e[1]*x*mz + e[2]*mx*mz + e[3]*x*mz - e[4]*mx*z - e[5]*x*z + e[6]*mx*z + e[7]*x*z
	byZ := -e[0]*mx*my - e[1]*x*my - e[2]*mx*y - e[3]*x*y + e[4]*mx*my + e[5]*x*my + e[6]*mx*y + e[7]*x*y
	sum, factor := curl(sum, most)
	return sum, vec{byX, byY, byZ}.scale(factor)
}

// corners returns the energies at a voxel's corners, x running fastest.
func (f *Field) corners(g *grid, x, y, z int) (e [8]float64) {
	b := g.block(x, y, z)
	whole := x&blockMask != blockMask && y&blockMask != blockMask && z&blockMask != blockMask // all in one block
	for i := range e {
		cx, cy, cz := x+i&1, y+i>>1&1, z+i>>2
		if !whole {
			b = g.block(cx, cy, cz)
		}
		e[i] = f.corner(g, b, cx, cy, cz)
	}
	return e
}
