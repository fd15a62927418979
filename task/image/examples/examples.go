// Package examples draws training examples of the text-to-image task: pictures of sets in windows at random, and scenes drawn on the spot.
package examples

import (
	"math/rand/v2"
	"slices"
	"strings"

	"keel/nn"
	"keel/task/image/caption"
	"keel/task/image/dataset"
	"keel/task/image/picture"
	"keel/task/image/scene"
)

const (
	wordDrop    = 0.1 // of words that only their trigrams stand for: what unseen words have
	articleDrop = 0.3 // of scenes whose caption leaves out its articles
	smallest    = 37  // pixels of the windows that are cut out of a set's pictures; the largest is the whole
)

// Drawer draws examples. It may be used by several goroutines at a time.
type Drawer struct {
	Scenes float64 // share of scenes
	sets   []*dataset.Set
	groups []group // that may be trained on
}

// group are variants of one picture.
type group struct {
	set      *dataset.Set
	pictures []int
}

// New prepares drawing from sets and scenes; without sets there are scenes alone.
func New(sets []*dataset.Set, scenes float64) *Drawer {
	d := &Drawer{Scenes: scenes, sets: sets, groups: groupsOf(sets, false)}
	if len(d.groups) == 0 {
		d.Scenes = 1
	}
	return d
}

func groupsOf(sets []*dataset.Set, held bool) (out []group) {
	for _, s := range sets {
		for _, g := range s.Groups(held) {
			out = append(out, group{s, g})
		}
	}
	return out
}

// Groups is the number of groups of pictures that are trained on.
func (d *Drawer) Groups() int { return len(d.groups) }

// Draw draws an example of the training data: a picture into x [picture.Dims], and its caption.
func (d *Drawer) Draw(rng *rand.Rand, x []float32) (caption.Caption, error) {
	if rng.Float64() < d.Scenes {
		drawn := scene.Random(rng, scene.Trained)
		drawn.Draw(rng, x)
		return sceneCaption(drawn, rng.Float64() < articleDrop)
	}
	g := d.groups[rng.IntN(len(d.groups))]
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

// Example is a picture [picture.Dims] with its caption.
type Example struct {
	Picture []float32
	Caption caption.Caption
}

// HeldPictures are the sets' held-out pictures, as evaluation looks at them.
func (d *Drawer) HeldPictures() ([]Example, error) {
	var out []Example
	for _, g := range groupsOf(d.sets, true) {
		for _, i := range g.pictures {
			c, err := caption.Parse(g.set.Entries[i].Caption)
			if err != nil {
				return nil, err
			}
			out = append(out, Example{Middle(g.set.Pixels[i]), c})
		}
	}
	return out, nil
}

// Pictures are the sets' pictures that are trained on, as evaluation looks at them.
func (d *Drawer) Pictures() [][]float32 {
	var out [][]float32
	for _, g := range d.groups {
		for _, i := range g.pictures {
			out = append(out, Middle(g.set.Pixels[i]))
		}
	}
	return out
}

// Scenes draws scenes of a kind.
func Scenes(rng *rand.Rand, kind scene.Kind, n int) ([]Example, error) {
	out := make([]Example, n)
	for i := range out {
		s := scene.Random(rng, kind)
		c, err := sceneCaption(s, false)
		if err != nil {
			return nil, err
		}
		out[i] = Example{make([]float32, picture.Dims), c}
		s.Draw(rng, out[i].Picture)
	}
	return out, nil
}

// Held are batches of so many examples that are never trained on: held-out pictures where there are any, in turn, and scenes of held-out pairs.
func (d *Drawer) Held(rng *rand.Rand, size int) ([][]Example, error) {
	pictures, err := d.HeldPictures()
	if err != nil {
		return nil, err
	}
	var out [][]Example
	if len(pictures) > 0 {
		rng.Shuffle(len(pictures), func(i, j int) { pictures[i], pictures[j] = pictures[j], pictures[i] })
		batch := make([]Example, size)
		for i := range batch {
			batch[i] = pictures[i%len(pictures)]
		}
		out = append(out, batch)
	}
	if d.Scenes > 0 {
		batch, err := Scenes(rng, scene.HeldPair, size)
		if err != nil {
			return nil, err
		}
		out = append(out, batch)
	}
	return out, nil
}

// Tensors puts captions into a network's condition [n, caption.Size].
func Tensors(list []caption.Caption) *nn.Tensor {
	words := make([]float32, len(list)*caption.Size)
	for i, c := range list {
		c.Write(words[i*caption.Size : (i+1)*caption.Size])
	}
	return nn.FromFloats(words, len(list), caption.Size)
}

// DropWords takes away the own vectors of some words of an encoded caption [caption.Size].
func DropWords(rng *rand.Rand, row []float32) {
	for w := range caption.Words {
		if pieces := row[w*caption.PerWord : (w+1)*caption.PerWord]; pieces[1] != 0 && rng.Float64() < wordDrop {
			pieces[0] = 0
		}
	}
}

// Vocabulary lists the words of the captions that are trained on, sorted.
func (d *Drawer) Vocabulary() []string {
	var out []string
	for _, g := range d.groups {
		for _, i := range g.pictures {
			out = append(out, caption.Split(g.set.Entries[i].Caption)...)
		}
	}
	if d.Scenes > 0 {
		out = append(append(append(out, "a", "an"), scene.Colours...), scene.Shapes...)
		for _, r := range scene.Relations {
			out = append(out, caption.Split(r)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Middle is the window of a set's picture that evaluation looks at, as a picture.
func Middle(pixels []uint8) []float32 {
	const size = (smallest + dataset.Side) / 2
	x := make([]float32, picture.Dims)
	window(pixels, (dataset.Side-size)/2, (dataset.Side-size)/2, size, x)
	return x
}

// window scales size² pixels of a set's picture from (left, top) on to a picture x.
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
