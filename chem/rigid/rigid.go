// Package rigid cuts molecules into rigid groups of atoms (ring systems, star-shaped groups, single atoms), learns the commonest as a
// vocabulary of templates, and puts molecules together again from placed templates.
//
// A generative model that places groups in place of atoms has perfect rings by construction, and half as many things to place. The idea is
// that of fragments as nodes with an orientation (D3FG: Lin et al. 2023).
package rigid

import "keel/chem"

// Group is a template: atoms that keep their places to one another.
type Group struct {
	Atoms []chem.Atom `json:"atoms"` // in the group's own frame: its centroid at the origin, its axes along x and y (Å)
	Bonds []chem.Bond `json:"bonds"` // Kekulé
	Free  []int       `json:"free"`  // by atom: hydrogens that bonds to other groups can replace
	Rank  int         `json:"rank"`  // 0 a single atom, 1 atoms on a line, 2 all others: how many axes its orientation needs
	Count int         `json:"count"` // occurrences in the molecules that it was learned from
	Ports []int       `json:"ports"` // atoms that bonds to other groups are most often made from, the commonest first; see CountPorts
}

// Name is the group's SMILES with all its hydrogens.
func (g *Group) Name() string { return (&chem.Molecule{Atoms: g.Atoms, Bonds: g.Bonds}).SMILES() }

// Frame is where a group stands: the place of its centroid and the directions of its first two axes. Axes that the group's rank does not
// need are zero.
type Frame struct{ Centre, U, V chem.Vec }

// Place gives the group's atoms in the frame (Å). U and V need not be unit vectors nor at right angles: the nearest rotation in the order
// of the axes is taken (Gram-Schmidt).
func (g *Group) Place(f Frame) []chem.Vec {
	u, v := axes(f.U, f.V)
	w := u.Cross(v)
	out := make([]chem.Vec, len(g.Atoms))
	for i, a := range g.Atoms {
		out[i] = f.Centre.Add(u.Scale(a.Pos[0])).Add(v.Scale(a.Pos[1])).Add(w.Scale(a.Pos[2]))
	}
	return out
}

// axes makes two directions a right-angled pair of unit vectors; where they do not say which, any is taken.
func axes(u, v chem.Vec) (chem.Vec, chem.Vec) {
	u = u.Unit()
	if u == (chem.Vec{}) {
		u = chem.Vec{1, 0, 0}
	}
	v = v.Sub(u.Scale(v.Dot(u)))
	if v.Norm() < 1e-6 {
		v = chem.Vec{1, 0, 0}
		if u[0]*u[0] > 0.5 {
			v = chem.Vec{0, 1, 0}
		}
		v = v.Sub(u.Scale(v.Dot(u)))
	}
	return u, v.Unit()
}

// Piece is a group as it stands in a molecule.
type Piece struct {
	Group  int     // index into the vocabulary
	Atoms  []int   // of the molecule, in the template's order for Frames[0]
	Frames []Frame // at least one; more where the group's symmetry lets several describe the same atoms equally well
}
