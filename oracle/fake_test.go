package oracle

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
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
		fakeKeel(os.Args[2], os.Args[3])
		return
	}
	os.Exit(m.Run())
}

func fake(mode string, workers int) Config {
	return Config{Workers: workers, Timeout: 20 * time.Second, MemoryMiB: -1, command: []string{os.Args[0], "fake-worker", mode}}
}

// deeds are what a fake worker does, as a molecule tells it by the y of its atom. x is a number, which becomes its QED.
var deeds = []string{"good", "slow", "die", "die once", "rubbish", "empty", "hang", "other type", "no figure", "short of memory", "flawed"}

// fakeWorker speaks the protocol. logP is the worker's pid. A third argument is the name of a file for the mode or the deed.
// In mode "log" each molecule asked for becomes a line of that file.
func fakeWorker(mode string) {
	file := ""
	if len(os.Args) > 3 {
		file = os.Args[3]
	}
	if mode == "refuse" {
		fmt.Println(`{"ready": false, "error": "No module named 'vina'"}`)
		return
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	in.Scan() // sources
	in.Scan() // hello
	if mode == "once" && !first(file) {
		os.Exit(4)
	}
	fmt.Println(`{"ready": true}`)
	for in.Scan() {
		var r struct {
			ID int64 `json:"id"`
			request
		}
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			panic(err)
		}
		place := strings.Fields(strings.Split(r.SDF, "\n")[4])
		number, _ := strconv.ParseFloat(place[0], 64)
		deed, _ := strconv.ParseFloat(place[1], 64)
		if mode == "log" {
			note(file, fmt.Sprint(number, " ", strings.Join(r.Metrics, ",")))
		}
		fakeAnswer(r.ID, deeds[int(deed)], number, r.Metrics, file)
	}
}

func fakeAnswer(id int64, deed string, number float64, metrics []string, file string) {
	good := fmt.Sprintf(`{"id": %d, "score": {"logp": %d, "valid": true, "smiles": "C", "atoms": 1`, id, os.Getpid())
	for _, name := range metrics {
		if name != "logp" {
			good += fmt.Sprintf(`, "%s": %s`, name, figure(deed, name, number))
		}
	}
	failures := ""
	if why := qedFailures[deed]; why != "" && slices.Contains(metrics, "qed") {
		failures = why
	}
	good += `}, "failures": [` + failures + `], "seconds": {"qed": 0.5}}`
	switch deed {
	case "slow":
		time.Sleep(200 * time.Millisecond)
	case "die":
		fmt.Fprintln(os.Stderr, "first words\nlast words")
		os.Exit(3)
	case "die once":
		if first(file) {
			os.Exit(3)
		}
	case "rubbish":
		good = "Segmentation fault, or so"
	case "empty":
		good = fmt.Sprintf(`{"id": %d}`, id)
	case "other type":
		good = fmt.Sprintf(`{"id": %d, "score": {"qed": "high"}}`, id)
	case "hang":
		time.Sleep(time.Hour)
	}
	fmt.Println(good)
}

// qedFailures are why some have no QED.
var qedFailures = map[string]string{
	"short of memory": `{"reason": "qed failed", "detail": "MemoryError: "}`,
	"flawed":          `{"reason": "atoms coincide", "detail": "0.000 apart"}`,
}

// figure is the molecule's number, and some thousands that tell one metric from another.
func figure(deed, name string, number float64) string {
	if name == "qed" && (deed == "no figure" || qedFailures[deed] != "") {
		return "null"
	}
	return fmt.Sprint(number + 1000*float64(slices.Index(metricNames[3:], name)))
}

// note appends a line to a file that several processes write.
func note(path, line string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fmt.Fprintln(f, line)
}

// first says whether nobody called it with that name before.
func first(path string) bool {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		f.Close()
	}
	return err == nil
}

// fakeKeel scores slow molecules with a cache on disk until it is killed.
func fakeKeel(cacheFile, log string) {
	cfg := fake("log", 2)
	cfg.command = append(cfg.command, log)
	cfg.CacheFile = cacheFile
	pool, err := Start(context.Background(), cfg)
	if err != nil {
		panic(err)
	}
	pool.Score(context.Background(), numbered("slow", killedBatch), QED, nil)
}

const killedBatch = 40

// molecule is one for fake workers.
func molecule(deed string, number float64) *chem.Molecule {
	at := chem.Vec{number, float64(slices.Index(deeds, deed)), 0}
	return &chem.Molecule{Name: fmt.Sprint(deed, " ", number), Atoms: []chem.Atom{{Element: 6, Pos: at}}}
}

// numbered are n molecules that the fake worker scores 1, 2, ...
func numbered(deed string, n int) []*chem.Molecule {
	mols := make([]*chem.Molecule, n)
	for i := range mols {
		mols[i] = molecule(deed, float64(i+1))
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
