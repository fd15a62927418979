package image

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
	"keel/policy"
	"keel/pretrain"
	"keel/run"
	"keel/task/image/caption"
	"keel/task/image/examples"
	"keel/task/image/picture"
	"keel/task/image/reward"
	"keel/tune"
)

func engine(t testing.TB) *nn.Engine {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// small are networks that compile fast.
var small = map[string]Network{
	"transformer": {Kind: "transformer", Hidden: 32, Layers: 2, Heads: 2, Text: 16},
	"unet":        {Kind: "unet", Hidden: 8, Layers: 1, Heads: 2, Text: 16},
}

// config trains on scenes for a few steps.
func config(net Network, samples int) *PretrainConfig {
	c := DefaultPretrain()
	c.Network, c.Batch = net, 16
	c.Train = pretrain.Config{Samples: samples, LearningRate: 3e-3, Warmup: 5, EMA: 0.9, LevelMean: -0.6, LevelStd: 1.4, LogEvery: 4, SaveEvery: 4}
	return &c
}

func pretrained(t *testing.T, c *PretrainConfig, r *run.Run, ctx context.Context) error {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return Pretrain(ctx, engine(t), c, r, io.Discard)
}

func create(t *testing.T, c any) *run.Run {
	t.Helper()
	r, err := run.Create(filepath.Join(t.TempDir(), "run"), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestPretrain: each kind of network learns; the file that comes out is read back, tells known words from others, and draws the same pictures for
// the same seed.
func TestPretrain(t *testing.T) {
	for kind, net := range small {
		t.Run(kind, func(t *testing.T) {
			c := config(net, 16*40)
			r := create(t, c)
			if err := pretrained(t, c, r, context.Background()); err != nil {
				t.Fatal(err)
			}
			records, err := run.ReadMetrics(r.Dir)
			if err != nil {
				t.Fatal(err)
			}
			first, last := records[0].Values["loss"], records[len(records)-1].Values["held_loss"]
			if !(last < 0.7*first) {
				t.Errorf("the loss is %v at first, held out %v in the end", first, last)
			}
			m, err := ReadModel(engine(t), r.Path("model.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			red, err := caption.Parse("a red heart left of zorblax")
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Unseen(red); !slices.Equal(got, []string{"heart", "zorblax"}) {
				t.Errorf("unseen words %q", got)
			}
			s, err := NewSampler(engine(t), m, 2, 4)
			if err != nil {
				t.Fatal(err)
			}
			draw := func(n int) [][]float32 {
				steps := 0
				out, err := s.Draw(context.Background(), m.Params, slices.Repeat([]caption.Caption{red}, n), 3, func(_ int, clean [][]float32) { steps++ }, io.Discard)
				if err != nil || len(out) != n || steps != 4 {
					t.Fatalf("%d pictures in %d steps: %v", len(out), steps, err)
				}
				return out
			}
			few, batches := draw(2), draw(40)
			if !slices.Equal(few[1], batches[1]) || slices.Equal(batches[0], batches[16]) {
				t.Error("a picture depends on how many are drawn, or batches are alike")
			}
			for i, x := range draw(17) { // at once, by another program: the same but for rounding
				for k, v := range x {
					if math.Abs(float64(v-batches[i][k])) > 1e-3 {
						t.Fatalf("picture %d, value %d: %v at once, %v in batches", i, k, v, batches[i][k])
					}
				}
			}
		})
	}
}

// TestPretrainResumes: stopped and gone on with, training ends as it would have without the stop.
func TestPretrainResumes(t *testing.T) {
	c := config(small["transformer"], 16*12)
	whole := create(t, c)
	if err := pretrained(t, c, whole, context.Background()); err != nil {
		t.Fatal(err)
	}
	part := create(t, c)
	half := *c
	half.Train.Samples = 16 * 4 // no cool-down: the rate does not depend on the end
	if err := pretrained(t, &half, part, context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := pretrained(t, c, part, context.Background()); err != nil {
		t.Fatal(err)
	}
	a, err := nn.ReadWeights(whole.Path("model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := nn.ReadWeights(part.Path("model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tensor := range a.Tensors {
		if !slices.Equal(tensor.Values, b.Tensors[name].Values) {
			t.Fatalf("tensor %s differs", name)
		}
	}
}

// TestCaptionMatters: the network tells captions apart, and a caption without words from any other; padding does not matter.
func TestCaptionMatters(t *testing.T) {
	for kind, net := range small {
		t.Run(kind, func(t *testing.T) {
			layout, err := net.Declare(engine(t))
			if err != nil {
				t.Fatal(err)
			}
			p, err := engine(t).Compile("caption", func(in []*nn.Node) []*nn.Node {
				return []*nn.Node{net.Denoise(nn.NewScope(layout, in[0]), in[1], in[2], in[3:])}
			})
			if err != nil {
				t.Fatal(err)
			}
			flat := layout.Init(1)
			rng := rand.New(rand.NewPCG(5, 6))
			x := make([]float32, picture.Dims)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			denoise := func(text string) []float32 {
				var c caption.Caption
				if text != "" {
					c = caption.Split(text)
				}
				out, err := p.Call(nn.FromFloats(flat, len(flat)), nn.FromFloats(x, 1, picture.Dims), nn.FromFloats([]float32{0.6, 0.8}, 1, 2), examples.Tensors([]caption.Caption{c}))
				if err != nil {
					t.Fatal(err)
				}
				return nn.Floats(out[0])
			}
			texts := []string{"", "red circle", "circle red", "blue circle", "a red circle left of a blue star"}
			for i, a := range texts {
				for _, b := range texts[:i] {
					if distance(denoise(a), denoise(b)) < 1e-6 {
						t.Errorf("%q and %q give the same", a, b)
					}
				}
			}
		})
	}
}

// TestGuidanceWeights: what is no number is refused in one line.
func TestGuidanceWeights(t *testing.T) {
	for _, w := range []float64{math.NaN(), math.Inf(1), 1e9} {
		if _, err := NewGuidance(nil, w); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("guidance %v gives %v", w, err)
		}
	}
}

// TestReadModelRefuses: weights of another task or shape.
func TestReadModelRefuses(t *testing.T) {
	net := small["transformer"]
	layout, err := net.Declare(engine(t))
	if err != nil {
		t.Fatal(err)
	}
	good := Model{Net: net, Layout: layout}
	good.Info = good.Metadata()
	other := good
	other.Info = map[string]string{"format": "keel-pocket-3"}
	wide := good
	wide.Net.Hidden = 64
	wide.Info = wide.Metadata()
	for want, m := range map[string]*Model{"": &good, "another task": &other, "another network": &wide} {
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := run.WriteFile(path, func(w io.Writer) error { return m.Write(w, layout.Init(1)) }); err != nil {
			t.Fatal(err)
		}
		_, err := ReadModel(engine(t), path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path)) {
			t.Errorf("expected %q, got %v", want, err)
		}
	}
}

// TestFill: what the configuration says of an estimator stays, the rest is what pictures need; estimators that need nothing of their own have their defaults.
func TestFill(t *testing.T) {
	c := DefaultTune()
	c.Prompts, c.Reward = []string{"red heart"}, []reward.Config{{Metric: "symmetry"}}
	mine := map[string]any{"actor": "matching", "memory": int64(40)}
	c.Estimator = map[string]map[string]any{"diffac": mine}
	c.Fill()
	got := c.Estimator["diffac"]
	if got["actor"] != "matching" || got["memory"] != int64(40) || got["critic_steps"] != int64(32) || len(mine) != 2 {
		t.Errorf("%v, of %v", got, mine)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	c.Algo, c.Estimator = "grpo", nil
	c.Fill()
	if len(c.Estimator) != 0 {
		t.Errorf("%v for grpo", c.Estimator)
	}
}

// TestTuning: estimators with and without trajectories take an iteration on pictures.
func TestTuning(t *testing.T) {
	net := small["transformer"]
	layout, err := net.Declare(engine(t))
	if err != nil {
		t.Fatal(err)
	}
	m := &Model{Net: net, Layout: layout, Params: layout.Init(1)}
	c := DefaultTune()
	c.Prompts, c.Each, c.Guidance = []string{"red heart", "a red circle"}, 4, 1.5
	c.Reward = []reward.Config{{Metric: "colourfulness"}, {Metric: "symmetry", Weight: 0.5}}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	captions, err := c.Captions()
	if err != nil {
		t.Fatal(err)
	}
	earn, err := reward.Open(context.Background(), c.Reward, reward.Env{})
	if err != nil {
		t.Fatal(err)
	}
	for _, algo := range []string{"diffac", "grpo"} {
		t.Run(algo, func(t *testing.T) {
			task, err := NewPrompts(engine(t), m, captions, 4, c.Guidance, earn)
			if err != nil {
				t.Fatal(err)
			}
			setting, err := tune.Setting{Engine: engine(t), Task: task, Process: Process(), Steps: tune.Grid(Process(), 3), Params: m.Params, Seed: 1}.Open()
			if err != nil {
				t.Fatal(err)
			}
			c := c
			c.Algo, c.Estimator = algo, map[string]map[string]any{"diffac": {"minibatch": int64(8), "critic_steps": int64(2), "actor_steps": int64(2)}}
			c.Fill()
			est, err := tune.New(algo, setting, c.Estimator[algo])
			if err != nil {
				t.Fatal(err)
			}
			loop := &tune.Loop{Config: tune.Config{Iterations: 1, Batch: 8, Steps: 3}, Setting: setting, Estimator: est}
			values, err := loop.Iterate(context.Background(), 0)
			if err != nil {
				t.Fatal(err)
			}
			if !(values["variety"] > 0) || !policy.Finite(values["reward_mean"]) {
				t.Errorf("figures %v", values)
			}
			after := nn.Floats(est.Params())
			if slices.Equal(after, m.Params) {
				t.Error("nothing was learned")
			}
			text := 0
			for _, spec := range layout.Specs {
				if !strings.HasPrefix(spec.Name, "words") {
					continue
				}
				text++
				if from, to := spec.Offset, spec.Offset+spec.Size(); !slices.Equal(after[from:to], m.Params[from:to]) {
					t.Errorf("the reward has changed what words mean: %s", spec.Name)
				}
			}
			if text == 0 {
				t.Error("no parameters of the text encoder were looked at")
			}
		})
	}
}

// TestBatchFor: few pictures are not padded to many, and many are drawn in the largest batches.
func TestBatchFor(t *testing.T) {
	for n, want := range map[int]int{1: 16, 16: 16, 17: 32, 40: 16, 64: 64, 100: 64, 128: 64, 1000: 64} {
		if got := batchFor(n); got != want {
			t.Errorf("%d pictures: %d at once, expected %d", n, got, want)
		}
	}
}
