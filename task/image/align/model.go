package align

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/pkg/core/graph"

	"keel/nn"
	"keel/pretrain"
	"keel/task/image/caption"
	"keel/task/image/examples"
	"keel/task/image/picture"
)

// format names this version of the encoder in weight files.
const format = "keel-image-encoder-1"

// Encoder is a dual encoder with its weights, ready to judge.
type Encoder struct {
	Net Network

	params   *nn.Tensor
	pictures *nn.Program
	captions *nn.Program
}

// metadata describes an encoder in a weights file.
func metadata(n Network) map[string]string {
	return nn.Describe(format, map[string]any{"task": "image-encoder", "network": n})
}

// Read reads a weights file, or the averaged weights of a checkpoint of its training.
func Read(e *nn.Engine, path string) (*Encoder, error) {
	w, err := nn.ReadWeights(path)
	if err != nil {
		return nil, err
	}
	d := &Encoder{}
	if err := w.Decode(format, map[string]any{"network": &d.Net}); err != nil {
		return nil, fmt.Errorf("%s: not a dual encoder: %w", path, err)
	}
	if err := d.Net.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	layout, err := d.Net.Declare(e)
	if err != nil {
		return nil, err
	}
	flat, err := pretrain.Params(layout, w)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d.params = nn.FromFloats(flat, len(flat))
	if d.pictures, err = e.Compile("encode-pictures", func(in []*graph.Node) []*graph.Node {
		return []*graph.Node{d.Net.Picture(nn.NewScope(layout, in[0]).In("picture"), in[1])}
	}); err != nil {
		return nil, err
	}
	d.captions, err = e.Compile("encode-captions", func(in []*graph.Node) []*graph.Node {
		return []*graph.Node{d.Net.Caption(nn.NewScope(layout, in[0]).In("caption"), in[1])}
	})
	return d, err
}

// encodeBatch is how many are encoded at once: one compiled program, whatever their number.
const encodeBatch = 32

// Pictures gives the features of pictures [picture.Dims], each of length 1.
func (d *Encoder) Pictures(list [][]float32) ([][]float32, error) {
	return d.encode(d.pictures, len(list), func(from, to int) *nn.Tensor {
		x := make([]float32, 0, encodeBatch*picture.Dims)
		for _, one := range list[from:to] {
			for _, v := range one {
				x = append(x, min(max(v, -1), 1)) // as a file would hold it
			}
		}
		return nn.FromFloats(append(x, make([]float32, encodeBatch*picture.Dims-len(x))...), encodeBatch, picture.Dims)
	})
}

// Captions gives the features of captions, each of length 1.
func (d *Encoder) Captions(list []caption.Caption) ([][]float32, error) {
	return d.encode(d.captions, len(list), func(from, to int) *nn.Tensor {
		return examples.Tensors(append(slices.Clone(list[from:to]), make([]caption.Caption, encodeBatch-(to-from))...))
	})
}

func (d *Encoder) encode(p *nn.Program, n int, input func(from, to int) *nn.Tensor) ([][]float32, error) {
	var out [][]float32
	for len(out) < n {
		from, to := len(out), min(len(out)+encodeBatch, n)
		in := input(from, to)
		got, err := p.Call(d.params, in)
		if err != nil {
			return nil, err
		}
		flat := nn.Floats(got[0])
		nn.Free(append(got, in)...)
		width := len(flat) / encodeBatch
		for i := range to - from {
			out = append(out, flat[i*width:(i+1)*width])
		}
	}
	return out, nil
}

// Agreement is the cosine of two features of length 1.
func Agreement(a, b []float32) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

// Rank says how many of the captions' features agree better with a picture's than the right one does; captions of the right one's text do not count.
func Rank(p []float32, captions [][]float32, texts []string, right int) (rank int) {
	own := Agreement(p, captions[right])
	for i, c := range captions {
		if texts[i] != texts[right] && Agreement(p, c) > own {
			rank++
		}
	}
	return rank
}
