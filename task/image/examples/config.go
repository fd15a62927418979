package examples

import (
	"errors"
	"fmt"

	"keel/run"
	"keel/task/image/dataset"
)

// Config names training data: the part of the configuration files that the picture model and the dual encoder share. Relative paths are relative to the file.
type Config struct {
	Pictures []string `toml:"pictures"` // folders that keel data images made
	Scenes   float64  `toml:"scenes"`   // share of examples that are scenes, drawn on the spot
}

// Check says what is wrong with it.
func (c *Config) Check() error {
	switch {
	case !(c.Scenes >= 0 && c.Scenes <= 1):
		return fmt.Errorf("[data] scenes = %v: expected a share from 0 to 1", c.Scenes)
	case len(c.Pictures) == 0 && c.Scenes == 0:
		return errors.New("[data] names no pictures and scenes = 0: there is nothing to train on")
	}
	return nil
}

// Resolve makes relative paths, which are relative to folder, absolute: a run can then be resumed from anywhere.
func (c *Config) Resolve(folder string) error {
	var paths []*string
	for i := range c.Pictures {
		paths = append(paths, &c.Pictures[i])
	}
	return run.Resolve(folder, paths...)
}

// Open reads the pictures.
func (c *Config) Open() (*Drawer, error) {
	sets, err := dataset.OpenAll(c.Pictures)
	if err != nil {
		return nil, err
	}
	return New(sets, c.Scenes), nil
}
