package align

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"keel/nn"
	"keel/pretrain"
	"keel/task/image/caption"
	"keel/task/image/examples"
	"keel/task/image/picture"
)

// Source draws training batches: the examples of the picture model, changed as that one never sees them. It may be used by several goroutines.
type Source struct {
	Net    *Network
	Size   int // examples in a batch, among which each is to be found
	Drawer *examples.Drawer

	mask []float32
}

// NewSource prepares drawing.
func NewSource(net *Network, d *examples.Drawer, size int) *Source {
	return &Source{Net: net, Size: size, Drawer: d, mask: slices.Repeat([]float32{1}, size*picture.Dims)}
}

// Next draws a batch.
func (s *Source) Next(rng *rand.Rand) (*pretrain.Batch, error) {
	list := make([]examples.Example, s.Size)
	for i := range list {
		drawn := make([]float32, picture.Dims)
		c, err := s.Drawer.Draw(rng, drawn)
		if err != nil {
			return nil, err
		}
		list[i] = examples.Example{Picture: change(rng, drawn), Caption: c}
	}
	return s.batch(list, rng), nil
}

// batch is examples as a batch; with an rng some words are dropped.
func (s *Source) batch(list []examples.Example, rng *rand.Rand) *pretrain.Batch {
	b := &pretrain.Batch{Shape: fmt.Sprint(s.Size), Net: s.Net, Size: s.Size, Mask: s.mask}
	words, texts := make([]float32, s.Size*caption.Size), make([]float32, s.Size)
	for i, e := range list {
		b.X0 = append(b.X0, e.Picture...)
		row := words[i*caption.Size : (i+1)*caption.Size]
		e.Caption.Write(row)
		if rng != nil {
			examples.DropWords(rng, row)
		}
		h := fnv.New32a()
		h.Write([]byte(e.Caption.String()))
		texts[i] = float32(h.Sum32() >> 8) // 24 bits, which a float32 holds exactly
	}
	b.Cond = []*nn.Tensor{nn.FromFloats(words, s.Size, caption.Size), nn.FromFloats(texts, s.Size, 1)}
	return b
}

// Held gives batches that are never trained on.
func (s *Source) Held(rng *rand.Rand) ([]*pretrain.Batch, error) {
	held, err := s.Drawer.Held(rng, s.Size)
	if err != nil {
		return nil, err
	}
	var out []*pretrain.Batch
	for _, list := range held {
		out = append(out, s.batch(list, nil))
	}
	return out, nil
}

const (
	mostShift = 3    // pixels
	mostGain  = 0.25 // change of contrast
	mostTint  = 0.1  // change of each channel
	mostNoise = 0.25 // standard deviation
)

// change shifts a picture, changes its contrast and tint, blurs half of them a little and adds noise: what is drawn by a model is not as clean as
// what it was trained on.
func change(rng *rand.Rand, x []float32) []float32 {
	between := func(most float64) float32 { return float32(most * (2*rng.Float64() - 1)) }
	dx, dy := rng.IntN(2*mostShift+1)-mostShift, rng.IntN(2*mostShift+1)-mostShift
	gain, blur := 1+between(mostGain), float32(0)
	tint := [3]float32{between(mostTint), between(mostTint), between(mostTint)}
	noise := mostNoise * rng.Float64() * rng.Float64()
	if rng.IntN(2) == 0 {
		blur = float32(0.5 * rng.Float64())
	}
	at := func(u, v, k int) float32 {
		u, v = min(max(u+dx, 0), picture.Side-1), min(max(v+dy, 0), picture.Side-1)
		return x[(v*picture.Side+u)*3+k]
	}
	out := make([]float32, picture.Dims)
	for i := range out {
		k, u, v := i%3, i/3%picture.Side, i/3/picture.Side
		value := at(u, v, k)
		if blur > 0 {
			value += blur * ((at(u-1, v, k)+at(u+1, v, k)+at(u, v-1, k)+at(u, v+1, k))/4 - value)
		}
		out[i] = gain*value + tint[k] + float32(noise*rng.NormFloat64())
	}
	return out
}
