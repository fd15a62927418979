package pocket

import "math/rand/v2"

// GroupCounts says how many rigid groups molecules have: GroupCounts[a][g] training molecules of a heavy atoms have g groups. Without any, every
// atom is a group.
type GroupCounts [][]int

// CountGroups counts the training molecules.
func CountGroups(d *Dataset) GroupCounts {
	c := make(GroupCounts, biggest+1)
	for a := range c {
		c[a] = make([]int, Buckets[len(Buckets)-1]+1)
	}
	for _, list := range [][]Example{d.Conformers, d.Complexes} {
		for _, e := range list {
			c[len(e.Ligand.Atoms)][len(e.Pieces)]++
		}
	}
	return c
}

// Most is the number of groups that all but one in twenty molecules of that many heavy atoms have at most. The rest have up to twice as many,
// and padding all to that would double the work.
func (c GroupCounts) Most(atoms int) int {
	row := c.near(atoms)
	if row == nil {
		return atoms
	}
	total, seen := 0, 0
	for _, n := range row {
		total += n
	}
	for g, n := range row {
		if seen += n; 20*seen >= 19*total {
			return max(g, 1)
		}
	}
	return len(row) - 1
}

// Draw gives a number of groups, at most limit, for a molecule of that many heavy atoms.
func (c GroupCounts) Draw(rng *rand.Rand, atoms, limit int) int {
	row := c.near(atoms)
	total := 0
	for g := range min(limit+1, len(row)) {
		total += row[g]
	}
	if total == 0 {
		return min(atoms, limit)
	}
	k := rng.IntN(total)
	for g, n := range row {
		if k -= n; k < 0 {
			return max(g, 1)
		}
	}
	return limit
}

// near is the row of the number of heavy atoms that has training molecules and lies nearest, the smaller of two.
func (c GroupCounts) near(atoms int) []int {
	for d := range len(c) + atoms {
		for _, a := range [2]int{atoms - d, atoms + d} {
			if a < 0 || a >= len(c) {
				continue
			}
			for _, n := range c[a] {
				if n > 0 {
					return c[a]
				}
			}
		}
	}
	return nil
}
