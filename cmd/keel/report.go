package main

import (
	"bytes"
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
			var page bytes.Buffer
			if err := report.FromRun(args[0], &page); err != nil {
				return badInput(err)
			}
			if err := checkOutput(path); err != nil {
				return err
			}
			err := run.WriteFile(path, func(w io.Writer) error {
				_, err := page.WriteTo(w)
				return err
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write (default report.html in the run's folder)")
	return c
}
