package oracle

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"keel/chem"
	"keel/supervise"
)

func TestCacheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.jsonl")
	mols := []*chem.Molecule{molecule("good", 1), molecule("flawed", 2), molecule("die", 3), molecule("short of memory", 4)}
	pool, _ := logged(t, path)
	first := score(t, pool, QED, mols...)
	score(t, pool, SA, mols[0])
	pool.Close()

	pool, asked := logged(t, path)
	second := score(t, pool, QED, mols...)
	if asked() != "4 qed" {
		t.Errorf("asked %q", asked())
	}
	if want := strings.Replace(first[2].Error, "given up after a second worker", "on the poison list", 1); second[2].Error != want {
		t.Errorf("%q, want %q", second[2].Error, want)
	}
	second[2].Error = first[2].Error
	if d := cmp.Diff(first, second, cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
	if both := score(t, pool, QED|SA, mols[0])[0]; both.QED != 1 || both.SA != 1001 || asked() != "4 qed" {
		t.Errorf("asked %q, %+v", asked(), both)
	}
	if st := pool.Stats(); st.Torn != 0 || st.Restarts != 0 {
		t.Errorf("%+v", st)
	}

	_, err := openCache(path, cacheBytes)
	if err == nil || !strings.HasSuffix(err.Error(), "is in use by another run of Keel: wait for it, or name another cache of scores") {
		t.Errorf("while another has it: %v", err)
	}
	pool.cache.file.f.Close()
	if _, err := pool.Score(t.Context(), numbered("good", 9), SA, nil); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("when it cannot be written: %v", err)
	}
}

// A file that ends anywhere in its last line loses that line alone.
func TestTornCacheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.jsonl")
	write := func(n byte) {
		c, err := openCache(path, cacheBytes)
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		if err := c.put(cacheKey{n}, partOf(&answer{Failures: []supervise.Failure{{Reason: fmt.Sprint(n)}}}, QED)); err != nil {
			t.Fatal(err)
		}
	}
	write(1)
	one, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(2)
	two, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range two {
		if err := os.WriteFile(path, two[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := openCache(path, cacheBytes)
		if err != nil {
			t.Fatalf("cut after %d bytes: %v", cut, err)
		}
		whole := bytes.LastIndexByte(two[:cut], '\n') + 1
		torn := 0
		if whole < cut {
			torn = 1
		}
		known, err := c.get(cacheKey{1})
		if err != nil || (known.have != 0) != (cut >= len(one)) || c.file.torn != torn {
			t.Errorf("cut after %d bytes: %+v %v, %d torn", cut, known, err, c.file.torn)
		}
		c.close()
		write(2)
		if left, _ := os.ReadFile(path); cut >= len(one) && !bytes.Equal(left, two) {
			t.Errorf("cut after %d bytes and continued: %q", cut, left)
		}
	}
}

func TestForeignCacheFiles(t *testing.T) {
	good := `{"key":"` + strings.Repeat("07", 32) + `","have":["qed","identity"],"values":{"qed":0.5}}` + "\n"
	for text, want := range map[string]string{
		"name,smiles\n":           ":1: not a cache of scores as this version of Keel writes it; name a new file, or remove this one",
		"x":                       ":1: not a cache of scores as this version of Keel writes it; name a new file, or remove this one",
		`{"keel":"scores","versi`: "",
		"":                        "",
		cacheHeader + good:        "",
		cacheHeader + good + "\n": ":3: the cache of scores is damaged (unexpected end of JSON input); remove that line, or the file",
		cacheHeader + "{}\n":      `:2: the cache of scores is damaged ("" is no key); remove that line, or the file`,
		cacheHeader + strings.Replace(good, "0.5", `"x"`, 1): ":2: the cache of scores is damaged (json: cannot unmarshal string into Go value of " +
			"type float64); remove that line, or the file",
	} {
		path := filepath.Join(t.TempDir(), "scores.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := openCache(path, cacheBytes)
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", text, err)
			} else {
				c.close()
			}
			continue
		}
		var bad *chem.InputError
		if !errors.As(err, &bad) || err.Error() != path+want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		if left, _ := os.ReadFile(path); string(left) != text {
			t.Errorf("%q became %q", text, left)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "no", "folder"), "/dev/zero"} {
		if _, err := openCache(path, cacheBytes); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A run that is killed at any moment goes on where it was: at most what its two workers were at is done again.
func TestKill9AndResume(t *testing.T) {
	dir := t.TempDir()
	path, log := filepath.Join(dir, "scores.jsonl"), filepath.Join(dir, "log")
	kills := 0
	for ; kills < 50; kills++ {
		cmd := exec.Command(os.Args[0], "fake-keel", path, log)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(1700*time.Millisecond, func() { cmd.Process.Kill() })
		err := cmd.Wait()
		kill.Stop()
		if err == nil {
			break
		}
	}
	asked, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer asked.Close()
	times := map[string]int{}
	lines := bufio.NewScanner(asked)
	total := 0
	for lines.Scan() {
		times[lines.Text()]++
		total++
	}
	t.Logf("killed %d times; %d molecules, %d requests", kills, len(times), total)
	if kills < 2 || len(times) != killedBatch || total > killedBatch+2*kills {
		t.Errorf("%d kills, %d molecules, %d requests", kills, len(times), total)
	}
}

// Whatever a file holds: it is opened or refused with one line, and what it says of a key can be read.
func FuzzCacheFile(f *testing.F) {
	f.Add([]byte(cacheHeader))
	f.Add([]byte(cacheHeader + `{"key":"` + strings.Repeat("07", 32) + `","have":["qed","identity"],"values":{"qed":0.5}}` + "\n{"))
	f.Add([]byte(cacheHeader + `{"poison":"07 qed","reason":"a worker died","detail":""}` + "\n"))
	path := filepath.Join(f.TempDir(), "scores.jsonl")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := openCache(path, cacheBytes)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("%q", err)
			}
			return
		}
		defer c.close()
		for key := range c.file.where {
			if known, err := c.get(key); err != nil || known.have&identity == 0 {
				t.Errorf("%+v, %v", known, err)
			}
		}
	})
}
