package chem

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// ReceptorPDBQT returns the rigid receptor that AutoDock Vina 1.2 reads: amino acids with atom types by residue template and
// polar hydrogens, metal ions, and nucleic acids. Vina's own scoring function sees in the hydrogens only which atoms donate,
// not where they are. Charges are 0: Vina does not use them. Residues are protonated as at pH 7 unless their name says otherwise
// (ASH, GLH, LYN, HID, HIE, HIP, CYX); a plain HIS gets the tautomer that its surroundings suggest.
//
// The notes, one line each, tell what is left out (ligands, cofactors, other ions), what was typed by element alone, and which side
// chains lack atoms. It fails on a protein without amino acids and on atoms that the format cannot hold.
func ReceptorPDBQT(p *Protein) (pdbqt []byte, notes []string, err error) {
	t := typer{protein: p, grid: newGrid(p.Atoms), notes: map[string][]string{}}
	acids := 0
	for i, r := range p.Residues {
		switch {
		case p.IsAminoAcid(i):
			acids++
			t.aminoAcid(i)
		case p.IsMetal(i):
			t.metal(i)
		case !r.Het:
			t.note(noteGeneric, r)
			t.generic(i, p.ResidueAtoms(i))
		default:
			t.note(noteLeftOut, r)
		}
	}
	if acids == 0 {
		return nil, nil, &InputError{File: p.Name, Problem: "no protein residues to make a receptor of", Hint: pdbHint}
	}
	pdbqt, err = t.write()
	return pdbqt, t.summary(), err
}

const (
	noteLeftOut  = "left out of the receptor (neither protein nor metal)"
	noteGeneric  = "typed by element, for want of a residue template"
	noteMetal    = "typed as Zn, for Vina does not know the metal and treats all alike"
	noteMissing  = "side chains that lack atoms"
	noteUntyped  = "atoms left out, for Vina has no type for their element"
	notesAtLarge = 5 // residues named in one note
)

// typed is one atom of the receptor with its AutoDock type.
type typed struct {
	ProteinAtom
	kind string
}

// typer gathers a receptor's atoms.
type typer struct {
	protein *Protein
	grid    *grid
	out     []typed
	notes   map[string][]string // residues by kind of note
}

func (t *typer) note(kind string, r Residue) { t.notes[kind] = append(t.notes[kind], r.label()) }

// summary makes one line of each kind of note.
func (t *typer) summary() []string {
	var lines []string
	for kind, who := range t.notes {
		list := strings.Join(who[:min(len(who), notesAtLarge)], ", ")
		if len(who) > notesAtLarge {
			list += fmt.Sprintf(" and %d more", len(who)-notesAtLarge)
		}
		lines = append(lines, fmt.Sprintf("%s: %s", kind, list))
	}
	slices.Sort(lines)
	return lines
}

// add takes in an atom and n hydrogens on it.
func (t *typer) add(a ProteinAtom, kind string, hydrogens []Vec) {
	t.out = append(t.out, typed{a, kind})
	for k, pos := range hydrogens {
		name := "H" + strings.TrimLeft(a.Name[1:], "'*")
		if len(hydrogens) > 1 {
			name += fmt.Sprint(k + 1)
		}
		t.out = append(t.out, typed{ProteinAtom{Name: name[:min(len(name), 4)], Element: Hydrogen, Pos: pos, Residue: a.Residue}, "HD"})
	}
}

// aminoAcid types residue i by its template; what the template does not know goes by element.
func (t *typer) aminoAcid(i int) {
	r := t.protein.Residues[i]
	name := t.templateName(i)
	tpl, known := templates[name]
	if !known && !caps[r.Name] {
		t.note(noteGeneric, r)
	}
	var unknown []ProteinAtom
	present := map[string]bool{}
	for _, a := range t.protein.ResidueAtoms(i) {
		present[a.Name] = true
		donor, ok := backbone[a.Name]
		if !ok {
			donor, ok = tpl[a.Name]
		}
		switch {
		case a.Name == "N":
			t.backboneN(i, a)
		case ok:
			t.add(a, donor.kind, t.hydrogens(a, donor))
		default:
			unknown = append(unknown, a)
		}
	}
	t.generic(i, unknown)
	for atom := range tpl {
		if !present[atom] {
			t.note(noteMissing, r)
			break
		}
	}
}

// templateName picks the residue template: the variant's own where there is one, else the parent's for a force-field name, and
// none for a chemically modified residue.
func (t *typer) templateName(i int) string {
	r := t.protein.Residues[i]
	switch {
	case r.Name == "HIS":
		return t.histidine(i)
	case templates[r.Name] != nil:
		return r.Name
	case alias[r.Name] != "":
		return alias[r.Name]
	case len(r.Name) == 4:
		if short := r.Name[1:]; templates[short] != nil {
			return short
		}
	}
	return ""
}

// backboneN types the amide or the chain's first nitrogen. A proline donates only at the start of a chain: where its predecessor is
// merely missing from the file, it does not.
func (t *typer) backboneN(i int, n ProteinAtom) {
	rs := t.protein.Residues
	bound := t.bound(n)
	carbons := 0
	for _, a := range bound {
		if a.Element == Carbon {
			carbons++
		}
	}
	proline := rs[i].Parent() == "PRO"
	first := t.protein.startsChain(i)
	d := donor{kind: "N", hydrogens: 1, planar: true}
	switch {
	case proline && first && carbons < 3:
		d = donor{kind: "N", hydrogens: 2}
	case proline, carbons > 2:
		d.hydrogens = 0
	case first && carbons < 2:
		d = donor{kind: "N", hydrogens: 3}
	}
	t.add(n, d.kind, t.hydrogens(n, d))
}

// vinaMetals are the metals that Vina 1.2 has a type for.
var vinaMetals = set("Mg Mn Zn Ca Fe Cu Na K Hg Co U Cd Ni")

func (t *typer) metal(i int) {
	a := t.protein.ResidueAtoms(i)[0]
	kind := a.Element.String()
	if !vinaMetals[kind] {
		t.note(noteMetal, t.protein.Residues[i])
		kind = "Zn"
	}
	t.add(a, kind, nil)
}

func (t *typer) write() ([]byte, error) {
	var buf bytes.Buffer
	for i, a := range t.out {
		line, err := pdbLine(i+1, t.protein.Residues[a.Residue], a.ProteinAtom)
		if err != nil {
			return nil, fmt.Errorf("receptor %s: %w", t.protein.Name, err)
		}
		fmt.Fprintf(&buf, "%s  1.00  0.00    %6.3f %-2s\n", line, 0.0, a.kind)
	}
	buf.WriteString("TER\n")
	return buf.Bytes(), nil
}
