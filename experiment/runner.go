// Package experiment tunes in many pockets by one command, and compares estimators at equal reward calls. Every run is a process of keel tune of its
// own: one that fails, or that the system kills, ends no other, and what is there already is not done again.
package experiment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"keel/run"
	"keel/task/pocket"
)

// Runner runs keel tune.
type Runner struct {
	Keel string    // the program
	Log  io.Writer // its progress and its messages
}

// Job is one run.
type Job struct {
	Name   string            // in progress and reports
	Dir    string            // the run's folder; Dir + ".toml" is its configuration
	Config pocket.TuneConfig // with absolute paths
}

// ErrOther says that a folder holds a run of other settings.
var ErrOther = errors.New("was made with other settings: choose another --out")

// settle writes down the job's configuration, or finds the same there. The error is [ErrOther], or that of the disk.
func (j *Job) settle() error {
	text, err := toml.Marshal(j.Config)
	if err != nil {
		return err
	}
	path := j.Dir + ".toml"
	if err := os.MkdirAll(filepath.Dir(j.Dir), 0o777); err != nil {
		return err
	}
	switch there, err := os.ReadFile(path); {
	case err == nil && !bytes.Equal(there, text):
		return fmt.Errorf("%s %w", path, ErrOther)
	case err == nil:
		return nil
	}
	return run.WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}

// tune makes the run, or goes on with it where it was left; a finished one stays as it is. The error is the context's, or what keel tune said last:
// then the next try goes on from the run's checkpoint.
func (r *Runner) tune(ctx context.Context, j Job) error {
	if finished(j.Dir) {
		return nil
	}
	awaitFree(j.Dir)
	if _, err := os.Stat(filepath.Join(j.Dir, run.ConfigFile)); err == nil {
		return r.keel(ctx, "tune", "--resume", j.Dir)
	}
	if err := os.RemoveAll(j.Dir); err != nil { // what a kill left before there was a run
		return err
	}
	return r.keel(ctx, "tune", j.Dir+".toml", "--out", j.Dir)
}

// awaitFree waits a little for a run that a kill is still ending to let go of its folder; what holds it longer, keel tune names.
func awaitFree(dir string) {
	for range 50 {
		if _, err := os.Stat(dir); err != nil {
			return
		}
		if unlock, err := run.Lock(dir); err == nil {
			unlock()
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// finished says whether a run has come to its end.
func finished(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, run.SummaryFile))
	return err == nil
}

// patience is how long a run that was interrupted may take to end.
const patience = time.Minute

// keel runs the program; its standard error goes to the log, and its last line becomes the error where it fails.
func (r *Runner) keel(ctx context.Context, args ...string) error {
	runtime.LockOSThread() // see attributes
	defer runtime.UnlockOSThread()
	c := exec.CommandContext(ctx, r.Keel, args...)
	c.SysProcAttr = attributes()
	last := &lastLine{to: r.Log}
	c.Stderr = last
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = patience
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && last.text() != "":
		return fmt.Errorf("%v: %s", err, last.text())
	}
	return err
}

// lastLine passes on what is written and keeps the last line of it.
type lastLine struct {
	to   io.Writer
	kept []byte
}

// Write passes b on.
func (l *lastLine) Write(b []byte) (int, error) {
	const most = 4096
	l.kept = append(l.kept, b...)
	l.kept = l.kept[max(0, len(l.kept)-most):]
	return l.to.Write(b)
}

func (l *lastLine) text() string {
	lines := strings.FieldsFunc(string(l.kept), func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) == 0 {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSpace(lines[len(lines)-1]), "keel: ")
}
