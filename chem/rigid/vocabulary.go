package rigid

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"keel/chem"
)

// Vocabulary is the list of groups that molecules are made of. It is safe for concurrent use.
type Vocabulary struct {
	Groups []Group

	mu    sync.Mutex
	byKey map[string][]int       // groups by canonical key
	known map[string][]candidate // by signature: which groups a part can be, and how
}

// candidate is a group with its isomorphisms to a part.
type candidate struct {
	group int
	maps  [][]int
}

func (v *Vocabulary) prepare() {
	v.byKey, v.known = map[string][]int{}, map[string][]candidate{}
	for k := range v.Groups {
		g := &v.Groups[k]
		key := (&chem.Molecule{Atoms: g.Atoms, Bonds: g.Bonds}).Key()
		v.byKey[key] = append(v.byKey[key], k)
	}
}

// CountPorts sets the groups' Ports from how molecules are cut: cuts yields molecules with their pieces.
func (v *Vocabulary) CountPorts(cuts iter.Seq2[*chem.Molecule, []Piece]) {
	counts := make([][]int, len(v.Groups))
	for k := range counts {
		counts[k] = make([]int, len(v.Groups[k].Atoms))
	}
	for m, pieces := range cuts {
		home, place := make([]int, len(m.Atoms)), make([]int, len(m.Atoms))
		for k, p := range pieces {
			for i, a := range p.Atoms {
				home[a], place[a] = k, i
			}
		}
		for _, b := range m.Bonds {
			if home[b.A] != home[b.B] {
				counts[pieces[home[b.A]].Group][place[b.A]]++
				counts[pieces[home[b.B]].Group][place[b.B]]++
			}
		}
	}
	for k, count := range counts {
		ports := make([]int, len(count))
		for i := range ports {
			ports[i] = i
		}
		slices.SortStableFunc(ports, func(a, b int) int { return count[b] - count[a] })
		v.Groups[k].Ports = slices.DeleteFunc(ports, func(i int) bool { return count[i] == 0 })
	}
}

// MarshalJSON writes the groups.
func (v *Vocabulary) MarshalJSON() ([]byte, error) { return json.Marshal(v.Groups) }

// UnmarshalJSON reads what MarshalJSON wrote, and checks it.
func (v *Vocabulary) UnmarshalJSON(text []byte) error {
	var groups []Group // fresh ones: fields that the text lacks are zero
	if err := json.Unmarshal(text, &groups); err != nil {
		return err
	}
	for k, g := range groups {
		if len(g.Atoms) == 0 || len(g.Free) != len(g.Atoms) {
			return fmt.Errorf("group %d has %d atoms and %d free valences: expected as many, at least 1", k, len(g.Atoms), len(g.Free))
		}
		for _, i := range g.Ports {
			if i < 0 || i >= len(g.Atoms) {
				return fmt.Errorf("group %d: port %d does not fit its %d atoms", k, i, len(g.Atoms))
			}
		}
		for _, b := range g.Bonds {
			if b.A < 0 || b.A >= b.B || b.B >= len(g.Atoms) || b.Order < 1 || b.Order > 3 {
				return fmt.Errorf("group %d: bond %d-%d of order %d does not fit its %d atoms", k, b.A, b.B, b.Order, len(g.Atoms))
			}
		}
	}
	v.Groups = groups
	v.prepare()
	return nil
}

// candidates lists the groups that have the part's constitution.
func (v *Vocabulary) candidates(p part) []candidate {
	sig := p.signature()
	v.mu.Lock()
	defer v.mu.Unlock()
	list, ok := v.known[sig]
	if !ok {
		for _, k := range v.byKey[p.mol.Key()] {
			if m := matches(&v.Groups[k], p); len(m) > 0 {
				list = append(list, candidate{k, m})
			}
		}
		v.known[sig] = list
	}
	return list
}

// Tolerance is the root mean square distance in Å by which a molecule's atoms may miss the template that stands for them.
const Tolerance = 0.4

// Pieces cuts a molecule of heavy atoms into groups of the vocabulary. What the vocabulary does not hold, or not in that conformation, is cut
// further: ends of chains off, then into atoms. It is an error, naming the atom, where a single atom is not in the vocabulary.
func (v *Vocabulary) Pieces(m *chem.Molecule) ([]Piece, error) {
	c := whole{m, m.ImplicitHydrogens(), branchSizes(m)}
	var out []Piece
	for _, atoms := range Cut(m) {
		pieces, err := v.pieces(c, atoms)
		if err != nil {
			return nil, err
		}
		out = append(out, pieces...)
	}
	return out, nil
}

// PiecesOf cuts some of a molecule's atoms, as Pieces does the whole. A ring system is fixed whole or not at all.
func (v *Vocabulary) PiecesOf(m *chem.Molecule, atoms []int) ([]Piece, error) {
	c := whole{m, m.ImplicitHydrogens(), branchSizes(m)}
	rings := m.Rings()
	var out []Piece
	for _, group := range Cut(m) {
		var in []int
		for _, i := range group {
			if slices.Contains(atoms, i) {
				in = append(in, i)
			}
		}
		for _, ring := range rings {
			had := 0
			for _, i := range ring {
				if slices.Contains(in, i) {
					had++
				}
			}
			if had > 0 && len(in) < len(group) && slices.Contains(group, ring[0]) {
				return nil, fmt.Errorf("%s: the ring system of atoms %s is named in part: name all of it, and what is doubly bonded to it, or none",
					m.Name, numbers(group))
			}
		}
		if len(in) == 0 {
			continue
		}
		pieces, err := v.pieces(c, in)
		if err != nil {
			return nil, err
		}
		out = append(out, pieces...)
	}
	return out, nil
}

// numbers lists atoms as they are counted in files, from 1.
func numbers(atoms []int) string {
	text := make([]string, len(atoms))
	for k, i := range atoms {
		text[k] = strconv.Itoa(i + 1)
	}
	return strings.Join(text, ", ")
}

// whole is a molecule that is being cut, and what is known of it.
type whole struct {
	*chem.Molecule
	hydrogens []int
	branch    map[[2]int]int
}

func (v *Vocabulary) pieces(m whole, atoms []int) ([]Piece, error) {
	if p, ok := v.piece(m, atoms); ok {
		return []Piece{p}, nil
	}
	if len(atoms) == 1 {
		a := m.Atoms[atoms[0]]
		return nil, fmt.Errorf("%s: atom %d (%v, charge %+d) is not among the model's atom types", m.Name, atoms[0]+1, a.Element, a.Charge)
	}
	core, ends := splitEnds(m.Molecule, atoms)
	if len(ends) == 0 || len(core) == 0 {
		core, ends = nil, atoms
	}
	var out []Piece
	if len(core) > 0 {
		inner, err := v.pieces(m, core)
		if err != nil {
			return nil, err
		}
		out = inner
	}
	for _, i := range ends {
		one, err := v.pieces(m, []int{i})
		if err != nil {
			return nil, err
		}
		out = append(out, one...)
	}
	return out, nil
}

// splitEnds parts singly bonded ends of chains from the rest of a group.
func splitEnds(m *chem.Molecule, atoms []int) (core, ends []int) {
	order := make([]int, len(m.Atoms)) // total order of each atom's bonds
	for _, b := range m.Bonds {
		order[b.A] += b.Order
		order[b.B] += b.Order
	}
	for _, i := range atoms {
		if order[i] == 1 {
			ends = append(ends, i)
		} else {
			core = append(core, i)
		}
	}
	return core, ends
}

// piece fits the group that the atoms resemble most.
func (v *Vocabulary) piece(m whole, atoms []int) (Piece, bool) {
	if len(atoms) == 1 {
		a := m.Atoms[atoms[0]]
		k := v.Atom(a)
		return Piece{k, atoms, []Frame{{Centre: a.Pos}}}, k >= 0
	}
	p := newPart(m.Molecule, m.hydrogens, atoms)
	pos, centre := centred(p.mol.Positions())
	best, bestRMS := candidate{}, math.Inf(1)
	for _, c := range v.candidates(p) {
		if _, rms := bestMatch(&v.Groups[c.group], c.maps, pos); rms < bestRMS {
			best, bestRMS = c, rms
		}
	}
	if bestRMS > Tolerance {
		return Piece{}, false
	}
	piece := Piece{Group: best.group}
	var least []int
	for _, image := range best.maps {
		r, rms := fit(&v.Groups[best.group], image, pos)
		if rms > bestRMS+alike {
			continue
		}
		at := attachments(atoms, image, m.branch)
		c := slices.Compare(at, least)
		if piece.Frames != nil && c > 0 {
			continue
		}
		if piece.Frames == nil || c < 0 {
			piece.Frames, least, piece.Atoms = nil, at, nil
			for _, i := range image {
				piece.Atoms = append(piece.Atoms, atoms[i])
			}
		}
		piece.Frames = append(piece.Frames, v.Groups[best.group].frame(r, centre))
	}
	return piece, true
}

// alike is how much worse, in Å, a symmetric way to lay a template may fit and still count as equal.
const alike = 0.08

// Atom gives the group of a single atom, -1 where there is none.
func (v *Vocabulary) Atom(a chem.Atom) int {
	for k := range v.Groups {
		if g := &v.Groups[k]; len(g.Atoms) == 1 && g.Atoms[0].Element == a.Element && g.Atoms[0].Charge == a.Charge {
			return k
		}
	}
	return -1
}

// frame is the template's frame under a rotation.
func (g *Group) frame(r rotation, centre chem.Vec) Frame {
	f := Frame{Centre: centre}
	if g.Rank > 0 {
		f.U = r.apply(chem.Vec{1, 0, 0})
	}
	if g.Rank > 1 {
		f.V = r.apply(chem.Vec{0, 1, 0})
	}
	return f
}

// fit superposes the template on a part's atoms, image[i] being the atom for the template's i-th.
func fit(g *Group, image []int, pos []chem.Vec) (rotation, float64) {
	from, onto := make([]chem.Vec, len(image)), make([]chem.Vec, len(image))
	for i, j := range image {
		from[i], onto[i] = g.Atoms[i].Pos, pos[j]
	}
	return superpose(from, onto)
}

// bestMatch gives the isomorphism that fits best.
func bestMatch(g *Group, maps [][]int, pos []chem.Vec) (image []int, rms float64) {
	rms = math.Inf(1)
	for _, m := range maps {
		if _, d := fit(g, m, pos); d < rms {
			image, rms = m, d
		}
	}
	return image, rms
}

// attachments lists the template's atoms that are bonded to the rest of the molecule, the largest branch first. Of equivalent ways to lay a
// symmetric template the one with the lowest list is taken, so that a phenyl ring hangs on its first atom: the fewer the ways, the
// less there is for a model to guess.
func attachments(atoms, image []int, branch map[[2]int]int) []int {
	type at struct{ size, index int }
	var list []at
	for i, j := range image {
		for key, size := range branch {
			if key[0] == atoms[j] && !slices.Contains(atoms, key[1]) {
				list = append(list, at{size, i})
			}
		}
	}
	slices.SortFunc(list, func(a, b at) int {
		if a.size != b.size {
			return b.size - a.size
		}
		return a.index - b.index
	})
	out := make([]int, len(list))
	for i, a := range list {
		out[i] = a.index
	}
	return out
}

// branchSizes gives for each bond that is in no ring, in both directions, the number of atoms that hang on its far end; for others the
// number of all atoms.
func branchSizes(m *chem.Molecule) map[[2]int]int {
	next := make([][]int, len(m.Atoms))
	for _, b := range m.Bonds {
		next[b.A] = append(next[b.A], b.B)
		next[b.B] = append(next[b.B], b.A)
	}
	out := map[[2]int]int{}
	seen := make([]bool, len(m.Atoms))
	for _, b := range m.Bonds {
		for _, d := range [2][2]int{{b.A, b.B}, {b.B, b.A}} {
			clear(seen)
			seen[d[0]], seen[d[1]] = true, true
			stack, n := []int{d[1]}, 1
			for len(stack) > 0 {
				i := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				for _, j := range next[i] {
					if j == d[0] && i != d[1] {
						n = len(m.Atoms)
					}
					if !seen[j] {
						seen[j] = true
						stack = append(stack, j)
						n++
					}
				}
			}
			out[d] = min(n, len(m.Atoms))
		}
	}
	return out
}
