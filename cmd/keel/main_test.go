package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"keel/chem"
)

// withCommand runs keel on one more command, whose work is given, and returns the exit code and standard error.
func withCommand(t *testing.T, ctx context.Context, work func() error) (code int, stderr string) {
	t.Helper()
	before, realStderr := commands, os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { commands, os.Stderr = before, realStderr }()
	os.Stderr = w
	commands = append(commands[:len(commands):len(commands)], func() *cobra.Command {
		return &cobra.Command{Use: "work", RunE: func(*cobra.Command, []string) error { return work() }}
	})
	code = keel(ctx, []string{"work"})
	w.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return code, string(text)
}

func TestExitCodes(t *testing.T) {
	stopped, stop := context.WithCancel(context.Background())
	stop()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		work   func() error
		code   int
		stderr string
	}{
		{"good", context.Background(), func() error { return nil }, 0, ""},
		{"failed", context.Background(), func() error { return errors.New("no worker\n left") }, 1, "keel: no worker left\n"},
		{"bad input", context.Background(), func() error { return badInputf("what is %d", 7) }, 2, "keel: what is 7\n"},
		{"bad file", context.Background(), func() error {
			return fmt.Errorf("pocket: %w", &chem.InputError{File: "a.pdb", Line: 3, Problem: "no", Hint: "do"})
		}, 2, "keel: pocket: a.pdb:3: no; do\n"},
		{"panic", context.Background(), func() error { panic("index out of range") }, 1, "keel: this is a bug in Keel: index out of range; please report it"},
		{"stopped", stopped, func() error { return fmt.Errorf("step 3: %w", context.Canceled) }, 1, "keel: stopped before the end\n"},
		{"stopped, to be resumed", stopped, func() error { return resumeWith(context.Canceled, "keel tune --resume runs/a") }, 1,
			"keel: stopped; resume with: keel tune --resume runs/a\n"},
		{"failed while stopping", stopped, func() error { return resumeWith(errors.New("disk full"), "keel tune --resume runs/a") }, 1, "keel: disk full\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stderr := withCommand(t, c.ctx, c.work)
			if code != c.code || !strings.HasPrefix(stderr, c.stderr) || strings.Count(stderr, "\n") > 1 {
				t.Errorf("exit code %d and %q; want %d and %q", code, stderr, c.code, c.stderr)
			}
		})
	}
}
