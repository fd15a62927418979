package align

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
	"keel/sde"
	"keel/task/image/examples"
)

// PretrainConfig is the configuration file of `keel pretrain` with task = "image-encoder".
type PretrainConfig struct {
	Task    string          `toml:"task"` // "image-encoder"
	Seed    uint64          `toml:"seed"`
	Batch   int             `toml:"batch"` // examples in a step, among which each is to be found
	Start   string          `toml:"start"` // weights to start with; none means random ones
	Data    examples.Config `toml:"data"`
	Network Network         `toml:"network"`
	Train   pretrain.Config `toml:"train"` // what it says of noise levels does not matter here
}

// DefaultPretrain is what a configuration file starts from.
func DefaultPretrain() PretrainConfig {
	return PretrainConfig{
		Task: "image-encoder", Seed: 1, Batch: 256, Network: DefaultNetwork(), Data: examples.Config{Scenes: 0.5},
		Train: pretrain.Config{Samples: 1_000_000, LearningRate: 1e-3, Warmup: 200, Cooldown: 0.3, EMA: 0.999, LevelStd: 1, LogEvery: 20, SaveEvery: 200},
	}
}

// Check says what is wrong with the configuration.
func (c *PretrainConfig) Check() error {
	switch {
	case c.Task != "image-encoder":
		return fmt.Errorf("task = %q: expected \"image-encoder\"", c.Task)
	case c.Batch < 2:
		return fmt.Errorf("batch = %d: expected at least 2, for pictures are found among others", c.Batch)
	}
	return cmp.Or(c.Data.Check(), c.Network.Check(), c.Train.Check())
}

// Resolve makes relative data paths, which are relative to folder, absolute.
func (c *PretrainConfig) Resolve(folder string) error {
	return errors.Join(run.Resolve(folder, &c.Start), c.Data.Resolve(folder))
}

// CheckData finds out whether the sets of pictures can be read.
func (c *PretrainConfig) CheckData() error {
	_, err := c.Data.Open()
	return err
}

// Pretrain fits the encoder, or goes on where the run's latest checkpoint left off, and writes model.safetensors.
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
	src := NewSource(&net, drawer, c.Batch)
	fmt.Fprintf(log, "training on %d groups of pictures and %.0f%% scenes; dual encoder of %d parameters\n", drawer.Groups(), 100*drawer.Scenes, layout.Size())
	t := &pretrain.Trainer{
		Config: c.Train, Seed: c.Seed, Layout: layout, Log: log, Metadata: metadata(net),
		Stepper: pretrain.NewStepper(e, layout, nn.Adam{EMA: c.Train.EMA}, sde.VP{}, c.Train.Levels()),
	}
	if t.Held, err = src.Held(rand.New(rand.NewPCG(c.Seed, 1<<41))); err != nil {
		return err
	}
	return t.Fit(ctx, src, r, c.Start)
}
