// Package docs_test compiles and runs the code that the documents show.
package docs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// page is a document's code and commands.
type page struct {
	files    map[string]string // by path from the module's root
	commands []command
}

// command is a line of a console block, and what the document says it prints.
type command struct {
	args []string
	want []string
}

// read takes a document apart: go blocks whose first line is "// file: PATH", and console blocks of commands ("$ ...") and their output.
func read(t *testing.T, path string) page {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := page{files: map[string]string{}}
	for i, block := range strings.Split("\n"+string(text), "\n```") {
		kind, body, _ := strings.Cut(block, "\n")
		switch {
		case i%2 == 0: // between blocks
		case kind == "go":
			first, code, _ := strings.Cut(body, "\n")
			name, ok := strings.CutPrefix(first, "// file: ")
			if !ok || p.files[name] != "" {
				t.Fatalf("%s: a go block begins with %q, expected \"// file: \" and a path of its own", path, first)
			}
			p.files[name] = strings.TrimLeft(code, "\n") + "\n"
		case kind == "console":
			for _, line := range strings.Split(body, "\n") {
				if args, ok := strings.CutPrefix(line, "$ "); ok {
					p.commands = append(p.commands, command{args: strings.Fields(args)})
				} else {
					last := &p.commands[len(p.commands)-1]
					last.want = append(last.want, line)
				}
			}
		default:
			t.Fatalf("%s: a block of the kind %q is not checked", path, kind)
		}
	}
	return p
}

// overlay lays the files over the module without writing into it, and gives the argument that makes the go command see them.
func overlay(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir, replace := t.TempDir(), map[string]string{}
	for name, code := range files {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			t.Fatalf("%s exists: the document does not add it", name)
		}
		at := filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
		replace[filepath.Join(root, name)] = at
		if err := os.WriteFile(at, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return "-overlay=" + list
}

// run runs a command of the document, "go VERB ...", on the overlaid module.
func run(t *testing.T, overlay string, args []string) (out string, err error) {
	t.Helper()
	if len(args) < 3 || args[0] != "go" {
		t.Fatalf("the command %q is not one of go", args)
	}
	c := exec.CommandContext(t.Context(), "go", append([]string{args[1], overlay}, args[2:]...)...)
	c.Dir = ".."
	c.Env = append(os.Environ(), "KEEL_BACKEND=go")
	var errs strings.Builder
	c.Stderr = &errs
	text, err := c.Output()
	switch {
	case err != nil:
		err = fmt.Errorf("%w\n%s", err, errs.String())
	case strings.Contains(string(text), "no tests to run"):
		err = errors.New("there is no such test")
	}
	return string(text), err
}

// tolerance is how far a number may be from the document's.
const tolerance = 0.05

// differ says where a command's output is not the document's: word by word, numbers within the tolerance. Lines may go on after what the
// document has of them, for go test ends its own with times.
func differ(got string, want []string) error {
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != len(want) {
		return fmt.Errorf("%d lines, the document has %d", len(lines), len(want))
	}
	for i, line := range want {
		words, expected := strings.Fields(lines[i]), strings.Fields(line)
		if len(words) < len(expected) {
			return fmt.Errorf("line %q, the document has %q", lines[i], line)
		}
		for k, word := range expected {
			if !same(words[k], word) {
				return fmt.Errorf("line %q, the document has %q", lines[i], line)
			}
		}
	}
	return nil
}

func same(a, b string) bool {
	x, err1 := strconv.ParseFloat(strings.TrimRight(a, ",:"), 64)
	y, err2 := strconv.ParseFloat(strings.TrimRight(b, ",:"), 64)
	if err1 != nil || err2 != nil {
		return a == b
	}
	return math.Abs(x-y) <= tolerance
}

// watch looks at every source file: go test caches a result by the files that the test looked at, and this one depends on all of them.
func watch(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"sde", "solver", "policy", "nn", "pretrain", "run", "task", "tune", "reward"} {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestExtending: the examples compile, pass the tests of the packages that they extend, and print what the document says.
func TestExtending(t *testing.T) {
	watch(t)
	p := read(t, "extending.md")
	for name, code := range p.files {
		if tidy, err := format.Source([]byte(code)); err != nil || string(tidy) != code {
			t.Errorf("%s is not as gofmt writes it: %v", name, err)
		}
	}
	if len(p.files) < 4 || len(p.commands) < 4 {
		t.Fatalf("%d files and %d commands; a process, a solver, an estimator and a task were expected", len(p.files), len(p.commands))
	}
	over := overlay(t, p.files)
	for _, c := range p.commands {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			out, err := run(t, over, c.args)
			if err != nil {
				t.Fatalf("%s%v", out, err)
			}
			if err := differ(out, c.want); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestMistakesAreFound: what the document says is checked is checked, and under the new names.
func TestMistakesAreFound(t *testing.T) {
	watch(t)
	for _, c := range []struct{ name, file, right, wrong, command, says string }{
		{"a rate of noise", "sde/trigflow.go", "math.Pi * tan\n", "math.Pi / 2 * tan\n",
			"go test -run TestKernelMatchesSimulation ./sde", "TestKernelMatchesSimulation/trigflow"},
		{"a deviation", "solver/fixedlarge.go", "step.Std = sigma", "step.Std = 1.1 * sigma",
			"go test -run TestEveryChainConverges/fixed-large ./solver", "TestEveryChainConverges/fixed-large/trigflow"},
		{"half of the KL", "tune/sparse.go", "t.Ref), s.Beta)", "t.Ref), s.Beta/2)",
			"go test -run TestSparseIsExact ./tune", "the mean update is not the expected one"},
		{"a type", "sde/trigflow.go", `return "trigflow"`, "return trigflow",
			"go vet ./sde", "undefined: trigflow"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := read(t, "extending.md").files
			if strings.Count(files[c.file], c.right) != 1 {
				t.Fatalf("%s has not one %q", c.file, c.right)
			}
			files[c.file] = strings.Replace(files[c.file], c.right, c.wrong, 1)
			out, err := run(t, overlay(t, files), strings.Fields(c.command))
			if err == nil || !strings.Contains(out+err.Error(), c.says) {
				t.Errorf("%q in place of %q in %s: expected a failure that says %q, there is %v\n%s", c.wrong, c.right, c.file, c.says, err, out)
			}
		})
	}
}

func TestDiffer(t *testing.T) {
	for _, c := range []struct {
		got  string
		want []string
		same bool
	}{
		{"ok  \tkeel/sde\t1.2s\n", []string{"ok  	keel/sde"}, true},
		{"after 3 updates: height 0.34, high 0.5\n", []string{"after 3 updates: height 0.31, high 0.5"}, true},
		{"height 0.37,\n", []string{"height 0.31,"}, false},
		{"after 3 updates\n", []string{"after 4 updates"}, false},
		{"height NaN\n", []string{"height 0.31"}, false},
		{"ok\n", []string{"ok keel/sde"}, false},
		{"FAIL keel/sde\n", []string{"ok keel/sde"}, false},
		{"one\ntwo\n", []string{"one"}, false},
		{"", []string{"one"}, false},
	} {
		if err := differ(c.got, c.want); (err == nil) != c.same {
			t.Errorf("%q against %q: %v", c.got, c.want, err)
		}
	}
}
