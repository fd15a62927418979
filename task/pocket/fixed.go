package pocket

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"keel/chem"
	"keel/chem/rigid"
)

// Fixed is a part of a ligand that every sample holds: the model draws the rest about it. Growing fixes one part, linking several,
// hopping to another scaffold all but the scaffold.
type Fixed struct {
	ligand *chem.Molecule
	pieces []rigid.Piece
	atoms  int // heavy atoms in all pieces
}

// NewFixed cuts the given atoms (indices) of a ligand of heavy atoms into groups of the vocabulary.
func NewFixed(v *rigid.Vocabulary, ligand *chem.Molecule, atoms []int) (*Fixed, error) {
	pieces, err := v.PiecesOf(ligand, atoms)
	if err != nil {
		return nil, err
	}
	if most := Buckets[len(Buckets)-1]; len(pieces) >= most {
		return nil, fmt.Errorf("the fixed atoms make %d rigid groups: fewer than %d fit, for something is to be drawn too", len(pieces), most)
	}
	return &Fixed{ligand, pieces, len(atoms)}, nil
}

// groups is how many groups a molecule of that many heavy atoms has in all, if one without fixed groups has drawn: those that are fixed, and as many of the
// drawn as there are atoms left for.
func (f *Fixed) groups(atoms, drawn, limit int) int {
	if f == nil {
		return drawn
	}
	left := (drawn*(atoms-f.atoms) + atoms/2) / atoms
	return min(len(f.pieces)+max(left, 1), limit)
}

// held is how many groups are fixed.
func (f *Fixed) held() int {
	if f == nil {
		return 0
	}
	return len(f.pieces)
}

// write fills the fixed entries of one state [dims] about a centre: the fixed groups come first.
func (f *Fixed) write(l Layout, centre chem.Vec, fixed, known []float32) error {
	ligand, pieces := f.part()
	if err := l.Encode(ligand, pieces, centre, nil, known); err != nil {
		return err
	}
	l.Mask(len(pieces), fixed)
	return nil
}

// part is the fixed part as a molecule of its own, with its pieces.
func (f *Fixed) part() (*chem.Molecule, []rigid.Piece) {
	var atoms []int
	for _, p := range f.pieces {
		atoms = append(atoms, p.Atoms...)
	}
	pieces := slices.Clone(f.pieces)
	next := 0
	for k := range pieces {
		own := make([]int, len(pieces[k].Atoms))
		for i := range own {
			own[i] = next
			next++
		}
		pieces[k].Atoms = own
	}
	return f.ligand.Subset(atoms), pieces
}

// restore puts the fixed atoms, which come first in a decoded molecule, back where they are in the ligand, to the last digit: a template may miss
// them by some hundredths of an Å.
func (f *Fixed) restore(m *chem.Molecule) {
	if f == nil {
		return
	}
	at := 0
	for _, p := range f.pieces {
		for _, i := range p.Atoms {
			m.Atoms[at].Pos = f.ligand.Atoms[i].Pos
			at++
		}
	}
}

// ParseAtoms reads a list of atom numbers and ranges, such as "1-6,9".
func ParseAtoms(text string) ([]int, error) {
	var out []int
	for _, part := range strings.Split(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		low, err := strconv.Atoi(from)
		high := low
		if isRange && err == nil {
			high, err = strconv.Atoi(to)
		}
		if err != nil || low < 1 || high < low || high > 9999 {
			return nil, fmt.Errorf("%q: expected atom numbers and ranges, such as 1-6,9", text)
		}
		for n := low; n <= high; n++ {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out, nil
}

// FixedAtoms gives the indices, in the site's ligand, of atoms by their numbers in the ligand's file. Numbers of hydrogens are left out.
func (s *Site) FixedAtoms(numbers []int) ([]int, error) {
	if s.Ligand == nil {
		return nil, errors.New("atoms can be fixed of a ligand only: give its SDF file")
	}
	var out []int
	for _, n := range numbers {
		if n > s.ligandAtoms {
			return nil, fmt.Errorf("atom %d: %s has %d atoms", n, s.Ligand.Name, s.ligandAtoms)
		}
		if i := slices.Index(s.ligandNumbers, n); i >= 0 {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("only hydrogens are named: name heavy atoms")
	}
	slices.Sort(out)
	return out, nil
}
