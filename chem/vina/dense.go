package vina

import (
	"math"
	"sync/atomic"
)

// dense holds one kind's energies at all corners of the box in single precision, for searches: they look up so much that one
// allocation for all pays, and need no more digits, since what they find is refined. Corners are filled when first touched.
type dense []atomic.Uint32 // bits inverted, so that 0 means not yet computed

// dense returns the dense grid of a kind.
func (f *Field) dense(k kind) dense {
	if g := f.denses[k].Load(); g != nil {
		return *g
	}
	g := make(dense, (f.x.voxels+1)*(f.y.voxels+1)*(f.z.voxels+1))
	if f.denses[k].CompareAndSwap(nil, &g) {
		return g
	}
	return *f.denses[k].Load()
}

// fillDense computes the corners of a voxel that are not yet there.
func (f *Field) fillDense(g dense, k kind, x, y, z int) {
	nx, ny := f.x.voxels+1, f.y.voxels+1
	for i := range 8 {
		cx, cy, cz := x+i&1, y+i>>1&1, z+i>>2
		if cell := &g[cx+nx*(cy+ny*cz)]; cell.Load() == 0 {
			e := f.receptor.energy(&pairTables()[k], vec{f.x.corner(cx), f.y.corner(cy), f.z.corner(cz)})
			cell.Store(^math.Float32bits(float32(e)))
		}
	}
}

// onDense sets the forces to those of the dense grids: the trilinear function of onGrids.
func (e *evaluator) onDense() float64 {
	f := e.field
	nx := f.x.voxels + 1
	nxy := nx * (f.y.voxels + 1)
	total := 0.0
	for i, k := range e.ligand.kinds {
		if k == unseen {
			e.force[i] = vec{}
			continue
		}
		p := e.pos[i]
		vx, x, sideX, outX := f.x.locate(p.x)
		vy, y, sideY, outY := f.y.locate(p.y)
		vz, z, sideZ, outZ := f.z.locate(p.z)
		g := e.dense[k]
		at := vx + nx*vy + nxy*vz
		low, high := g[at:at+nx+2], g[at+nxy:at+nxy+nx+2]
		b0, b1, b2, b3 := low[0].Load(), low[1].Load(), low[nx].Load(), low[nx+1].Load()
		b4, b5, b6, b7 := high[0].Load(), high[1].Load(), high[nx].Load(), high[nx+1].Load()
		if b0 == 0 || b1 == 0 || b2 == 0 || b3 == 0 || b4 == 0 || b5 == 0 || b6 == 0 || b7 == 0 {
			f.fillDense(g, k, vx, vy, vz)
			b0, b1, b2, b3 = low[0].Load(), low[1].Load(), low[nx].Load(), low[nx+1].Load()
			b4, b5, b6, b7 = high[0].Load(), high[1].Load(), high[nx].Load(), high[nx+1].Load()
		}
		e0, e1, e2, e3 := single(b0), single(b1), single(b2), single(b3)
		e4, e5, e6, e7 := single(b4), single(b5), single(b6), single(b7)
		d0, d1, d2, d3 := e1-e0, e3-e2, e5-e4, e7-e6 // along x, on the four edges
		r0, r1, r2, r3 := e0+x*d0, e2+x*d1, e4+x*d2, e6+x*d3
		s0, s1 := r0+y*(r1-r0), r2+y*(r3-r2)
		q0, q1 := d0+y*(d1-d0), d2+y*(d3-d2)
		t0, t1 := r1-r0, r3-r2
		energy, factor := curl(s0+z*(s1-s0), e.most)
		total += energy + outside*(outX*f.x.width+outY*f.y.width+outZ*f.z.width)
		e.force[i] = vec{
			f.x.slope(factor*(q0+z*(q1-q0)), sideX), f.y.slope(factor*(t0+z*(t1-t0)), sideY), f.z.slope(factor*(s1-s0), sideZ),
		}
	}
	return total
}

func single(bits uint32) float64 { return float64(math.Float32frombits(^bits)) }
