package supervise

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// faultRequests are put by TestFaults; one in faultEvery names a fault, and of those one in stubborn is done by any worker.
const (
	faultRequests = 10_000
	faultEvery    = 16
	stubborn      = 4
	faultCallers  = 4
)

// hangLimit is for a request whose worker may hang; a good answer takes less than a millisecond.
const hangLimit = 150 * time.Millisecond

// Over many requests from several callers, with workers that do everything in faults: each request is answered once, in order,
// rightly, or with a counted failure for the right reason where every worker does it; and nothing is left behind.
func TestFaults(t *testing.T) {
	tag := filepath.Join(t.TempDir(), "tag")
	before := footprint(t)
	cfg := fake(4, tag)
	cfg.Limit = time.Second // for whoever comes after a worker that answers and then hangs
	pool := start(t, cfg)
	questions := injected(tag + ".notes")
	var callers sync.WaitGroup
	for share := range slices.Chunk(questions, faultRequests/faultCallers) {
		callers.Go(func() {
			for batch := range slices.Chunk(share, 100) {
				expectAnswers(t, pool, batch)
			}
		})
	}
	callers.Wait()
	expectCounts(t, pool.Stats(), questions)
	logInjected(t, tag+".notes")
	pool.Close()
	pool.Close()
	waitGone(t, tag)
	eventually(t, func() string {
		if after := footprint(t); after[0] > before[0] || after[1] > before[1] {
			return fmt.Sprintf("%v open files and goroutines, %v before", after, before)
		}
		return ""
	})
}

// injected is the list of all questions, the same each time.
func injected(notes string) []question {
	rng := rand.New(rand.NewPCG(7, 1))
	kinds := slices.Sorted(maps.Keys(faults))
	questions := make([]question, faultRequests)
	for i := range questions {
		questions[i].N = i
		if rng.IntN(faultEvery) == 0 {
			questions[i] = question{i, kinds[rng.IntN(len(kinds))], rng.IntN(stubborn) == 0, notes}
		}
	}
	return questions
}

// mayHang says whether the fault leaves a worker that is alive and silent, with the request unanswered.
func mayHang(do string) bool { return slices.Contains(faults[do].wants, Late) }

func expectAnswers(t *testing.T, pool *Pool, batch []question) {
	requests := make([]Request, len(batch))
	for i, q := range batch {
		requests[i] = Request{Key: fmt.Sprint(q.N), Body: q}
		if mayHang(q.Do) {
			requests[i].Limit = hangLimit
		}
	}
	told := make([]int, len(batch))
	answers, err := pool.Do(t.Context(), requests, func(i int, _ Answer) { told[i]++ })
	if err != nil {
		t.Error(err)
		return
	}
	for i, q := range batch {
		if told[i] != 1 {
			t.Errorf("question %d: told %d times", q.N, told[i])
		}
		if a := answers[i]; !right(t, q, a) {
			t.Errorf("question %+v: %s", q, text(t, a))
		}
	}
}

// right says whether the answer is the only one that the question may have.
func right(t *testing.T, q question, a Answer) bool {
	if a.Failure == nil {
		return parse(t, a).Square == q.N*q.N && (!q.Fresh || len(faults[q.Do].wants) == 0)
	}
	reason, ok := strings.CutPrefix(a.Failure.Reason, GivenUp+": ")
	return ok && q.Fresh && slices.Contains(faults[q.Do].wants, reason)
}

func expectCounts(t *testing.T, s Stats, questions []question) {
	t.Helper()
	failed, ended, want := 0, 0, 0
	for _, n := range s.Failures {
		failed += n
	}
	for _, n := range s.Ended {
		ended += n
	}
	for _, q := range questions {
		if q.Fresh && len(faults[q.Do].wants) > 0 {
			want++
		}
	}
	t.Logf("%d requests: workers ended %v; %d requests tried again, %d given up; %d restarts", s.Requests, s.Ended, s.Retried, failed, s.Restarts)
	if s.Requests != len(questions) || failed != want || ended != s.Retried+failed || s.Restarts < ended {
		t.Errorf("want %d failures: %+v", want, s)
	}
}

// logInjected reports how often each fault was done, and fails the test where one never was.
func logInjected(t *testing.T, notes string) {
	t.Helper()
	text, err := os.ReadFile(notes)
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]int{}
	for line := range strings.Lines(string(text)) {
		done[strings.TrimSpace(line)]++
	}
	for _, kind := range slices.Sorted(maps.Keys(faults)) {
		t.Logf("%4d %s", done[kind], kind)
		if done[kind] == 0 {
			t.Errorf("%q was never done", kind)
		}
	}
}

// footprint counts open files and goroutines.
func footprint(t *testing.T) [2]int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return [2]int{len(files), runtime.NumGoroutine()}
}
