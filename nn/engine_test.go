package nn

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/graph"
)

// TestMain turns the test binary into a program that only opens the engine where asked to: Open is once a process.
func TestMain(m *testing.M) {
	if os.Getenv("KEEL_TEST_OPEN") == "" {
		os.Exit(m.Run())
	}
	e, err := Open()
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(e.Source, "|", e.Warning)
}

func engine(t testing.TB) *Engine {
	t.Helper()
	e, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// run compiles and calls a graph function, and gives the outputs' values.
func run(t *testing.T, build func(in []*Node) []*Node, inputs ...any) [][]float32 {
	t.Helper()
	p, err := engine(t).Compile(t.Name(), build)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Call(inputs...)
	if err != nil {
		t.Fatal(err)
	}
	defer Free(out...)
	values := make([][]float32, len(out))
	for i, o := range out {
		values[i] = Floats(o)
	}
	return values
}

// openWith opens the engine in a process of its own, with the given environment.
func openWith(t *testing.T, env ...string) (output string, ok bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "KEEL_TEST_OPEN=1", "KEEL_BACKEND=", "KEEL_PJRT_PLUGIN=")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err == nil
}

func TestOpenPureGo(t *testing.T) {
	out, ok := openWith(t, "KEEL_BACKEND=go")
	if !ok || !strings.HasPrefix(out, "pure Go | ") || !strings.Contains(out, "KEEL_BACKEND=go") {
		t.Errorf("KEEL_BACKEND=go opens %q", out)
	}
}

func TestOpenErrorsAreOneLine(t *testing.T) {
	text := filepath.Join(t.TempDir(), "plugin.so")
	if err := os.WriteFile(text, []byte("no library"), 0o666); err != nil {
		t.Fatal(err)
	}
	elf := filepath.Join(t.TempDir(), "cut.so")
	if err := os.WriteFile(elf, []byte("\x7fELF and no more"), 0o666); err != nil {
		t.Fatal(err)
	}
	absent := filepath.Join(t.TempDir(), "absent.so")
	for _, c := range []struct{ env, want string }{
		{"KEEL_PJRT_PLUGIN=" + absent, absent},
		{"KEEL_PJRT_PLUGIN=" + text, "no shared library"},
		{"KEEL_PJRT_PLUGIN=" + elf, elf},
		{"KEEL_BACKEND=tpu", "expected xla or go"},
		{"KEEL_COMPILED=no", "expected on or off"},
	} {
		out, ok := openWith(t, c.env)
		if ok || strings.Contains(out, "\n") || !strings.HasPrefix(out, "error: ") || !strings.Contains(out, c.want) {
			t.Errorf("%s: expected one line with %q, got %q", c.env, c.want, out)
		}
	}
}

func TestPanicsWhileBuildingAreErrors(t *testing.T) {
	e := engine(t)
	p, err := e.Compile("ill-shaped", func(in []*Node) []*Node { return []*Node{graph.Dot(in[0], in[1])} })
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Call(FromFloats(make([]float32, 6), 2, 3), FromFloats(make([]float32, 4), 2, 2))
	if err == nil || !strings.HasPrefix(err.Error(), "program ill-shaped: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("shapes that do not fit: %v", err)
	}
	if _, err := e.Declare(func(*Scope, *graph.Graph) { panic("broken network") }); err == nil || !strings.Contains(err.Error(), "broken network") {
		t.Errorf("a network that panics: %v", err)
	}
}

// TestProgramsAreKept: the second of two equal programs is loaded, not compiled, and gives the same bits; a file that is broken, or whole and no program, is
// compiled anew.
func TestProgramsAreKept(t *testing.T) {
	kept := engine(t).Programs
	if kept == nil {
		t.Skip("this engine keeps no programs")
	}
	least, dir := kept.Least, kept.Dir
	kept.Least, kept.Dir = 0, t.TempDir()
	defer func() { kept.Least, kept.Dir = least, dir }()
	x := make([]float32, 64*64)
	for i := range x {
		x[i] = rand.Float32()
	}
	var first []float32
	check := func(how string, wantLoaded, wantCompiled int) {
		t.Helper()
		loaded, missed := kept.Counts()
		out := run(t, func(in []*Node) []*Node {
			y := graph.Tanh(graph.Dot(in[0], in[0]))
			return []*Node{graph.Add(graph.ReduceSum(y, -1), graph.ReduceMax(graph.Exp(in[0]), 0))}
		}, FromFloats(x, 64, 64))[0]
		l, m := kept.Counts()
		if l-loaded != wantLoaded || m-missed != wantCompiled {
			t.Errorf("%s: %d loaded and %d compiled, expected %d and %d", how, l-loaded, m-missed, wantLoaded, wantCompiled)
		}
		if first == nil {
			first = out
		} else if !slices.Equal(first, out) {
			t.Errorf("%s: the program computes something else", how)
		}
	}
	check("new", 0, 1)
	check("kept", 1, 0)
	files, err := filepath.Glob(filepath.Join(kept.Dir, "*.xla"))
	if err != nil || len(files) != 1 {
		t.Fatalf("expected one file, got %v, %v", files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	replace := func(file []byte) {
		t.Helper()
		if err := os.WriteFile(files[0], file, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	replace(whole[:len(whole)/2])
	check("cut", 0, 1)
	head, _, _ := bytes.Cut(whole, []byte("\n"))
	noProgram := []byte("no machine code")
	sum := sha256.Sum256(noProgram)
	replace(slices.Concat(head, []byte("\n"), sum[:], noProgram))
	check("no program", 0, 1)
	check("kept again", 1, 0)
}
