package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"keel/nn"
	"keel/pretrain"
	"keel/run"
	"keel/task/image/examples"
)

// PretrainConfig is the configuration file of `keel pretrain` with task = "image".
type PretrainConfig struct {
	Task    string          `toml:"task"` // "image"
	Seed    uint64          `toml:"seed"`
	Batch   int             `toml:"batch"` // examples in a step
	Start   string          `toml:"start"` // a model or checkpoint with whose weights to start; none means random weights
	Data    DataConfig      `toml:"data"`
	Network Network         `toml:"network"`
	Train   pretrain.Config `toml:"train"`
}

// DataConfig names the training data.
type DataConfig struct {
	examples.Config
	Null float64 `toml:"null"` // share of captions that are dropped, for guidance
}

// DefaultPretrain is what a configuration file starts from.
func DefaultPretrain() PretrainConfig {
	return PretrainConfig{
		Task: "image", Seed: 1, Batch: 32, Network: DefaultNetwork(), Data: DataConfig{examples.Config{Scenes: 0.5}, 0.1},
		Train: pretrain.Config{Samples: 2_000_000, LearningRate: 1e-3, Warmup: 200, Cooldown: 0.3, EMA: 0.999,
			LevelMean: 0, LevelStd: 1.4, LogEvery: 20, SaveEvery: 200},
	}
}

// Check says what is wrong with the configuration.
func (c *PretrainConfig) Check() error {
	switch {
	case c.Task != "image":
		return fmt.Errorf("task = %q: expected \"image\"", c.Task)
	case c.Batch < 1:
		return fmt.Errorf("batch = %d: expected at least 1", c.Batch)
	case !(c.Data.Null >= 0 && c.Data.Null < 1):
		return fmt.Errorf("[data] null = %v: expected a share from 0 to below 1", c.Data.Null)
	}
	return cmp.Or(c.Data.Check(), c.Network.Check(), c.Train.Check())
}

// Resolve makes relative data paths, which are relative to folder, absolute: a run can then be resumed from anywhere.
func (c *PretrainConfig) Resolve(folder string) error {
	return errors.Join(run.Resolve(folder, &c.Start), c.Data.Resolve(folder))
}

// CheckData finds out whether the sets of pictures can be read.
func (c *PretrainConfig) CheckData() error {
	_, err := c.Data.Open()
	return err
}

// Pretrain fits a network to pictures and scenes, or goes on where the run's latest checkpoint left off, and writes model.safetensors.
func Pretrain(ctx context.Context, e *nn.Engine, c *PretrainConfig, r *run.Run, log io.Writer) error {
	drawer, err := c.Data.Open()
	if err != nil {
		return err
	}
	net := c.Network
	layout, err := net.Declare(e)
	if err != nil {
		return err
	}
	m := Model{Net: net, Vocabulary: drawer.Vocabulary()}
	src := NewSource(&net, drawer, c.Batch, c.Data.Null)
	fmt.Fprintf(log, "training on %d groups of pictures and %.0f%% scenes, %d words; network of %d parameters\n",
		drawer.Groups(), 100*drawer.Scenes, len(m.Vocabulary), layout.Size())
	t := &pretrain.Trainer{
		Config: c.Train, Seed: c.Seed, Layout: layout, Log: log, Metadata: m.Metadata(),
		Stepper: pretrain.NewStepper(e, layout, nn.Adam{EMA: c.Train.EMA}, Process(), c.Train.Levels()),
	}
	if t.Held, err = src.Held(rand.New(rand.NewPCG(c.Seed, 1<<41))); err != nil {
		return err
	}
	return t.Fit(ctx, src, r, c.Start)
}
