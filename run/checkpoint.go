package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

const checkpointFolder = "checkpoints"

var checkpointName = regexp.MustCompile(`^step-(\d+)\.safetensors$`)

// SaveCheckpoint writes the checkpoint of step whole or not at all, then removes all but the newest Keep.
func (r *Run) SaveCheckpoint(step int, write func(io.Writer) error) error {
	folder := r.Path(checkpointFolder)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("folder %s cannot be made: %w", folder, cause(err))
	}
	if err := WriteFile(checkpointPath(folder, step), write); err != nil {
		return err
	}
	steps, err := checkpoints(folder)
	if err != nil {
		return err
	}
	keep := r.Keep
	if keep == 0 {
		keep = 2
	}
	for _, old := range steps[:max(0, len(steps)-keep)] {
		if err := os.Remove(checkpointPath(folder, old)); err != nil {
			return fmt.Errorf("old checkpoint cannot be removed: %w", err)
		}
	}
	return nil
}

// LatestCheckpoint is the newest checkpoint and its step; ok is false when the run has none yet.
func (r *Run) LatestCheckpoint() (path string, step int, ok bool, err error) {
	folder := r.Path(checkpointFolder)
	steps, err := checkpoints(folder)
	if err != nil || len(steps) == 0 {
		return "", 0, false, err
	}
	step = steps[len(steps)-1]
	return checkpointPath(folder, step), step, true, nil
}

func checkpointPath(folder string, step int) string {
	return filepath.Join(folder, fmt.Sprintf("step-%06d.safetensors", step))
}

// checkpoints are the steps of the checkpoints in folder, oldest first.
func checkpoints(folder string) ([]int, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("folder %s cannot be read: %w", folder, cause(err))
	}
	var steps []int
	for _, e := range entries {
		name := checkpointName.FindStringSubmatch(e.Name())
		if name == nil {
			continue
		}
		if step, err := strconv.Atoi(name[1]); err == nil && filepath.Base(checkpointPath(folder, step)) == e.Name() {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, nil
}
