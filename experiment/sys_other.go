//go:build !linux

package experiment

import "syscall"

// attributes put a run into a process group of its own, so that Ctrl-C reaches it through us alone.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
