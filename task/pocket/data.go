package pocket

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"keel/chem"
	"keel/chem/rigid"
	"keel/task/pocket/dataset"
)

// Example is a ligand pose, in its pocket where there is one.
type Example struct {
	Ligand *chem.Molecule
	Pieces []rigid.Piece // the ligand's rigid groups
	Pocket *Pocket       // nil for a lone conformer
	Weight float64       // how often it is drawn, relative to others of its kind
}

// Dataset holds training examples and counts what it left out, by reason.
type Dataset struct {
	Conformers, Complexes []Example
	Dropped               map[string]int
}

// AddConformers reads an SDF file of lone molecules.
func (d *Dataset) AddConformers(file string) error {
	mols, bad, err := chem.ReadSDF(file)
	if err != nil {
		return err
	}
	d.drop("unreadable SDF record", len(bad))
	for _, m := range mols {
		if e, ok := d.accept(m.HeavyOnly()); ok {
			d.Conformers = append(d.Conformers, e)
		}
	}
	return nil
}

// AddComplexes reads a .tar.gz of folders with pocket.pdb and ligand.sdf each.
func (d *Dataset) AddComplexes(file string, weight float64) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: expected a .tar.gz of <id>/pocket.pdb and <id>/ligand.sdf: %w", file, err)
	}
	pockets, ligands := map[string]*chem.Protein{}, map[string]*chem.Molecule{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		id := path.Dir(h.Name)
		switch path.Base(h.Name) {
		case "pocket.pdb":
			p, err := chem.ParsePDB(r, h.Name)
			if err != nil {
				d.drop("unreadable pocket", 1)
			}
			pockets[id] = p // nil where unreadable
		case "ligand.sdf":
			mols, _, err := chem.ParseSDF(r, h.Name)
			ligands[id] = nil
			if err != nil || len(mols) == 0 {
				d.drop("unreadable ligand", 1)
				continue
			}
			ligands[id] = mols[0].HeavyOnly()
		}
	}
	for id := range ligands {
		if _, ok := pockets[id]; !ok {
			d.drop("ligand without pocket", 1)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(pockets)) {
		p := pockets[id]
		m, ok := ligands[id]
		if !ok {
			d.drop("pocket without ligand", 1)
		}
		if p == nil || m == nil {
			continue
		}
		m.Name = id
		d.addComplex(m, p, weight)
	}
	return nil
}

// AddShards reads a folder that `keel data build` made.
func (d *Dataset) AddShards(dir string) error {
	from, err := dataset.Open(dir)
	if err != nil {
		return err
	}
	for m, err := range from.Conformers() {
		if err != nil {
			return err
		}
		if e, ok := d.accept(m); ok {
			d.Conformers = append(d.Conformers, e)
		}
	}
	for c, err := range from.Complexes() {
		if err != nil {
			return err
		}
		c.Ligand.Name = c.ID
		d.addComplex(c.Ligand, c.Protein, 1)
	}
	return nil
}

// addComplex takes a ligand of heavy atoms in its pocket, if the model can represent it.
func (d *Dataset) addComplex(ligand *chem.Molecule, protein *chem.Protein, weight float64) {
	e, ok := d.accept(ligand)
	if !ok {
		return
	}
	var err error
	if e.Pocket, err = NewPocket(protein); err != nil {
		d.drop("pocket without protein", 1)
		return
	}
	e.Weight = weight
	d.Complexes = append(d.Complexes, e)
}

// merge adds what the other dataset holds and left out.
func (d *Dataset) merge(other *Dataset) {
	d.Conformers, d.Complexes = append(d.Conformers, other.Conformers...), append(d.Complexes, other.Complexes...)
	for reason, n := range other.Dropped {
		d.drop(reason, n)
	}
}

func (d *Dataset) drop(reason string, n int) {
	if n == 0 {
		return
	}
	if d.Dropped == nil {
		d.Dropped = map[string]int{}
	}
	d.Dropped[reason] += n
}

const (
	smallest = 8  // heavy atoms of a training molecule, at least
	biggest  = 40 // at most
)

// accept checks that the model could represent a molecule.
func (d *Dataset) accept(m *chem.Molecule) (Example, bool) {
	switch n := len(m.Atoms); {
	case n < smallest:
		d.drop(fmt.Sprintf("fewer than %d heavy atoms", smallest), 1)
	case n > biggest:
		d.drop(fmt.Sprintf("more than %d heavy atoms", biggest), 1)
	case slices.ContainsFunc(m.Atoms, func(a chem.Atom) bool { return !isSingle(a) }):
		d.drop("an atom type the model does not have", 1)
	case len(m.Fragments()) != 1:
		d.drop("more than one fragment", 1)
	default:
		return Example{Ligand: m, Weight: 1}, true
	}
	return Example{}, false
}

func isSingle(a chem.Atom) bool {
	return slices.ContainsFunc(SingleAtoms, func(b chem.Atom) bool { return a.Element == b.Element && a.Charge == b.Charge })
}

// Learn gives the vocabulary of the commonest rigid groups of all molecules.
func (d *Dataset) Learn(c VocabularyConfig) *rigid.Vocabulary {
	l := rigid.NewLearner()
	for _, list := range [][]Example{d.Conformers, d.Complexes} {
		for _, e := range list {
			l.Add(e.Ligand)
		}
	}
	return l.Vocabulary(SingleAtoms, c.Size, c.Least)
}

// Cut parts all molecules into groups of the vocabulary, and drops what it cannot represent. Of lone conformers, of which there are plenty,
// those with a ring that the vocabulary lacks are dropped too; complexes have theirs as single atoms.
func (d *Dataset) Cut(v *rigid.Vocabulary) {
	for k, list := range [][]Example{d.Conformers, d.Complexes} {
		reasons := make([]string, len(list))
		var group sync.WaitGroup
		workers := runtime.GOMAXPROCS(0)
		for w := range workers {
			group.Go(func() {
				for i := w; i < len(list); i += workers {
					reasons[i] = list[i].cut(v, k == 0)
				}
			})
		}
		group.Wait()
		for i, reason := range reasons {
			if reason != "" {
				d.drop(reason, 1)
				list[i].Pieces = nil
			}
		}
	}
	lost := func(e Example) bool { return e.Pieces == nil }
	d.Conformers, d.Complexes = slices.DeleteFunc(d.Conformers, lost), slices.DeleteFunc(d.Complexes, lost)
}

// cuts yields all molecules with their pieces.
func (d *Dataset) cuts() iter.Seq2[*chem.Molecule, []rigid.Piece] {
	return func(yield func(*chem.Molecule, []rigid.Piece) bool) {
		for _, list := range [][]Example{d.Conformers, d.Complexes} {
			for _, e := range list {
				if !yield(e.Ligand, e.Pieces) {
					return
				}
			}
		}
	}
}

// cut parts the ligand, and says why it cannot be represented.
func (e *Example) cut(v *rigid.Vocabulary, wholeRings bool) (reason string) {
	var err error
	if e.Pieces, err = v.Pieces(e.Ligand); err != nil {
		return "an atom type the model does not have"
	}
	home := make([]int, len(e.Ligand.Atoms))
	for k, p := range e.Pieces {
		for _, i := range p.Atoms {
			home[i] = k
		}
	}
	for _, b := range e.Ligand.Bonds {
		if home[b.A] != home[b.B] && b.Order >= NumOrders {
			return "a triple bond between groups"
		}
	}
	if wholeRings {
		for _, ring := range e.Ligand.Rings() {
			if home[ring[0]] != home[ring[1]] {
				return "a ring that the vocabulary lacks"
			}
		}
	}
	if Bucket(len(e.Pieces)) == 0 {
		return fmt.Sprintf("more than %d rigid groups", Buckets[len(Buckets)-1])
	}
	return ""
}

// Describe says what the dataset holds and what was left out.
func (d *Dataset) Describe() string {
	var reasons []string
	for r, n := range d.Dropped {
		reasons = append(reasons, fmt.Sprintf("%s: %d", r, n))
	}
	slices.Sort(reasons)
	text := fmt.Sprintf("%d conformers, %d complexes", len(d.Conformers), len(d.Complexes))
	if len(reasons) > 0 {
		text += "; left out: " + strings.Join(reasons, ", ")
	}
	return text
}
