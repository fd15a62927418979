package chem

// kekulize turns a molecule's aromatic bonds (order 4, as some SDF writers leave them) into single and double ones. Carbon comes
// first in line for a double bond, nitrogen takes what is left, so a pyrrole-like nitrogen keeps its hydrogen even where the
// file does not show it. It returns false where an aromatic carbon is left without a double bond.
func kekulize(m *Molecule) bool {
	types := make([]Element, len(m.Atoms))
	for i, a := range m.Atoms {
		types[i] = a.Element
	}
	k := newKekule(types)
	for i, a := range m.Atoms {
		if v := a.Element.Valences(a.Charge); len(v) > 0 {
			k.limit[i] = v[0]
		}
	}
	for i, used := range sigma(m) {
		k.limit[i] = max(k.limit[i], used) // the file's own bonds stand, whatever the valence
	}
	for n, b := range m.Bonds {
		k.addPair(b.A, b.B, aromaticGain(m, b), multiple(b))
		k.pairs[n].order = single(b)
	}
	k.climb()
	return k.intoBonds(m)
}

// single takes an aromatic bond's order as 1.
func single(b Bond) int {
	if b.Order == 4 {
		return 1
	}
	return b.Order
}

// multiple is how far a bond lets its atoms expect a double one.
func multiple(b Bond) float64 {
	switch b.Order {
	case 1:
		return 0
	case 4:
		return 0.5
	}
	return 1
}

// sigma sums the orders at each atom with aromatic bonds as single ones.
func sigma(m *Molecule) []int {
	used := make([]int, len(m.Atoms))
	for _, b := range m.Bonds {
		used[b.A] += single(b)
		used[b.B] += single(b)
	}
	return used
}

// aromaticGain holds fixed bonds fast, and favours double bonds to carbon in aromatic ones.
func aromaticGain(m *Molecule, b Bond) [4]float64 {
	if b.Order != 4 {
		gain := [4]float64{0, -maxGain, -maxGain, -maxGain}
		gain[b.Order] = maxGain
		return gain
	}
	wish := 0.0
	for _, i := range [...]int{b.A, b.B} {
		switch a := m.Atoms[i]; {
		case a.Element == Carbon:
			wish += 4
		case a.Element == Nitrogen, a.Charge > 0:
			wish++
		default:
			wish -= maxGain // neutral O and S give their lone pair to the ring
		}
	}
	return [4]float64{0, maxGain, maxGain + wish, -maxGain}
}

// intoBonds writes the orders back; false if some aromatic carbon has no double bond.
func (k *kekule) intoBonds(m *Molecule) bool {
	aromatic := make([]bool, len(m.Atoms))
	for n, b := range m.Bonds {
		if b.Order == 4 {
			aromatic[b.A], aromatic[b.B] = true, true
		}
		m.Bonds[n].Order = k.pairs[n].order
	}
	for i, a := range m.Atoms {
		if aromatic[i] && a.Element == Carbon && a.Charge == 0 && k.doubles(i) == 0 {
			return false
		}
	}
	return true
}
