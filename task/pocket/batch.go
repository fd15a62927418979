package pocket

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"keel/nn"
	"keel/pretrain"
)

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

// Conditions are the pocket inputs of a network, [len(around), atoms, ...]; all surroundings have as many atoms.
func Conditions(around []*Surroundings) []*nn.Tensor {
	n, atoms := len(around), len(around[0].Present)
	var pos, normal, features, present []float32
	for _, s := range around {
		pos, normal = append(pos, s.Position...), append(normal, s.Normal...)
		features, present = append(features, s.Features...), append(present, s.Present...)
	}
	return []*nn.Tensor{
		nn.FromFloats(pos, n, atoms, 3), nn.FromFloats(normal, n, atoms, 3), nn.FromFloats(features, n, atoms, PocketFeatures), nn.FromFloats(present, n, atoms),
	}
}
