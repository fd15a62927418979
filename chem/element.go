package chem

import "strings"

// Element is an atomic number; 0 stands for none.
type Element uint8

// The elements that the package's own rules speak of.
const (
	Hydrogen   Element = 1
	Boron      Element = 5
	Carbon     Element = 6
	Nitrogen   Element = 7
	Oxygen     Element = 8
	Fluorine   Element = 9
	Silicon    Element = 14
	Phosphorus Element = 15
	Sulfur     Element = 16
	Chlorine   Element = 17
	Arsenic    Element = 33
	Selenium   Element = 34
	Bromine    Element = 35
	Iodine     Element = 53
)

// symbols by atomic number, from 1.
const symbolTable = "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr " +
	"Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir " +
	"Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"

var (
	symbols   = append([]string{"?"}, strings.Fields(symbolTable)...)
	bySymbol  = indexSymbols()
	covRadius = [...]float64{
		0, 0.31, 0.28, 1.28, 0.96, 0.84, 0.76, 0.71, 0.66, 0.57, 0.58, 1.66, 1.41, 1.21, 1.11, 1.07, 1.05, 1.02, 1.06,
		2.03, 1.76, 1.70, 1.60, 1.53, 1.39, 1.39, 1.32, 1.26, 1.24, 1.32, 1.22, 1.22, 1.20, 1.19, 1.20, 1.20, 1.16,
		2.20, 1.95, 1.90, 1.75, 1.64, 1.54, 1.47, 1.46, 1.42, 1.39, 1.45, 1.44, 1.42, 1.39, 1.39, 1.38, 1.39, 1.40,
		2.44, 2.15, 2.07, 2.04, 2.03, 2.01, 1.99, 1.98, 1.98, 1.96, 1.94, 1.92, 1.92, 1.89, 1.90, 1.87, 1.87, 1.75,
		1.70, 1.62, 1.51, 1.44, 1.41, 1.36, 1.36, 1.32, 1.45, 1.46, 1.48, 1.40, 1.50, 1.50, 2.60, 2.21, 2.15, 2.06,
		2.00, 1.96, 1.90, 1.87, 1.80, 1.69,
	}
)

func indexSymbols() map[string]Element {
	m := make(map[string]Element, len(symbols)+2)
	for z, s := range symbols {
		m[strings.ToUpper(s)] = Element(z)
	}
	delete(m, "?")
	m["D"], m["T"] = Hydrogen, Hydrogen
	return m
}

// ElementOf returns the element with that symbol in any case; deuterium and tritium are hydrogen. It returns 0 if there is none.
func ElementOf(symbol string) Element { return bySymbol[strings.ToUpper(symbol)] }

// String returns the symbol, "?" for no element.
func (e Element) String() string {
	if int(e) >= len(symbols) {
		return "?"
	}
	return symbols[e]
}

// CovalentRadius returns the single-bond radius in Å (Cordero et al., Dalton Trans. 2008, 2832; carbon as sp3, Mn, Fe and Co
// as low spin), 1.7 for the elements beyond curium, and 0 for no element.
func (e Element) CovalentRadius() float64 {
	if int(e) < len(covRadius) {
		return covRadius[e]
	}
	return 1.7
}

// IsMetal reports whether the element is a metal (metalloids are none).
func (e Element) IsMetal() bool {
	switch {
	case e == 3 || e == 4, e >= 11 && e <= 13, e >= 19 && e <= 31, e >= 37 && e <= 50, e >= 55 && e <= 84, e >= 87:
		return true
	}
	return false
}

// valences lists the valences that a neutral atom may have, lowest first; nil where the package has no rule.
func (e Element) valences() []int {
	switch e {
	case Hydrogen, Fluorine, Chlorine, Bromine:
		return []int{1}
	case Boron, Nitrogen:
		return []int{3}
	case Carbon, Silicon:
		return []int{4}
	case Oxygen:
		return []int{2}
	case Phosphorus, Arsenic:
		return []int{3, 5}
	case Sulfur, Selenium:
		return []int{2, 4, 6}
	case Iodine:
		return []int{1, 3, 5}
	}
	return nil
}

// Valences lists the valences that the element may have at a formal charge, lowest first: those of the neutral atom with as
// many electrons (N+ binds as C does, O- as F). It is nil for elements without a rule, such as metals.
func (e Element) Valences(charge int) []int {
	if charge == 0 {
		return e.valences()
	}
	if e.valences() == nil {
		return nil
	}
	if e == Hydrogen {
		return []int{0}
	}
	z := int(e) - charge
	switch {
	case z == 2 || z == 10 || z == 18 || z == 36 || z == 54:
		return []int{0} // a full shell
	case z <= 0 || z >= len(symbols):
		return nil
	}
	return Element(z).valences()
}
