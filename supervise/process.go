package supervise

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	memoryPoll  = 100 * time.Millisecond
	deathPause  = 250 * time.Millisecond // for a process to end after it closed its output
	quitPause   = time.Second            // for a process to end after Keel closed its input
	stderrPause = time.Second            // for a child beyond reach to close standard error
)

// process is one running worker.
type process struct {
	cmd     *exec.Cmd
	in, out *os.File
	lines   *bufio.Reader // of out
	most    int           // bytes of a line
	used    bool          // has been asked something
	stderr  tail
	tooBig  atomic.Bool
	exited  chan struct{} // closed when the process has been reaped

	mu   sync.Mutex
	over bool // the process has ended and its group was killed: the number may be another's
}

// startProcess starts a worker and waits until it is ready. The caller's goroutine must be locked to its thread for as long as
// the worker shall live: see processAttributes.
func startProcess(ctx context.Context, cfg *Config) (*process, error) {
	p, err := spawn(cfg)
	if err != nil {
		return nil, Failure{"a worker cannot be started", err.Error()}
	}
	if cfg.MemoryMiB > 0 {
		go p.watchMemory(int64(cfg.MemoryMiB) << 20)
	}
	if err := p.greet(ctx, cfg); err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

// greet writes the hello and hears whether the worker is ready.
func (p *process) greet(ctx context.Context, cfg *Config) error {
	line, err := p.exchange(ctx, cfg.StartLimit, cfg.Hello, cfg.Ready != nil)
	var why Failure
	switch {
	case errors.As(err, &why):
		return Failure{"a worker did not start", why.Error()}
	case err != nil || cfg.Ready == nil:
		return err
	}
	return cfg.Ready(line)
}

// spawn starts the process with pipes of our own, so that reading its last words and reaping it do not race.
func spawn(cfg *Config) (*process, error) {
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
	p := &process{in: ourIn, out: ourOut, lines: bufio.NewReader(ourOut), most: cfg.AnswerBytes, exited: make(chan struct{})}
	p.cmd = exec.Command(cfg.Command[0], cfg.Command[1:]...)
	p.cmd.Env = append(os.Environ(), cfg.Env...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = theirIn, theirOut, &p.stderr
	p.cmd.SysProcAttr = processAttributes()
	p.cmd.WaitDelay = stderrPause
	if err := p.cmd.Start(); err != nil {
		ourIn.Close()
		ourOut.Close()
		return nil, err
	}
	err = limitProcess(p.cmd.Process.Pid, uint64(cfg.AddressMiB)<<20)
	go func() {
		reap(p.cmd, func() { p.kill(true) }) // its children go with it
		close(p.exited)
	}()
	if err != nil {
		p.end()
		return nil, err
	}
	return p, nil
}

var errLimit = errors.New("time limit")

// exchange writes the text and returns the line that comes back, if one is to come. The process is killed when the limit or the
// context ends first, which also frees a write or read that hangs. After an error, the caller must end the process; it is a
// Failure where the process is at fault.
func (p *process) exchange(ctx context.Context, limit time.Duration, text []byte, hear bool) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { p.kill(false) })
	_, err := p.in.Write(text)
	var line []byte
	if err == nil && hear {
		line, err = readLine(p.lines, p.most)
	}
	if !stop() && ctx.Err() != nil { // killed, even if an answer came at that very moment
		if context.Cause(ctx) == errLimit {
			return nil, Failure{Late, limit.String()}
		}
		return nil, context.Cause(ctx)
	}
	switch {
	case err == errEndless:
		return nil, Failure{Rubbish, err.Error()}
	case err != nil:
		return nil, p.death()
	}
	return line, nil
}

// death says why no line came.
func (p *process) death() Failure {
	select {
	case <-p.exited:
	case <-time.After(deathPause):
		return Failure{Closed, p.stderr.lastLine()}
	}
	if p.tooBig.Load() {
		return Failure{Memory, p.stderr.lastLine()}
	}
	detail := p.cmd.ProcessState.String()
	if words := p.stderr.lastLine(); words != "" {
		detail += ": " + words
	}
	return Failure{Died, detail}
}

// fit says whether the process can take a request: it lives, and has said nothing unasked that was heard.
func (p *process) fit() bool {
	select {
	case <-p.exited:
		return false
	default:
		return p.lines.Buffered() == 0
	}
}

// watchMemory kills the process when it has grown too big.
func (p *process) watchMemory(limit int64) {
	tick := time.NewTicker(memoryPoll)
	defer tick.Stop()
	for {
		select {
		case <-p.exited:
			return
		case <-tick.C:
			if residentBytes(p.cmd.Process.Pid) > limit {
				p.tooBig.Store(true)
				p.kill(false)
			}
		}
	}
}

// kill ends the process and its group at once. The last call says that it is the last.
func (p *process) kill(last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // fails only if all are gone
	}
	p.over = p.over || last
}

// end kills the process, waits for its end and frees its pipes.
func (p *process) end() {
	p.kill(false)
	<-p.exited
	p.in.Close()
	p.out.Close()
}

// quit lets a process that has nothing to do end by itself.
func (p *process) quit() {
	p.in.Close()
	select {
	case <-p.exited:
	case <-time.After(quitPause):
	}
	p.end()
}
