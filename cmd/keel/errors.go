package main

import (
	"context"
	"errors"
	"fmt"

	"keel/chem"
)

const (
	exitGood   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is an error of the user's: wrong use or bad input.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// badInput marks err as the user's, for exit code 2; nil stays nil.
func badInput(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// badInputf is badInput of a new error.
func badInputf(format string, args ...any) error { return badInput(fmt.Errorf(format, args...)) }

// resumable is work that was cut short and can go on: how says with which command.
type resumable struct {
	error
	how string
}

func (e resumable) Unwrap() error { return e.error }

// resumeWith tells the user how to go on should err be an interruption; another error stays as it is.
func resumeWith(err error, how string) error {
	if err == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	return resumable{err, how}
}

// interruption words an error that came of Ctrl-C or a termination signal.
func interruption(ctx context.Context, err error) error {
	if ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	if r := (resumable{}); errors.As(err, &r) {
		return fmt.Errorf("stopped; resume with: %s", r.how)
	}
	return errors.New("stopped before the end")
}

func exitCode(err error) int {
	var input *chem.InputError
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &usageError{}), errors.As(err, &input):
		return exitUsage
	}
	return exitFailed
}
