package run

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
)

func TestLogResumesWithoutDoubling(t *testing.T) {
	r := newRun(t)
	for step := 1; step <= 5; step++ {
		if err := r.Log(step, map[string]float64{"reward_mean": -float64(step), "kl": math.NaN(), "big": math.Inf(1)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, torn := range []string{MetricsFile, EventsFile} { // what kill -9 in mid-write leaves
		data, err := os.ReadFile(r.Path(torn))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(r.Path(torn), data[:len(data)-5], 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r = reopen(t, r)
	if err := r.TruncateAfter(3); err != nil {
		t.Fatal(err)
	}
	if err := r.Log(4, map[string]float64{"reward_mean": 40}); err != nil {
		t.Fatal(err)
	}
	records, err := ReadMetrics(r.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, rec := range records {
		got = append(got, fmt.Sprint(rec.Step, rec.Values["reward_mean"]))
	}
	if want := []string{"1 -1", "2 -2", "3 -3", "4 40"}; !slices.Equal(got, want) {
		t.Errorf("lines %v, want %v", got, want)
	}
	if v := records[0].Values; !math.IsNaN(v["kl"]) || !math.IsNaN(v["big"]) || len(v) != 3 {
		t.Errorf("values %v, want kl and big as NaN", v)
	}
	if got, want := eventSteps(t, r.Path(EventsFile)), []int64{0, 1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("event steps %v, want %v", got, want)
	}
	wantError(t, r.Log(5, map[string]float64{"step": 1}), `"step" is taken`)
}

func eventSteps(t *testing.T, path string) (steps []int64) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for len(data) > 0 {
		message, ok := firstRecord(data)
		if !ok {
			t.Fatalf("torn record after steps %v", steps)
		}
		steps = append(steps, eventStepOf(message))
		data = data[recordHead+len(message)+recordTail:]
	}
	return steps
}

func TestMetricsGarbageInside(t *testing.T) {
	r := newRun(t)
	text := `{"step":1,"time":1.5,"a":2}` + "\nnonsense\n" + `{"step":2,"time":1.5,"a":2}` + "\n"
	if err := os.WriteFile(r.Path(MetricsFile), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := ReadMetrics(r.Dir)
	wantError(t, err, "metrics.jsonl:2:")
	r.Close()
	var cfg testConfig
	_, err = Open(r.Dir, &cfg)
	wantError(t, err, "metrics.jsonl:2:")
}

func FuzzScanLines(f *testing.F) {
	f.Add([]byte(`{"step":1,"time":1.5,"a":null}` + "\n" + `{"step"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := scanLines(data, func(Record) bool { return true })
		if n < 0 || n > len(data) || err == nil && n > 0 && data[n-1] != '\n' {
			t.Fatalf("keeps %d of %d bytes, error %v", n, len(data), err)
		}
	})
}
