package image

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"keel/nn"
	"keel/pretrain"
	"keel/task/image/caption"
	"keel/task/image/dataset"
	"keel/task/image/picture"
	"keel/task/image/scene"
)

const (
	wordDrop    = 0.1 // of words in training that only their trigrams stand for: what unseen words have
	articleDrop = 0.3 // of scenes whose caption leaves out its articles
	smallest    = 37  // pixels of the windows that training cuts out of a set's pictures; the largest is the whole
)

// Source draws training batches: pictures of sets in windows at random, and scenes drawn on the spot. It may be used by several goroutines at a time.
type Source struct {
	Net    *Network
	Size   int     // examples in a batch
	Scenes float64 // share of scenes
	Null   float64 // share of captions dropped, for guidance

	groups []group // of all sets
	mask   []float32
}

// group are variants of one picture.
type group struct {
	set      *dataset.Set
	pictures []int
}

// NewSource prepares drawing from sets, held-out pictures aside.
func NewSource(net *Network, sets []*dataset.Set, size int, scenes, null float64) *Source {
	return &Source{Net: net, Size: size, Scenes: scenes, Null: null, groups: groupsOf(sets, false), mask: slices.Repeat([]float32{1}, size*picture.Dims)}
}

func groupsOf(sets []*dataset.Set, held bool) (out []group) {
	for _, s := range sets {
		for _, g := range s.Groups(held) {
			out = append(out, group{s, g})
		}
	}
	return out
}

// Next draws a batch.
func (s *Source) Next(rng *rand.Rand) (*pretrain.Batch, error) {
	b := s.batch()
	words := make([]float32, s.Size*caption.Size)
	for i := range s.Size {
		c, err := s.draw(rng, b.X0[i*picture.Dims:(i+1)*picture.Dims])
		if err != nil {
			return nil, err
		}
		if row := words[i*caption.Size : (i+1)*caption.Size]; rng.Float64() >= s.Null {
			c.Write(row)
			dropWords(rng, row)
		}
	}
	b.Cond = []*nn.Tensor{nn.FromFloats(words, s.Size, caption.Size)}
	return b, nil
}

func (s *Source) batch() *pretrain.Batch {
	return &pretrain.Batch{Shape: fmt.Sprint(s.Size), Net: s.Net, Size: s.Size, X0: make([]float32, s.Size*picture.Dims), Mask: s.mask}
}

// draw draws one example: a picture [Dims] and its caption.
func (s *Source) draw(rng *rand.Rand, x []float32) (caption.Caption, error) {
	if len(s.groups) == 0 || rng.Float64() < s.Scenes {
		drawn := scene.Random(rng, scene.Trained)
		drawn.Draw(rng, x)
		return sceneCaption(drawn, rng.Float64() < articleDrop)
	}
	g := s.groups[rng.IntN(len(s.groups))]
	i := g.pictures[rng.IntN(len(g.pictures))]
	size := smallest + rng.IntN(dataset.Side-smallest+1)
	window(g.set.Pixels[i], rng.IntN(dataset.Side-size+1), rng.IntN(dataset.Side-size+1), size, x)
	return caption.Parse(g.set.Entries[i].Caption)
}

// sceneCaption is a scene's caption, with or without its articles.
func sceneCaption(s scene.Scene, bare bool) (caption.Caption, error) {
	text := s.String()
	if bare {
		text = strings.NewReplacer(" a ", " ", " an ", " ").Replace(" " + text)
	}
	return caption.Parse(text)
}

// dropWords takes away some words' own vectors.
func dropWords(rng *rand.Rand, row []float32) {
	for w := range caption.Words {
		if pieces := row[w*caption.PerWord : (w+1)*caption.PerWord]; pieces[1] != 0 && rng.Float64() < wordDrop {
			pieces[0] = 0
		}
	}
}

// window scales size² pixels of a set's picture from (left, top) on to a picture x [Dims].
func window(pixels []uint8, left, top, size int, x []float32) {
	scale := float32(size) / picture.Side
	for v := range picture.Side {
		row, down := along(float32(v), scale, size)
		for u := range picture.Side {
			column, right := along(float32(u), scale, size)
			at := func(dx, dy, k int) float32 {
				return float32(pixels[((top+min(row+dy, size-1))*dataset.Side+left+min(column+dx, size-1))*3+k])
			}
			for k := range 3 {
				upper := at(0, 0, k)*(1-right) + at(1, 0, k)*right
				lower := at(0, 1, k)*(1-right) + at(1, 1, k)*right
				x[(v*picture.Side+u)*3+k] = (upper*(1-down)+lower*down)/127.5 - 1
			}
		}
	}
}

// along is the pixel of a window of size pixels before the middle of pixel i, and how far the middle is towards the next one.
func along(i, scale float32, size int) (before int, share float32) {
	at := min(max((i+0.5)*scale-0.5, 0), float32(size-1))
	before = int(at)
	return before, at - float32(before)
}

// middle is the window of a set's picture that evaluation looks at.
func middle(pixels []uint8, x []float32) {
	const size = (smallest + dataset.Side) / 2
	window(pixels, (dataset.Side-size)/2, (dataset.Side-size)/2, size, x)
}

// Held gives batches that are never trained on: held-out pictures of the sets, as far as there are any, and scenes of held-out pairs.
func (s *Source) Held(sets []*dataset.Set, rng *rand.Rand) ([]*pretrain.Batch, error) {
	groups := groupsOf(sets, true)
	var out []*pretrain.Batch
	add := func(draw func(i int, x []float32) (caption.Caption, error)) error {
		b := s.batch()
		words := make([]float32, s.Size*caption.Size)
		for i := range s.Size {
			c, err := draw(i, b.X0[i*picture.Dims:(i+1)*picture.Dims])
			if err != nil {
				return err
			}
			c.Write(words[i*caption.Size : (i+1)*caption.Size])
		}
		b.Cond = []*nn.Tensor{nn.FromFloats(words, s.Size, caption.Size)}
		out = append(out, b)
		return nil
	}
	if len(groups) > 0 {
		err := add(func(i int, x []float32) (caption.Caption, error) {
			g := groups[i%len(groups)]
			k := g.pictures[i/len(groups)%len(g.pictures)]
			middle(g.set.Pixels[k], x)
			return caption.Parse(g.set.Entries[k].Caption)
		})
		if err != nil {
			return nil, err
		}
	}
	if s.Scenes > 0 {
		err := add(func(_ int, x []float32) (caption.Caption, error) {
			drawn := scene.Random(rng, scene.HeldPair)
			drawn.Draw(rng, x)
			return sceneCaption(drawn, false)
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
