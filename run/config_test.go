package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoadConfigErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"unknown key":      {"seed = 1\n[train]\nlerning_rate = 2\n", []string{`c.toml:3: unknown key "lerning_rate" in [train]`, `did you mean "learning_rate"?`, "known keys: clip, learning_rate, phases, sizes, steps"}},
		"unknown top key":  {"sead = 1\n", []string{`c.toml:1: unknown key "sead"; did you mean "seed"? known keys: name, seed, train`}},
		"two unknown keys": {"aa = 1\nbb = 2\n", []string{`unknown key "aa"`, "and 1 more unknown keys"}},
		"unknown section":  {"[trane]\nx = 1\n", []string{`unknown key "trane"`, `did you mean "train"?`}},
		"in a list":        {"[[train.phases]]\nlable = \"a\"\n", []string{`c.toml:2: unknown key "lable" in [train.phases]`, `did you mean "label"?`}},
		"text for int":     {"seed = \"one\"\n", []string{`c.toml:1: key "seed" needs a whole number`, `seed = "one"`}},
		"float for int":    {"seed = 1.5\n", []string{`c.toml:1: key "seed" needs a whole number`}},
		"int for bool":     {"[train]\nclip = 1\n", []string{`c.toml:2: key "clip" in [train] needs true or false`}},
		"negative":         {"[train]\nsteps = -3\n", []string{`c.toml:2: `, "steps"}},
		"text in list":     {"[train]\nsizes = [1, \"x\"]\n", []string{`c.toml:2: `, "sizes"}},
		"value for table":  {"train = 3\n", []string{`c.toml:1: key "train" needs a section`}},
		"no TOML":          {"seed = 1\nwhat is this\n", []string{"c.toml:2: not valid TOML", "what is this"}},
		"twice":            {"seed = 1\nseed = 2\n", []string{"c.toml:2:", "seed"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.toml")
			if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
				t.Fatal(err)
			}
			var cfg testConfig
			err := LoadConfig(path, &cfg)
			t.Log(err)
			wantError(t, err, c.want...)
		})
	}
}

func TestLoadConfigKeepsDefaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte("\ufeff[train]\r\nlearning_rate = 1\r\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	cfg := testConfig{Seed: 42}
	if err := LoadConfig(path, &cfg); err != nil {
		t.Fatal(err)
	}
	if cfg.Seed != 42 || cfg.Train.LearningRate != 1 {
		t.Errorf("got %+v", cfg)
	}
	wantError(t, LoadConfig(path+"x", &cfg), "c.tomlx cannot be read: no such file or directory")
}

func FuzzLoadConfig(f *testing.F) {
	f.Add([]byte("seed = 1\n[train]\nlearning_rate = \"x\"\n"))
	f.Add([]byte("[[train.phases]]\nx = 1\n[train.phases.y]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "c.toml")
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		var cfg testConfig
		if err := LoadConfig(path, &cfg); err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("error has more than one line: %q", err)
		}
	})
}
