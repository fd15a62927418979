// Package run keeps one run's folder: the configuration as used, metrics, checkpoints and results, each file whole or not there at all.
//
// A run folder holds
//
//	config.toml                           the configuration as used
//	metrics.jsonl                         one JSON object a logged step
//	events.out.tfevents.keel              the same numbers for TensorBoard
//	checkpoints/step-000012.safetensors   the newest checkpoints
//	summary.json                          the figures before and after
//
// and whatever else the command that made it puts there. A run killed at any moment can be opened again.
package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// Names of the files of a run folder.
const (
	ConfigFile  = "config.toml"
	MetricsFile = "metrics.jsonl"
	EventsFile  = "events.out.tfevents.keel"
	SummaryFile = "summary.json"
)

// Run is a run folder open for writing, by this process alone. Its methods are not safe for concurrent use.
type Run struct {
	Dir  string // the folder
	Keep int    // newest checkpoints to keep; 0 means 2

	metrics, events *os.File
	unlock          func() error
}

// Create makes a new run in dir, writes cfg to its config.toml and locks it.
// A folder that already holds anything is refused, with a hint.
func Create(dir string, cfg any) (*Run, error) {
	text, err := toml.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("run %s: configuration cannot be written as TOML: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("run folder %s cannot be made: %w; choose another --out", dir, cause(err))
	}
	unlock, err := Lock(dir)
	if err != nil {
		return nil, err
	}
	if err := refuseFull(dir); err != nil {
		return nil, giveUp(err, unlock)
	}
	err = WriteFile(filepath.Join(dir, ConfigFile), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return nil, giveUp(err, unlock)
	}
	return open(dir, unlock)
}

// Open opens the run in dir to continue it: it locks the folder, reads config.toml strictly into the pointer cfg,
// removes the half-written files and lines that a kill left behind, and leaves all else as it is.
func Open(dir string, cfg any) (*Run, error) {
	config := filepath.Join(dir, ConfigFile)
	if _, err := os.Stat(config); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no run (there is no %s): give --resume a run's folder", dir, config)
	}
	unlock, err := Lock(dir)
	if err != nil {
		return nil, err
	}
	if err := LoadConfig(config, cfg); err != nil {
		return nil, giveUp(err, unlock)
	}
	if err := removeParts(dir, filepath.Join(dir, checkpointFolder)); err != nil {
		return nil, giveUp(err, unlock)
	}
	return open(dir, unlock)
}

// Path is the path of a file of the run.
func (r *Run) Path(name string) string { return filepath.Join(r.Dir, name) }

// Close closes the metric files and gives the folder free.
func (r *Run) Close() error {
	return errors.Join(r.metrics.Close(), r.events.Close(), r.unlock())
}

func open(dir string, unlock func() error) (*Run, error) {
	r := &Run{Dir: dir, unlock: unlock}
	for name, file := range map[string]**os.File{MetricsFile: &r.metrics, EventsFile: &r.events} {
		f, err := os.OpenFile(r.Path(name), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
		if err != nil {
			return nil, giveUp(fmt.Errorf("%s cannot be opened: %w", r.Path(name), cause(err)), unlock)
		}
		*file = f
	}
	if err := r.TruncateAfter(math.MaxInt); err != nil {
		return nil, giveUp(err, r.Close)
	}
	return r, nil
}

// giveUp releases what was got so far; the error that users see stays the first one.
func giveUp(err error, release func() error) error {
	_ = release()
	return err
}

// refuseFull fails when dir holds anything but its lock.
func refuseFull(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("run folder %s cannot be read: %w", dir, cause(err))
	}
	full := false
	for _, e := range entries {
		if e.Name() == ConfigFile {
			return fmt.Errorf("%s already holds a run: continue it with --resume %s, or choose another --out", dir, dir)
		}
		full = full || e.Name() != lockFile
	}
	if full {
		return fmt.Errorf("%s is not empty and holds no run: choose another --out", dir)
	}
	return nil
}
