package run

import (
	"strings"
	"testing"
	"time"
)

// fakeProgress is a Progress on a clock that the test moves by hand.
func fakeProgress(out *strings.Builder, terminal bool, done, total int) (p *Progress, wait func(time.Duration)) {
	now := time.Unix(0, 0)
	p = &Progress{out: out, label: "sample", done: done, total: total, every: 5 * time.Second, terminal: terminal, now: func() time.Time { return now }}
	p.begin()
	return p, func(d time.Duration) { now = now.Add(d) }
}

func TestProgressInALog(t *testing.T) {
	var out strings.Builder
	p, wait := fakeProgress(&out, false, 100, 200)
	for range 20 {
		wait(time.Second)
		p.Add(2)
	}
	p.Note("reward -6.1")
	wait(60 * time.Second)
	p.Set(200)
	p.Done()
	want := `sample  100/200   50%
sample  110/200   55%  2/s  45 s left
sample  120/200   60%  2/s  40 s left
sample  130/200   65%  2/s  35 s left
sample  140/200   70%  2/s  30 s left
sample  200/200  100%  1.08/s  reward -6.1
sample  200/200  100%  1.25/s  took 1 min 20 s  reward -6.1
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestProgressOnATerminal(t *testing.T) {
	var out strings.Builder
	p, wait := fakeProgress(&out, true, 0, 0)
	wait(30 * time.Second)
	p.Set(3)
	p.Done()
	want := "\rsample  0\x1b[K\rsample  3  10 s each\x1b[K\rsample  3  10 s each  took 30 s\x1b[K\n"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
}
