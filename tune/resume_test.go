package tune

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keel/nn"
	"keel/run"
)

// goOn continues the run in dir to the given number of iterations, with an estimator made anew, and gives its parameters.
func goOn(t *testing.T, ctx context.Context, dir string, iterations int, build func(*Setting) (Estimator, error)) ([]float32, error) {
	t.Helper()
	task := newTask(t, 1)
	task.failing = true
	s := setting(t, task, 8)
	e, err := build(s)
	if err != nil {
		t.Fatal(err)
	}
	var cfg Config
	r, err := run.Open(dir, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	loop := &Loop{Config: Config{Iterations: iterations, Batch: 24, Steps: 8}, Setting: s, Estimator: e, Run: r, Log: io.Discard}
	err = loop.Go(ctx)
	return nn.Floats(e.Params()), err
}

func newRun(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	r, err := run.Create(dir, Config{Iterations: 4, Batch: 24, Steps: 8})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// metrics are the run's lines without the times.
func metrics(t *testing.T, dir string) (steps []int, values []map[string]float64) {
	t.Helper()
	records, err := run.ReadMetrics(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		for name := range r.Values {
			if strings.HasPrefix(name, "seconds_") {
				delete(r.Values, name)
			}
		}
		steps, values = append(steps, r.Step), append(values, r.Values)
	}
	return steps, values
}

var builders = map[string]func(*Setting) (Estimator, error){
	"diffac": func(s *Setting) (Estimator, error) { return NewDiffAC(s, quick(nil)) },
	"reinforce": func(s *Setting) (Estimator, error) {
		return NewDiffAC(s, quick(func(c *DiffACConfig) { c.Actor = "reinforce" }))
	},
	"matching": func(s *Setting) (Estimator, error) {
		return NewDiffAC(s, quick(func(c *DiffACConfig) { c.Actor, c.Restart, c.Memory, c.Best = "matching", 0.5, 64, 16 }))
	},
	"ddpo": func(s *Setting) (Estimator, error) { return NewDDPO(s, quickDDPO()) },
}

// TestResume: a run in two parts ends with the parameters and the metrics of one in one part, bit by bit.
func TestResume(t *testing.T) {
	for name, build := range builders {
		t.Run(name, func(t *testing.T) {
			straight, parts := newRun(t), newRun(t)
			want, err := goOn(t, context.Background(), straight, 4, build)
			if err != nil {
				t.Fatal(err)
			}
			var got []float32
			for _, to := range []int{2, 4, 4} { // the last has nothing left to do
				if got, err = goOn(t, context.Background(), parts, to, build); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("parameters %v after a resumption, %v without", got, want)
			}
			steps, values := metrics(t, parts)
			if !slices.Equal(steps, []int{1, 2, 3, 4}) {
				t.Errorf("metrics have the steps %v", steps)
			}
			if _, straightValues := metrics(t, straight); cmp.Diff(straightValues, values) != "" {
				t.Errorf("metrics differ (-straight +resumed):\n%s", cmp.Diff(straightValues, values))
			}
		})
	}
}

func TestResumeErrors(t *testing.T) {
	dir := newRun(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := goOn(t, ctx, dir, 2, builders["diffac"]); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
	if _, err := goOn(t, context.Background(), dir, 1, builders["diffac"]); err != nil {
		t.Fatal(err)
	}
	_, err := goOn(t, context.Background(), dir, 2, builders["ddpo"])
	if err == nil || !strings.Contains(err.Error(), `"diffac-return", expected one of estimator "ddpo-is"`) {
		t.Errorf("another estimator's checkpoint: %v", err)
	}
}

// TestMemoryRoundTrip: rewards come back exactly, or a resumed run would drift from an uninterrupted one.
func TestMemoryRoundTrip(t *testing.T) {
	s := setting(t, newTask(t, 1), 8)
	d := estimator(t, s, quick(nil))
	tuned(t, s, d, 1, 24)
	w := &nn.Weights{Tensors: map[string]nn.WeightTensor{}}
	d.Save(w)
	other := estimator(t, s, quick(nil))
	if err := other.Load(w); err != nil {
		t.Fatal(err)
	}
	if len(other.memory.Samples) != 24 {
		t.Errorf("%d samples come back, expected 24", len(other.memory.Samples))
	}
	for i, want := range d.memory.Samples {
		got := other.memory.Samples[i]
		if got.Reward != want.Reward || !slices.Equal(got.X0, want.X0) || !slices.Equal(got.Mask, want.Mask) || cmp.Diff(got.Cond, want.Cond) != "" {
			t.Fatalf("sample %d comes back as %+v, it was %+v", i, got, want)
		}
	}
	delete(w.Tensors, "critic.m")
	if err := other.Load(w); err == nil || !strings.Contains(err.Error(), `"critic.m"`) {
		t.Errorf("a checkpoint without the critic's moments: %v", err)
	}
	w.Tensors["memory.00003"] = nn.WeightTensor{Dims: []int{3}, Values: []float32{1, 2, 3}}
	d.critic.M = nn.FromFloats(make([]float32, d.criticOf.Size()), d.criticOf.Size())
	saveOpt(w, "critic", d.critic)
	if err := other.Load(w); err == nil || !strings.Contains(err.Error(), "memory of sample 3 is cut off") {
		t.Errorf("a broken memory: %v", err)
	}
}
