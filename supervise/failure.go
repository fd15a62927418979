package supervise

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Failure is why there is no answer. Reason has the same words for every case of its kind, so that it can be counted.
type Failure struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// Error returns "reason: detail".
func (f Failure) Error() string {
	if f.Detail == "" {
		return f.Reason
	}
	return f.Reason + ": " + f.Detail
}

// What ends a worker. These are the reasons counted in Stats.Ended.
const (
	Died    = "a worker died"
	Late    = "a worker did not answer in time"
	Rubbish = "a worker answered rubbish"
	Closed  = "a worker closed its output"
	Memory  = "a worker used too much memory"
)

// A Failure's Reason is NotAnswered or NoJSON, or GivenUp or Poisoned followed by ": " and what ended the last worker.
const (
	GivenUp     = "given up after a second worker"
	Poisoned    = "on the poison list"
	NoJSON      = "the request cannot be written as JSON"
	NotAnswered = "not answered" // Do was interrupted
)

// GivenUp returns what ended the second worker, and whether the request ended two just now, so that its key has come onto the
// poison list.
func (f Failure) GivenUp() (why Failure, ok bool) {
	f.Reason, ok = strings.CutPrefix(f.Reason, GivenUp+": ")
	return f, ok
}

const detailBytes = 200

// oneLine is text that a process may have written, fit for a message.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, text)
	if len(text) > detailBytes {
		text = strings.ToValidUTF8(text[:detailBytes], "") + "..."
	}
	return text
}
