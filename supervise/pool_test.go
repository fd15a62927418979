package supervise

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestOrderForAnyNumberOfWorkers(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		pool := start(t, fake(workers, "order"))
		var questions []question
		for n := range 40 {
			questions = append(questions, question{N: n})
		}
		for n, said := range ask(t, pool, questions...) {
			if said != fmt.Sprint(n*n) {
				t.Errorf("%d workers, question %d: %s", workers, n, said)
			}
		}
		if s := pool.Stats(); s.Requests != 40 || s.Restarts+s.Retried+len(s.Failures)+len(s.Ended) != 0 || s.Seconds <= 0 {
			t.Errorf("%d workers: %+v", workers, s)
		}
	}
}

// A request that ends every worker is given up with the reason, the next with its key fails at once, and its neighbours fare well.
func TestPoison(t *testing.T) {
	for do, why := range map[string]string{
		"crash":                 "a worker died: exit status 3: last words",
		"kill":                  "a worker died: signal: killed",
		"no end of line, crash": "a worker died: exit status 3",
		"rubbish":               "a worker answered rubbish: invalid character 'S' looking for beginning of value",
		"wrong id":              "a worker answered rubbish: the answer to another request",
		"no id":                 "a worker answered rubbish: an answer without an id",
		"endless line":          "a worker answered rubbish: a line without end",
		"hang":                  "a worker did not answer in time: 200ms",
		"close output":          "a worker closed its output",
		"leak":                  "a worker used too much memory",
	} {
		t.Run(do, func(t *testing.T) {
			t.Parallel()
			cfg := fake(1, "poison")
			if do == "hang" {
				cfg.Limit = 200 * time.Millisecond
			}
			pool := start(t, cfg)
			poison := question{N: 5, Do: do, Fresh: true}
			said := strings.Join(ask(t, pool, question{N: 2}, poison, question{N: 3}), "; ")
			if want := "4; given up after a second worker: " + why + "; 9"; said != want {
				t.Errorf("%s\nwant %s", said, want)
			}
			restarts := pool.Stats().Restarts
			said = strings.Join(ask(t, pool, poison, question{N: 4}), "; ")
			if want := "on the poison list: " + why + "; 16"; said != want {
				t.Errorf("%s\nwant %s", said, want)
			}
			reason := strings.Join(strings.SplitN(why, ": ", 2)[:1], "")
			s := pool.Stats()
			if restarts != 2 || s.Restarts != 2 || s.Requests != 5 || s.Ended[reason] != 2 || s.Retried != 1 ||
				s.Failures[GivenUp+": "+reason] != 1 || s.Failures[Poisoned+": "+reason] != 1 || len(s.Failures) != 2 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestPoisonKnownBefore(t *testing.T) {
	cfg := fake(1, "known")
	cfg.Poison = map[string]Failure{"bad": {Died, "long ago"}}
	pool := start(t, cfg)
	answers, err := pool.Do(t.Context(), []Request{{Key: "bad", Body: question{N: 2}}, {Key: "good", Body: question{N: 2}}}, nil)
	if err != nil || answers[0].Failure == nil || answers[0].Failure.Error() != "on the poison list: a worker died: long ago" ||
		text(t, answers[1]) != "4" {
		t.Errorf("%+v %v", answers, err)
	}
	if _, ok := answers[0].Failure.GivenUp(); ok {
		t.Error("given up just now")
	}
	if why, ok := (Failure{GivenUp + ": " + Died, "x"}).GivenUp(); !ok || why != (Failure{Died, "x"}) {
		t.Error(why, ok)
	}
}

// The second try is on a worker that has not been asked before, in which these faults do not show.
func TestTriedElsewhere(t *testing.T) {
	pool := start(t, fake(1, "elsewhere"))
	said := ask(t, pool, question{N: 1}, question{N: 2, Do: "crash"}, question{N: 3, Do: "rubbish"}, question{N: 4, Do: "leak in a child"})
	if strings.Join(said, " ") != "1 4 9 16" {
		t.Error(said)
	}
	if s := pool.Stats(); s.Retried != 3 || s.Restarts != 3 || len(s.Failures) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestCancelStopsAtOnceAndThePoolLivesOn(t *testing.T) {
	pool := start(t, fake(2, "cancel"))
	ctx, cancel := context.WithCancel(t.Context())
	requests := []Request{{Body: question{N: 3}}}
	for range 5 {
		requests = append(requests, Request{Body: question{Do: "hang", Fresh: true}})
	}
	begin := time.Now()
	answers, err := pool.Do(ctx, requests, func(int, Answer) { cancel() })
	if !errors.Is(err, context.Canceled) || time.Since(begin) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
	if text(t, answers[0]) != "9" || text(t, answers[5]) != NotAnswered {
		t.Errorf("partial answers: %+v", answers)
	}
	if said := ask(t, pool, question{N: 4}); said[0] != "16" {
		t.Errorf("after the cancellation: %v", said)
	}
}

func TestTheContextEndsEverything(t *testing.T) {
	tag := filepath.Join(t.TempDir(), "tag")
	ctx, cancel := context.WithCancel(t.Context())
	pool, err := Start(ctx, fake(2, tag))
	if err != nil {
		t.Fatal(err)
	}
	ask(t, pool, question{N: 1}, question{N: 2, Do: "answer, leave child", Fresh: true})
	if n := len(running(t, tag)); n < 3 {
		t.Errorf("%d processes, 2 workers and a child expected", n)
	}
	cancel() // without Close
	waitGone(t, tag)
	if _, err := pool.Do(t.Context(), []Request{{Body: question{}}}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("asking a pool whose context ended: %v", err)
	}
	pool.Close()
}

func TestCloseTwiceAndInMidRequest(t *testing.T) {
	tag := filepath.Join(t.TempDir(), "tag")
	pool := start(t, fake(1, tag))
	time.AfterFunc(100*time.Millisecond, func() { pool.Close() })
	_, err := pool.Do(t.Context(), []Request{{Body: question{Do: "hang", Fresh: true}}}, nil)
	if !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	pool.Close()
	waitGone(t, tag)
	if _, err := pool.Do(t.Context(), []Request{{Body: question{}}}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("asking a closed pool: %v", err)
	}
}

func TestKill9OfKeelLeavesNoWorker(t *testing.T) {
	tag := filepath.Join(t.TempDir(), "tag")
	cmd := exec.Command(os.Args[0], "fake-keel", tag)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, err = bufio.NewReader(out).ReadString('\n')
	time.Sleep(50 * time.Millisecond) // into the request that hangs
	cmd.Process.Kill()
	cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	waitGone(t, tag)
}

func TestStartFailuresAreOneLine(t *testing.T) {
	shell := func(script string) Config {
		return Config{Command: []string{"/bin/sh", "-c", script}, Workers: 2, Ready: readyLine}
	}
	slow := shell("sleep 60")
	slow.StartLimit = 50 * time.Millisecond
	for want, cfg := range map[string]Config{
		"a worker cannot be started: fork/exec /nowhere/x: no such file or directory":             {Command: []string{"/nowhere/x"}},
		"a worker did not start: a worker died: exit status 7: out of luck":                       shell("echo out of luck >&2; exit 7"),
		"a worker did not start: a worker did not answer in time: 50ms":                           slow,
		"a worker cannot answer: no licence":                                                      shell("echo no licence; sleep 60"),
		"no command to run was given":                                                             {},
		"-1 workers asked for; at least 1 is needed":                                              {Workers: -1},
		`a worker cannot be started: exec: "no-such-program": executable file not found in $PATH`: {Command: []string{"no-such-program"}},
	} {
		if _, err := Start(t.Context(), cfg); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// A worker that starts once and never again: the pool says so instead of waiting for ever.
func TestNoWorkerLeft(t *testing.T) {
	pool := start(t, fake(1, "once:"+filepath.Join(t.TempDir(), "started")))
	requests := []Request{{Body: question{N: 2}}, {Body: question{Do: "crash", Fresh: true}}, {Body: question{N: 3}}}
	answers, err := pool.Do(t.Context(), requests, nil)
	if err == nil || err.Error() != "a worker did not start: a worker died: exit status 4" ||
		text(t, answers[0]) != "4" || text(t, answers[2]) != NotAnswered {
		t.Errorf("%v, %+v", err, answers)
	}
	if _, again := pool.Do(t.Context(), requests, nil); again == nil || again.Error() != err.Error() {
		t.Errorf("a pool without workers: %v", again)
	}
}

// Without a line that says ready, a command that can never work is found out by its never having answered.
func TestNeverAnswered(t *testing.T) {
	pool := start(t, Config{Command: []string{"/bin/sh", "-c", "read x; echo no module named vina >&2; exit 1"}, Workers: 2})
	requests := make([]Request, 100)
	for i := range requests {
		requests[i].Body = question{N: i}
	}
	_, err := pool.Do(t.Context(), requests, nil)
	if err == nil || err.Error() != "no worker has ever answered: a worker died: exit status 1: no module named vina" {
		t.Error(err)
	}
	if ended := pool.Stats().Ended[Died]; ended < 8 || ended > 9 {
		t.Errorf("%d workers ended", ended)
	}
}

// cat is the smallest worker: what it gives back bears the id.
func TestAnyCommand(t *testing.T) {
	pool := start(t, Config{Command: []string{"cat"}, Workers: 1})
	bodies := []any{map[string]any{}, map[string]any{"x": "a\nb"}, json.RawMessage("{ \"y\":\n[1] }"), math.NaN(), []int{1}, "text", nil,
		map[string]any{"f": math.Inf(1)}}
	var requests []Request
	for _, b := range bodies {
		requests = append(requests, Request{Key: "same", Body: b})
	}
	answers, err := pool.Do(t.Context(), requests, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		var got map[string]any
		if i >= 3 {
			if a.Failure == nil || a.Failure.Reason != NoJSON {
				t.Errorf("%v: %+v", bodies[i], a)
			}
			continue
		}
		if err := json.Unmarshal(a.Body, &got); err != nil || len(got) != 1+min(i, 1) || got["id"] == nil {
			t.Errorf("%v: %s %v", bodies[i], a.Body, err)
		}
	}
	if s := pool.Stats(); s.Failures[NoJSON] != 5 || s.Restarts != 0 {
		t.Errorf("%+v", s)
	}
}

func TestCheckRefusesAnAnswer(t *testing.T) {
	cfg := fake(1, "check")
	cfg.Check = func(body json.RawMessage) error {
		if strings.Contains(string(body), `"square":4,`) {
			return errors.New("four is no answer")
		}
		return nil
	}
	said := ask(t, start(t, cfg), question{N: 2}, question{N: 3})
	if said[0] != "given up after a second worker: a worker answered rubbish: four is no answer" || said[1] != "9" {
		t.Error(said)
	}
}

func TestLimitsAndEnvironmentAreTheWorkers(t *testing.T) {
	var heard string
	start(t, Config{
		Command:    []string{"/bin/sh", "-c", "read x; echo $x $WORD $(ulimit -v) $(ulimit -c); cat"},
		Env:        []string{"WORD=word"},
		Hello:      []byte("hello\n"),
		Ready:      func(line []byte) error { heard = string(line); return nil },
		Workers:    1,
		AddressMiB: 3000,
	})
	if heard != "hello word 3072000 0" {
		t.Error(heard)
	}
}

// A worker that is left alone ends by itself when its input does.
func TestCloseLetsWorkersEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tidied")
	pool := start(t, Config{Command: []string{"/bin/sh", "-c", "cat; touch " + path}, Workers: 1})
	if _, err := pool.Do(t.Context(), []Request{{Body: question{}}}, nil); err != nil {
		t.Fatal(err)
	}
	pool.Close()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
