package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"keel/nn"
	"keel/run"
	"keel/task/image"
	"keel/task/image/align"
	"keel/task/pocket"
)

func pretrainCommand() *cobra.Command {
	var out, resume string
	c := &cobra.Command{
		Use:   "pretrain CONFIG.toml --out RUN | --resume RUN",
		Short: "Train a model by score matching",
		Long: `Fits a denoiser to conformers and complexes. The run folder holds the configuration as used, metrics, checkpoints and, in
the end, model.safetensors. A run that was interrupted or killed goes on with --resume.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := pretrainingOf(taskOf(args, resume))
			if err != nil {
				return err
			}
			r, err := openRun(p.config, args, out, resume, false, func() error {
				return errors.Join(p.config.Resolve(filepath.Dir(args[0])), p.config.Check())
			}, p.config.CheckData)
			if err != nil {
				return err
			}
			defer r.Close()
			engine, err := openEngine(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			err = p.do(cmd.Context(), engine, r, cmd.ErrOrStderr())
			return resumeWith(err, "keel pretrain --resume "+r.Dir)
		},
	}
	c.Flags().StringVar(&out, "out", "", "run folder to make")
	c.Flags().StringVar(&resume, "resume", "", "run folder to go on with")
	return c
}

// pretraining is a task's pre-training: its configuration, and what is to be done in the run.
type pretraining struct {
	config interface {
		Resolve(folder string) error
		Check() error
		CheckData() error
	}
	do func(ctx context.Context, e *nn.Engine, r *run.Run, log io.Writer) error
}

// pretrainingOf is that of the named task.
func pretrainingOf(task string) (pretraining, error) {
	switch task {
	case "pocket", "":
		c := pocket.DefaultPretrain()
		return pretraining{&c, func(ctx context.Context, e *nn.Engine, r *run.Run, log io.Writer) error {
			return pocket.Pretrain(ctx, e, &c, r, log)
		}}, nil
	case "image":
		c := image.DefaultPretrain()
		return pretraining{&c, func(ctx context.Context, e *nn.Engine, r *run.Run, log io.Writer) error {
			return image.Pretrain(ctx, e, &c, r, log)
		}}, nil
	case "image-encoder":
		c := align.DefaultPretrain()
		return pretraining{&c, func(ctx context.Context, e *nn.Engine, r *run.Run, log io.Writer) error {
			return align.Pretrain(ctx, e, &c, r, log)
		}}, nil
	}
	return pretraining{}, badInputf("task = %q: expected \"pocket\", \"image\" or \"image-encoder\"", task)
}

// taskOf is the task that the configuration file in args names, or that of the run that is gone on with; empty where it names none.
func taskOf(args []string, resume string) string {
	switch {
	case resume != "":
		return run.TaskOf(filepath.Join(resume, run.ConfigFile))
	case len(args) > 0:
		return run.TaskOf(args[0])
	}
	return ""
}

// openRun makes the run folder out from the configuration file in args, or opens resume with the configuration it was
// made from. Without a file, bare says whether cfg as it is will do. adapt applies flags and paths to a configuration just read; prepare
// opens what the configuration names, so that a mistake in it leaves no folder behind.
func openRun(cfg any, args []string, out, resume string, bare bool, adapt, prepare func() error) (*run.Run, error) {
	switch {
	case resume != "" && (len(args) > 0 || out != ""):
		return nil, badInputf("--resume goes on with the configuration of the run: give neither a file nor --out beside it")
	case resume != "":
		r, err := run.Open(resume, cfg)
		if err != nil {
			return nil, badInput(err)
		}
		if err := prepare(); err != nil {
			return nil, badInput(errors.Join(err, r.Close()))
		}
		return r, nil
	case len(args) == 0 && !bare:
		return nil, badInputf("expected a configuration file, or --resume and a run folder")
	case out == "":
		return nil, badInputf("--out is missing: the run folder to make")
	}
	from := ""
	if len(args) > 0 {
		if err := run.LoadConfig(args[0], cfg); err != nil {
			return nil, badInput(err)
		}
		from = args[0] + ": "
	}
	if err := adapt(); err != nil {
		return nil, badInputf("%s%w", from, err)
	}
	if err := prepare(); err != nil {
		return nil, badInput(err)
	}
	r, err := run.Create(out, cfg)
	return r, badInput(err)
}

// openEngine opens the tensor engine and passes on its warning.
func openEngine(stderr io.Writer) (*nn.Engine, error) {
	e, err := nn.Open()
	if err != nil {
		return nil, badInput(err)
	}
	if e.Warning != "" {
		fmt.Fprintln(stderr, "warning:", e.Warning)
	}
	return e, nil
}
