package oracle

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"keel/chem"
)

// answerLimit bounds a line from a worker. An answer with pose and picture has some 20 kB; a worker that writes without end is ill.
const answerLimit = 16 << 20

// process is one running worker that has its receptor and waits for requests.
type process struct {
	cmd     *exec.Cmd
	in, out *os.File
	answers *bufio.Scanner
	stderr  tail
	exited  chan struct{} // closed when the process has been reaped
	id      int           // of the last request
}

// failure is why a molecule, or one of its metrics, has no score. Reason has the same words for every case of its kind.
type failure struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

func (f failure) Error() string {
	if f.Detail == "" {
		return f.Reason
	}
	return f.Reason + ": " + f.Detail
}

type request struct {
	ID      int      `json:"id"`
	SDF     string   `json:"sdf"`
	Metrics []string `json:"metrics"`
}

type answer struct {
	ID       int                `json:"id"`
	Score    *Score             `json:"score"`
	Failures []failure          `json:"failures"`
	Seconds  map[string]float64 `json:"seconds"`
}

// startProcess starts a worker and waits until it is ready. The caller's goroutine must be locked to its thread for as long as
// the worker shall live: see processAttributes.
func startProcess(ctx context.Context, cfg *Config) (*process, error) {
	p, err := spawn(cfg)
	if err != nil {
		return nil, fmt.Errorf("cannot start a worker (%v); %s", err, remedy)
	}
	var ready struct {
		Ready    bool   `json:"ready"`
		Error    string `json:"error"`
		BadInput bool   `json:"bad_input"`
	}
	_, sources := workerSources()
	first, err := json.Marshal(cfg.hello())
	if err == nil {
		err = p.exchange(ctx, startTimeout, append(append([]byte{}, sources...), first...), &ready)
	}
	switch {
	case err == nil && ready.Ready:
		return p, nil
	case err == nil && ready.BadInput:
		err = &chem.InputError{File: cfg.ReceptorName, Problem: ready.Error}
	case err == nil:
		err = fmt.Errorf("a worker cannot score: %s; %s", ready.Error, remedy)
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		err = fmt.Errorf("a worker did not start (%v); %s", err, remedy)
	}
	p.end()
	return nil, err
}

// spawn starts the process with pipes of our own, so that reading its last words and reaping it do not race.
func spawn(cfg *Config) (*process, error) {
	boot, _ := workerSources()
	command := cfg.command
	if command == nil {
		command = []string{cfg.Python, "-c", boot}
	}
	theirIn, ourIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	ourOut, theirOut, err := os.Pipe()
	if err != nil {
		ourIn.Close()
		return nil, err
	}
	defer theirOut.Close()
	p := &process{in: ourIn, out: ourOut, answers: bufio.NewScanner(ourOut), exited: make(chan struct{})}
	p.answers.Buffer(nil, answerLimit)
	p.cmd = exec.Command(command[0], command[1:]...)
	// One thread for each worker: there is a worker for every core already.
	p.cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "PYTHONUTF8=1")
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = theirIn, theirOut, &p.stderr
	p.cmd.SysProcAttr = processAttributes()
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		ourIn.Close()
		ourOut.Close()
		return nil, err
	}
	go func() {
		p.cmd.Wait() // how it ended is read from ProcessState
		close(p.exited)
	}()
	return p, nil
}

// score asks for one molecule. A failure means that the worker is of no more use: the caller must end it.
func (p *process) score(ctx context.Context, limit time.Duration, sdf string, metrics []string) (*answer, error) {
	p.id++
	line, err := json.Marshal(request{p.id, sdf, metrics})
	if err != nil {
		return nil, err
	}
	var a answer
	if err := p.exchange(ctx, limit, line, &a); err != nil {
		return nil, err
	}
	if a.ID != p.id || a.Score == nil {
		return nil, failure{Reason: "a worker answered rubbish", Detail: "no score for the molecule asked for"}
	}
	return &a, nil
}

var errLimit = errors.New("time limit")

// exchange sends a line and decodes the line that comes back. The process is killed when the limit or the context ends first,
// which also frees a write or read that hangs.
func (p *process) exchange(ctx context.Context, limit time.Duration, line []byte, into any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	stop := context.AfterFunc(ctx, p.kill)
	_, err := p.in.Write(append(line, '\n'))
	got := err == nil && p.answers.Scan()
	if !stop() && ctx.Err() != nil { // killed, even if an answer came at that very moment
		if context.Cause(ctx) == errLimit {
			return failure{Reason: "a worker did not answer in " + limit.String()}
		}
		return ctx.Err()
	}
	if !got {
		return p.death()
	}
	if err := json.Unmarshal(p.answers.Bytes(), into); err != nil {
		return failure{Reason: "a worker answered rubbish", Detail: err.Error()}
	}
	return nil
}

// death says why no line came.
func (p *process) death() failure {
	if err := p.answers.Err(); errors.Is(err, bufio.ErrTooLong) {
		return failure{Reason: "a worker answered rubbish", Detail: "a line without end"}
	}
	select {
	case <-p.exited:
	case <-time.After(time.Second):
		return failure{Reason: "a worker closed its output"}
	}
	return failure{Reason: "a worker died (" + p.cmd.ProcessState.String() + ")", Detail: p.stderr.lastLine("")}
}

// alive says whether the process has not been reaped yet.
func (p *process) alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// kill ends the process and its children at once.
func (p *process) kill() {
	if p.alive() {
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // fails only if all are gone
	}
}

// end kills the process, waits for its end and frees its pipes.
func (p *process) end() {
	p.kill()
	<-p.exited
	p.in.Close()
	p.out.Close()
}
