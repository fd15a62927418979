package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"keel/nn"
	"keel/task/image"
	"keel/task/image/reward"
)

// tunePictures is tune with --task image, or where the configuration says task = "image".
func (j *tuneJob) tunePictures(cmd *cobra.Command, args []string) error {
	for _, flag := range []string{"pocket", "pockets", "ligand", "center"} {
		if cmd.Flags().Changed(flag) {
			return badInputf("--%s is for molecules: leave it out where the task is image", flag)
		}
	}
	stderr, cfg := cmd.ErrOrStderr(), image.DefaultTune()
	var (
		engine *nn.Engine
		model  *image.Model
	)
	r, err := openRun(&cfg, args, j.out, j.resume, j.task == "image", func() error {
		if len(args) > 0 {
			if err := cfg.Resolve(filepath.Dir(args[0])); err != nil {
				return err
			}
		}
		if len(j.prompts) > 0 {
			cfg.Prompts = j.prompts
		}
		if len(j.rewards) > 0 {
			cfg.Reward = nil
		}
		for _, metric := range j.rewards {
			cfg.Reward = append(cfg.Reward, reward.Config{Metric: metric})
		}
		cfg.Algo, cfg.Weights = cmp.Or(j.algo, cfg.Algo), cmp.Or(j.weights, cfg.Weights, shipped("weights/image.safetensors"))
		cfg.Encoder = cmp.Or(cfg.Encoder, shipped("weights/image-encoder.safetensors"))
		cfg.Fill()
		return errors.Join(cfg.Resolve("."), cfg.Check()) // the flags' paths are relative to the working folder
	}, func() (err error) {
		if engine, err = openEngine(stderr); err != nil {
			return err
		}
		model, err = image.ReadModel(engine, cfg.Weights)
		return err
	})
	if err != nil {
		return err
	}
	defer r.Close()
	captions, err := cfg.Captions()
	if err != nil {
		return err
	}
	tellUnseen(stderr, model, captions)
	sum, err := image.Tune(cmd.Context(), engine, &cfg, model, r, stderr)
	if err != nil {
		return resumeWith(err, "keel tune --resume "+r.Dir)
	}
	if err := printFigures(cmd.OutOrStdout(), sum); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "\npictures: %s\nmodel:    %s\n", r.Path("before-after.png"), r.Path("model.safetensors"))
	return err
}

// printFigures prints the table of before and after.
func printFigures(w io.Writer, s image.Summary) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\tbefore\tafter\t\n")
	fmt.Fprintf(t, "reward\t%.4f\t%.4f\t\n", s.Before.Reward, s.After.Reward)
	for _, name := range slices.Sorted(maps.Keys(s.After.Metrics)) {
		fmt.Fprintf(t, "%s\t%.4f\t%.4f\t\n", name, s.Before.Metrics[name], s.After.Metrics[name])
	}
	fmt.Fprintf(t, "variety\t%.4f\t%.4f\t\npictures\t%d\t%d\t\n", s.Before.Variety, s.After.Variety, s.Before.Samples, s.After.Samples)
	return t.Flush()
}
