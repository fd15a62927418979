package oracle

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"keel/chem"
	"pgregory.net/rapid"
)

// The contract that users' scripts rely on: names, their order, null for what is missing.
func TestJSONForm(t *testing.T) {
	s := blankScore()
	s.Name, s.SMILES, s.VinaScore, s.Atoms, s.Valid = "a", "CO", -5.25, 2, true
	var out bytes.Buffer
	if err := WriteJSON(&out, []Score{s}); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, out.Bytes()); err != nil {
		t.Fatal(err)
	}
	want := `{"molecules":[{"name":"a","smiles":"CO","vina_score":-5.25,"vina_min":null,"vina_dock":null,"qed":null,"sa":null,` +
		`"logp":null,"atoms":2,"strain":null,"clashes":null,"pb_valid":null,"error":"","valid":true,"connected":false}]}`
	if compact.String() != want {
		t.Errorf("%s\nwant %s", compact.String(), want)
	}
	out.Reset()
	if err := WriteJSON(&out, nil); err != nil || strings.Contains(out.String(), "null") {
		t.Errorf("no molecules: %s, %v", out.String(), err)
	}
}

func TestCSVForm(t *testing.T) {
	s := blankScore()
	s.Name, s.SMILES, s.QED, s.Clashes, s.PBValid, s.Error = "a, b", "CO", 0.5, 3, new(false), `why: "x"`
	var out bytes.Buffer
	if err := WriteCSV(&out, []Score{s}); err != nil {
		t.Fatal(err)
	}
	want := "name,smiles,vina_score,vina_min,vina_dock,qed,sa,logp,atoms,strain,clashes,pb_valid,error,valid,connected\n" +
		`"a, b",CO,,,,0.5,,,0,,3,false,"why: ""x""",false,false` + "\n"
	if out.String() != want {
		t.Errorf("%s\nwant %s", out.String(), want)
	}
}

func TestScoresSurviveFiles(t *testing.T) {
	figure := rapid.OneOf(rapid.Just(math.NaN()), rapid.Float64())
	word := rapid.StringMatching(`[A-Za-z0-9 ,;"'()=#@+\[\]/.-]*`)
	rapid.Check(t, func(t *rapid.T) {
		var scores []Score
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			s := Score{Name: word.Draw(t, "name"), SMILES: word.Draw(t, "smiles"), Error: word.Draw(t, "error"),
				Atoms: rapid.IntRange(0, 99).Draw(t, "atoms"), Valid: rapid.Bool().Draw(t, "valid"), Connected: rapid.Bool().Draw(t, "connected")}
			for _, x := range []*float64{&s.VinaScore, &s.VinaMin, &s.VinaDock, &s.QED, &s.SA, &s.LogP, &s.Strain, &s.Clashes} {
				*x = figure.Draw(t, "figure")
			}
			if rapid.Bool().Draw(t, "busted") {
				s.PBValid = new(rapid.Bool().Draw(t, "pb"))
			}
			scores = append(scores, s)
		}
		var table, text bytes.Buffer
		if err := errors.Join(WriteCSV(&table, scores), WriteJSON(&text, scores)); err != nil {
			t.Fatal(err)
		}
		same := cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateEmpty()}
		back, err := ReadScores(&table, "x.csv")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(scores, back, same); d != "" {
			t.Errorf("CSV: %s", d)
		}
		var parsed struct{ Molecules []Score }
		if err := json.Unmarshal(text.Bytes(), &parsed); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(scores, parsed.Molecules, same); d != "" {
			t.Errorf("JSON: %s", d)
		}
	})
}

func TestReadScoresSaysWhere(t *testing.T) {
	for table, want := range map[string]string{
		"":                             "s.csv: no header line; a score table as of `keel score` was expected",
		"name,qed\na,0.5\nb,high\n":    `s.csv:3: qed is "high"`,
		"name,valid\na,maybe\n":        `s.csv:2: valid is "maybe"`,
		"name,qed\na\n":                "s.csv:2: wrong number of fields",
		"name,qed\n\"a\n,\"b\"c,0.5\n": "s.csv:3: extraneous or missing \" in quoted-field",
	} {
		_, err := ReadScores(strings.NewReader(table), "s.csv")
		var bad *chem.InputError
		if err == nil || err.Error() != want || !errors.As(err, &bad) {
			t.Errorf("%q: %v, want %q", table, err, want)
		}
	}
	scores, err := ReadScores(strings.NewReader("more,qed\nx,0.5\n"), "s.csv")
	if err != nil || len(scores) != 1 || scores[0].QED != 0.5 || !math.IsNaN(scores[0].SA) {
		t.Errorf("a table with other columns: %+v, %v", scores, err)
	}
}

func FuzzReadScores(f *testing.F) {
	f.Add("name,qed,pb_valid\na,0.5,true\n")
	f.Fuzz(func(t *testing.T, table string) {
		scores, err := ReadScores(strings.NewReader(table), "x")
		if err == nil {
			err = WriteCSV(&bytes.Buffer{}, scores)
		}
		if err != nil && scores != nil {
			t.Error(err)
		}
	})
}

func TestMetricNames(t *testing.T) {
	want := []string{"vina_score", "vina_min", "qed", "sa"}
	if d := cmp.Diff(want, Quick.names()); d != "" {
		t.Error(d)
	}
	if got := (Depiction | MinPose).names(); !cmp.Equal(got, []string{"pose_min", "depiction"}) {
		t.Error(got)
	}
}

func TestFindPythonOrder(t *testing.T) {
	dir := t.TempDir()
	script := func(path string) string {
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("#!/bin/sh\nexit $EXIT\n"), 0o755)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own, cached, onPath := script("own"), script("cache/oracle/bin/python"), script("bin/python3")
	t.Setenv("KEEL_PYTHON", own)
	t.Setenv("KEEL_CACHE", filepath.Join(dir, "cache"))
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	t.Setenv("EXIT", "0")
	expect := func(want, message string) {
		t.Helper()
		got, err := FindPython()
		if got != want || (err == nil) != (message == "") || err != nil && !strings.Contains(err.Error(), message) {
			t.Errorf("found %q, %v; want %q, %q", got, err, want, message)
		}
	}
	expect(own, "")
	t.Setenv("KEEL_PYTHON", filepath.Join(dir, "nowhere"))
	expect("", "KEEL_PYTHON=")
	t.Setenv("KEEL_PYTHON", "")
	expect(cached, "")
	t.Setenv("KEEL_CACHE", dir)
	expect(onPath, "")
	t.Setenv("EXIT", "1") // a python3 without the modules
	expect("", "run `make setup`")
}
