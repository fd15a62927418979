package supervise

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// processAttributes puts a worker into a process group of its own, so that Ctrl-C reaches Keel alone, and has the kernel kill it
// when the thread that started it ends: even kill -9 of Keel leaves no worker behind.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// pPID is waitid's P_PID.
const pPID = 1

// reap waits for the process's end, calls atEnd while its number is still its own, and frees the number.
func reap(cmd *exec.Cmd, atEnd func()) {
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, pPID, uintptr(cmd.Process.Pid), 0, syscall.WEXITED|syscall.WNOWAIT, 0, 0)
		if errno != syscall.EINTR {
			break
		}
	}
	atEnd()
	cmd.Wait() // how it ended is read from ProcessState
}

// limitProcess sets the limit on address space, in bytes, if it is not 0; and has a crash leave no core file.
func limitProcess(pid int, addressSpace uint64) error {
	if addressSpace > 0 {
		if err := prlimit(pid, syscall.RLIMIT_AS, addressSpace); err != nil {
			return err
		}
	}
	return prlimit(pid, syscall.RLIMIT_CORE, 0)
}

func prlimit(pid, resource int, limit uint64) error {
	to := syscall.Rlimit{Cur: limit, Max: limit}
	_, _, errno := syscall.Syscall6(syscall.SYS_PRLIMIT64, uintptr(pid), uintptr(resource), uintptr(unsafe.Pointer(&to)), 0, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("prlimit", errno)
	}
	return nil
}

// residentBytes is the memory of a process and of its descendants; what ends meanwhile counts as 0.
func residentBytes(pid int) int64 {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	text, _ := os.ReadFile(filepath.Join(dir, "statm"))
	var pages int64
	if fields := strings.Fields(string(text)); len(fields) > 1 {
		pages, _ = strconv.ParseInt(fields[1], 10, 64)
	}
	total := pages * int64(os.Getpagesize())
	threads, _ := os.ReadDir(filepath.Join(dir, "task"))
	for _, thread := range threads {
		children, _ := os.ReadFile(filepath.Join(dir, "task", thread.Name(), "children"))
		for word := range strings.FieldsSeq(string(children)) {
			if child, err := strconv.Atoi(word); err == nil {
				total += residentBytes(child)
			}
		}
	}
	return total
}
