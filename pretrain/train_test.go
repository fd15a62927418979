package pretrain

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"keel/nn"
	"keel/run"
)

func TestRate(t *testing.T) {
	c := Config{Samples: 1000, LearningRate: 2, Warmup: 10, Cooldown: 0.2}
	for _, x := range []struct {
		step, seen int
		want       float64
	}{
		{0, 0, 0.2}, {4, 40, 1}, {9, 90, 2}, {50, 500, 2}, {80, 800, 2}, {90, 900, 1}, {95, 950, 0.5}, {100, 1000, 0.002}, {120, 1200, 0.002},
	} {
		if got := c.rate(x.step, x.seen); math.Abs(got-x.want) > 1e-12 {
			t.Errorf("rate at step %d, %d samples: %v, expected %v", x.step, x.seen, got, x.want)
		}
	}
	if got := (Config{Samples: 10, LearningRate: 3}).rate(0, 9); got != 3 {
		t.Errorf("without warm-up and cool-down the rate is %v, expected 3", got)
	}
}

func TestCheck(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"samples":       func(c *Config) { c.Samples = 0 },
		"learning_rate": func(c *Config) { c.LearningRate = math.NaN() },
		"save_every":    func(c *Config) { c.SaveEvery = 0 },
		"level_std":     func(c *Config) { c.LevelStd = 0 },
		"cooldown":      func(c *Config) { c.Cooldown = 1.5 },
	} {
		c := config(100)
		change(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("expected one line on %s, got %v", want, err)
		}
	}
}

func create(t *testing.T) *run.Run {
	t.Helper()
	r, err := run.Create(filepath.Join(t.TempDir(), "run"), config(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestTrainLearnsTheData: the loss falls to that of the data's own denoiser, and the parameters are the data's.
func TestTrainLearnsTheData(t *testing.T) {
	tr, r := trainer(t, config(30000)), create(t)
	tr.Log = io.Discard
	if err := tr.Train(context.Background(), source{}, r); err != nil {
		t.Fatal(err)
	}
	records, err := run.ReadMetrics(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	first, last := records[0].Values["loss"], records[len(records)-1].Values["loss"]
	if !(last < 0.8*first) {
		t.Errorf("the loss goes from %v to %v", first, last)
	}
	held, ok := records[len(records)-1].Values["held_loss_square"]
	if !ok || !(held < first) {
		t.Errorf("the held-out loss is %v at the end, the first loss was %v", held, first)
	}
	for i, v := range nn.Floats(tr.State.Avg) {
		want := math.Log(dataStd)
		if i < dims {
			want = dataMean[i]
		}
		if math.Abs(float64(v)-want) > 0.1 {
			t.Errorf("parameter %d is %v, the data's is %v", i, v, want)
		}
	}
}

// stopping ends the context when so many batches have been drawn. They are drawn ahead of the steps.
type stopping struct {
	source
	left *atomic.Int32
	stop context.CancelFunc
}

func (s stopping) Next(rng *rand.Rand) (*Batch, error) {
	if s.left.Add(-1) == 0 {
		s.stop()
	}
	return s.source.Next(rng)
}

func state(tr *Trainer) [][]float32 {
	var out [][]float32
	for _, v := range []*nn.Tensor{tr.State.Params, tr.State.M, tr.State.V, tr.State.Avg} {
		out = append(out, nn.Floats(v))
	}
	return out
}

// TestRestoreContinues: training that was stopped and restored ends as uninterrupted training does, bit by bit.
func TestRestoreContinues(t *testing.T) {
	straight := trainer(t, config(3000))
	straight.Log = io.Discard
	if err := straight.Train(context.Background(), source{}, create(t)); err != nil {
		t.Fatal(err)
	}

	stopped, r := trainer(t, config(3000)), create(t)
	stopped.Log = io.Discard
	ctx, cancel := context.WithCancel(context.Background())
	var left atomic.Int32
	left.Store(27)
	if err := stopped.Train(ctx, stopping{left: &left, stop: cancel}, r); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled training gives %v", err)
	}
	path, step, ok, err := r.LatestCheckpoint()
	if err != nil || !ok || step < 1 || step > 27 {
		t.Fatalf("the checkpoint is of step %d: %v", step, err)
	}
	restored := trainer(t, config(3000))
	restored.Log = io.Discard
	if err := restored.Restore(path); err != nil {
		t.Fatal(err)
	}
	if restored.Seen != stopped.Seen || restored.State.Steps != step {
		t.Errorf("restored at step %d, %d samples; expected %d and %d", restored.State.Steps, restored.Seen, step, stopped.Seen)
	}
	if err := restored.Train(context.Background(), source{}, r); err != nil {
		t.Fatal(err)
	}
	if restored.Seen != straight.Seen || restored.State.Steps != straight.State.Steps {
		t.Errorf("%d steps and %d samples, without interruption %d and %d", restored.State.Steps, restored.Seen, straight.State.Steps, straight.Seen)
	}
	want := state(straight)
	for i, got := range state(restored) {
		if !slices.Equal(got, want[i]) {
			t.Errorf("state vector %d is %v, without interruption %v", i, got, want[i])
		}
	}
}

func TestRestoreErrors(t *testing.T) {
	tr := trainer(t, config(100))
	dir := t.TempDir()
	save := func(name string, write func(io.Writer) error) string {
		path := filepath.Join(dir, name)
		if err := run.WriteFile(path, write); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := save("good.safetensors", tr.Write)
	if err := tr.Restore(good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{save("cut.safetensors", func(w io.Writer) error { _, err := w.Write(whole[:len(whole)-9]); return err }), "cut off"},
		{save("text.safetensors", func(w io.Writer) error { _, err := w.Write([]byte("hello")); return err }), "no safetensors file"},
		{save("model.safetensors", tr.WriteModel), "another network"},
		{save("counters.safetensors", func(w io.Writer) error {
			read, err := nn.ReadWeights(good)
			if err != nil {
				return err
			}
			delete(read.Metadata, "steps")
			return read.Write(w)
		}), "not a checkpoint of pre-training"},
	} {
		before := tr.State
		err := tr.Restore(c.path)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), c.path) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: expected one line with %q, got %v", filepath.Base(c.path), c.want, err)
		}
		if tr.State != before {
			t.Errorf("%s: a failed restoration changes the state", filepath.Base(c.path))
		}
	}
}

// TestWriteModel: the model file holds the averages under their plain names.
func TestWriteModel(t *testing.T) {
	tr := trainer(t, config(100))
	tr.State.Avg = nn.FromFloats([]float32{1, 2, 3, 4}, 4)
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := run.WriteFile(path, tr.WriteModel); err != nil {
		t.Fatal(err)
	}
	w, err := nn.ReadWeights(path)
	if err != nil {
		t.Fatal(err)
	}
	flat, err := tr.Layout.Unpack(w, "")
	if err != nil || !slices.Equal(flat, []float32{1, 2, 3, 4}) || w.Metadata["task"] != "gauss" || len(w.Tensors) != 2 {
		t.Errorf("the model holds %v with %v: %v", flat, w.Metadata, err)
	}
}
