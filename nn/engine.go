// Package nn is Keel's tensor engine: GoMLX programs on XLA through a PJRT plug-in, network blocks, Adam, EMA and weight files.
//
// Graph-building code panics, as GoMLX's does; [Engine.Compile] and [Program.Call] catch that once and return errors.
package nn

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/backends/xla"
	"github.com/gomlx/gomlx/pkg/core/graph"
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"k8s.io/klog/v2"

	"keel/nn/compiled"
)

// Node is a value in a computation graph under construction.
type Node = graph.Node

// Tensor is a multi-dimensional array on the host or the device.
type Tensor = tensors.Tensor

// PluginFile is the name of the plug-in inside Keel's cache folder.
const PluginFile = "pjrt_c_api_cpu_plugin.so"

// Engine runs compiled tensor programs.
type Engine struct {
	Backend backends.Backend
	Plugin  string // path or name of the PJRT plug-in; empty for the pure-Go back end
	Source  string // how the plug-in was found: "KEEL_PJRT_PLUGIN", "cache", "go-xla"; or "pure Go"
	Warning string // one plain line when something slower than XLA had to be taken

	// Programs keeps what XLA compiles for the processes to come; nil when nothing is kept.
	Programs *compiled.Store
}

var (
	opened   *Engine
	openErr  error
	openOnce sync.Once
)

// Open gives the process's engine: the plug-in named by $KEEL_PJRT_PLUGIN, else the one in Keel's cache (`make setup` puts
// it there), else one in go-xla's usual places, else the pure-Go back end with a warning. A plug-in that is named
// explicitly and does not load is an error, never a silent fallback. $KEEL_BACKEND=go asks for the pure-Go back end.
func Open() (*Engine, error) {
	openOnce.Do(func() { opened, openErr = open() })
	return opened, openErr
}

func open() (*Engine, error) {
	registerGradients()
	xla.EnableAutoInstall(false) // Keel must not reach for the network behind its user's back.
	// go-xla's check of a CUDA plug-in's surroundings puts a folder of its author's machine into XLA_FLAGS.
	if os.Getenv("GOPJRT_CUDA_CHECKS") == "" {
		os.Setenv("GOPJRT_CUDA_CHECKS", "0")
	}
	// go-xla logs what it also returns as an error; the error alone is enough.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	switch want := os.Getenv("KEEL_BACKEND"); want {
	case "", "xla":
	case "go":
		return pureGo("the pure-Go back end was asked for by KEEL_BACKEND=go")
	default:
		return nil, fmt.Errorf("KEEL_BACKEND=%s: expected xla or go", want)
	}
	keeps, err := keepsPrograms()
	if err != nil {
		return nil, err
	}
	if path := os.Getenv("KEEL_PJRT_PLUGIN"); path != "" {
		e, err := openPlugin(path, "KEEL_PJRT_PLUGIN", nil)
		if err != nil {
			return nil, fmt.Errorf("KEEL_PJRT_PLUGIN=%s does not load: %w; unset it or run `make setup`", path, err)
		}
		return e, nil
	}
	var failures []string
	if cache, err := CacheDir(); err == nil {
		path := filepath.Join(cache, "pjrt", PluginFile)
		if _, err := os.Stat(path); err == nil {
			var programs *compiled.Store // the version of this plug-in is known to give out what it compiles
			if keeps {
				if programs, err = compiled.NewStore(filepath.Join(cache, "compiled"), path); err != nil {
					return nil, err
				}
			}
			e, err := openPlugin(path, "cache", programs)
			if err == nil {
				return e, nil
			}
			failures = append(failures, err.Error())
		} else if !errors.Is(err, fs.ErrNotExist) {
			failures = append(failures, err.Error())
		}
	}
	for _, name := range xla.GetAvailablePlugins() {
		e, err := openPlugin(name, "go-xla", nil)
		if err == nil {
			return e, nil
		}
		failures = append(failures, err.Error())
	}
	why := "no PJRT plug-in was found"
	if len(failures) > 0 {
		why = "no PJRT plug-in loads (" + strings.Join(failures, "; ") + ")"
	}
	return pureGo(why)
}

// keepsPrograms reads $KEEL_COMPILED: whether programs are kept for the processes to come.
func keepsPrograms() (bool, error) {
	switch set := os.Getenv("KEEL_COMPILED"); set {
	case "", "on":
		return true, nil
	case "off":
		return false, nil
	default:
		return false, fmt.Errorf("KEEL_COMPILED=%s: expected on or off", set)
	}
}

// pureGoSlowdown is the float32 matmul rate of XLA over GoMLX's pure-Go back end, 2 cores, measured with `keel doctor`.
const pureGoSlowdown = 20

func pureGo(why string) (*Engine, error) {
	// One operation at a time: several matmuls at once fill GoMLX's pool of workers, and each waits for workers that the others hold.
	b, err := simplego.New("ops_sequential")
	if err != nil {
		return nil, fmt.Errorf("pure-Go back end: %w", oneLine(err))
	}
	return &Engine{Backend: b, Source: "pure Go", Warning: fmt.Sprintf(
		"%s: using GoMLX's pure-Go back end, about %d times slower; run `make setup` for XLA", why, pureGoSlowdown)}, nil
}

// openPlugin loads a plug-in, which keeps its programs where programs says, or nowhere.
func openPlugin(nameOrPath, source string, programs *compiled.Store) (e *Engine, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	if filepath.IsAbs(nameOrPath) {
		if err := isELF(nameOrPath); err != nil {
			return nil, err
		}
	}
	if programs != nil {
		if err := compiled.Open(nameOrPath, programs); err != nil {
			return nil, oneLine(err)
		}
	}
	// On a CPU plug-in, programs read and write the host's own buffers: no copy in, none out.
	config := nameOrPath
	if strings.Contains(filepath.Base(nameOrPath), "cpu") {
		config += ",shared_buffers"
	}
	b, err := xla.New(config)
	if err != nil {
		return nil, oneLine(err)
	}
	return &Engine{Backend: b, Plugin: nameOrPath, Source: source, Programs: programs}, nil
}

// isELF refuses early what dlopen would only complain about at length.
func isELF(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	magic := make([]byte, 4)
	if _, err := f.Read(magic); runtime.GOOS == "linux" && (err != nil || string(magic) != "\x7fELF") {
		return fmt.Errorf("%s is no shared library", path)
	}
	return nil
}

// CacheDir is Keel's cache folder: $KEEL_CACHE, or keel in the user's cache folder.
func CacheDir() (string, error) {
	if dir := os.Getenv("KEEL_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "keel"), nil
}

// Describe names the platform and its devices in one line.
func (e *Engine) Describe() string { return e.Backend.Description() }

// MatmulPeak measures the machine's float32 matmul rate in GFLOP/s: the best of several products of two [1024, 1024] matrices.
func (e *Engine) MatmulPeak() (gflops float64, err error) {
	const n, chain, runs = 1024, 8, 6
	p, err := e.Compile("matmul-peak", func(in []*Node) []*Node {
		x := in[0]
		for range chain {
			x = graph.Dot(x, in[1])
		}
		return []*Node{x}
	})
	if err != nil {
		return 0, err
	}
	a, b := make([]float32, n*n), make([]float32, n*n)
	for i := range a {
		a[i], b[i] = float32(i%7)*0.01, float32(i%5)*0.001
	}
	ta, tb := FromFloats(a, n, n), FromFloats(b, n, n)
	for range runs {
		start := time.Now()
		out, err := p.Call(ta, tb)
		if err != nil {
			return 0, err
		}
		if err := out[0].ConstFlatData(func(any) {}); err != nil {
			return 0, err
		}
		rate := 2 * float64(chain) * n * n * n / time.Since(start).Seconds() / 1e9
		gflops = max(gflops, rate)
		Free(out...)
		if e.Plugin == "" {
			break // seconds each: one is enough to tell
		}
	}
	return gflops, nil
}

func oneLine(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(text)
}
