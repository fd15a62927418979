package main

import (
	"os"
	"runtime"
	"strings"
	"syscall"
)

// tuneMalloc starts the program anew, once, with glibc's malloc in transparent huge pages, in one arena that keeps what is freed, unless GLIBC_TUNABLES says something of
// malloc already. XLA allocates the memory of a step anew each time, hundreds of megabytes; that the kernel takes them back and clears them costs a fifth of a step and more
// (docs/architecture.md). malloc reads the setting before main, so that it cannot be made from within. Where this does not work, the program goes on as it is.
func tuneMalloc() {
	const (
		name    = "GLIBC_TUNABLES"
		setting = "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184"
	)
	tunables := os.Getenv(name)
	if rest, ours := strings.CutPrefix(tunables, setting); ours { // read by now, and of no use to the processes that this one starts
		os.Setenv(name, strings.TrimPrefix(rest, ":"))
		return
	}
	if runtime.GOOS != "linux" || strings.Contains(tunables, "glibc.malloc.") {
		return
	}
	self, err := os.Executable()
	if err != nil {
		return
	}
	if tunables != "" {
		tunables = ":" + tunables
	}
	os.Setenv(name, setting+tunables)             // in front, for glibc may cut the text at the colons
	_ = syscall.Exec(self, os.Args, os.Environ()) // returns only where it fails
	os.Setenv(name, strings.TrimPrefix(tunables, ":"))
}
