package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const lockFile = ".lock"

// Lock makes this process the only writer of the folder dir until unlock is called or the process ends, however it ends.
// It fails at once when another process holds the folder, and says which.
func Lock(dir string) (unlock func() error, err error) {
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("run folder %s cannot be locked: %w; choose a folder you may write to", dir, cause(err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("run folder %s is in use by %s: wait for it, or choose another --out", dir, holder(path))
		}
		return nil, fmt.Errorf("run folder %s cannot be locked: %w", dir, err)
	}
	// The process number only serves the message above; the lock itself is the kernel's.
	if err := writePID(f); err != nil {
		return nil, giveUp(fmt.Errorf("%s could not be written: %w", path, cause(err)), f.Close)
	}
	return f.Close, nil
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return err
}

func holder(path string) string {
	text, err := os.ReadFile(path)
	if pid := strings.TrimSpace(string(text)); err == nil && pid != "" {
		return "process " + pid
	}
	return "another process"
}
