package chem

// settle turns what was read into a molecule: charges, Kekulé bonds, valences, hydrogens.
func (p *smilesParser) settle() *smilesFault {
	for i := range p.atoms {
		if p.atoms[i].hydrogens < 0 && p.text[p.atoms[i].at] == '[' {
			p.atoms[i].hydrogens = 0
		}
	}
	p.splitCharges()
	if fault := p.kekulize(); fault != nil {
		return fault
	}
	if fault := p.checkValences(); fault != nil {
		return fault
	}
	return p.addHydrogens()
}

// splitCharges writes neutral nitrogen of valence five as N+ beside O- or N-: one double bond to oxygen becomes single, or a triple one
// to a last nitrogen double.
func (p *smilesParser) splitCharges() {
	used, degree := sigma(p.mol), make([]int, len(p.atoms))
	for _, b := range p.mol.Bonds {
		degree[b.A]++
		degree[b.B]++
	}
	for n, b := range p.mol.Bonds {
		for _, at := range [...][2]int{{b.A, b.B}, {b.B, b.A}} {
			i, j := at[0], at[1]
			from, to := &p.mol.Atoms[i], &p.mol.Atoms[j]
			oxide := to.Element == Oxygen && b.Order == 2 && (used[i] == 5 || p.atoms[i].aromatic && used[i] == 4)
			azide := to.Element == Nitrogen && b.Order == 3 && used[i] == 5
			if from.Element != Nitrogen || from.Charge != 0 || to.Charge != 0 || degree[j] != 1 || !oxide && !azide {
				continue
			}
			p.mol.Bonds[n].Order--
			from.Charge, to.Charge = 1, -1
			used[i]--
			break
		}
	}
}

// kekulize gives the aromatic bonds their orders: those outside of rings are single, and a perfect matching of the atoms that
// lack a double bond tells where the double ones are.
func (p *smilesParser) kekulize() *smilesFault {
	g := newAdjacency(len(p.atoms), p.mol.Bonds)
	inRing := g.ringBonds()
	ringAtom := make([]bool, len(p.atoms))
	for n, b := range p.mol.Bonds {
		if b.Order == aromaticOrder && !inRing[n] {
			p.mol.Bonds[n].Order = 1
		}
		if inRing[n] {
			ringAtom[b.A], ringAtom[b.B] = true, true
		}
	}
	used := sigma(p.mol)
	needs := make([]bool, len(p.atoms))
	for i, info := range p.atoms {
		if info.aromatic && !ringAtom[i] {
			return p.fail(info.at, "an aromatic (lower-case) atom outside of a ring")
		}
		needs[i] = info.aromatic && p.lacksDouble(i, used[i])
	}
	match := newMatching(g, func(bond int) bool {
		b := p.mol.Bonds[bond]
		return b.Order == aromaticOrder && needs[b.A] && needs[b.B]
	})
	for i := range p.atoms {
		if needs[i] && match.mate[i] < 0 && !match.augment(i) {
			return p.fail(p.atoms[i].at,
				"the aromatic bonds have no Kekulé structure: no double bond is left for this atom (is a hydrogen missing, as in [nH]?)")
		}
	}
	for n, b := range p.mol.Bonds {
		if b.Order == aromaticOrder {
			p.mol.Bonds[n].Order = 1
			if match.mate[b.A] == b.B {
				p.mol.Bonds[n].Order = 2
			}
		}
	}
	return nil
}

// lacksDouble reports whether an aromatic atom must take part in a double bond to fill a valence; used counts aromatic bonds as single.
// Without a bracket an atom has the hydrogens that leave it room for one if it is carbon, and none otherwise.
func (p *smilesParser) lacksDouble(i, used int) bool {
	a, h := p.mol.Atoms[i], p.atoms[i].hydrogens
	if h < 0 && a.Element == Carbon {
		return used < 4
	}
	total := used + max(h, 0)
	for _, v := range a.Element.Valences(a.Charge) {
		if v >= total {
			return v > total
		}
	}
	return false
}

func (p *smilesParser) checkValences() *smilesFault {
	for i, used := range p.mol.valencesUsed() {
		a := p.mol.Atoms[i]
		allowed := a.Element.Valences(a.Charge)
		if n := len(allowed); n > 0 && used > allowed[n-1] {
			return p.fail(p.atoms[i].at, "%v of charge %+d has bonds of total order %d, at most %d fit", a.Element, a.Charge, used, allowed[n-1])
		}
	}
	return nil
}

// addHydrogens makes atoms of the hydrogens in a bracket that the valence does not imply, and refuses atoms with fewer than it implies.
func (p *smilesParser) addHydrogens() *smilesFault {
	implied := p.mol.ImplicitHydrogens()
	used := p.mol.valencesUsed()
	for i, info := range p.atoms {
		h := info.hydrogens
		if h < 0 || h == implied[i] {
			continue
		}
		a := p.mol.Atoms[i]
		if left := room(a.Element.Valences(a.Charge), used[i]+h); left != 0 {
			return p.fail(info.at,
				"%v of charge %+d has bonds of total order %d and %d hydrogens, %d short of a valence: radicals and carbenes cannot be held",
				a.Element, a.Charge, used[i], h, left)
		}
		for range h {
			p.mol.Bonds = append(p.mol.Bonds, Bond{i, len(p.mol.Atoms), 1})
			p.mol.Atoms = append(p.mol.Atoms, Atom{Element: Hydrogen})
		}
	}
	return nil
}

// room is what is missing to the lowest valence that holds the bonds: 0 without a rule, negative if none does.
func room(valences []int, used int) int {
	for _, v := range valences {
		if v >= used {
			return v - used
		}
	}
	if len(valences) == 0 {
		return 0
	}
	return valences[len(valences)-1] - used
}
