package chem

import "strings"

// donor is an atom's AutoDock type, and the polar hydrogens on it.
type donor struct {
	kind      string
	hydrogens int
	planar    bool // hydrogens lie in the plane of the neighbours, else tetrahedral
}

// backbone holds the atoms that all amino acids and caps share; N depends on its neighbours.
var backbone = map[string]donor{
	"CA": {kind: "C"}, "C": {kind: "C"}, "O": {kind: "OA"}, "OXT": {kind: "OA"}, "OT1": {kind: "OA"}, "OT2": {kind: "OA"}, "CH3": {kind: "C"},
}

// templates holds the side chains by residue name. Written as atom, colon, type, and for donors the number of hydrogens with
// p where they are planar. Carbon in aromatic rings is A, as AutoDock has it.
var templates = parseTemplates(`
	ALA CB:C
	ARG CB:C CG:C CD:C NE:N1p CZ:C NH1:N2p NH2:N2p
	ASN CB:C CG:C OD1:OA ND2:N2p
	ASP CB:C CG:C OD1:OA OD2:OA
	ASH CB:C CG:C OD1:OA OD2:OA1
	CYS CB:C SG:SA1
	CYX CB:C SG:SA
	CYM CB:C SG:SA
	GLN CB:C CG:C CD:C OE1:OA NE2:N2p
	GLU CB:C CG:C CD:C OE1:OA OE2:OA
	GLH CB:C CG:C CD:C OE1:OA OE2:OA1
	GLY
	HID CB:C CG:A ND1:N1p CD2:A CE1:A NE2:NA
	HIE CB:C CG:A ND1:NA CD2:A CE1:A NE2:N1p
	HIP CB:C CG:A ND1:N1p CD2:A CE1:A NE2:N1p
	ILE CB:C CG1:C CG2:C CD1:C
	LEU CB:C CG:C CD1:C CD2:C
	LYS CB:C CG:C CD:C CE:C NZ:N3
	LYN CB:C CG:C CD:C CE:C NZ:N2
	MET CB:C CG:C SD:SA CE:C
	MSE CB:C CG:C SE:Se CE:C
	PHE CB:C CG:A CD1:A CD2:A CE1:A CE2:A CZ:A
	PRO CB:C CG:C CD:C
	SER CB:C OG:OA1
	THR CB:C OG1:OA1 CG2:C
	TRP CB:C CG:A CD1:A CD2:A NE1:N1p CE2:A CE3:A CZ2:A CZ3:A CH2:A
	TYR CB:C CG:A CD1:A CD2:A CE1:A CE2:A CZ:A OH:OA1
	VAL CB:C CG1:C CG2:C`)

// alias maps other force fields' names to those of the templates.
var alias = pairs("HSD HID, HSE HIE, HSP HIP, CYS2 CYX")

func parseTemplates(text string) map[string]map[string]donor {
	all := map[string]map[string]donor{}
	for line := range strings.Lines(strings.TrimSpace(text)) {
		f := strings.Fields(line)
		all[f[0]] = map[string]donor{}
		for _, atom := range f[1:] {
			name, what, _ := strings.Cut(atom, ":")
			d := donor{planar: strings.HasSuffix(what, "p")}
			what = strings.TrimSuffix(what, "p")
			d.kind = strings.TrimRight(what, "123")
			if n := what[len(d.kind):]; n != "" {
				d.hydrogens = int(n[0] - '0')
			}
			all[f[0]][name] = d
		}
	}
	return all
}

// generic types atoms by element and neighbourhood: oxygen on a long bond to carbon is a hydroxyl, nitrogen with fewer than
// three neighbours donates.
func (t *typer) generic(i int, atoms []ProteinAtom) {
	for _, a := range atoms {
		d := donor{}
		bound := t.bound(a)
		switch a.Element {
		case Carbon:
			d.kind = "C"
		case Nitrogen:
			d = donor{kind: "N", hydrogens: max(0, 3-len(bound)), planar: true}
		case Oxygen:
			const longDouble = 1.31 // Å; C=O is 1.23, carboxylate 1.26, C-OH 1.36 and more
			d.kind = "OA"
			if len(bound) == 1 && bound[0].Element == Carbon && bound[0].Pos.Dist(a.Pos) > longDouble {
				d.hydrogens = 1
			}
		case Sulfur:
			d.kind = "SA"
		case Selenium, Phosphorus, Fluorine, Chlorine, Bromine, Iodine, Silicon:
			d.kind = a.Element.String()
		default:
			if !vinaMetals[a.Element.String()] {
				t.note(noteUntyped, t.protein.Residues[i])
				continue
			}
			d.kind = a.Element.String()
		}
		t.add(a, d.kind, t.hydrogens(a, d))
	}
}

// histidine picks the tautomer: the nitrogen whose nearest polar neighbour accepts gets the hydrogen, one at a metal or a donor does
// not, and HIE, the commoner one in water, is the default.
func (t *typer) histidine(i int) string {
	var wish [2]int // of ND1 and NE2 for a hydrogen
	for _, a := range t.protein.ResidueAtoms(i) {
		switch a.Name {
		case "ND1":
			wish[0] = t.wish(a)
		case "NE2":
			wish[1] = t.wish(a)
		}
	}
	if wish[0] > wish[1] {
		return "HID"
	}
	return "HIE"
}

// wish is 1 where the nearest polar atom of another residue accepts a hydrogen bond, -1 where it is a metal or only donates,
// 0 where it may do both or there is none.
func (t *typer) wish(n ProteinAtom) int {
	const longest = 3.3 // Å between the heavy atoms of a good hydrogen bond
	nearest, wish := longest, 0
	for _, a := range t.grid.near(n.Pos, longest) {
		d := a.Pos.Dist(n.Pos)
		if a.Residue == n.Residue || d > nearest {
			continue
		}
		switch {
		case a.Element.IsMetal():
			return -1
		case a.Element == Oxygen:
			nearest, wish = d, 1
			if strings.HasPrefix(a.Name, "OG") || a.Name == "OH" {
				wish = 0
			}
		case a.Element == Nitrogen:
			nearest, wish = d, -1
			if a.Name == "ND1" || a.Name == "NE2" && t.protein.Residues[a.Residue].Parent() == "HIS" {
				wish = 0
			}
		}
	}
	return wish
}
