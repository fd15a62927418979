//go:build !linux

package oracle

import "syscall"

// processAttributes puts a worker into a process group of its own, so that Ctrl-C reaches Keel alone. A worker ends by itself
// when Keel's end of the pipe closes.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
