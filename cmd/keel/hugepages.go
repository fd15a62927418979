package main

import (
	"os"
	"runtime"
	"strings"
	"syscall"
)

// takeHugePages starts the program anew, once, with glibc's malloc on transparent huge pages, unless GLIBC_TUNABLES says something of them already. XLA allocates the
// memory of a step anew each time, hundreds of megabytes, and the kernel's clearing of them in small pages costs a tenth of a step and more
// (docs/architecture.md). malloc reads the setting before main, so that it cannot be made from within. Where this does not work, the program goes on as it is.
func takeHugePages() {
	const name, setting = "GLIBC_TUNABLES", "glibc.malloc.hugetlb"
	tunables := os.Getenv(name)
	if runtime.GOOS != "linux" || strings.Contains(tunables, setting) {
		return
	}
	self, err := os.Executable()
	if err != nil {
		return
	}
	if tunables != "" {
		tunables = ":" + tunables
	}
	os.Setenv(name, setting+"=1"+tunables)        // in front, for glibc may cut the text at the colons
	_ = syscall.Exec(self, os.Args, os.Environ()) // returns only where it fails
}
