package reward

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"keel/task/image/caption"
	"keel/task/image/picture"
	"keel/task/image/scene"
)

func constant(v float32) []float32 {
	x := make([]float32, picture.Dims)
	for i := range x {
		x[i] = v
	}
	return x
}

func noise(seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, picture.Dims)
	for i := range x {
		x[i] = float32(2*rng.Float64() - 1)
	}
	return x
}

// TestPixels: each metric at pictures for which its value is known, or its order.
func TestPixels(t *testing.T) {
	white, grey, rubbish := constant(1), constant(0), noise(1)
	red := constant(-1)
	for i := 0; i < len(red); i += 3 {
		red[i] = 1
	}
	half := constant(1) // black on the left
	for i := range half {
		if i/3%picture.Side < picture.Side/2 {
			half[i] = -1
		}
	}
	if a, b := JPEG(white), JPEG(rubbish); !(a > 0.6 && a < 0.8 && b > 2*a) {
		t.Errorf("a white picture has %v kB, noise %v", a, b)
	}
	beyond := constant(7)
	if JPEG(beyond) != JPEG(white) {
		t.Error("values beyond white are not white")
	}
	for _, c := range []struct {
		name string
		got  float64
		want float64
	}{
		{"symmetry of white", Symmetry(white), 1}, {"symmetry of halves", Symmetry(half), 0}, {"colour of grey", Colourfulness(grey), 0},
		{"colour of halves", Colourfulness(half), 0}, {"colour of red", Colourfulness(red), 0.3 * math.Hypot(1, 0.5)},
	} {
		if math.Abs(c.got-c.want) > 1e-6 {
			t.Errorf("%s is %v, expected %v", c.name, c.got, c.want)
		}
	}
}

// TestMain stands in for a user's program: it earns the length of the prompt, refuses hearts, and dies of stars.
func TestMain(m *testing.M) {
	if os.Getenv("KEEL_TEST_REWARD") == "" {
		os.Exit(m.Run())
	}
	serve()
}

// TestOf: weights, a program's answers, refusals and death; what has no reward is NaN and spares the rest.
func TestOf(t *testing.T) {
	t.Setenv("KEEL_TEST_REWARD", "1")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	list := []Config{{Metric: "symmetry", Weight: 2}, {Metric: "command", Weight: 0.5, Command: []string{self}}}
	var captions []caption.Caption
	for _, text := range []string{"red", "heart", "star", "circle"} {
		c, err := caption.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		captions = append(captions, c)
	}
	if err := Check(list, captions); err != nil {
		t.Fatal(err)
	}
	r, err := Open(context.Background(), list, Env{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	total, means, err := r.Of(context.Background(), [][]float32{constant(1), constant(1), constant(1), constant(1)}, captions)
	if err != nil {
		t.Fatal(err)
	}
	if total[0] != 2+1.5 || total[3] != 2+3 || !math.IsNaN(total[1]) || !math.IsNaN(total[2]) {
		t.Errorf("rewards %v, expected 3.5, NaN, NaN, 5", total)
	}
	if means["command"] != 4.5 || means["symmetry"] != 1 {
		t.Errorf("means %v", means)
	}
}

func TestScenes(t *testing.T) {
	c, err := caption.Parse("a red circle left of a blue square")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := scene.Parse(c)
	x := make([]float32, picture.Dims)
	s.Draw(rand.New(rand.NewPCG(1, 1)), x)
	got, err := scenes{}.values(context.Background(), [][]float32{x, constant(1)}, []caption.Caption{c, c})
	if err != nil || got[0] != 1 || got[1] != 0 {
		t.Errorf("the drawing earns %v, white %v: %v", got[0], got[1], err)
	}
}

func TestCheck(t *testing.T) {
	for want, c := range map[string]Config{
		"expected one of":          {Metric: "beauty"},
		"weight":                   {Metric: "symmetry", Weight: math.NaN()},
		"command is missing":       {Metric: "command"},
		"timeout":                  {Metric: "command", Command: []string{"x"}, Timeout: -1},
		"go with metric = \"comm":  {Metric: "symmetry", Command: []string{"x"}},
		"no [[reward]] is named: ": {},
	} {
		list := []Config{c}
		if c.Metric == "" {
			list = nil
		}
		if err := Check(list, nil); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("expected one line with %q, got %v", want, err)
		}
	}
}
