package oracle

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"keel/chem"
)

func TestScoreKeepsOrderForAnyNumberOfWorkers(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		pool := startFake(t, fake("plain", workers))
		calls := 0
		scores, err := pool.Score(t.Context(), numbered("good", 40), QED, func(done, total int) {
			calls++
			if done != calls || total != 40 {
				t.Errorf("progress(%d, %d) on call %d", done, total, calls)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range scores {
			if s.QED != float64(i+1) || s.Name != fmt.Sprintf("good %d", i+1) || s.Error != "" || !math.IsNaN(s.SA) {
				t.Errorf("%d workers, molecule %d: %+v", workers, i+1, s)
			}
		}
		if st := pool.Stats(); calls != 40 || st.Requests != 40 || st.Restarts != 0 || len(st.Failures) != 0 || st.Steps["qed"] != 20 {
			t.Errorf("%d workers: %d calls of progress, %+v", workers, calls, st)
		}
	}
}

func TestPoisonIsACountedFailure(t *testing.T) {
	limit := 300 * time.Millisecond
	for do, want := range map[string]string{
		"die":     "given up after a second worker: a worker died (exit status 3): last words",
		"kill":    "given up after a second worker: a worker died (signal: killed)",
		"rubbish": "given up after a second worker: a worker answered rubbish: invalid character 'S' looking for beginning of value",
		"empty":   "given up after a second worker: a worker answered rubbish: no score for the molecule asked for",
		"other":   "given up after a second worker: a worker answered rubbish: no score for the molecule asked for",
		"endless": "given up after a second worker: a worker answered rubbish: a line without end",
		"hang":    "given up after a second worker: a worker did not answer in 300ms",
		"close":   "given up after a second worker: a worker closed its output",
	} {
		t.Run(do, func(t *testing.T) {
			cfg := fake("plain", 1)
			if do == "hang" {
				cfg.Timeout = limit
			}
			pool := startFake(t, cfg)
			scores, err := pool.Score(t.Context(), []*chem.Molecule{named("good 1"), named(do), named("good 3")}, QED, nil)
			if err != nil {
				t.Fatal(err)
			}
			if bad := scores[1]; bad.Error != want || !math.IsNaN(bad.QED) || bad.Name != do {
				t.Errorf("the poison: %q, QED %v, want %q", bad.Error, bad.QED, want)
			}
			if scores[0].QED != 1 || scores[2].QED != 3 {
				t.Errorf("its neighbours: %+v, %+v", scores[0], scores[2])
			}
			failures := 0
			for reason, n := range pool.Stats().Failures {
				failures += n
				if !strings.HasPrefix(want, reason) {
					t.Errorf("counted as %q", reason)
				}
			}
			if st := pool.Stats(); failures != 1 || st.Requests != 3 || st.Restarts != 2 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestAWorkersDeathIsNotTheMoleculesFailure(t *testing.T) {
	pool := startFake(t, fake("plain", 2))
	mols := numbered("good", 9)
	mols[4].Name = "dieonce " + filepath.Join(t.TempDir(), "died")
	scores, err := pool.Score(t.Context(), mols, QED, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scores {
		if s.Error != "" {
			t.Errorf("molecule %d: %s", i+1, s.Error)
		}
	}
	if st := pool.Stats(); st.Restarts != 1 || len(st.Failures) != 0 {
		t.Errorf("%+v", st)
	}
}

// Every request is answered exactly once and in order, whatever the workers do.
func TestRandomFaults(t *testing.T) {
	cfg := fake("random", 4)
	cfg.Timeout = 400 * time.Millisecond
	pool := startFake(t, cfg)
	const n = 250
	scores, err := pool.Score(t.Context(), numbered("good", n), QED, nil)
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for i, s := range scores {
		switch {
		case strings.HasPrefix(s.Error, "given up after a second worker"):
			lost++
		case s.QED != float64(i+1) || s.Error != "":
			t.Errorf("molecule %d: %+v", i+1, s)
		}
	}
	counted := 0
	for _, times := range pool.Stats().Failures {
		counted += times
	}
	st := pool.Stats()
	t.Logf("%d requests, %d given up, %d restarts", st.Requests, lost, st.Restarts)
	if st.Requests != n || counted != lost || st.Restarts < 20 || lost > n/2 {
		t.Errorf("%d given up, %+v", lost, st)
	}
}

// kill -9 from outside while molecules are scored: nothing is lost.
func TestWorkersKilledInMidBatch(t *testing.T) {
	pool := startFake(t, fake("plain", 2))
	warm, err := pool.Score(t.Context(), numbered("slow", 4), QED, nil)
	if err != nil {
		t.Fatal(err)
	}
	var kills int
	scores, err := pool.Score(t.Context(), numbered("slow", 8), QED, func(done, total int) {
		if done == 1 {
			for _, s := range warm {
				if syscall.Kill(int(s.LogP), syscall.SIGKILL) == nil {
					kills++
				}
			}
		}
	})
	if err != nil || kills == 0 {
		t.Fatal(err, kills)
	}
	for i, s := range scores {
		if s.QED != float64(i+1) || s.Error != "" {
			t.Errorf("molecule %d: %+v", i+1, s)
		}
	}
	if pool.Stats().Restarts == 0 {
		t.Error("no worker was restarted")
	}
}

func TestCancelStopsAtOnceAndThePoolLivesOn(t *testing.T) {
	pool := startFake(t, fake("plain", 2))
	ctx, cancel := context.WithCancel(t.Context())
	mols := append(numbered("good", 3), numbered("hang", 5)...)
	begin := time.Now()
	scores, err := pool.Score(ctx, mols, QED, func(done, _ int) {
		if done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || time.Since(begin) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
	if scores[0].QED != 1 || scores[7].Error != "not scored" || scores[7].Name != "hang 5" {
		t.Errorf("partial scores: %+v", scores)
	}
	if again, err := pool.Score(t.Context(), numbered("good", 3), QED, nil); err != nil || again[2].QED != 3 {
		t.Errorf("after the cancellation: %+v, %v", again, err)
	}
}

func TestNoOrphans(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pool, err := Start(ctx, fake("plain", 2))
	if err != nil {
		t.Fatal(err)
	}
	scores, err := pool.Score(ctx, numbered("slow", 4), QED, nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel() // without Close
	for _, s := range scores {
		waitGone(t, int(s.LogP))
	}
	if _, err := pool.Score(t.Context(), numbered("good", 1), QED, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("scoring with a pool whose context ended: %v", err)
	}
	pool.Close()
}

func TestKill9OfKeelLeavesNoWorker(t *testing.T) {
	cmd := exec.Command(os.Args[0], "fake-keel")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	_, err = fmt.Fscan(bufio.NewReader(out), &pid)
	time.Sleep(50 * time.Millisecond) // into the request that hangs
	cmd.Process.Kill()
	cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	waitGone(t, pid)
}

func TestStartFailuresAreOneLine(t *testing.T) {
	absent := fake("plain", 2)
	absent.command = []string{filepath.Join(t.TempDir(), "python")}
	silent := fake("plain", 2)
	silent.command = []string{"/bin/sh", "-c", "echo out of luck >&2; exit 7"}
	for want, cfg := range map[string]Config{
		"no such file or directory":                       absent,
		"a worker died (exit status 7): out of luck":      silent,
		"a worker cannot score: No module named 'vina'; ": fake("refuse", 2),
		"-1 workers": {Workers: -1},
	} {
		_, err := Start(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %q", err, want)
		}
		if cfg.Workers > 0 && !strings.Contains(err.Error(), remedy) {
			t.Errorf("%v does not say what to do", err)
		}
	}
}

// A worker that starts once and never again: the pool says so instead of waiting for ever.
func TestNoWorkerLeft(t *testing.T) {
	cfg := fake("once", 1)
	cfg.command = append(cfg.command, filepath.Join(t.TempDir(), "started"))
	pool := startFake(t, cfg)
	scores, err := pool.Score(t.Context(), append(numbered("good", 1), numbered("die", 2)...), QED, nil)
	if err == nil || !strings.Contains(err.Error(), "a worker did not start") || scores[0].QED != 1 || scores[2].Error != "not scored" {
		t.Errorf("%v, %+v", err, scores)
	}
	if _, err := pool.Score(t.Context(), numbered("good", 1), QED, nil); err == nil {
		t.Error("a pool without workers scores")
	}
}

func TestScoreRefuses(t *testing.T) {
	pool := startFake(t, fake("plain", 1))
	if _, err := pool.Score(t.Context(), nil, VinaScore|QED, nil); err == nil || err.Error() != "vina_score: no receptor was given" {
		t.Error(err)
	}
	far := named("good 1")
	far.Atoms[0].Pos[1] = math.NaN()
	scores, err := pool.Score(t.Context(), []*chem.Molecule{nil, {Name: "void"}, far, named("good 4")}, QED, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"no atoms", "no atoms", "coordinates are not finite", ""} {
		if scores[i].Error != want || want != "" && !math.IsNaN(scores[i].QED) {
			t.Errorf("molecule %d: %+v, want %q", i, scores[i], want)
		}
	}
	if st := pool.Stats(); st.Requests != 4 || st.Failures["no atoms"] != 2 || scores[3].QED != 4 {
		t.Errorf("%+v", st)
	}
	pool.Close()
	if _, err := pool.Score(t.Context(), numbered("good", 1), QED, nil); !errors.Is(err, errClosed) {
		t.Errorf("scoring with a closed pool: %v", err)
	}
}
