package vina

// kind is an atom's X-Score type, on which every pair term depends. R. Wang, L. Lai, S. Wang, J. Comput.-Aided Mol. Des. 16 (2002) 11.
type kind uint8

const (
	carbonH    kind = iota // hydrophobic: bonded to carbon and hydrogen alone
	carbonP                // bonded to a heteroatom
	nitrogenP              // neither donor nor acceptor
	nitrogenD              // donor
	nitrogenA              // acceptor
	nitrogenDA             // both
	oxygenP
	oxygenD
	oxygenA
	oxygenDA
	sulfur
	phosphorus
	fluorine
	chlorine
	bromine
	iodine
	silicon
	astatine
	metal
	kinds          // how many there are
	unseen = kinds // hydrogens and the water of hydrated docking, which no pair term sees
)

// radii are the van der Waals radii of the kinds, Å.
var radii = [kinds]float64{1.9, 1.9, 1.8, 1.8, 1.8, 1.8, 1.7, 1.7, 1.7, 1.7, 2.0, 2.1, 1.5, 1.8, 2.0, 2.2, 2.2, 2.3, 1.2}

func (k kind) hydrophobic() bool {
	return k == carbonH || k == fluorine || k == chlorine || k == bromine || k == iodine
}

func (k kind) donor() bool {
	return k == nitrogenD || k == nitrogenDA || k == oxygenD || k == oxygenDA || k == metal
}

func (k kind) acceptor() bool {
	return k == nitrogenA || k == nitrogenDA || k == oxygenA || k == oxygenDA
}

// element groups the AutoDock types by what Vina does with them.
type element uint8

const (
	isHydrogen element = iota
	isCarbon
	isNitrogen
	isOxygen
	isMetal
	isWater // a dummy: it bonds as a heteroatom and has no energy
	isOther // its kind does not depend on its neighbours
)

// atomType is an AutoDock atom type.
type atomType struct {
	name     string
	covalent float64 // radius, Å
	element  element
	acceptor bool // hydrogen-bond acceptor; Vina leaves out sulfur
	polar    bool // a hydrogen that makes its neighbour a donor
	kind     kind // where it does not depend on the neighbours
	listed   bool // in AutoDock's own table; a metal beyond it reaches for neighbours with the largest radius of that table
}

// maxCovalent is the largest covalent radius in AutoDock's table, calcium's; metals beyond the table bond with strayCovalent. Å.
const (
	maxCovalent   = 1.74
	strayCovalent = 1.75
)

// atomTypes are the types that Vina reads, less those that close broken rings.
var atomTypes = []atomType{
	{name: "C", covalent: 0.77, element: isCarbon, listed: true},
	{name: "A", covalent: 0.77, element: isCarbon, listed: true},
	{name: "HD", covalent: 0.37, element: isHydrogen, polar: true, kind: unseen, listed: true},
	{name: "OA", covalent: 0.73, element: isOxygen, acceptor: true, listed: true},
	{name: "N", covalent: 0.75, element: isNitrogen, listed: true},
	{name: "NA", covalent: 0.75, element: isNitrogen, acceptor: true, listed: true},
	{name: "SA", covalent: 1.02, element: isOther, kind: sulfur, listed: true},
	{name: "S", covalent: 1.02, element: isOther, kind: sulfur, listed: true},
	{name: "Se", covalent: 1.02, element: isOther, kind: sulfur, listed: true},
	{name: "H", covalent: 0.37, element: isHydrogen, kind: unseen, listed: true},
	{name: "O", covalent: 0.73, element: isOxygen, listed: true},
	{name: "P", covalent: 1.06, element: isOther, kind: phosphorus, listed: true},
	{name: "F", covalent: 0.71, element: isOther, kind: fluorine, listed: true},
	{name: "Cl", covalent: 0.99, element: isOther, kind: chlorine, listed: true},
	{name: "Br", covalent: 1.14, element: isOther, kind: bromine, listed: true},
	{name: "I", covalent: 1.33, element: isOther, kind: iodine, listed: true},
	{name: "Si", covalent: 1.11, element: isOther, kind: silicon, listed: true},
	{name: "At", covalent: 1.44, element: isOther, kind: astatine, listed: true},
	{name: "Mg", covalent: 1.30, element: isMetal, kind: metal, listed: true},
	{name: "Mn", covalent: 1.39, element: isMetal, kind: metal, listed: true},
	{name: "Zn", covalent: 1.31, element: isMetal, kind: metal, listed: true},
	{name: "Ca", covalent: 1.74, element: isMetal, kind: metal, listed: true},
	{name: "Fe", covalent: 1.25, element: isMetal, kind: metal, listed: true},
	{name: "W", covalent: 0, element: isWater, kind: unseen, listed: true},
	{name: "Cu", covalent: strayCovalent, element: isMetal, kind: metal},
	{name: "Na", covalent: strayCovalent, element: isMetal, kind: metal},
	{name: "K", covalent: strayCovalent, element: isMetal, kind: metal},
	{name: "Hg", covalent: strayCovalent, element: isMetal, kind: metal},
	{name: "Co", covalent: strayCovalent, element: isMetal, kind: metal},
	{name: "U", covalent: strayCovalent, element: isMetal, kind: metal},
	{name: "Cd", covalent: strayCovalent, element: isMetal, kind: metal},
	{name: "Ni", covalent: strayCovalent, element: isMetal, kind: metal},
}

// findType returns the type of a name, nil if Vina has none.
func findType(name string) *atomType {
	for i := range atomTypes {
		if atomTypes[i].name == name {
			return &atomTypes[i]
		}
	}
	return nil
}

// heteroatom reports whether a carbon beside this atom is not hydrophobic.
func (t *atomType) heteroatom() bool { return t.element != isHydrogen && t.element != isCarbon }

// reach is the distance within which Vina looks for what stands between this atom and another, Å.
func (t *atomType) reach() float64 {
	if t.listed {
		return bondAllowance * (t.covalent + maxCovalent)
	}
	return bondAllowance * (maxCovalent + maxCovalent)
}

// kindBeside returns the kind of an atom, given whether it is bonded to a polar hydrogen and to a heteroatom.
func (t *atomType) kindBeside(polarHydrogen, heteroatom bool) kind {
	switch t.element {
	case isCarbon:
		if heteroatom {
			return carbonP
		}
		return carbonH
	case isNitrogen:
		return pickBonding(nitrogenP, polarHydrogen, t.acceptor)
	case isOxygen:
		return pickBonding(oxygenP, polarHydrogen, t.acceptor)
	}
	return t.kind
}

// pickBonding returns one of four kinds in a row: neither, donor, acceptor, both.
func pickBonding(first kind, donor, acceptor bool) kind {
	if donor {
		first++
	}
	if acceptor {
		first += 2
	}
	return first
}
