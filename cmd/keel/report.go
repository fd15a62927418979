package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"keel/report"
	"keel/run"
)

func reportCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Draw one self-contained HTML page of a run",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := out
			if path == "" {
				path = filepath.Join(args[0], "report.html")
			}
			if err := drawReport(cmd.Context(), args[0], path, cmd.ErrOrStderr()); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
	c.Long = "Draw one self-contained HTML page of a run. A run over several pockets gets a page for each as well, which the run's links to."
	c.Flags().StringVar(&out, "out", "", "file to write (default report.html in the run's folder)")
	return c
}

// drawReport writes the page of the run in dir to path, and those of its pockets where it has several.
func drawReport(ctx context.Context, dir, path string, log io.Writer) error {
	in, err := report.Load(dir)
	if err != nil {
		return badInput(err)
	}
	if err := checkOutput(path); err != nil {
		return err
	}
	for _, p := range in.Pockets {
		if err := drawReport(ctx, p.Folder, filepath.Join(p.Folder, "report.html"), log); err != nil {
			return err
		}
	}
	if err := in.Fill(ctx, log); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.Write(&page, in); err != nil {
		return err
	}
	return run.WriteFile(path, func(w io.Writer) error {
		_, err := page.WriteTo(w)
		return err
	})
}
