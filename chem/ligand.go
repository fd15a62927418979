package chem

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// LigandText is a molecule as AutoDock Vina reads it.
type LigandText struct {
	PDBQT []byte
	Atoms []int // the molecule's atom of every PDBQT atom, in file order; -1 for a hydrogen that was not among its atoms
}

// LigandError says why a molecule cannot be written for Vina. Reason is one of few fixed texts, so that failures can be counted;
// Detail says more of this molecule and may be empty.
type LigandError struct{ Reason, Detail string }

// Error returns "reason: detail".
func (e *LigandError) Error() string {
	if e.Detail == "" {
		return e.Reason
	}
	return e.Reason + ": " + e.Detail
}

const (
	coincident = 0.05    // Å; atoms nearer than this make an axis of rotation without length
	farthest   = 999.999 // Å, the largest coordinate that fits PDBQT's columns with any sign
)

// LigandPDBQT gives a molecule its missing hydrogens (see WithHydrogens), merges the non-polar ones into their carbons, and
// writes the rest as PDBQT with AutoDock's atom types and a tree of rigid bodies, as Meeko 0.8.0 does where rings stay rigid
// (https://github.com/forlilab/Meeko; MoleculePreparation(rigid_macrocycles=True), PDBQTWriterLegacy): the same types, bodies, root,
// and order of atoms. Partial charges, which Vina does not read, are written as zero, and there are no remarks.
//
// An error is a *LigandError for one of: "no atoms" (none, or hydrogens alone), "coordinates are not finite", "coordinates out
// of range" (1000 Å and more), "not connected", "does not sanitise" (more bonds than an element's valences allow), "no AutoDock
// atom type" (an element beyond those of adType), and "atoms coincide".
func LigandPDBQT(m *Molecule) (*LigandText, error) {
	if err := checkAtoms(m); err != nil {
		return nil, err
	}
	s := newStructure(m)
	if err := s.check(); err != nil {
		return nil, err
	}
	l, err := newLigand(s)
	if err != nil {
		return nil, err
	}
	if err := l.checkDistances(); err != nil {
		return nil, err
	}
	w := &ligandWriter{ligand: l, tree: newTree(l), serial: make([]int, len(l.full))}
	w.text.PDBQT = make([]byte, 0, 100*len(l.full))
	w.write()
	return &w.text, nil
}

// checkAtoms refuses molecules without atoms or with coordinates that cannot be written.
func checkAtoms(m *Molecule) error {
	if len(m.Atoms) == 0 {
		return &LigandError{Reason: "no atoms"}
	}
	for _, a := range m.Atoms {
		if !a.Pos.Finite() {
			return &LigandError{Reason: "coordinates are not finite"}
		}
		if !fits(a.Pos, -farthest, farthest) {
			return &LigandError{"coordinates out of range", fmt.Sprintf("an atom at %.1f %.1f %.1f", a.Pos[0], a.Pos[1], a.Pos[2])}
		}
	}
	return nil
}

// check refuses more than one fragment and impossible valences.
func (s *structure) check() error {
	seen := make([]bool, len(s.atoms))
	reached := append(make([]int, 0, len(s.atoms)), 0)
	seen[0] = true
	for k := 0; k < len(reached); k++ {
		for _, l := range s.next[reached[k]] {
			if !seen[l.atom] {
				seen[l.atom] = true
				reached = append(reached, l.atom)
			}
		}
	}
	m := &Molecule{Atoms: s.atoms, Bonds: s.bonds}
	if len(reached) < len(s.atoms) {
		return &LigandError{"not connected", fmt.Sprintf("%d fragments", len(m.Fragments()))}
	}
	if err := m.CheckValence(); err != nil {
		return &LigandError{"does not sanitise", err.Error()}
	}
	return nil
}

// ligand is a molecule with all hydrogens and what decides how Vina sees it.
type ligand struct {
	*structure          // of the molecule as it came
	full       []Atom   // with hydrogens
	bond       []Bond   // of full
	link       [][]link // of full
	types      []string // AutoDock's
	merged     []bool   // hydrogens that are not written
}

func newLigand(s *structure) (*ligand, error) {
	full := s.withHydrogens(&Molecule{Atoms: s.atoms, Bonds: s.bonds})
	l := &ligand{structure: s, full: full.Atoms, bond: full.Bonds, link: full.links()}
	l.types, l.merged = make([]string, len(l.full)), make([]bool, len(l.full))
	written := 0
	for i, a := range l.full {
		l.types[i] = l.adType(i)
		if l.types[i] == "" {
			return nil, &LigandError{"no AutoDock atom type", fmt.Sprintf("%v (atom %d)", a.Element, i+1)}
		}
		l.merged[i] = l.types[i] == "H"
		if !l.merged[i] {
			written++
		}
	}
	if written == 0 {
		return nil, &LigandError{"no atoms", "hydrogens alone"}
	}
	return l, nil
}

// checkDistances refuses atoms on top of each other, at the precision of the text.
func (l *ligand) checkDistances() error {
	nearest := math.Inf(1)
	var written []Vec
	for i, a := range l.full {
		if l.merged[i] {
			continue
		}
		for d, x := range a.Pos {
			a.Pos[d] = math.Round(1000*x) / 1000
		}
		nearest = min(nearest, Nearest(a.Pos, written))
		written = append(written, a.Pos)
	}
	if nearest < coincident {
		return &LigandError{"atoms coincide", fmt.Sprintf("%.3f Å apart", nearest)}
	}
	return nil
}

// ligandWriter writes a ligand's tree.
type ligandWriter struct {
	*ligand
	*tree
	serial []int // number of an atom in the text, from 1
	text   LigandText
}

func (w *ligandWriter) write() {
	root := slices.Clone(w.bodies[w.root].atoms)
	slices.Sort(root)
	w.text.PDBQT = append(w.text.PDBQT, "ROOT\n"...)
	w.atoms(root)
	w.text.PDBQT = append(w.text.PDBQT, "ENDROOT\n"...)
	w.branches(w.root, -1)
	w.text.PDBQT = fmt.Appendf(w.text.PDBQT, "TORSDOF %d\n", w.count-1)
}

// branches writes what hangs on a body, but for the one it hangs on itself.
func (w *ligandWriter) branches(body, on int) {
	for _, j := range w.bodies[body].joints {
		if j.body == on {
			continue
		}
		begin, end := w.serial[j.from], len(w.text.Atoms)+1
		w.text.PDBQT = fmt.Appendf(w.text.PDBQT, "BRANCH %3d %3d\n", begin, end)
		w.atoms([]int{j.to})
		w.atoms(slices.DeleteFunc(slices.Clone(w.bodies[j.body].atoms), func(i int) bool { return i == j.to }))
		w.branches(j.body, body)
		w.text.PDBQT = fmt.Appendf(w.text.PDBQT, "ENDBRANCH %3d %3d\n", begin, end)
	}
}

func (w *ligandWriter) atoms(list []int) {
	for _, i := range list {
		a := w.full[i]
		from := i
		if i >= len(w.structure.atoms) {
			from = -1
		}
		w.text.Atoms = append(w.text.Atoms, from)
		w.serial[i] = len(w.text.Atoms)
		w.text.PDBQT = appendAtom(w.text.PDBQT, w.serial[i], a, w.types[i])
	}
}

// appendAtom appends an atom's line. It stands for a format "ATOM  %5d  %-3v UNL     1    %8.3f%8.3f%8.3f  1.00  0.00    +0.000 %-2s",
// which takes most of the time of a ligand.
func appendAtom(b []byte, serial int, a Atom, adType string) []byte {
	const spaces = "        "
	var number [32]byte
	right := func(digits []byte, width int) {
		b = append(b, spaces[:max(width-len(digits), 0)]...)
		b = append(b, digits...)
	}
	left := func(s string, width int) {
		b = append(b, s...)
		b = append(b, spaces[:max(width-len(s), 0)]...)
	}
	b = append(b, "ATOM  "...)
	right(strconv.AppendInt(number[:0], int64(serial), 10), 5)
	b = append(b, "  "...)
	left(a.Element.String(), 3)
	b = append(b, " UNL     1    "...)
	for _, x := range a.Pos {
		right(strconv.AppendFloat(number[:0], x, 'f', 3, 64), 8)
	}
	b = append(b, "  1.00  0.00    +0.000 "...)
	left(adType, 2)
	return append(b, '\n')
}
