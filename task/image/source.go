package image

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"keel/nn"
	"keel/pretrain"
	"keel/task/image/caption"
	"keel/task/image/examples"
	"keel/task/image/picture"
)

// Source draws training batches. It may be used by several goroutines at a time.
type Source struct {
	Net    *Network
	Size   int     // examples in a batch
	Null   float64 // share of captions dropped, for guidance
	Drawer *examples.Drawer

	mask []float32
}

// NewSource prepares drawing.
func NewSource(net *Network, d *examples.Drawer, size int, null float64) *Source {
	return &Source{Net: net, Size: size, Null: null, Drawer: d, mask: slices.Repeat([]float32{1}, size*picture.Dims)}
}

// Next draws a batch.
func (s *Source) Next(rng *rand.Rand) (*pretrain.Batch, error) {
	b := s.batch()
	words := make([]float32, s.Size*caption.Size)
	for i := range s.Size {
		c, err := s.Drawer.Draw(rng, b.X0[i*picture.Dims:(i+1)*picture.Dims])
		if err != nil {
			return nil, err
		}
		if row := words[i*caption.Size : (i+1)*caption.Size]; rng.Float64() >= s.Null {
			c.Write(row)
			examples.DropWords(rng, row)
		}
	}
	b.Cond = []*nn.Tensor{nn.FromFloats(words, s.Size, caption.Size)}
	return b, nil
}

func (s *Source) batch() *pretrain.Batch {
	return &pretrain.Batch{Shape: fmt.Sprint(s.Size), Net: s.Net, Size: s.Size, X0: make([]float32, s.Size*picture.Dims), Mask: s.mask}
}

// Held gives batches that are never trained on.
func (s *Source) Held(rng *rand.Rand) ([]*pretrain.Batch, error) {
	held, err := s.Drawer.Held(rng, s.Size)
	if err != nil {
		return nil, err
	}
	var out []*pretrain.Batch
	for _, list := range held {
		b := s.batch()
		captions := make([]caption.Caption, s.Size)
		for i, e := range list {
			copy(b.X0[i*picture.Dims:], e.Picture)
			captions[i] = e.Caption
		}
		b.Cond = []*nn.Tensor{examples.Tensors(captions)}
		out = append(out, b)
	}
	return out, nil
}
