//go:build !linux

package supervise

import (
	"os/exec"
	"syscall"
)

// processAttributes puts a worker into a process group of its own, so that Ctrl-C reaches Keel alone. A worker ends by itself
// when Keel's end of the pipe closes.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// reap waits for the process's end and calls atEnd.
func reap(cmd *exec.Cmd, atEnd func()) {
	cmd.Wait() // how it ended is read from ProcessState
	atEnd()
}

// limitProcess does nothing: memory is limited on Linux only.
func limitProcess(int, uint64) error { return nil }

// residentBytes is unknown here and never above a limit.
func residentBytes(int) int64 { return 0 }
