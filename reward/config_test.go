package reward

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
	"keel/chem"
	"keel/oracle"
)

// Each mistake gets one line that says where it is and what is known.
func TestMistakes(t *testing.T) {
	protein := &chem.Protein{Name: "p.pdb", Residues: []chem.Residue{{Name: "ASP", Seq: 25, Chain: "A"}}}
	for _, one := range []struct{ text, want string }{
		{"vina = 1.0",
			`[reward] vina = 1: a reward is a list of components now; write [[reward.component]] with metric = "vina", weight and transform ` +
				`(docs/rewards.md), or leave [reward] out for the default`},
		{`aggregate = "mean"`, `[reward] aggregate = "mean": expected one of product, sum`},
		{"pieces = -1.0", "[reward] pieces = -1: expected a number, 0 or more"},
		{"invalid = nan", "[reward] invalid = NaN: expected a number"},
		{"[[component]]\nweight = 1.0",
			"[[reward.component]] 1 (): metric is missing: a name of your own with command or url, or one of alerts, atoms,"},
		{"[[component]]\nmetric = \"qde\"",
			"[[reward.component]] 1 (qde): there is no such metric; give command or url for one of your own, or take one of alerts,"},
		{"[[component]]\nmetric = \"qed\"\nlow = 1.0",
			"[[reward.component]] 1 (qed): low is no setting of it; with this metric and transform it has metric, weight, transform"},
		{"[[component]]\nmetric = \"qed\"\ntransform = \"step\"\nlow = 0.0\nhigh = 1.0\nk = 1.0",
			"[[reward.component]] 1 (qed): k is no setting of it; " +
				"with this metric and transform it has metric, weight, transform, low, high"},
		{"[[component]]\nmetric = \"qed\"\ntransform = \"stepp\"",
			`[[reward.component]] 1 (qed): transform = "stepp": expected one of double_sigmoid,`},
		{"[[component]]\nmetric = \"sa\"\n[[component]]\nmetric=\"qed\"\nweight=-1.0",
			"[[reward.component]] 2 (qed): weight = -1: expected a number, 0 or more"},
		{"[[component]]\nmetric = \"qed\"\nweight = 0.0", "[reward] the weights of all components are 0: there is nothing to maximise"},
		{"[[component]]\nmetric = \"rings\"\nsizes = [2]", "[[reward.component]] 1 (rings): sizes = [2]: a ring has 3 atoms or more"},
		{"[[component]]\nmetric = \"interaction\"", "[[reward.component]] 1 (interaction): residues is missing: name those"},
		{"[[component]]\nmetric = \"interaction\"\nresidues = [\"ASP25:B\"]",
			"[[reward.component]] 1 (interaction): there is no residue ASP25:B in the protein p.pdb; " +
				"residues are named as ASP25:A"},
		{"[[component]]\nmetric = \"interaction\"\nresidues = [\"ASP25:A\"]\nkind = \"bond\"",
			`[[reward.component]] 1 (interaction): kind = "bond": expected one of hbond ` +
				"hydrophobic saltbridge pistacking"},
		{"[[component]]\nmetric = \"qed\"\nurl = \"http://x\"",
			"[[reward.component]] 1 (qed): there is a metric of that name already; give your own another"},
		{"[[component]]\nmetric = \"a\"\nurl = \"http://x\"\ncommand = [\"x\"]", "[[reward.component]] 1 (a): command and url are both given"},
		{"[[component]]\nmetric = \"a\"\nurl = \"localhost:8000\"",
			`[[reward.component]] 1 (a): url = "localhost:8000": expected one like http://`},
		{"[[component]]\nmetric = \"a\"\nurl = \"http://x\"\nretries = -1", "[[reward.component]] 1 (a): retries = -1: expected 0 or more"},
		{"[[component]]\nmetric = \"a\"\nurl = \"http://x\"\nworkers = 1", "[[reward.component]] 1 (a): workers is no setting of it"},
		{"[[component]]\nmetric = \"a\"\ncommand = [\"x\"]\ntimeout = 0.0",
			"[[reward.component]] 1 (a): timeout = 0: expected a number of seconds above 0"},
		{"[[component]]\nmetric = \"a\"\ncommand = [\"x\"]\nworkers = 0", "[[reward.component]] 1 (a): workers = 0: expected 1 or more"},
	} {
		c := Default()
		if err := toml.Unmarshal([]byte(one.text), &c); err != nil {
			t.Fatal(one.text, err)
		}
		err := c.Check(Env{Protein: protein})
		if err == nil || !strings.HasPrefix(err.Error(), one.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", one.text, err, one.want)
		}
		if _, err := Open(t.Context(), c, Env{Protein: protein}); err == nil {
			t.Errorf("%q opens", one.text)
		}
	}
	c := Default()
	if err := c.Check(Env{}); err != nil {
		t.Error(err)
	}
}

// The configuration that Keel ships says what the default is.
func TestShippedConfiguration(t *testing.T) {
	want := Default()
	want.Components = DefaultComponents()
	text, err := os.ReadFile("../configs/tune.toml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Reward Config `toml:"reward"`
	}
	if err := toml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, file.Reward); d != "" {
		t.Error(d)
	}
}

// What a run keeps of its configuration reads back as the same.
func TestConfigurationSurvivesTheRun(t *testing.T) {
	want := with(Component{Metric: "mine", Command: []string{"python3", "x.py"}, Ready: new(true), Timeout: new(2.5), Workers: new(2)},
		Component{Metric: "rings", Sizes: []int{5}, Bridged: new(false), Weight: new(0.0)},
		Component{Metric: "alerts", Transform: "value_mapping", Mapping: map[string]float64{"0": 1}})
	want.References, want.Alerts = []string{"CCO"}, []string{"BRENK"}
	text, err := toml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Config
	if err := toml.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s\n%s", d, text)
	}
	var pool oracle.Config
	want.Oracle(&pool)
	if pool.References[0] != "CCO" || pool.Alerts[0] != "BRENK" {
		t.Errorf("%+v", pool)
	}
}

func TestResolve(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"mine.py", "python3", "prog"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := with(Component{Command: []string{"python3", "mine.py", "-v", "other.py", "/mine.py"}}, Component{Command: []string{"./prog", "prog"}})
	if err := c.Resolve(dir); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"python3", dir + "/mine.py", "-v", "other.py", "/mine.py"}, {dir + "/prog", dir + "/prog"}}
	if d := cmp.Diff(want, [][]string{c.Components[0].Command, c.Components[1].Command}); d != "" {
		t.Error(d)
	}
}

// Whatever a file says, there is a reward or one line.
func FuzzConfig(f *testing.F) {
	f.Add("aggregate = \"product\"\n[[component]]\nmetric = \"qed\"\ntransform = \"sigmoid\"\nlow = 1.0\nhigh = 0.0\nk = 0.5\n")
	f.Add("[[component]]\nmetric = \"alerts\"\ntransform = \"value_mapping\"\nmapping = {\"0\" = 1.0}\n")
	f.Add("[[component]]\nmetric = \"rings\"\nsizes = [5, 6]\nbridged = true\n[[component]]\nmetric = \"x\"\nurl = \"http://h/p\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		c := Default()
		if toml.Unmarshal([]byte(text), &c) != nil {
			return
		}
		parts, err := c.build(Env{})
		if err != nil {
			return
		}
		for _, p := range parts {
			p.transform(math.Pi)
		}
	})
}
