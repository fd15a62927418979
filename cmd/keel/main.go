// Command keel turns flags and TOML into calls of Keel's packages: it checks the machine, trains, tunes, samples, scores
// and reports. One file holds one command.
//
// Exit codes: 0 good, 1 the work failed, 2 wrong use or bad input. An error is one line on standard error.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

func main() {
	tuneMalloc()
	signal.Ignore(syscall.SIGXFSZ) // a file grown to its limit is an error of the write, as a full disk is
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	os.Exit(keel(ctx, os.Args[1:]))
}

// keel runs one command line and returns its exit code.
func keel(ctx context.Context, args []string) (code int) {
	defer func() {
		if r := recover(); r != nil {
			code = exitFailed
			complain(fmt.Errorf("this is a bug in Keel: %v; please report it with the command line that led here (KEEL_DEBUG=1 shows the stack)", r))
			if os.Getenv("KEEL_DEBUG") == "1" {
				debug.PrintStack()
			}
		}
	}()
	started := false
	root := rootCommand(&started)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitGood
	case !started:
		text := strings.Replace(err.Error(), "\n\nDid you mean this?\n", "; did you mean ", 1)
		err = badInputf("%s; see `keel --help`", strings.TrimSpace(text))
	}
	err = interruption(ctx, err)
	complain(err)
	return exitCode(err)
}

// complain prints err as one line.
func complain(err error) {
	fmt.Fprintln(os.Stderr, "keel:", strings.Join(strings.Fields(err.Error()), " "))
}
