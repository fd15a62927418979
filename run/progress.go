package run

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// Progress prints how far a long piece of work is: one line that redraws itself on a terminal, and a new line every few
// seconds elsewhere (a log). Its methods are safe for concurrent use.
type Progress struct {
	mu       sync.Mutex
	out      io.Writer
	label    string
	total    int
	done     int
	note     string
	terminal bool
	every    time.Duration // least time between two drawings
	now      func() time.Time
	marks    []mark // drawings of the last minute, for the rate; the first is where the work began
	drawn    time.Time
}

type mark struct {
	at   time.Time
	done int
}

// NewProgress begins a report to out, normally standard error, on label: total units of work (0: unknown), of which done
// were finished earlier, by the run that this one resumes.
func NewProgress(out io.Writer, label string, done, total int) *Progress {
	p := &Progress{out: out, label: label, done: done, total: total, every: 5 * time.Second, now: time.Now}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal, p.every = true, 100*time.Millisecond
	}
	p.begin()
	return p
}

// Add says that n more units are done.
func (p *Progress) Add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.advance(p.done + n)
}

// Set says that done units are done.
func (p *Progress) Set(done int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.advance(done)
}

// Note puts text, such as the latest reward, at the end of the lines to come.
func (p *Progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note = text
}

// Done prints the last line. What is not done by then was not done: the line shows it.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.draw(true)
}

func (p *Progress) begin() {
	p.marks = []mark{{p.now(), p.done}}
	p.draw(false)
}

func (p *Progress) advance(done int) {
	p.done = done
	if p.now().Sub(p.drawn) >= p.every {
		p.draw(false)
	}
}

func (p *Progress) draw(last bool) {
	now := p.now()
	start := p.marks[0]
	if last {
		fmt.Fprint(p.out, p.frame(p.line(now.Sub(start.at), p.done-start.done, "took "+round(now.Sub(start.at))), true))
		return
	}
	p.drawn = now
	p.marks = append(p.marks, mark{now, p.done})
	for len(p.marks) > 3 && now.Sub(p.marks[2].at) > time.Minute {
		p.marks = append(p.marks[:1], p.marks[2:]...)
	}
	if len(p.marks) > 2 {
		start = p.marks[1]
	}
	elapsed, count := now.Sub(start.at), p.done-start.done
	left := ""
	if count > 0 && p.total > p.done {
		left = round(elapsed*time.Duration(p.total-p.done)/time.Duration(count)) + " left"
	}
	fmt.Fprint(p.out, p.frame(p.line(elapsed, count, left), false))
}

// line is the text: label, count, percentage, rate over the time given, remaining time, note.
func (p *Progress) line(elapsed time.Duration, count int, times string) string {
	text := fmt.Sprintf("%s  %d", p.label, p.done)
	if p.total > 0 {
		text += fmt.Sprintf("/%d  %3d%%", p.total, 100*p.done/p.total)
	}
	if count > 0 && elapsed > 0 {
		text += "  " + rate(float64(count)/elapsed.Seconds())
	}
	for _, part := range []string{times, p.note} {
		if part != "" {
			text += "  " + part
		}
	}
	return text
}

func (p *Progress) frame(text string, last bool) string {
	const clearToEnd = "\x1b[K"
	switch {
	case p.terminal && last:
		return "\r" + text + clearToEnd + "\n"
	case p.terminal:
		return "\r" + text + clearToEnd
	}
	return text + "\n"
}

// rate is in units a second, or seconds a unit where that reads better.
func rate(perSecond float64) string {
	if perSecond < 0.5 {
		return fmt.Sprintf("%.3g s each", 1/perSecond)
	}
	return fmt.Sprintf("%.3g/s", perSecond)
}

func round(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}
