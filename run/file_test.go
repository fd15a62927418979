package run

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestCheckpoints(t *testing.T) {
	r := newRun(t)
	if _, _, ok, err := r.LatestCheckpoint(); ok || err != nil {
		t.Fatalf("a new run has a checkpoint: %v %v", ok, err)
	}
	for _, step := range []int{9, 10, 1000000} {
		if err := r.SaveCheckpoint(step, func(w io.Writer) error { _, err := fmt.Fprint(w, step); return err }); err != nil {
			t.Fatal(err)
		}
	}
	half := r.Path("checkpoints/step-1000001.safetensors.1234abcd.part")
	if err := os.WriteFile(half, []byte("1000"), 0o666); err != nil {
		t.Fatal(err)
	}
	r = reopen(t, r)
	path, step, ok, err := r.LatestCheckpoint()
	if err != nil || !ok || step != 1000000 {
		t.Fatalf("latest is %s, step %d, %v, %v", path, step, ok, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "1000000" {
		t.Errorf("latest holds %q, %v", text, err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	if want := map[string]bool{"step-000010.safetensors": true, "step-1000000.safetensors": true}; !maps.Equal(names, want) {
		t.Errorf("checkpoints %v, want %v", names, want)
	}
}

func TestFullDiskLeavesTheOldFile(t *testing.T) {
	r := newRun(t)
	save := func(n int) error {
		return r.SaveCheckpoint(3, func(w io.Writer) error { _, err := w.Write(make([]byte, n)); return err })
	}
	if err := save(10); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(r.Path(MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	small := limit
	small.Cur = uint64(info.Size()) + 300
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	errSave := save(1 << 20)
	errLog := r.Log(1, map[string]float64{strings.Repeat("x", 400): 1})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	wantError(t, errSave, "checkpoints/step-000003.safetensors could not be written", "file too large", "untouched")
	wantError(t, errLog, MetricsFile+" could not be written", "file too large")
	if strings.Contains(errSave.Error(), ".part") {
		t.Errorf("error names the temporary file: %s", errSave)
	}
	path, _, _, err := r.LatestCheckpoint()
	if text, _ := os.ReadFile(path); len(text) != 10 {
		t.Errorf("old checkpoint has %d bytes, want 10 (%v)", len(text), err)
	}
	if parts, _ := filepath.Glob(r.Path("checkpoints/*.part")); len(parts) > 0 {
		t.Errorf("left behind: %v", parts)
	}
	if err := r.Log(1, map[string]float64{"x": 1}); err != nil {
		t.Fatal(err)
	}
	if records, err := ReadMetrics(r.Dir); err != nil || len(records) != 1 {
		t.Errorf("metrics after a failed write: %v, %v", records, err)
	}
}

func TestWriteFileKeepsTheWritersError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "molecules.sdf")
	mine := errors.New("molecule 3 has no atoms")
	err := WriteFile(path, func(io.Writer) error { return mine })
	wantError(t, err, path, mine.Error())
	if !errors.Is(err, mine) {
		t.Error("the writer's error cannot be found in it")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was left")
	}
}
