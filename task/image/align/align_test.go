package align

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keel/nn"
	"keel/pretrain"
	"keel/run"
	"keel/task/image/caption"
	"keel/task/image/examples"
	"keel/task/image/picture"
	"keel/task/image/scene"
)

func engine(t *testing.T) *nn.Engine {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestLearns: a small encoder finds captions of scenes far better than by chance after a few seconds of training; it judges a picture
// the same in any company.
func TestLearns(t *testing.T) {
	c := DefaultPretrain()
	c.Network, c.Batch, c.Data.Scenes = Network{Width: 8, Text: 32, Features: 32}, 32, 1
	c.Train = pretrain.Config{Samples: 32 * 150, LearningRate: 3e-3, Warmup: 5, EMA: 0.9, LevelStd: 1, LogEvery: 50, SaveEvery: 100}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	r, err := run.Create(filepath.Join(t.TempDir(), "run"), &c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := Pretrain(context.Background(), engine(t), &c, r, io.Discard); err != nil {
		t.Fatal(err)
	}
	e, err := Read(engine(t), r.Path("model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := examples.Scenes(rand.New(rand.NewPCG(3, 4)), scene.Trained, encodeBatch+4)
	if err != nil {
		t.Fatal(err)
	}
	var pictures [][]float32
	var captions []caption.Caption
	var texts []string
	for _, one := range list {
		pictures, captions, texts = append(pictures, one.Picture), append(captions, one.Caption), append(texts, one.Caption.String())
	}
	of, err := e.Pictures(pictures)
	if err != nil {
		t.Fatal(err)
	}
	said, err := e.Captions(captions)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i := range of {
		if got := Agreement(of[i], of[i]); math.Abs(got-1) > 1e-4 {
			t.Fatalf("features of length %v", got)
		}
		if Rank(of[i], said, texts, i) < len(of)/10 {
			found++
		}
	}
	if found < len(of)/2 {
		t.Errorf("%d of %d pictures have their caption among the best tenth: chance is a tenth", found, len(of))
	}
	alone, err := e.Pictures(pictures[encodeBatch:])
	if err != nil || !slices.Equal(alone[0], of[encodeBatch]) {
		t.Errorf("a picture's features depend on its company (%v)", err)
	}
}

// TestRank: captions of the right one's text do not count.
func TestRank(t *testing.T) {
	p := []float32{1, 0}
	captions := [][]float32{{0.6, 0.8}, {1, 0}, {0.8, 0.6}, {0, 1}}
	for _, c := range []struct {
		texts []string
		want  int
	}{{[]string{"a", "b", "c", "d"}, 2}, {[]string{"a", "a", "c", "d"}, 1}, {[]string{"a", "a", "a", "d"}, 0}} {
		if got := Rank(p, captions, c.texts, 0); got != c.want {
			t.Errorf("%v: rank %d, expected %d", c.texts, got, c.want)
		}
	}
}

// TestChange: a changed picture is another picture of the same thing, and the change follows from the seed.
func TestChange(t *testing.T) {
	x := make([]float32, picture.Dims)
	scene.Random(rand.New(rand.NewPCG(1, 1)), scene.Trained).Draw(rand.New(rand.NewPCG(1, 1)), x)
	before := slices.Clone(x)
	a, b, c := change(rand.New(rand.NewPCG(5, 0)), x), change(rand.New(rand.NewPCG(5, 0)), x), change(rand.New(rand.NewPCG(6, 0)), x)
	if !slices.Equal(a, b) || slices.Equal(a, c) || !slices.Equal(x, before) {
		t.Error("the change does not follow from the seed, or changed the picture itself")
	}
}

func TestReadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	w := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: map[string]string{"format": "keel-image-1"}}
	if err := run.WriteFile(path, w.Write); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(engine(t), path); err == nil || !strings.Contains(err.Error(), "not a dual encoder") || !strings.HasPrefix(err.Error(), path) {
		t.Errorf("%v", err)
	}
}
