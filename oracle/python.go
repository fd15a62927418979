package oracle

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

//go:embed worker/*.py
var workerFiles embed.FS

// remedy ends every message about a missing part of the Python side.
const remedy = "run `make setup`; `keel doctor` shows what is missing"

// FindPython returns the interpreter for workers: $KEEL_PYTHON, else oracle/bin/python in Keel's cache ($KEEL_CACHE, else keel
// in the user's cache folder), else the python3 on PATH if it imports rdkit and vina. The error says what to do.
func FindPython() (string, error) {
	if path := os.Getenv("KEEL_PYTHON"); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("KEEL_PYTHON=%s cannot be run; set it to a Python with rdkit and vina, or unset it and %s", path, remedy)
		}
		return found, nil
	}
	if cache, err := cacheDir(); err == nil {
		path := filepath.Join(cache, "oracle", "bin", "python")
		if _, err := exec.LookPath(path); err == nil {
			return path, nil
		}
	}
	if path, err := exec.LookPath("python3"); err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if exec.CommandContext(ctx, path, "-c", "import rdkit, vina").Run() == nil {
			return path, nil
		}
	}
	return "", errors.New("no Python with rdkit and vina found; " + remedy)
}

func cacheDir() (string, error) {
	if dir := os.Getenv("KEEL_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "keel"), err
}

// packages are the distributions that the worker uses, in the order of need.
var packages = []string{"rdkit", "vina", "posebusters", "numpy", "scipy"}

const versionsScript = `
import importlib.metadata as m, json, platform, sys
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = m.version(name)
    except m.PackageNotFoundError:
        pass
print(json.dumps(found))`

// Versions returns the versions of Python and of the packages that workers use: python, rdkit, vina, posebusters, numpy,
// scipy. What is not installed is absent.
func Versions(ctx context.Context) (map[string]string, error) {
	python, err := FindPython()
	if err != nil {
		return nil, err
	}
	return versionsOf(ctx, python)
}

func versionsOf(ctx context.Context, python string) (map[string]string, error) {
	out, err := exec.CommandContext(ctx, python, append([]string{"-c", versionsScript}, packages...)...).Output()
	if err != nil {
		said := ""
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			lines := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
			said = ": " + lines[len(lines)-1]
		}
		return nil, fmt.Errorf("%s does not run (%v%s); %s", python, err, said, remedy)
	}
	found := map[string]string{}
	if err := json.Unmarshal(bytes.TrimSpace(out), &found); err != nil {
		return nil, fmt.Errorf("%s does not answer as a Python does; %s", python, remedy)
	}
	return found, nil
}

// workerSources returns the starter, to be given to `python -c`, and the line of sources that it reads first.
var workerSources = sync.OnceValues(func() (boot string, line []byte) {
	sources := map[string]string{}
	files, err := fs.Glob(workerFiles, "worker/*.py")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range files {
		text, err := workerFiles.ReadFile(name)
		if err != nil {
			panic(err) // the file was just listed
		}
		sources[strings.TrimSuffix(filepath.Base(name), ".py")] = string(text)
	}
	boot = sources["boot"]
	delete(sources, "boot")
	line, err = json.Marshal(sources)
	if err != nil {
		panic(err) // a map of strings always encodes
	}
	return boot, append(line, '\n')
})
