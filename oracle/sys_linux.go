package oracle

import "syscall"

// processAttributes puts a worker into a process group of its own, so that Ctrl-C reaches Keel alone, and has the kernel kill it
// when the thread that started it ends: even kill -9 of Keel leaves no worker behind.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
