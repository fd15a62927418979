package policy

import (
	"os"
	"testing"
)

// TestMain takes the pure-Go back end where none is asked for: with networks this small XLA spends its time on compilation.
func TestMain(m *testing.M) {
	if os.Getenv("KEEL_BACKEND") == "" {
		os.Setenv("KEEL_BACKEND", "go")
	}
	os.Exit(m.Run())
}
