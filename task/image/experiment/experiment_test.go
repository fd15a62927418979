package experiment

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keel/nn"
	"keel/pretrain"
	"keel/run"
	"keel/task/image"
	"keel/task/image/align"
)

// models trains a model and an encoder for a moment each, on scenes, and gives their files.
func models(t *testing.T, e *nn.Engine) (weights, encoder string) {
	t.Helper()
	create := func(c any) *run.Run {
		r, err := run.Create(filepath.Join(t.TempDir(), "run"), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		return r
	}
	train := pretrain.Config{Samples: 32, LearningRate: 1e-3, Warmup: 1, EMA: 0.9, LevelStd: 1, LogEvery: 1, SaveEvery: 10}
	m := image.DefaultPretrain()
	m.Network, m.Batch, m.Train = image.Network{Kind: "transformer", Hidden: 16, Layers: 2, Heads: 2, Text: 16}, 16, train
	r := create(&m)
	if err := image.Pretrain(context.Background(), e, &m, r, io.Discard); err != nil {
		t.Fatal(err)
	}
	d := align.DefaultPretrain()
	d.Network, d.Batch, d.Train = align.Network{Width: 4, Text: 16, Features: 8}, 16, train
	s := create(&d)
	if err := align.Pretrain(context.Background(), e, &d, s, io.Discard); err != nil {
		t.Fatal(err)
	}
	return r.Path("model.safetensors"), s.Path("model.safetensors")
}

// TestRun: every run has its curve and its figures; what is done is not done again; a run of another configuration is refused.
func TestRun(t *testing.T) {
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	c := Default()
	c.Weights, c.Encoder = models(t, e)
	c.Estimators, c.Rewards, c.Seeds = []string{"ddpo-is", "best-of-n"}, []string{"alignment", "scene"}, []uint64{1}
	c.Calls, c.Batch, c.Steps, c.Each, c.Guidance, c.Judged, c.Compare = 8, 4, 2, 2, 1, 10, 2
	c.Prompts, c.Scenes = []string{"red heart", "sun"}, []string{"a red circle", "a blue star above a black cross"}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	rep, err := Run(context.Background(), e, &c, out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Results) != 4 || rep.Untuned == nil {
		t.Fatalf("%d results", len(rep.Results))
	}
	for _, r := range rep.Results {
		if len(r.Curve) != 2 || len(r.Variety) != 2 || r.Calls[1] != 4 || r.Before.Samples != 4 || r.After.Samples != 4 || r.Quality.Pictures == 0 || math.IsNaN(float64(r.Quality.Frechet)) {
			t.Errorf("%s on %s: %+v", r.Estimator, r.Reward, r)
		}
		if r.Estimator == "best-of-n" && r.Before.Reward != r.After.Reward {
			t.Errorf("best-of-n learned something: %v, %v", r.Before.Reward, r.After.Reward)
		}
	}
	stamp := func() (last time.Time) {
		files, err := filepath.Glob(filepath.Join(out, "*", resultFile))
		if err != nil || len(files) != 4 {
			t.Fatalf("%v, %v", files, err)
		}
		for _, f := range files {
			info, err := os.Stat(f)
			if err != nil {
				t.Fatal(err)
			}
			if info.ModTime().After(last) {
				last = info.ModTime()
			}
		}
		return last
	}
	before := stamp()
	again, err := Run(context.Background(), e, &c, out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	a, err1 := json.Marshal(rep)
	b, err2 := json.Marshal(again)
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) || !stamp().Equal(before) {
		t.Error("what was done was done again, or reads otherwise")
	}
	var text bytes.Buffer
	if err := rep.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Alignment", "Scene", "ddpo-is", "best-of-n", "held pair", "retrieval among 100"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, text.String())
		}
	}
	if err := rep.Draw(out); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(out, "alignment-ddpo-is-1", resultFile)); err != nil {
		t.Fatal(err)
	}
	c.Steps = 3
	if _, err := Run(context.Background(), e, &c, out, io.Discard); err == nil || !strings.Contains(err.Error(), "was begun with another configuration") {
		t.Errorf("another configuration in the same folder: %v", err)
	}
}

// TestReaches: the first point of the mean curve at the mean of DDPO-IS's last two, with the mean of the varieties there.
func TestReaches(t *testing.T) {
	curve := func(y ...float64) Result {
		return Result{Calls: []float64{0, 64, 128, 192}, Curve: y, Variety: []image.Number{0.4, 0.3, image.Number(y[3] / 20), 0.1}}
	}
	slow := []Result{curve(0, 1, 2, 4), curve(0, 1, 4, 6)}
	if got := lastOf(slow); got != 4 {
		t.Errorf("the last two iterations have %v", got)
	}
	for _, c := range []struct {
		list           []Result
		target         float64
		calls, variety string
	}{
		{[]Result{curve(0, 3, 5, 5), curve(0, 3, 5, 6)}, 4, "128", "0.275"},
		{[]Result{curve(0, 1, 1, 1)}, 4, "not reached", "–"},
		{slow, math.NaN(), "–", "–"}, // no run of DDPO-IS
	} {
		if calls, variety := reaches(c.list, c.target); calls != c.calls || variety != c.variety {
			t.Errorf("to %v in %s calls with a variety of %s, expected %s and %s", c.target, calls, variety, c.calls, c.variety)
		}
	}
}

func TestCheck(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"at least one of each": func(c *Config) { c.Seeds = nil },
		"calls for at least":   func(c *Config) { c.Calls = 10 },
		"judged = 1":           func(c *Config) { c.Judged = 1 },
		"is no scene":          func(c *Config) { c.Scenes = []string{"sun"} },
		"nonsense":             func(c *Config) { c.Estimators = []string{"nonsense"} },
	} {
		c := Default()
		change(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("expected %q, got %v", want, err)
		}
	}
}
