package chem

import "fmt"

// InputError says what is wrong with a user's file, where, and what to do about it, in one line. Programs that tell bad input
// from failed work (exit code 2 from 1) find it with errors.As.
type InputError struct {
	File    string // as the user gave it
	Line    int    // 1 is the first; 0 where the file as a whole is meant
	Problem string
	Hint    string // what to do; may be empty
}

// Error returns "file:line: problem; hint".
func (e *InputError) Error() string {
	s := e.File + ": "
	if e.Line > 0 {
		s = fmt.Sprintf("%s:%d: ", e.File, e.Line)
	}
	s += e.Problem
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}
