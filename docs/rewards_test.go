package docs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"keel/chem"
	"keel/oracle"
	"keel/reward"
)

// block is a fenced block of a page: its language, the file that it says it is ("" for none), and the text after that line.
type block struct{ kind, file, text string }

func blocks(t *testing.T, path string) (list []block) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split("\n"+string(text), "\n```") {
		if i%2 == 0 {
			continue
		}
		kind, body, _ := strings.Cut(part, "\n")
		b := block{kind: kind, text: body + "\n"}
		first, rest, _ := strings.Cut(body, "\n")
		for _, comment := range []string{"# file: ", "// file: "} {
			if name, ok := strings.CutPrefix(first, comment); ok {
				b.file, b.text = name, rest+"\n"
			}
		}
		list = append(list, b)
	}
	return list
}

// files writes the page's files into a folder.
func files(t *testing.T, path string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, b := range blocks(t, path) {
		if b.file != "" && b.kind != "go" {
			if err := os.WriteFile(filepath.Join(dir, b.file), []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// rewardOf reads a block as the section that it is, refusing what it does not know.
func rewardOf(t *testing.T, text string) reward.Config {
	t.Helper()
	file := struct {
		Reward reward.Config `toml:"reward"`
	}{reward.Default()}
	if err := toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields().Decode(&file); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return file.Reward
}

// ask gives the reward of one molecule, an ethanol at the place that the page's program looks for.
func ask(t *testing.T, cfg reward.Config) reward.Result {
	t.Helper()
	r, err := reward.Open(t.Context(), cfg, reward.Env{Receptor: "1hpv.pdb"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	m := &chem.Molecule{Name: "ethanol", Bonds: []chem.Bond{{A: 0, B: 1, Order: 1}, {A: 1, B: 2, Order: 1}}, Atoms: []chem.Atom{
		{Element: chem.Carbon, Pos: chem.Vec{12, 6, 5}}, {Element: chem.Carbon, Pos: chem.Vec{13, 7, 5}}, {Element: chem.Oxygen, Pos: chem.Vec{14, 8, 5}}}}
	results, err := r.Of(t.Context(), []*chem.Molecule{m}, []oracle.Score{{SMILES: "CCO", Valid: true, Connected: true, Atoms: 3}})
	if err != nil {
		t.Fatal(err)
	}
	return results[0]
}

// TestRewardConfigurations: what the page shows is understood, and the first is the default.
func TestRewardConfigurations(t *testing.T) {
	n := 0
	for _, b := range blocks(t, "rewards.md") {
		if b.kind != "toml" {
			continue
		}
		cfg := rewardOf(t, b.text)
		if err := cfg.Check(reward.Env{}); err != nil {
			t.Errorf("%v\n%s", err, b.text)
		}
		if n == 0 {
			want := reward.Default()
			want.Components = reward.DefaultComponents()
			if d := cmp.Diff(want, cfg); d != "" {
				t.Error(d)
			}
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d configurations", n)
	}
}

// TestRewardProgram runs the page's program as the page's configuration says.
func TestRewardProgram(t *testing.T) {
	dir := files(t, "rewards.md")
	cfg := configOf(t, dir, "near.toml")
	if err := cfg.Resolve(dir); err != nil {
		t.Fatal(err)
	}
	got := ask(t, cfg)
	want := 1 - 1/(1+math.Pow(10, -10*0.5*(5-5.0)/6)) // the first atom is 5 Å from the place
	if math.Abs(got.Raw[0]-5) > 1e-9 || math.Abs(got.Total-want) > 1e-9 || got.Error != "" {
		t.Errorf("%+v, want %v", got, want)
	}
}

func configOf(t *testing.T, dir, name string) reward.Config {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return rewardOf(t, string(text))
}

// TestRewardService runs the page's service, on a port that is free, and asks it as the page's configuration says.
func TestRewardService(t *testing.T) {
	dir := files(t, "rewards.md")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(address)
	ctx, cancel := context.WithCancel(t.Context())
	service := exec.CommandContext(ctx, "python3", filepath.Join(dir, "service.py"), port)
	var last bytes.Buffer
	service.Stderr = &last
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); service.Wait() }()
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		if time.Now().After(until) {
			t.Fatalf("the service does not listen: %s", &last)
		}
	}
	cfg := configOf(t, dir, "service.toml")
	if !strings.Contains(cfg.Components[0].URL, "127.0.0.1:8000") {
		t.Fatal(cfg.Components[0].URL)
	}
	cfg.Components[0].URL = strings.Replace(cfg.Components[0].URL, "127.0.0.1:8000", address, 1)
	if got := ask(t, cfg); got.Raw[0] != 1 || got.Total != 1 || got.Error != "" {
		t.Errorf("%+v", got)
	}
}

// TestRewardInGo compiles the page's file into Keel and runs its example.
func TestRewardInGo(t *testing.T) {
	watch(t)
	code := map[string]string{}
	var commands []command
	for _, b := range blocks(t, "rewards.md") {
		switch b.kind {
		case "go":
			code[b.file] = b.text
		case "console":
			line, want, _ := strings.Cut(strings.TrimPrefix(b.text, "$ "), "\n")
			commands = append(commands, command{strings.Fields(line), strings.Split(strings.TrimSpace(want), "\n")})
		}
	}
	if len(code) != 2 || len(commands) != 1 {
		t.Fatal(len(code), len(commands))
	}
	over := overlay(t, code)
	out, err := run(t, over, commands[0].args)
	if err == nil {
		err = differ(out, commands[0].want)
	}
	if err != nil {
		t.Error(err, out)
	}
	if out, err = run(t, over, strings.Fields("go vet ./reward")); err != nil {
		t.Error(err, out)
	}
}

// TestRewardMessages: each line of JSON on the page is JSON.
func TestRewardMessages(t *testing.T) {
	n := 0
	for _, b := range blocks(t, "rewards.md") {
		if b.kind != "json" {
			continue
		}
		for line := range strings.Lines(b.text) {
			if !json.Valid([]byte(line)) {
				t.Errorf("no JSON: %s", line)
			}
			n++
		}
	}
	if n != 6 {
		t.Errorf("%d messages", n)
	}
}

// rows are the page's tables' rows by the name in backquotes that they begin with.
func rows(t *testing.T, after string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("rewards.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), after)
	if !ok {
		t.Fatalf("%q is not on the page", after)
	}
	found := map[string][]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		name := strings.TrimSpace(cells[0])
		if strings.HasPrefix(line, "| `") {
			found[strings.Trim(name, "`")] = cells[1:]
		} else if len(found) > 0 && !strings.HasPrefix(line, "|") {
			break
		}
	}
	return found
}

// TestRewardTables: the tables list every metric and transform that there is, and no other.
func TestRewardTables(t *testing.T) {
	for heading, names := range map[string][]string{"## Metrics": reward.Metrics(), "## Transforms": reward.Transforms()} {
		known := rows(t, heading)
		for _, name := range names {
			if known[name] == nil {
				t.Errorf("%s: there is no row for %s", heading, name)
			}
			delete(known, name)
		}
		for name := range known {
			t.Errorf("%s: there is no %s", heading, name)
		}
	}
}

// TestRewardFigures computes the table of what transforms make of some values.
func TestRewardFigures(t *testing.T) {
	table := rows(t, "What they make of x")
	if len(table) != 8 {
		t.Fatalf("%d rows", len(table))
	}
	parameters := map[string]string{"left_step": "low = 2.0", "right_step": "high = 4.0", "exponential_decay": "k = 0.2", "step": "low = 2.0\nhigh = 4.0",
		"linear": "low = 2.0\nhigh = 4.0", "double_sigmoid": "low = 2.0\nhigh = 4.0"}
	for name, cells := range table {
		with := parameters[name]
		if with == "" {
			with = "low = 2.0\nhigh = 4.0\nk = 0.2"
		}
		cfg := rewardOf(t, fmt.Sprintf("[[reward.component]]\nmetric = \"logp\"\ntransform = %q\n%s\n", name, with))
		r, err := reward.Open(t.Context(), cfg, reward.Env{})
		if err != nil {
			t.Fatal(err)
		}
		var mols []*chem.Molecule
		var scores []oracle.Score
		for _, x := range []float64{0, 1, 2, 2.5, 3, 3.5, 4, 5, 6} {
			mols = append(mols, &chem.Molecule{Atoms: []chem.Atom{{Element: chem.Carbon}}})
			scores = append(scores, oracle.Score{Valid: true, Connected: true, Atoms: 1, LogP: x})
		}
		results, err := r.Of(t.Context(), mols, scores)
		if err != nil || len(cells) != len(results) {
			t.Fatal(err, cells)
		}
		for i, cell := range cells {
			want, err := strconv.ParseFloat(strings.Trim(cell, " |"), 64)
			if err != nil || math.Abs(results[i].Total-want) > 6e-4 {
				t.Errorf("%s at %v: the page says %s, it is %.4f (%v)", name, scores[i].LogP, cell, results[i].Total, err)
			}
		}
	}
}
