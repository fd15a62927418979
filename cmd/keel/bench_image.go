package main

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"keel/run"
	"keel/task/image/experiment"
)

func benchImageCommand() *cobra.Command {
	var out string
	asJSON := false
	c := &cobra.Command{
		Use:   "image CONFIG.toml --out DIR",
		Short: "Tune the picture model with every estimator on every reward, and judge what comes out",
		Long: `Judges the untuned model, then tunes it with each estimator for each reward with each seed, with equal numbers of reward calls, and judges each
tuned model: reward, variety, scenes, retrieval of the prompt, distances to the data. The folder holds a run for each, the table (image.txt, image.json)
and figures. What was stopped goes on with the same command. docs/image.md says what the figures are.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return badInputf("--out is missing: the folder to make, or to go on with")
			}
			cfg := experiment.Default()
			if err := run.LoadConfig(args[0], &cfg); err != nil {
				return badInput(err)
			}
			cfg.Weights = cmp.Or(cfg.Weights, shipped("weights/image.safetensors"))
			cfg.Encoder = cmp.Or(cfg.Encoder, shipped("weights/image-encoder.safetensors"))
			if err := errors.Join(cfg.Resolve(filepath.Dir(args[0])), cfg.Check()); err != nil {
				return badInputf("%s: %w", args[0], err)
			}
			return benchImage(cmd, &cfg, out, asJSON)
		},
	}
	c.Flags().StringVar(&out, "out", "", "folder to make, or to go on with")
	c.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return c
}

func benchImage(cmd *cobra.Command, cfg *experiment.Config, out string, asJSON bool) error {
	engine, err := openEngine(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return badInputf("folder %s cannot be made: choose another --out", out)
	}
	unlock, err := run.Lock(out)
	if err != nil {
		return badInput(err)
	}
	defer unlock()
	rep, err := experiment.Run(cmd.Context(), engine, cfg, out, cmd.ErrOrStderr())
	if err != nil {
		return resumeWith(err, "the same command; what is done stays in "+out)
	}
	if err := errors.Join(
		run.WriteFile(filepath.Join(out, "image.txt"), rep.WriteText),
		run.WriteFile(filepath.Join(out, "image.json"), func(w io.Writer) error { return printJSON(w, rep) }),
		rep.Draw(out),
	); err != nil {
		return err
	}
	return writeOutput(cmd, "", func(w io.Writer) error {
		if asJSON {
			return printJSON(w, rep)
		}
		return rep.WriteText(w)
	})
}
