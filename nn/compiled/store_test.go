package compiled

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func newStore(t testing.TB) *Store {
	t.Helper()
	plugin := filepath.Join(t.TempDir(), "plugin.so")
	if err := os.WriteFile(plugin, []byte("a plug-in"), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := NewStore(filepath.Join(t.TempDir(), "compiled"), plugin)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReadGivesWhatWasWritten(t *testing.T) {
	s := newStore(t)
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SliceOf(rapid.Byte()).Draw(t, "code")
		key := s.key(rapid.SliceOf(rapid.Byte()).Draw(t, "program"))
		s.write(key, code)
		if got := s.read(key); got == nil || !bytes.Equal(got, code) {
			t.Fatalf("%x was read as %x", code, got)
		}
	})
}

// TestReadRefusesWhatChanged: a byte of machine code that has rotted would be run.
func TestReadRefusesWhatChanged(t *testing.T) {
	s := newStore(t)
	rapid.Check(t, func(t *rapid.T) {
		s.write("key", rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "code"))
		file, err := os.ReadFile(s.path("key"))
		if err != nil {
			t.Fatal(err)
		}
		if i := rapid.IntRange(0, len(file)-1).Draw(t, "at"); rapid.Bool().Draw(t, "cut") {
			file = file[:i]
		} else {
			file[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		if err := os.WriteFile(s.path("key"), file, 0o666); err != nil {
			t.Fatal(err)
		}
		if got := s.read("key"); got != nil {
			t.Fatalf("read %x", got)
		}
	})
}

// TestKeys: a program is another when its text, its plug-in or the settings of the compiler are.
func TestKeys(t *testing.T) {
	s := newStore(t)
	keys := map[string]string{}
	add := func(what, key string) {
		if other, ok := keys[key]; ok {
			t.Errorf("%s has the key of %s", what, other)
		}
		keys[key] = what
	}
	add("ab, c", s.key([]byte("ab"), []byte("c")))
	add("a, bc", s.key([]byte("a"), []byte("bc")))
	add("abc", s.key([]byte("abc")))
	add("another plug-in", newStore(t).key([]byte("abc")))
	t.Setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
	plugin := filepath.Join(t.TempDir(), "plugin.so")
	for _, text := range []string{"short", "longer"} { // the second replaces the first, as setup does with a new version
		if err := os.WriteFile(plugin, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		other, err := NewStore(s.Dir, plugin)
		if err != nil {
			t.Fatal(err)
		}
		add(text, other.key([]byte("abc")))
	}
	again, err := NewStore("elsewhere", plugin)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := keys[again.key([]byte("abc"))]; !ok {
		t.Error("the same program of the same plug-in has another key")
	}
}

// TestEviction: the limit holds, what was used last stays, and what a killed writer left goes as the rest does.
func TestEviction(t *testing.T) {
	s := newStore(t)
	code := make([]byte, 1000)
	const size = 1000 + int64(len(magic)) + 32
	s.Limit = 4 * size
	past := time.Now().Add(-time.Hour)
	write := func(i int) {
		key := fmt.Sprint(i)
		s.write(key, code)
		at := past.Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(s.path(key), at, at); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		write(i)
	}
	left := filepath.Join(s.Dir, "5.xla.0123abcd.part")
	if err := os.WriteFile(left, code, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(left, past, past); err != nil {
		t.Fatal(err)
	}
	if s.read("0") == nil { // used just now: 1 is the oldest
		t.Fatal("nothing was read")
	}
	s.write("new", code)
	for key, want := range map[string]bool{"0": true, "1": false, "2": true, "3": true, "new": true} {
		if got := s.read(key) != nil; got != want {
			t.Errorf("program %s is there: %v, expected %v", key, got, want)
		}
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed writer left is still there")
	}
	if n, bytes := s.Size(); n != 4 || bytes != 4*size {
		t.Errorf("%d programs of %d bytes, expected 4 of %d", n, bytes, 4*size)
	}
	s.Limit = 1
	s.write("large", code)
	if n, _ := s.Size(); n != 1 || s.read("large") == nil {
		t.Error("a program larger than the limit was not kept alone")
	}
}

// TestFolderThatCannotBeMade: nothing is kept, and nothing fails.
func TestFolderThatCannotBeMade(t *testing.T) {
	s := newStore(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	s.Dir = filepath.Join(file, "compiled")
	s.write("key", []byte("code"))
	if s.read("key") != nil {
		t.Error("something was read")
	}
	if n, _ := s.Size(); n != 0 {
		t.Errorf("%d programs", n)
	}
}
