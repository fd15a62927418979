package vina

// bondAllowance is how much longer than the sum of covalent radii a bond may be.
const bondAllowance = 1.1

// shorterThanBond reports whether two atoms are near enough for a bond between them.
func shorterThanBond(a, b *atomType, r2 float64) bool {
	most := bondAllowance * (a.covalent + b.covalent)
	return r2 < most*most
}

// bondKinds gives each atom of a rigid body its kind. Vina bonds two atoms that are near enough unless a third is nearer to both than
// they are to each other; it compares all with all, here only neighbours are.
func bondKinds(points []vec, types []*atomType) []kind {
	sorted := newCells(points, cellWidth)
	out := make([]kind, len(points))
	var near []int32
	for i, t := range types {
		out[i] = t.kind
		if t.element != isCarbon && t.element != isNitrogen && t.element != isOxygen {
			continue
		}
		near = sorted.collect(points[i], points[i], bondAllowance*(t.covalent+strayCovalent), near[:0])
		polar, hetero := false, false
		for _, j := range near {
			tells := types[j].polar
			if t.element == isCarbon {
				tells = types[j].heteroatom()
			}
			if tells && int(j) != i && bonded(points, types, i, int(j), near) {
				polar, hetero = polar || types[j].polar, hetero || types[j].heteroatom()
				break // one such neighbour decides
			}
		}
		out[i] = t.kindBeside(polar, hetero)
	}
	return out
}

// bonded reports whether atoms i and j of a rigid body are bonded; near holds all atoms that could stand between them.
func bonded(points []vec, types []*atomType, i, j int, near []int32) bool {
	a, b := min(i, j), max(i, j) // Vina looks from the first of the two
	r2 := dist2(points[a], points[b])
	reach := types[a].reach()
	if r2 >= reach*reach || !shorterThanBond(types[a], types[b], r2) {
		return false
	}
	for _, c := range near {
		if int(c) == a || int(c) == b {
			continue
		}
		ac := dist2(points[a], points[c])
		if ac < r2 && ac < reach*reach && dist2(points[b], points[c]) < r2 {
			return false
		}
	}
	return true
}
