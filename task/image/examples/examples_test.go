package examples

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"keel/task/image/caption"
	"keel/task/image/dataset"
	"keel/task/image/picture"
	"keel/task/image/scene"
)

// set has three pictures of two groups to train on, and a held-out one, each of one shade.
func set() *dataset.Set {
	s := &dataset.Set{}
	for _, e := range []struct {
		caption, group string
		held           bool
		shade          uint8
	}{{"waving hand", "hand", false, 50}, {"waving hand dark", "hand", false, 100}, {"red heart", "heart", false, 150}, {"secret", "secret", true, 200}} {
		s.Entries = append(s.Entries, dataset.Entry{Caption: e.caption, Group: e.group, Held: e.held})
		s.Pixels = append(s.Pixels, slices.Repeat([]uint8{e.shade}, dataset.Side*dataset.Side*3))
	}
	return s
}

// TestDraw: groups are drawn alike however many variants they have, captions go with their pictures, and nothing that is held out is ever drawn.
func TestDraw(t *testing.T) {
	d := New([]*dataset.Set{set()}, 0.5)
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, picture.Dims)
	shades := map[string]float32{"waving hand": 50, "waving hand dark": 100, "red heart": 150}
	counts, scenes := map[string]int{}, 0
	const n = 4000
	for range n {
		c, err := d.Draw(rng, x)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := scene.Parse(c); ok {
			scenes++
			if s.Kind() != scene.Trained {
				t.Fatalf("%s is held out", s)
			}
			continue
		}
		text := c.String()
		counts[text]++
		if want := shades[text]/127.5 - 1; math.Abs(float64(x[17]-want)) > 1e-5 {
			t.Fatalf("%s has the shade %v, expected %v", text, x[17], want)
		}
	}
	if len(counts) != 3 || math.Abs(float64(scenes)/n-0.5) > 0.04 {
		t.Errorf("%d scenes, pictures %v", scenes, counts)
	}
	if share := float64(counts["red heart"]) / float64(n-scenes); math.Abs(share-0.5) > 0.05 {
		t.Errorf("one of two groups is %v of the pictures", share)
	}
}

// TestOneSeed: one seed, one sequence of examples.
func TestOneSeed(t *testing.T) {
	d := New([]*dataset.Set{set()}, 0.5)
	draw := func(seed uint64) (out []float32) {
		rng := rand.New(rand.NewPCG(seed, 2))
		for range 20 {
			x := make([]float32, picture.Dims)
			if _, err := d.Draw(rng, x); err != nil {
				t.Fatal(err)
			}
			out = append(out, x...)
		}
		return out
	}
	if !slices.Equal(draw(1), draw(1)) || slices.Equal(draw(1), draw(2)) {
		t.Error("examples do not follow from the seed")
	}
}

// TestHeld: what training is measured by is held out.
func TestHeld(t *testing.T) {
	batches, err := New([]*dataset.Set{set()}, 0.5).Held(rand.New(rand.NewPCG(1, 2)), 8)
	if err != nil || len(batches) != 2 || len(batches[0]) != 8 || len(batches[1]) != 8 {
		t.Fatalf("%d batches, %v", len(batches), err)
	}
	for i := range 8 {
		if got := batches[0][i].Caption.String(); got != "secret" {
			t.Errorf("%q is no held-out picture", got)
		}
		if s, ok := scene.Parse(batches[1][i].Caption); !ok || s.Kind() != scene.HeldPair {
			t.Errorf("%q is no scene of a held-out pair", batches[1][i].Caption)
		}
	}
}

// TestWindow: a slope stays a slope of its steepness through scaling, wherever the window lies.
func TestWindow(t *testing.T) {
	pixels := make([]uint8, dataset.Side*dataset.Side*3)
	for i := range pixels {
		pixels[i] = uint8(5 * (i / 3 % dataset.Side))
	}
	for _, size := range []int{smallest, dataset.Side} {
		for left := range dataset.Side - size + 1 {
			x := make([]float32, picture.Dims)
			window(pixels, left, 0, size, x)
			for u := 1; u < picture.Side-1; u++ {
				middle := float64(left) + (float64(u)+0.5)*float64(size)/picture.Side - 0.5
				if got := (float64(x[u*3]) + 1) * 127.5; math.Abs(got-5*middle) > 1e-3 {
					t.Fatalf("window %d from %d: column %d is %v, expected %v", size, left, u, got, 5*middle)
				}
			}
		}
	}
}

// TestVocabulary: the words of what is trained on, and of nothing else.
func TestVocabulary(t *testing.T) {
	v := New([]*dataset.Set{set()}, 0.5).Vocabulary()
	for word, want := range map[string]bool{"heart": true, "dark": true, "triangle": true, "left": true, "secret": false} {
		if got := slices.Contains(v, word); got != want {
			t.Errorf("%s: %v", word, got)
		}
	}
	if !slices.IsSorted(v) {
		t.Error("not sorted")
	}
}

// TestDropWords: of a dropped word its trigrams stay.
func TestDropWords(t *testing.T) {
	c, err := caption.Parse("grinning face")
	if err != nil {
		t.Fatal(err)
	}
	rng, dropped := rand.New(rand.NewPCG(1, 2)), 0
	const n = 2000
	for range n {
		row := make([]float32, caption.Size)
		c.Write(row)
		full := slices.Clone(row)
		DropWords(rng, row)
		for w := range 2 {
			own := w * caption.PerWord
			if row[own] == 0 {
				dropped++
			}
			if !slices.Equal(row[own+1:own+caption.PerWord], full[own+1:own+caption.PerWord]) {
				t.Fatal("a trigram is gone")
			}
		}
	}
	if share := float64(dropped) / (2 * n); math.Abs(share-wordDrop) > 0.02 {
		t.Errorf("%v of the words are dropped", share)
	}
}
