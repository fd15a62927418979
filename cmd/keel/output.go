package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"keel/run"
)

// checkOutput finds out, before the work is done, whether a file can be written at path; empty is standard output.
func checkOutput(path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return badInputf("%s is a folder; name a file to write", path)
	}
	folder := filepath.Dir(path)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return badInputf("%s cannot be written: there is no folder %s; make it first", path, folder)
	}
	if err := probe(folder); err != nil {
		return badInputf("%s cannot be written: %w; name a file in a folder that you may write to", path, err)
	}
	return nil
}

// probe finds out whether files can be made in dir.
func probe(dir string) error {
	f, err := os.CreateTemp(dir, "keel-probe-*.part")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// writeOutput writes the file at path whole or not at all; empty is standard output.
func writeOutput(cmd *cobra.Command, path string, write func(io.Writer) error) error {
	if path != "" {
		return run.WriteFile(path, write)
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	if err := write(out); err != nil {
		return err
	}
	return out.Flush()
}

// printJSON writes v indented, as every --json does.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
