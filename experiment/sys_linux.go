package experiment

import "syscall"

// attributes put a run into a process group of its own, so that Ctrl-C reaches it through us alone, and have the kernel kill it when the thread that
// started it ends: even kill -9 leaves no run behind that would hold its folder.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
