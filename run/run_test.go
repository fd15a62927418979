package run

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type testConfig struct {
	Seed  int       `toml:"seed"`
	Name  string    `toml:"name"`
	Train testTrain `toml:"train"`
}

type testTrain struct {
	Steps        uint      `toml:"steps"`
	LearningRate float64   `toml:"learning_rate"`
	Clip         bool      `toml:"clip"`
	Sizes        []int     `toml:"sizes"`
	Phases       []testJob `toml:"phases"`
}

type testJob struct {
	Label string `toml:"label"`
}

func newRun(t *testing.T) *Run {
	t.Helper()
	r, err := Create(filepath.Join(t.TempDir(), "demo"), testConfig{Seed: 7, Train: testTrain{LearningRate: 1e-4, Sizes: []int{3, 4}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// reopen stands for a kill and a resume.
func reopen(t *testing.T, r *Run) *Run {
	t.Helper()
	r.Close()
	var cfg testConfig
	again, err := Open(r.Dir, &cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	return again
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error has more than one line: %s", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

func TestConfigRoundTrip(t *testing.T) {
	r := newRun(t)
	r.Close()
	var got testConfig
	again, err := Open(r.Dir, &got)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	want := testConfig{Seed: 7, Train: testTrain{LearningRate: 1e-4, Sizes: []int{3, 4}}}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestCreateRefuses(t *testing.T) {
	r := newRun(t)
	_, err := Create(r.Dir, testConfig{})
	wantError(t, err, "in use by process "+fmt.Sprint(os.Getpid()), r.Dir)
	r.Close()
	_, err = Create(r.Dir, testConfig{})
	wantError(t, err, "already holds a run", "--resume "+r.Dir, "--out")

	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "thesis.tex"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = Create(other, testConfig{})
	wantError(t, err, "not empty", "--out")
	_, err = Create(filepath.Join(other, "thesis.tex", "run"), testConfig{})
	wantError(t, err, "not a directory", "--out")
	var cfg testConfig
	_, err = Open(other, &cfg)
	wantError(t, err, "holds no run", "config.toml")
}

// A full disk is imitated by the limit on the size of a file, which fails in the middle of a write just the same.
// The lock ends with its process, however that ends: a child takes it and is killed.
func TestLockSurvivesKill(t *testing.T) {
	if dir := os.Getenv("KEEL_TEST_LOCK"); dir != "" {
		if _, err := Lock(dir); err != nil {
			t.Fatal(err)
		}
		fmt.Println("locked")
		select {}
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestLockSurvivesKill$")
	child.Env = append(os.Environ(), "KEEL_TEST_LOCK="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("locked\n"))); err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir)
	wantError(t, err, dir, fmt.Sprintf("in use by process %d", child.Process.Pid))
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // "signal: killed"
	unlock, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestSummaryRoundTrip(t *testing.T) {
	dir := t.TempDir()
	nan := math.NaN()
	want := Summary{
		Before: Stats{-6.5, -7.25, 0.5, 0.625, 0.75, 1, 0.5, 21.5, 64},
		After:  Stats{nan, nan, nan, nan, 0, 0, 0, nan, 64},
	}
	if err := WriteSummary(dir, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadSummary(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	text, err := os.ReadFile(filepath.Join(dir, SummaryFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"vina_score": -6.5`, `"qed": null`, `"samples": 64`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("summary.json lacks %s:\n%s", part, text)
		}
	}
	_, err = ReadSummary(t.TempDir())
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing summary: %v", err)
	}
}
