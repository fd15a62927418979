package supervise

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary play the worker, and Keel itself, so that both can be killed.
func TestMain(m *testing.M) {
	play := ""
	if len(os.Args) > 1 {
		play = os.Args[1]
	}
	switch play {
	case "fake-worker":
		fakeWorker(os.Args[2])
	case "fake-keel":
		fakeKeel()
	case "fake-leak":
		leak()
	case "fake-child":
		time.Sleep(time.Hour)
	default:
		os.Exit(m.Run())
	}
}

// question is the body of a request to a fake worker. The right answer is N*N and the worker's number.
type question struct {
	N     int    `json:"n"`
	Do    string `json:"do,omitempty"`    // a fault's name
	Fresh bool   `json:"fresh,omitempty"` // a worker that has not been asked before does it too
	Note  string `json:"note,omitempty"`  // a file's name
}

type reply struct {
	Square int `json:"square"`
	Worker int `json:"worker"`
}

// fake is the configuration of a fake worker. tag is a word of the worker's, and of its children's, command line.
func fake(workers int, tag string) Config {
	return Config{Command: []string{os.Args[0], "fake-worker", tag}, Workers: workers, Limit: 20 * time.Second,
		Hello: []byte("hello\n"), Ready: readyLine, AnswerBytes: 1 << 20, MemoryMiB: 128}
}

func readyLine(line []byte) error {
	if string(line) != "ready" {
		return errors.New("a worker cannot answer: " + string(line))
	}
	return nil
}

// fakeWorker reads a line, says that it is ready and answers questions. The faults that a question may name are its methods.
func fakeWorker(tag string) {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	in.Scan()
	once, _ := strings.CutPrefix(tag, "once:")
	if once != tag && !first(once) {
		os.Exit(4)
	}
	fmt.Println("ready")
	for asked := 0; in.Scan(); asked++ {
		var q struct {
			ID int64 `json:"id"`
			question
		}
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			panic(err)
		}
		good := fmt.Sprintf(`{"id":%d,"square":%d,"worker":%d}`+"\n", q.ID, q.N*q.N, os.Getpid())
		if q.Do == "" || asked == 0 && !q.Fresh {
			fmt.Print(good)
			continue
		}
		if q.Note != "" {
			note(q.Note, q.Do)
		}
		faults[q.Do].act(q.ID, good, tag)
	}
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

// fault is something that a worker may do. Where it ends the worker's answers, wants are the reasons that Keel may give. (os.Exit(0)
// would wait a second under the race detector; hence syscall.Exit.)
type fault struct {
	act   func(id int64, good, tag string)
	wants []string
}

func say(text string) { os.Stdout.WriteString(text) }

func sleep() { time.Sleep(time.Hour) }

var (
	died    = []string{Died, Closed} // Closed where the kernel takes its time between the two
	late    = []string{Late}
	rubbish = []string{Rubbish}
)

var faults = map[string]fault{
	// These end the worker before its answer.
	"crash":                 {func(int64, string, string) { fmt.Fprintln(os.Stderr, "first words\nlast words"); os.Exit(3) }, died},
	"kill":                  {func(int64, string, string) { syscall.Kill(os.Getpid(), syscall.SIGKILL) }, died},
	"exit 0":                {func(int64, string, string) { syscall.Exit(0) }, died},
	"half an answer, crash": {func(_ int64, good, _ string) { say(good[:len(good)/2]); os.Exit(3) }, died},
	"no end of line, crash": {func(_ int64, good, _ string) { say(strings.TrimSpace(good)); os.Exit(3) }, died},
	"hang":                  {func(int64, string, string) { sleep() }, late},
	"half an answer, hang":  {func(_ int64, good, _ string) { say(good[:len(good)/2]); sleep() }, late},
	"deaf to SIGTERM":       {func(int64, string, string) { signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP); sleep() }, late},
	"leak":                  {func(int64, string, string) { leak() }, []string{Memory}},
	"leak in a child":       {func(int64, string, string) { child("fake-leak", os.Stdout); sleep() }, []string{Memory}},
	"rubbish":               {func(int64, string, string) { say("Segmentation fault, or so\n") }, rubbish},
	"bytes":                 {func(int64, string, string) { say("\x00\xff\x1b[2J\n") }, rubbish},
	"empty line":            {func(int64, string, string) { say("\n") }, rubbish},
	"NaN":                   {func(id int64, _, _ string) { say(fmt.Sprintf("{\"id\":%d,\"square\":NaN}\n", id)) }, rubbish},
	"no object":             {func(id int64, _, _ string) { say(fmt.Sprintf("[%d]\n", id)) }, rubbish},
	"two in a line":         {func(_ int64, good, _ string) { say(strings.TrimSpace(good) + good) }, rubbish},
	"interleaved":           {func(_ int64, good, _ string) { say(good[:9] + good) }, rubbish},
	"no id":                 {func(int64, string, string) { say(`{"square":4}` + "\n") }, rubbish},
	"id in quotes":          {func(id int64, _, _ string) { say(fmt.Sprintf(`{"id":"%d","square":4}`+"\n", id)) }, rubbish},
	"wrong id":              {func(id int64, _, _ string) { say(fmt.Sprintf(`{"id":%d,"square":4}`+"\n", id+1)) }, rubbish},
	"endless line":          {func(int64, string, string) { flood(os.Stdout) }, rubbish},
	"print before":          {func(_ int64, good, _ string) { say("debug: here\n" + good) }, rubbish},
	"close output":          {func(int64, string, string) { os.Stdout.Close(); sleep() }, []string{Closed}},
	"die, child has pipes":  {func(_ int64, _, tag string) { child(tag, os.Stdout); os.Exit(3) }, died},
	// After these the answer has come, and the worker may be of no use.
	"answer, crash":        {func(_ int64, good, _ string) { say(good); os.Exit(3) }, nil},
	"answer, exit 0":       {func(_ int64, good, _ string) { say(good); syscall.Exit(0) }, nil},
	"answer, hang":         {func(_ int64, good, _ string) { say(good); sleep() }, nil},
	"answer twice":         {func(_ int64, good, _ string) { say(good + good) }, nil},
	"answer, again later":  {func(_ int64, good, _ string) { say(good); time.Sleep(3 * time.Millisecond); say(good) }, nil},
	"answer in advance":    {inAdvance, nil},
	"answer, rubbish":      {func(_ int64, good, _ string) { say(good + "rubbish\n") }, nil},
	"answer, half more":    {func(_ int64, good, _ string) { say(good + good[:5]) }, nil},
	"answer, close output": {func(_ int64, good, _ string) { say(good); os.Stdout.Close(); sleep() }, nil},
	"answer, close input":  {func(_ int64, good, _ string) { say(good); os.Stdin.Close(); sleep() }, nil},
	"answer, leave child":  {func(_ int64, good, tag string) { child(tag, os.Stdout); say(good) }, nil},
	"flood stderr":         {func(_ int64, good, _ string) { os.Stderr.WriteString(strings.Repeat("w\xffords ", 1<<17)); say(good) }, nil},
	"answer in pieces": {func(_ int64, good, _ string) {
		for _, piece := range good {
			say(string(piece))
		}
	}, nil},
}

// inAdvance answers, and answers the requests that may come next.
func inAdvance(id int64, good, _ string) {
	say(good)
	for next := id; next < id+20; next++ {
		say(fmt.Sprintf(`{"id":%d,"square":-1}`+"\n", next))
	}
}

func flood(f *os.File) {
	block := strings.Repeat("x", 1<<16)
	for {
		f.WriteString(block)
	}
}

var leaked [][]byte

// leak takes a MiB each millisecond.
func leak() {
	for {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		leaked = append(leaked, block)
		time.Sleep(time.Millisecond)
	}
}

// child starts a process that holds the worker's pipes and outlives it.
func child(tag string, out *os.File) {
	args := []string{"fake-child", tag}
	if tag == "fake-leak" {
		args = []string{tag}
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Start(); err != nil {
		panic(err)
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

func start(t *testing.T, cfg Config) *Pool {
	t.Helper()
	pool, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	return pool
}

// ask puts questions and returns what was answered: the square or the failure's text.
func ask(t *testing.T, pool *Pool, questions ...question) []string {
	t.Helper()
	var requests []Request
	for _, q := range questions {
		requests = append(requests, Request{Key: fmt.Sprint(q), Body: q})
	}
	answers, err := pool.Do(t.Context(), requests, nil)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, a := range answers {
		said = append(said, text(t, a))
	}
	return said
}

func text(t *testing.T, a Answer) string {
	t.Helper()
	if a.Failure != nil {
		return a.Failure.Error()
	}
	return strconv.Itoa(parse(t, a).Square)
}

func parse(t *testing.T, a Answer) (r reply) {
	t.Helper()
	if err := json.Unmarshal(a.Body, &r); err != nil {
		t.Fatalf("%s: %v", a.Body, err)
	}
	return r
}

// running are the processes whose command line has the word, apart from those that have ended and wait to be noticed.
func running(t *testing.T, word string) (pids []int) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range lines {
		text, _ := os.ReadFile(path) // it may be gone by now
		if strings.Contains(string(text), "\x00"+word+"\x00") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// waitGone fails the test unless no process has the word within some seconds.
func waitGone(t *testing.T, word string) {
	t.Helper()
	eventually(t, func() string {
		if pids := running(t, word); len(pids) > 0 {
			return fmt.Sprintf("processes %v still run", pids)
		}
		return ""
	})
}

// eventually fails the test unless the complaint ends within some seconds.
func eventually(t *testing.T, complaint func() string) {
	t.Helper()
	end := time.Now().Add(10 * time.Second)
	for complaint() != "" {
		if time.Now().After(end) {
			t.Error(complaint())
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
