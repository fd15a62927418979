package chem

import mathbits "math/bits"

// bits is a set of small numbers.
type bits []uint64

func newBits(size int) bits { return make(bits, (size+63)/64) }

func (b bits) set(n int)      { b[n/64] |= 1 << (n % 64) }
func (b bits) has(n int) bool { return b[n/64]>>(n%64)&1 == 1 }

// lowest returns the smallest member, -1 of an empty set.
func (b bits) lowest() int {
	for k, w := range b {
		if w != 0 {
			return 64*k + mathbits.TrailingZeros64(w)
		}
	}
	return -1
}

// echelon is a list of independent sets; sets add as vectors of bits do, without carry. No set has the lowest member of one before it.
type echelon []bits

// reduce returns what is left of a set when the members of the echelon have been subtracted: nil if the set is a sum of them.
func (e echelon) reduce(b bits) bits {
	left := append(bits(nil), b...)
	for _, row := range e {
		if left.has(row.lowest()) {
			for k := range left {
				left[k] ^= row[k]
			}
		}
	}
	if left.lowest() < 0 {
		return nil
	}
	return left
}

// add makes b the union of both.
func (b bits) add(c bits) {
	for k := range b {
		b[k] |= c[k]
	}
}

// common returns how many members both have.
func (b bits) common(c bits) (n int) {
	for k := range b {
		n += mathbits.OnesCount64(b[k] & c[k])
	}
	return n
}

func (b bits) count() int { return b.common(b) }
