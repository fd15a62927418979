package solver

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"keel/sde"
)

func TestUnknownNamesListTheKnown(t *testing.T) {
	_, err := ByName("rk45")
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), `"rk45"`) {
		t.Fatalf("the error is %v", err)
	}
	for _, name := range Names() {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q is missing in %q", name, err)
		}
		if v, err := ByName(name); err != nil || v.Name() != name {
			t.Errorf("%q gives %v, %v", name, v, err)
		}
	}
}

func TestNamesCannotBeTakenTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("ancestral was registered twice")
		}
	}()
	Register(Ancestral{}, Facts{Order: 1})
}

// TestPolicies: estimators get the noisy steps of one-step solvers, and an error of one line from the others that says why and names those that work.
func TestPolicies(t *testing.T) {
	grid := sde.UniformGrid(5)
	for name, why := range map[string]string{
		"ancestral": "", "euler-maruyama": "", "reverse-diffusion": "", "flow-grpo": "", "dance-grpo": "", "pc": "", "annealed-langevin": "",
		"ddim": "deterministic", "dpm++2m": "deterministic", "heun": "deterministic", "probability-flow": "deterministic",
		"heun-churn": "noise does not depend on the denoiser", "sde-dpm++2m": "depend on more than the current state",
	} {
		v, err := ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		steps := v.Steps(sde.VP{}, grid)
		list, err := Policies(steps, "grpo")
		if why == "" {
			if err != nil || len(list) != len(steps)-1 {
				t.Errorf("%s: policies %v of %d steps, %v", name, list, len(steps), err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s: policies %v", name, list)
			continue
		}
		text := err.Error()
		if !strings.HasPrefix(text, "grpo needs ") || !strings.Contains(text, why) || strings.Contains(text, "\n") ||
			!strings.Contains(text, "; use one of ancestral, ") || strings.Contains(text, "ddim") ||
			strings.Contains(text, "dpm") || strings.Contains(text, "heun") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if list, err := Policies(DDIM{Eta: 0.5}.Steps(sde.VP{}, grid), "grpo"); err != nil || len(list) != 4 {
		t.Errorf("DDIM with noise: %v, %v", list, err)
	}
}

// TestTheDocumentSaysSo: the rows of docs/solvers.md say what the solvers' files state. A new solver need not have one.
func TestTheDocumentSaysSo(t *testing.T) {
	text, err := os.ReadFile("../docs/solvers.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows int
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		rows++
		name := strings.Split(line, "`")[1]
		v, err := ByName(name)
		if err != nil {
			t.Errorf("docs/solvers.md: %v", err)
			continue
		}
		facts := registered[name].facts
		_, why := policies(v.Steps(sde.VP{}, sde.UniformGrid(4)))
		row := fmt.Sprintf("| `%s` | %s | %s | %v |", name, yes(facts.Noisy), yes(why == ""), facts.Order)
		if !strings.HasPrefix(line, row) {
			t.Errorf("docs/solvers.md has %sits solver states %s", line, row)
		}
	}
	if rows < 13 {
		t.Errorf("docs/solvers.md has %d rows", rows)
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
