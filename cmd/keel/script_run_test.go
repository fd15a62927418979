package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"keel/chem/rigid"
	"keel/nn"
	"keel/run"
	"keel/task/pocket"
)

// tinyWeights writes random weights of a very small network.
//
//	tinyweights FILE
func tinyWeights(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: tinyweights FILE")
	}
	e, err := nn.Open()
	ts.Check(err)
	m, err := pocket.RandomModel(e, pocket.Network{Layers: 1, Hidden: 16, Pair: 8, Heads: 2, Every: 1}, rigid.NewLearner().Vocabulary(pocket.SingleAtoms, 0, 1), 1)
	ts.Check(err)
	w := &nn.Weights{Tensors: map[string]nn.WeightTensor{}, Metadata: m.Info}
	m.Layout.Pack(w, "", m.Params)
	ts.Check(run.WriteFile(ts.MkAbs(args[0]), w.Write))
}

// patience is how long a script waits for what is going on in the background.
const patience = 3 * time.Minute

// await waits until the run in a folder has logged a step.
//
//	await RUN STEP
func await(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: await RUN STEP")
	}
	step, err := strconv.Atoi(args[1])
	ts.Check(err)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		records, err := run.ReadMetrics(ts.MkAbs(args[0]))
		ts.Check(err)
		if n := len(records); n > 0 && records[n-1].Step >= step {
			return
		}
	}
	ts.Fatalf("%s has not logged step %d within %v", args[0], step, patience)
}

// awaitFile waits until a file is there.
//
//	awaitfile FILE
func awaitFile(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: awaitfile FILE")
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("there is no %s after %v", args[0], patience)
}

// killWorker kills one child of the process that holds a run, as the kernel does when memory is short.
//
//	killworker RUN
func killWorker(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: killworker RUN")
	}
	holder := ts.ReadFile(filepath.Join(args[0], ".lock"))
	pid, err := strconv.Atoi(strings.TrimSpace(holder))
	ts.Check(err)
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	ts.Check(err)
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for _, child := range strings.Fields(string(text)) {
			worker, err := strconv.Atoi(child)
			ts.Check(err)
			ts.Check(syscall.Kill(worker, syscall.SIGKILL))
			return
		}
	}
	ts.Fatalf("process %d has no children", pid)
}

// steps checks that a run has logged the steps 1 to N, each once and in order.
//
//	steps RUN N
func steps(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: steps RUN N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	records, err := run.ReadMetrics(ts.MkAbs(args[0]))
	ts.Check(err)
	var got []int
	for _, r := range records {
		got = append(got, r.Step)
	}
	for i := range max(n, len(got)) {
		if i >= len(got) || i >= n || got[i] != i+1 {
			ts.Fatalf("steps %v are logged, want 1 to %d", got, n)
		}
	}
}
