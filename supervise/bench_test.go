package supervise

import "testing"

// BenchmarkRequest is what supervision costs: a request to a worker that only says it back.
func BenchmarkRequest(b *testing.B) {
	pool, err := Start(b.Context(), Config{Command: []string{"cat"}, Workers: 1, MemoryMiB: 100})
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	request := []Request{{Key: "k", Body: map[string]string{"sdf": "some text"}}}
	for b.Loop() {
		if answers, err := pool.Do(b.Context(), request, nil); err != nil || answers[0].Failure != nil {
			b.Fatal(answers, err)
		}
	}
}
