package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"keel/nn"
	"keel/oracle"
)

// state is how a check came out.
type state string

const (
	works   state = "ok"
	lacking state = "warning" // Keel works, slower or with less
	missing state = "missing" // something does not work until it is there
)

// check is one line of the doctor's.
type check struct {
	Name   string   `json:"name"`
	State  state    `json:"state"`
	Found  string   `json:"found"`
	Remedy string   `json:"remedy,omitempty"`
	GFLOPS *float64 `json:"gflops,omitempty"` // float32 matmul, of the tensor engine
}

// diagnosis is what doctor --json prints.
type diagnosis struct {
	OK     bool    `json:"ok"`
	Checks []check `json:"checks"`
}

const setupRemedy = "run `make setup`"

func doctorCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is installed, what works, and what to do about the rest",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := examine(cmd.Context())
			var err error
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), d)
			} else {
				err = d.print(cmd.OutOrStdout())
			}
			if err == nil && !d.OK {
				err = errors.New("something that Keel needs is missing; see above what to do")
			}
			return cmp.Or(cmd.Context().Err(), err)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "machine-readable output")
	return c
}

func examine(ctx context.Context) diagnosis {
	d := diagnosis{OK: true}
	d.Checks = append(d.Checks, checkMachine(), checkCache(), checkEngine(), checkOracle(ctx), checkBuild(ctx))
	for _, c := range d.Checks {
		d.OK = d.OK && c.State != missing
	}
	return d
}

func (d diagnosis) print(w io.Writer) error {
	for _, c := range d.Checks {
		text := fmt.Sprintf("%-8s %-15s %s\n", c.State, c.Name, c.Found)
		if c.Remedy != "" {
			text += fmt.Sprintf("%24s what to do: %s\n", "", c.Remedy)
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

func checkMachine() check {
	return check{Name: "machine", State: works, Found: fmt.Sprintf("%s/%s, %d CPUs", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())}
}

// leastFree is what setup takes (0.8 GB), and room for a run.
const leastFree = 2 << 30

func checkCache() check {
	c := check{Name: "cache folder", State: missing}
	dir, err := nn.CacheDir()
	if err != nil {
		c.Found, c.Remedy = err.Error(), "set KEEL_CACHE to a folder that you may write to"
		return c
	}
	if err = os.MkdirAll(dir, 0o777); err == nil {
		err = probe(dir)
	}
	if err != nil {
		c.Found, c.Remedy = err.Error(), "set KEEL_CACHE to a folder that you may write to"
		return c
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		c.Found, c.Remedy = fmt.Sprintf("%s: %v", dir, err), "set KEEL_CACHE to a folder on a local disk"
		return c
	}
	c.State = works
	free := int64(fs.Bavail) * int64(fs.Bsize)
	c.Found = fmt.Sprintf("%s, writable, %.1f GB free", dir, float64(free)/1e9)
	if free < leastFree {
		c.State, c.Remedy = lacking, fmt.Sprintf("make room: setup and one run take up to %.1f GB", float64(leastFree)/1e9)
	}
	return c
}

func checkEngine() check {
	c := check{Name: "tensor engine", State: missing, Remedy: setupRemedy}
	engine, err := nn.Open()
	if err != nil {
		c.Found, c.Remedy = err.Error(), ""
		return c
	}
	gflops, err := engine.MatmulPeak()
	if err != nil {
		c.Found = fmt.Sprintf("%s does not compute: %v", engine.Describe(), err)
		return c
	}
	c.GFLOPS = &gflops
	c.State, c.Remedy = works, ""
	if engine.Plugin == "" {
		c.State, c.Found = lacking, fmt.Sprintf("%.0f GFLOP/s measured; %s", gflops, engine.Warning)
		return c
	}
	c.Found = fmt.Sprintf("%.0f GFLOP/s measured, XLA plug-in %s (from %s), %d device(s)", gflops, engine.Plugin, engine.Source, engine.Backend.NumDevices())
	if engine.Programs != nil {
		programs, size := engine.Programs.Size()
		c.Found += fmt.Sprintf("; %d compiled programs kept in %s (%.0f MB)", programs, engine.Programs.Dir, float64(size)/1e6)
	}
	return c
}

func checkOracle(ctx context.Context) check {
	c := check{Name: "reward workers", State: missing, Remedy: setupRemedy}
	python, err := oracle.FindPython()
	if err != nil {
		c.Found, c.Remedy = err.Error(), "" // the error says what to do
		return c
	}
	versions, err := oracle.Versions(ctx)
	if err != nil {
		c.Found, c.Remedy = err.Error(), ""
		return c
	}
	var found, absent []string
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		found = append(found, name+" "+versions[name])
	}
	for _, name := range []string{"rdkit", "vina"} {
		if versions[name] == "" {
			absent = append(absent, name)
		}
	}
	c.Found = fmt.Sprintf("%s (%s)", python, strings.Join(found, ", "))
	switch {
	case len(absent) > 0:
		c.Found += " lacks " + strings.Join(absent, ", ")
	case versions["posebusters"] == "":
		c.State, c.Found = lacking, c.Found+" lacks posebusters, so that `keel score` cannot give pb_valid"
	default:
		c.State, c.Remedy = works, ""
	}
	return c
}

// checkBuild looks for what building Keel takes; a built Keel needs neither.
func checkBuild(ctx context.Context) check {
	c := check{Name: "build tools", State: works}
	var absent []string
	found := []string{"this keel: " + runtime.Version()}
	if out, err := exec.CommandContext(ctx, "go", "version").Output(); err == nil {
		found = append(found, strings.TrimPrefix(strings.TrimSpace(string(out)), "go version "))
	} else {
		absent = append(absent, "Go")
	}
	if path, err := exec.LookPath(cmp.Or(os.Getenv("CC"), "cc")); err == nil {
		found = append(found, filepath.Base(path))
	} else {
		absent = append(absent, "a C compiler")
	}
	c.Found = strings.Join(found, ", ")
	if len(absent) > 0 {
		c.State, c.Found = lacking, c.Found+"; no "+strings.Join(absent, ", no ")
		c.Remedy = "only building Keel needs it; on Debian: apt-get install golang gcc libc6-dev"
	}
	return c
}
