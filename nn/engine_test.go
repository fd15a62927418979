package nn

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// TestWithoutYNNPACK: other flags stay, and what the user says of YNNPACK too.
func TestWithoutYNNPACK(t *testing.T) {
	for set, want := range map[string]string{
		"":                     "--xla_cpu_experimental_ynn_fusion_type=-INDIVIDUAL_CONVOLUTION",
		"--xla_dump_to=folder": "--xla_dump_to=folder --xla_cpu_experimental_ynn_fusion_type=-INDIVIDUAL_CONVOLUTION",
		"--xla_cpu_experimental_ynn_fusion_type=+INDIVIDUAL_CONVOLUTION": "--xla_cpu_experimental_ynn_fusion_type=+INDIVIDUAL_CONVOLUTION",
	} {
		t.Setenv("XLA_FLAGS", set)
		if withoutYNNPACK(); os.Getenv("XLA_FLAGS") != want {
			t.Errorf("%q: %q, expected %q", set, os.Getenv("XLA_FLAGS"), want)
		}
	}
}
