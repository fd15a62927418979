package oracle

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"keel/chem"
)

// TestMain lets the test binary play the worker, and Keel itself, so that both can be killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "fake-worker" {
		fakeWorker(os.Args[2])
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "fake-keel" {
		fakeKeel()
		return
	}
	os.Exit(m.Run())
}

func fake(mode string, workers int) Config {
	return Config{Workers: workers, Timeout: 20 * time.Second, command: []string{os.Args[0], "fake-worker", mode}}
}

// fakeWorker speaks the protocol. What it does is the molecule's name: its QED is the number in it, its logP the worker's pid.
// In mode "random" it misbehaves on every fifth request or so.
func fakeWorker(mode string) {
	if mode == "refuse" {
		fmt.Println(`{"ready": false, "error": "No module named 'vina'"}`)
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	in.Scan() // sources
	in.Scan() // hello
	if mode == "once" && !first(os.Args[3]) {
		os.Exit(4)
	}
	fmt.Println(`{"ready": true}`)
	for in.Scan() {
		var r request
		json.Unmarshal(in.Bytes(), &r)
		do, number, _ := strings.Cut(strings.TrimSpace(strings.SplitN(r.SDF, "\n", 2)[0]), " ")
		if mode == "random" {
			do = []string{"good", "good", "good", "good", "good", "good", "good", "good", "good", "good", "good", "good",
				"die", "kill", "rubbish", "other", "hang"}[rand.IntN(17)]
		}
		fakeAnswer(r.ID, do, number)
	}
}

func fakeAnswer(id int, do, number string) {
	qed, _ := strconv.ParseFloat(number, 64)
	good := fmt.Sprintf(`{"id": %d, "score": {"qed": %g, "logp": %d, "valid": true}, "failures": [], "seconds": {"qed": 0.5}}`, id, qed, os.Getpid())
	switch do {
	case "good":
		fmt.Println(good)
	case "slow":
		time.Sleep(200 * time.Millisecond)
		fmt.Println(good)
	case "die":
		fmt.Fprintln(os.Stderr, "first words\nlast words")
		os.Exit(3)
	case "kill":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "dieonce": // the number is a file's name
		if first(number) {
			os.Exit(3)
		}
		fmt.Println(good)
	case "rubbish":
		fmt.Println("Segmentation fault, or so", number)
	case "empty":
		fmt.Printf(`{"id": %d}`+"\n", id)
	case "other":
		fmt.Println(strings.Replace(good, fmt.Sprint(id), fmt.Sprint(id+1), 1))
	case "endless":
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	case "close":
		os.Stdout.Close()
		time.Sleep(time.Hour)
	case "hang":
		time.Sleep(time.Hour)
	}
}

// first says whether nobody called it with that name before.
func first(path string) bool {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		f.Close()
	}
	return err == nil
}

// fakeKeel starts a worker that never answers, tells its pid and waits to be killed.
func fakeKeel() {
	pool, err := Start(context.Background(), fake("plain", 1))
	if err != nil {
		panic(err)
	}
	scores, err := pool.Score(context.Background(), []*chem.Molecule{named("good 1")}, QED, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(int(scores[0].LogP))
	pool.Score(context.Background(), []*chem.Molecule{named("hang")}, QED, nil)
}

// named is a molecule for fake workers.
func named(name string) *chem.Molecule {
	return &chem.Molecule{Name: name, Atoms: []chem.Atom{{Element: 6}}}
}

// numbered are n molecules that the fake worker scores 1, 2, ...
func numbered(do string, n int) []*chem.Molecule {
	mols := make([]*chem.Molecule, n)
	for i := range mols {
		mols[i] = named(fmt.Sprintf("%s %d", do, i+1))
	}
	return mols
}

func startFake(t *testing.T, cfg Config) *Pool {
	t.Helper()
	pool, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	return pool
}

// waitGone fails the test unless the process ends within some seconds.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		state, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
	}
	t.Errorf("worker %d still runs", pid)
}
