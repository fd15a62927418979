package main

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"keel/nn"
	"keel/oracle"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"keel": main})
}

// TestScripts runs testdata/script/*.txtar against the real command. Where a script says [!oracle] skip, it needs the reward
// workers; KEEL_TEST_ALL=1 turns that skip into a failure.
func TestScripts(t *testing.T) {
	cache, err := nn.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	_, noOracle := oracle.FindPython()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("KEEL_CACHE", cache)
			env.Setenv("KEEL_PYTHON", os.Getenv("KEEL_PYTHON"))
			env.Setenv("EXAMPLE", example+"/../../examples/1hpv")
			return nil
		},
		Condition: func(condition string) (bool, error) {
			if condition != "oracle" {
				return false, errUnknownCondition
			}
			return noOracle == nil || os.Getenv("KEEL_TEST_ALL") == "1", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"refused": refused, "tinyweights": tinyWeights, "await": await, "awaitfile": awaitFile, "killworker": killWorker, "steps": steps,
		},
	})
}

var errUnknownCondition = errors.New("the only condition here is [oracle]")

// refused runs keel and checks the contract for bad input: exit code 2, nothing on standard output, and one line on standard
// error that begins with "keel: " and matches the pattern.
//
//	refused PATTERN ARGUMENTS...
func refused(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: refused PATTERN ARGUMENTS...")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	err = ts.Exec("keel", args[1:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
		ts.Fatalf("keel %s: %v; want exit code %d", strings.Join(args[1:], " "), err, exitUsage)
	}
	stderr := ts.ReadFile("stderr")
	if !strings.HasPrefix(stderr, "keel: ") || strings.Count(stderr, "\n") != 1 || !pattern.MatchString(stderr) {
		ts.Fatalf("standard error is %q; want one line that begins with %q and matches %q", stderr, "keel: ", args[0])
	}
	if stdout := ts.ReadFile("stdout"); stdout != "" {
		ts.Fatalf("standard output is %q; want none", stdout)
	}
}
