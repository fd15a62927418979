package reward

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"keel/chem"
	"keel/oracle"
)

// userProgram is what a user might write, mistakes included: the molecule's name says which.
func userProgram(mode string) {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	receptor := ""
	switch mode {
	case "ready":
		in.Scan()
		var hello map[string]string
		json.Unmarshal(in.Bytes(), &hello)
		receptor = "hello " + hello["receptor"]
		fmt.Println(`{"ready": true}`)
	case "refuse":
		fmt.Println(`{"ready": false, "error": "no model file"}`)
	case "greet":
		fmt.Println("Hello, I am a program")
	}
	for in.Scan() {
		var q struct {
			ID int64
			placed
		}
		json.Unmarshal(in.Bytes(), &q)
		userAnswer(q.ID, q.placed, receptor)
	}
}

func userAnswer(id int64, q placed, hello string) {
	switch q.Name {
	case "length":
		fmt.Printf(`{"id": %d, "value": %d}`+"\n", id, strings.Count(q.SDF, " C "))
	case "told":
		fmt.Printf(`{"id": %d, "error": "%s|%s|%s"}`+"\n", id, q.SMILES, q.Receptor, hello)
	case "die":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour)
	case "rubbish":
		fmt.Println("Traceback (most recent call last):")
	case "nan":
		fmt.Printf(`{"id": %d, "value": NaN}`+"\n", id)
	case "nothing":
		fmt.Printf(`{"id": %d}`+"\n", id)
	case "both":
		fmt.Printf(`{"id": %d, "value": 1, "error": "what?"}`+"\n", id)
	}
}

func userCommand(mode string) Component {
	return Component{Metric: "mine", Command: []string{os.Args[0], "user-program", mode}, Timeout: new(1.0)}
}

func named(name string) *chem.Molecule {
	m := chain(4, 3)
	m.Name = name
	m.Atoms[0].Pos[1] = float64(len(name)) + float64(name[0])/1000 // poses differ, so that one poisons no other
	return m
}

func TestCommand(t *testing.T) {
	r := open(t, with(userCommand("plain")), Env{Receptor: "r.pdb"})
	valid := blank(t, true, true)
	valid.SMILES = "CCCC"
	var mols []*chem.Molecule
	var scores []oracle.Score
	names := []string{"length", "told", "die", "length", "rubbish", "nan", "nothing", "both", "hang", "length"}
	for _, name := range names {
		mols, scores = append(mols, named(name)), append(scores, valid)
	}
	want := []string{"", "mine: CCCC|r.pdb|", "mine: given up after a second worker: a worker died", "",
		"mine: given up after a second worker: a worker answered rubbish", "mine: given up after a second worker: a worker answered rubbish",
		"mine: given up after a second worker: a worker answered rubbish", "mine: given up after a second worker: a worker answered rubbish",
		"mine: given up after a second worker: a worker did not answer in time", ""}
	list := of(t, r, mols, scores)
	for i, one := range list {
		if want[i] == "" && (one.Total != 4 || one.Error != "") || want[i] != "" && (!math.IsNaN(one.Total) || !strings.HasPrefix(one.Error, want[i])) {
			t.Errorf("%s: %+v, want %q", names[i], one, want[i])
		}
	}
	s := r.Stats()
	if s.Failed != 7 || s.Molecules != 10 || s.Failures["mine: given up after a second worker: a worker answered rubbish"] != 4 {
		t.Errorf("%+v", s)
	}
	pieces := one(t, r, chain(4, 2), blank(t, true, false))
	if math.Abs(pieces.Total+0.025) > 1e-12 {
		t.Errorf("in pieces, of which the program is not asked: %+v", pieces)
	}
}

func TestCommandThatSaysReady(t *testing.T) {
	c := userCommand("ready")
	c.Ready = new(true)
	r := open(t, with(c), Env{Receptor: "r.pdb"})
	if got := one(t, r, named("told"), blank(t, true, true)); got.Error != "mine: |r.pdb|hello r.pdb" {
		t.Errorf("%+v", got)
	}
}

func TestCommandThatDoesNotStart(t *testing.T) {
	for mode, want := range map[string]string{
		"refuse": "[[reward.component]] 1 (mine): it is not ready: no model file",
		"greet":  `[[reward.component]] 1 (mine): it wrote "Hello, I am a program" where {"ready": true} was expected`,
	} {
		c := userCommand(mode)
		c.Ready = new(true)
		if _, err := Open(t.Context(), with(c), Env{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", mode, err, want)
		}
	}
	_, err := Open(t.Context(), with(Component{Metric: "mine", Command: []string{"no-such-program-anywhere"}}), Env{})
	if err == nil || !strings.Contains(err.Error(), "no-such-program-anywhere") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}
