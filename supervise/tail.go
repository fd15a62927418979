package supervise

import (
	"strings"
	"sync"
)

// tail keeps the last kilobytes written to it: what a process said before it died.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 4096

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := b[max(0, len(b)-tailBytes):]
	t.text = append(t.text, kept...)
	if extra := len(t.text) - tailBytes; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(b), nil
}

// lastLine returns the last line that is not blank, or "" if there is none.
func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.text))
	return oneLine(text[strings.LastIndexByte(text, '\n')+1:])
}
