package gauss

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"keel/nn"
)

// tinyProblem and tinyBudget take a moment.
func tinyProblem() Problem {
	p := DefaultProblem()
	p.Dims, p.Modes, p.Steps, p.Width, p.Depth = 1, 2, 4, 8, 1
	return p
}

func tinyBudget() Budget { return Budget{Calls: 64, Decay: 0.5, Points: 2, Evaluate: 16} }

// small is the variant of that label with little to do in an iteration.
func small(t *testing.T, label string) Variant {
	t.Helper()
	list, err := VariantsByName([]string{label})
	if err != nil {
		t.Fatal(err)
	}
	v := list[0]
	settings := map[string]any{}
	for key, value := range v.Settings {
		settings[key] = value
	}
	for key, value := range map[string]any{"actor_steps": 2, "critic_steps": 2, "minibatch": 16, "critic_minibatch": 16, "fresh": 16, "epochs": 1, "updates": 2, "steps": 2} {
		if old, ok := settings[key]; ok && old != 0 {
			settings[key] = value
		}
	}
	if c, ok := settings["consistency"].(map[string]any); ok && c["steps"] != 0 {
		settings["consistency"] = map[string]any{"steps": 2, "rate": 1e-3, "minibatch": 16, "average": 0.9}
	}
	v.Settings = settings
	if v.Consistency.Steps > 0 {
		v.Consistency.Steps, v.Consistency.Minibatch, v.Consistency.Fresh = 2, 16, 16
	}
	return v
}

func testEngine(t *testing.T) *nn.Engine {
	t.Helper()
	e, err := nn.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func experiment(t *testing.T, b Budget, seeds []uint64, variants ...Variant) *Stability {
	t.Helper()
	s, err := NewStability(tinyProblem(), b, seeds, nil, variants)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sameRun leaves out of results what may differ between equal runs.
var sameRun = cmp.Options{cmpopts.IgnoreUnexported(Point{}), cmpopts.IgnoreFields(Result{}, "Seconds")}

// TestStabilityExperiment: all runs are there in the order of variants and seeds, equal seeds give equal results bit by bit, and a file of which
// a part is lost, as after an interruption, is completed to the same results.
func TestStabilityExperiment(t *testing.T) {
	e, ctx := testEngine(t), context.Background()
	variants := []Variant{small(t, "diffac-ddpg"), small(t, "rwr"), small(t, "ddpo-is+consistency")}
	seeds := []uint64{7, 3}
	path := filepath.Join(t.TempDir(), "stability.json")
	first := experiment(t, tinyBudget(), seeds, variants...)
	if err := first.Resume(path); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if err := first.Run(ctx, e, &log); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "6/6") {
		t.Errorf("the progress is %q", log.String())
	}
	if len(first.Results) != 6 {
		t.Fatalf("%d results of 3 variants and 2 seeds", len(first.Results))
	}
	for i, r := range first.Results {
		if v, seed := variants[i/2], []uint64{3, 7}[i%2]; r.Estimator != v.Label || r.Seed != seed || r.Rate != v.Rate || r.RewardCalls != 64 ||
			r.Iterations != 64/v.Batch || len(r.Curve) != 2 || r.Curve[1].Calls != 64 || r.Error != "" || !(r.Optimum > r.Start) {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	if first.Results[0].Objective == first.Results[1].Objective {
		t.Error("two seeds end with the same objective")
	}

	// Two results are lost; those of another variant and of another seed stand in the file too.
	file := *first
	stranger, another := first.Results[0], first.Results[1]
	stranger.Estimator, another.Seed = "grpo", 99
	file.Results = append(slices.Clone(first.Results[2:]), stranger, another)
	write(t, path, &file)
	second := experiment(t, tinyBudget(), seeds, variants...)
	if err := second.Resume(path); err != nil {
		t.Fatal(err)
	}
	if len(second.Results) != 4 {
		t.Errorf("%d results are taken from the file, expected 4", len(second.Results))
	}
	if err := second.Run(ctx, e, io.Discard); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Results, second.Results, sameRun); diff != "" {
		t.Errorf("results differ (-in one go +resumed):\n%s", diff)
	}
	var kept Stability
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(slices.Clone(first.Results), stranger, another), kept.Results, sameRun); diff != "" {
		t.Errorf("the file differs (-expected +is):\n%s", diff)
	}
}

func write(t *testing.T, path string, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestResumeRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "stability.json")
	v := small(t, "rwr")
	for name, change := range map[string]func(s *Stability){
		"problem": func(s *Stability) { s.Problem.Target = 1.5 },
		"budget":  func(s *Stability) { s.Budget.Calls = 128 },
	} {
		other := experiment(t, tinyBudget(), []uint64{1}, v)
		change(other)
		write(t, path, other)
		err := experiment(t, tinyBudget(), []uint64{1}, v).Resume(path)
		if err == nil || !strings.Contains(err.Error(), "holds another problem or budget") || strings.Contains(err.Error(), "\n") {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := experiment(t, tinyBudget(), []uint64{1}, v).Resume(path); err == nil || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("a broken file: %v", err)
	}
	if err := experiment(t, tinyBudget(), []uint64{1}, v).Resume(dir); err == nil {
		t.Error("a folder passes for a file")
	}
}

// TestBrokenRun: a rate out of all bounds makes a collapsed run, and the runs after it go on.
func TestBrokenRun(t *testing.T) {
	v := small(t, "reinforce")
	v.Rate = 1e30
	sane := small(t, "rwr")
	s := experiment(t, tinyBudget(), []uint64{1}, v, sane)
	if err := s.Run(context.Background(), testEngine(t), io.Discard); err != nil {
		t.Fatal(err)
	}
	bad, good := s.Results[0], s.Results[1]
	if !bad.Collapsed || !strings.HasPrefix(bad.Error, "iteration ") || math.IsNaN(bad.Objective) {
		t.Errorf("a run of rate 1e30: %+v", bad)
	}
	if good.Error != "" || good.Estimator != "rwr" || len(good.Curve) != 2 {
		t.Errorf("the run beside it: %+v", good)
	}
	if lines := s.Lines(); lines[0].Collapsed != 1 || lines[0].Runs != 1 {
		t.Errorf("the table counts %+v", lines[0])
	}
	if err := s.Draw(t.TempDir()); err != nil {
		t.Errorf("figures: %v", err)
	}
}

// TestEveryVariantMayBreakDown: whatever the estimator, a rate out of all bounds gives a result that can be written. It need not be a collapse: where the
// critic is lost first, the policy's steps have no finite gradient and it stays where it was.
func TestEveryVariantMayBreakDown(t *testing.T) {
	var variants []Variant
	for _, v := range Variants() {
		v = small(t, v.Label)
		v.Rate = 1e30
		variants = append(variants, v)
	}
	s := experiment(t, tinyBudget(), []uint64{1}, variants...)
	if err := s.Resume(filepath.Join(t.TempDir(), "stability.json")); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(context.Background(), testEngine(t), io.Discard); err != nil {
		t.Fatal(err)
	}
	if len(s.Results) != len(variants) {
		t.Errorf("%d results of %d variants", len(s.Results), len(variants))
	}
	for _, r := range s.Results {
		if math.IsNaN(r.Objective) || math.IsInf(r.Objective, 0) || (r.Error != "" && !r.Collapsed) {
			t.Errorf("%s: collapsed %v, objective %v, %q", r.Estimator, r.Collapsed, r.Objective, r.Error)
		}
	}
}

// TestFieldsOfABrokenRun: a run that breaks down before its first point still has the field that it began with.
func TestFieldsOfABrokenRun(t *testing.T) {
	v := small(t, "reinforce")
	v.Rate = 1e30
	b := Budget{Calls: 64, Points: 1, Evaluate: 16}
	s := experiment(t, b, []uint64{1}, v)
	s.Problem.Dims = 2
	dir := t.TempDir()
	if err := s.DrawFields(context.Background(), testEngine(t), dir, []Variant{v}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "fields-reinforce.svg")); err != nil || info.Size() == 0 {
		t.Errorf("the figure: %v", err)
	}
}

func TestInterruption(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := experiment(t, tinyBudget(), []uint64{1}, small(t, "rwr"))
	if err := s.Run(ctx, testEngine(t), io.Discard); !errors.Is(err, context.Canceled) || len(s.Results) != 0 {
		t.Errorf("after an interruption: %v, %d results", err, len(s.Results))
	}
}

// TestPretrainedIsTheStart: the model before tuning has no KL to itself, whatever the hidden layers start from, and E[R] is the start.
func TestPretrainedIsTheStart(t *testing.T) {
	b, err := tinyProblem().Open(testEngine(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, seed := range []uint64{1, 5} {
		params := b.Task.actor.Init(seed)
		ev, err := b.Evaluate(context.Background(), nn.FromFloats(params, len(params)), 64, 3)
		if err != nil {
			t.Fatal(err)
		}
		if ev.KL != 0 || ev.Objective != ev.Reward {
			t.Errorf("seed %d: KL %v, reward %v, objective %v", seed, ev.KL, ev.Reward, ev.Objective)
		}
	}
	fine := tinyProblem()
	fine.Steps = 60
	if b, err = fine.Open(testEngine(t)); err != nil {
		t.Fatal(err)
	}
	const n = 4096
	ev, err := b.Evaluate(context.Background(), nn.FromFloats(b.Setting.Params, len(b.Setting.Params)), n, 3)
	if err != nil {
		t.Fatal(err)
	}
	// The reward -(x - 1)² of modes at -2 and 2 is about -9 or -1: deviation 4. A tenth is for the steps of the solver.
	if math.Abs(ev.Reward-b.Start) > 4*4/math.Sqrt(n)+0.1 {
		t.Errorf("the model's reward is %v, the start %v", ev.Reward, b.Start)
	}
}

func TestCollapsed(t *testing.T) {
	const start, optimum = -1.0, 1.0
	for _, c := range []struct {
		name  string
		curve []float64
		end   float64
		want  bool
	}{
		{"still at the start", nil, -1, false},
		{"a little below the start", nil, -1.09, false},
		{"below the start", nil, -1.11, true},
		{"learned", []float64{-0.5, 0.5}, 0.9, false},
		{"learned, a little lost", []float64{0.9, 0.8}, 0.51, false},
		{"learned, much lost", []float64{0.9, 0.8}, 0.49, true},
		{"fallen and recovered", []float64{0.9, -5}, 0.9, false},
		{"infinite", nil, math.Inf(-1), true},
		{"no number", nil, math.NaN(), true},
	} {
		r := Result{Start: start, Optimum: optimum}
		for _, v := range c.curve {
			r.Curve = append(r.Curve, Point{Objective: v})
		}
		if got := r.collapsed(c.end); got != c.want {
			t.Errorf("%s: collapsed is %v", c.name, got)
		}
	}
}

// made is an experiment whose results are made up.
func made() *Stability {
	result := func(label string, seed uint64, rate, objective float64, reached int, collapsed bool) Result {
		return Result{Estimator: label, Seed: seed, Rate: rate, Start: -2, Optimum: 0, Objective: objective, Reached: reached, Collapsed: collapsed,
			Seconds: 3, Curve: []Point{{Calls: 32, Gap: 9, Distance: 9}, {Calls: 64, Gap: 0.25 * float64(seed), Distance: 0.5}}}
	}
	return &Stability{Problem: DefaultProblem(), Budget: Budget{Calls: 960}, Seeds: []uint64{1, 2}, Rates: []float64{1, 3},
		variants: []Variant{{Label: "slow"}, {Label: "quick"}, {Label: "absent"}},
		Results: []Result{
			result("slow", 1, 1, -1, 0, false), result("slow", 2, 1, -1.5, 100, true),
			result("slow", 1, 3, -1.9, 0, true), result("slow", 2, 3, -1, 0, false),
			result("quick", 1, 3, -0.25, 64, false), result("quick", 2, 3, -0.75, 96, false),
		}}
}

func TestLines(t *testing.T) {
	want := []Line{
		{Estimator: "slow", Rate: 1, Runs: 2, Collapsed: 1, Mean: -1.25, Std: math.Sqrt(0.125), Worst: -1.5, Calls: math.Inf(1), Gap: 0.375, Distance: 0.5, Secs: 3},
		{Estimator: "quick", Rate: 3, Runs: 2, Mean: -0.5, Std: math.Sqrt(0.125), Worst: -0.75, Calls: 80, Gap: 0.375, Distance: 0.5, Secs: 3},
	}
	if diff := cmp.Diff(want, made().Lines(), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Errorf("lines differ (-want +got):\n%s", diff)
	}
}

func TestPrint(t *testing.T) {
	const want = `smooth reward, 2 dimensions, beta 0.2: start -2.000, optimum 0.000, 90 % of the way at -0.200; 960 reward calls a run, 2 seeds
estimator  rate  objective  ±      worst   of the way  collapsed  calls to 90 %  distance to p*  gap    seconds
quick      3     -0.500     0.354  -0.750  75.0 %      0/2        80             0.500           0.375  3.0
slow       1     -1.250     0.354  -1.500  37.5 %      1/2        never          0.500           0.375  3.0
`
	var out strings.Builder
	if err := made().Print(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	if diff := cmp.Diff(want, strings.Join(lines, "\n")); diff != "" {
		t.Errorf("the table differs (-want +got):\n%s", diff)
	}
	out.Reset()
	if err := (&Stability{}).Print(&out); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("a table of nothing: %v, %q", err, out.String())
	}
}

func TestSlicedDistance(t *testing.T) {
	rng := rng(1)
	x, y := make([]float32, 600), make([]float64, 600)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		y[(i+300)%600] = float64(x[i]) // the same points in another order
	}
	if d := slicedDistance(x, y, 3, rng); d > 1e-6 {
		t.Errorf("the distance of equal samples is %v", d)
	}
	for i := range y {
		y[i] += []float64{3, 0, -4}[i%3]
	}
	// Along a direction the samples are shifted by its cosine with the shift times 5: 25/3 in the mean square.
	if d := slicedDistance(x, y, 3, rng); math.Abs(d-5/math.Sqrt(3)) > 0.6 {
		t.Errorf("the distance of samples 5 apart is %v, expected about %v", d, 5/math.Sqrt(3))
	}
}
