package rigid

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"keel/chem"
)

const (
	// shapesKept is how many poses of one group are kept to find its conformations.
	shapesKept = 120
	// sameShape is the root mean square distance in Å within which two poses of a group are one conformation.
	sameShape = 0.25
	// largest is the most atoms of a group that is learned as one.
	largest = 20
)

// Learner counts the rigid groups of molecules.
type Learner struct {
	kinds map[string]*kind  // by canonical key
	keys  map[string]string // canonical key by signature
}

// kind is a group's constitution with the poses it was seen in.
type kind struct {
	count  int
	shapes []shape
}

type shape struct {
	part
	pos []chem.Vec // about their centroid
}

// NewLearner is a learner that has seen nothing.
func NewLearner() *Learner { return &Learner{kinds: map[string]*kind{}, keys: map[string]string{}} }

// Add counts the groups of a molecule of heavy atoms.
func (l *Learner) Add(m *chem.Molecule) {
	hydrogens := m.ImplicitHydrogens()
	for _, atoms := range Cut(m) {
		if len(atoms) < 2 || len(atoms) > largest {
			continue
		}
		p := newPart(m, hydrogens, atoms)
		sig := p.signature()
		key, ok := l.keys[sig]
		if !ok {
			key = p.mol.Key()
			l.keys[sig] = key
		}
		k := l.kinds[key]
		if k == nil {
			k = &kind{}
			l.kinds[key] = k
		}
		k.count++
		if len(k.shapes) < shapesKept {
			pos, _ := centred(p.mol.Positions())
			k.shapes = append(k.shapes, shape{p, pos})
		}
	}
}

// Vocabulary gives the given single atoms followed by the commonest conformations of groups, at most size groups in all, each seen at least
// least times.
func (l *Learner) Vocabulary(atoms []chem.Atom, size, least int) *Vocabulary {
	v := &Vocabulary{}
	for _, a := range atoms {
		a.Pos = chem.Vec{}
		one := &chem.Molecule{Atoms: []chem.Atom{a}}
		v.Groups = append(v.Groups, Group{Atoms: one.Atoms, Free: one.ImplicitHydrogens()})
	}
	var found []Group
	for _, key := range slices.Sorted(maps.Keys(l.kinds)) {
		if k := l.kinds[key]; k.count >= least {
			found = append(found, k.groups()...)
		}
	}
	found = slices.DeleteFunc(found, func(g Group) bool { return g.Count < least })
	slices.SortStableFunc(found, func(a, b Group) int { return cmp.Compare(b.Count, a.Count) })
	v.Groups = append(v.Groups, found[:min(len(found), max(size-len(atoms), 0))]...)
	v.prepare()
	return v
}

// groups finds the conformations of one constitution: each pose joins the first one that it resembles, or founds another; of each the pose
// nearest to all others stands for it.
func (k *kind) groups() (out []Group) {
	var clusters [][]shape
	var founders []Group
next:
	for _, s := range k.shapes {
		for c := range founders {
			if _, rms := bestMatch(&founders[c], matches(&founders[c], s.part), s.pos); rms < sameShape {
				clusters[c] = append(clusters[c], s)
				continue next
			}
		}
		founders = append(founders, s.group())
		clusters = append(clusters, []shape{s})
	}
	for c, members := range clusters {
		best, least := founders[c], math.Inf(1)
		for _, s := range members[:min(len(members), 24)] {
			g, sum := s.group(), 0.0
			for _, o := range members[:min(len(members), 24)] {
				_, rms := bestMatch(&g, matches(&g, o.part), o.pos)
				sum += rms
			}
			if sum < least {
				best, least = g, sum
			}
		}
		best.Count = k.count * len(members) / len(k.shapes)
		out = append(out, best)
	}
	return out
}

// group makes a template of a pose: its first axis points to the first atom that is not at the centroid, its second to the first atom off
// that line.
func (s shape) group() Group {
	g := Group{Bonds: s.mol.Bonds, Free: s.free}
	u, v := templateAxes(s.pos)
	switch {
	case u == chem.Vec{}:
	case v == chem.Vec{}:
		g.Rank = 1
	default:
		g.Rank = 2
	}
	u, v = axes(u, v)
	w := u.Cross(v)
	for i, a := range s.mol.Atoms {
		p := s.pos[i]
		a.Pos = chem.Vec{rounded(p.Dot(u)), rounded(p.Dot(v)), rounded(p.Dot(w))}
		g.Atoms = append(g.Atoms, a)
	}
	return g
}

// rounded keeps templates short in files: to 1e-4 Å.
func rounded(x float64) float64 { return math.Round(x*1e4) / 1e4 }

func templateAxes(pos []chem.Vec) (u, v chem.Vec) {
	for _, p := range pos {
		if p.Norm() > 0.3 {
			u = p.Unit()
			break
		}
	}
	for _, p := range pos {
		if off := p.Sub(u.Scale(p.Dot(u))); off.Norm() > 0.25 {
			v = off.Unit()
			break
		}
	}
	return u, v
}
