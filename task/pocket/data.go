package pocket

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"

	"keel/chem"
	"keel/chem/rigid"
	"keel/nn"
	"keel/pretrain"
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
		for i := range list {
			if reason := list[i].cut(v, k == 0); reason != "" {
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

// Buckets are the padded numbers of groups that batches come in: each is a program to compile.
var Buckets = []int{8, 11, 14, 18}

// Bucket is the smallest padded size that holds n groups; 0 where none does.
func Bucket(n int) int {
	for _, b := range Buckets {
		if n <= b {
			return b
		}
	}
	return 0
}

// Source draws training batches from a dataset: by bucket in proportion to the data, with pockets in a given share.
type Source struct {
	Net   Network // Layout is set per batch
	Size  int     // examples in a batch
	Share float64 // of batches with pockets

	conformers, complexes drawer
}

// centreJitter is the standard deviation in Å of the noise on the centre in training: a user's centre is not the ligand's centroid.
const centreJitter = 0.7

// pocketJitter is the standard deviation in Å of the noise on pocket atoms in training.
const pocketJitter = 0.1

// NewSource prepares drawing from the data.
func NewSource(d *Dataset, net Network, size int, share float64) *Source {
	return &Source{Net: net, Size: size, Share: share, conformers: newDrawer(d.Conformers), complexes: newDrawer(d.Complexes)}
}

// drawer draws examples of one kind: a bucket by its weight, then examples by theirs.
type drawer struct {
	buckets map[int][]Example
	weights map[int]float64
	cumul   map[int][]float64
	total   float64
}

func newDrawer(examples []Example) drawer {
	w := drawer{buckets: map[int][]Example{}, weights: map[int]float64{}, cumul: map[int][]float64{}}
	for _, e := range examples {
		b := Bucket(len(e.Pieces))
		w.buckets[b] = append(w.buckets[b], e)
		w.weights[b] += e.Weight
		w.cumul[b] = append(w.cumul[b], w.weights[b])
		w.total += e.Weight
	}
	return w
}

func (w drawer) draw(rng *rand.Rand, n int) (bucket int, out []Example) {
	u := rng.Float64() * w.total
	for _, b := range Buckets {
		if u -= w.weights[b]; u < 0 {
			bucket = b
			break
		}
	}
	if bucket == 0 {
		for _, b := range Buckets {
			if w.weights[b] > 0 {
				bucket = b
			}
		}
	}
	for range n {
		k, _ := slices.BinarySearch(w.cumul[bucket], rng.Float64()*w.weights[bucket])
		out = append(out, w.buckets[bucket][min(k, len(w.buckets[bucket])-1)])
	}
	return bucket, out
}

// Next draws a batch.
func (s *Source) Next(rng *rand.Rand) (*pretrain.Batch, error) {
	from := s.conformers
	if s.conformers.total == 0 || s.complexes.total > 0 && rng.Float64() < s.Share {
		from = s.complexes
	}
	if from.total == 0 {
		return nil, errors.New("no training examples: data.conformers and data.complexes are empty or everything was dropped")
	}
	bucket, examples := from.draw(rng, s.Size)
	return NewBatch(s.Net, bucket, examples, rng)
}

// NewBatch encodes examples, padded to the bucket's size, each about its centroid with the training jitter.
func NewBatch(net Network, bucket int, examples []Example, rng *rand.Rand) (*pretrain.Batch, error) {
	net.Layout.Nodes = bucket
	dims, size := net.Layout.Dims(), len(examples)
	b := &pretrain.Batch{Net: &net, Size: size, X0: make([]float32, size*dims), Mask: make([]float32, size*dims)}
	nodes, atoms := make([]float32, size*bucket), make([]float32, size)
	var around []*Surroundings
	for i, e := range examples {
		centre := e.Ligand.Centroid()
		for k := range 3 {
			centre[k] += centreJitter * rng.NormFloat64()
		}
		if err := net.Layout.Encode(e.Ligand, e.Pieces, centre, rng, b.X0[i*dims:(i+1)*dims]); err != nil {
			return nil, err
		}
		net.Layout.Mask(len(e.Pieces), b.Mask[i*dims:(i+1)*dims])
		for k := range e.Pieces {
			nodes[i*bucket+k] = 1
		}
		atoms[i] = float32(len(e.Ligand.Atoms))
		if e.Pocket != nil {
			s := e.Pocket.Around(centre)
			for k := range s.Position {
				s.Position[k] += float32(pocketJitter / CoordUnit * rng.NormFloat64())
			}
			around = append(around, s)
		}
	}
	b.Shape = fmt.Sprintf("%dx%d", size, bucket)
	b.Cond = []*nn.Tensor{nn.FromFloats(nodes, size, bucket), nn.FromFloats(atoms, size, 1)}
	if len(around) == size {
		b.Shape += "+pocket"
		b.Cond = append(b.Cond, Conditions(around)...)
	}
	return b, nil
}

// Conditions are the pocket inputs of a network, [len(around), PocketAtoms, ...].
func Conditions(around []*Surroundings) []*nn.Tensor {
	n := len(around)
	var pos, normal, features, present []float32
	for _, s := range around {
		pos, normal = append(pos, s.Position...), append(normal, s.Normal...)
		features, present = append(features, s.Features...), append(present, s.Present...)
	}
	return []*nn.Tensor{
		nn.FromFloats(pos, n, PocketAtoms, 3), nn.FromFloats(normal, n, PocketAtoms, 3), nn.FromFloats(features, n, PocketAtoms, PocketFeatures), nn.FromFloats(present, n, PocketAtoms),
	}
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
