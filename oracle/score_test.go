package oracle

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
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
	s.Alerts, s.RingSizes, s.Fingerprint = 0, "5,6", []byte{1, 2}
	var out bytes.Buffer
	if err := WriteJSON(&out, []Score{s}, Extra{Name: "reward", Values: []float64{0.5}}); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, out.Bytes()); err != nil {
		t.Fatal(err)
	}
	want := `{"molecules":[{"name":"a","smiles":"CO","vina_score":-5.25,"vina_min":null,"vina_dock":null,"qed":null,"sa":null,` +
		`"logp":null,"atoms":2,"strain":null,"clashes":null,"pb_valid":null,"error":"","valid":true,"connected":false,` +
		`"tpsa":null,"weight":null,"hbd":null,"hba":null,"rotatable":null,"lipinski":null,"alerts":0,"alert_names":null,` +
		`"similarity":null,"efficiency":null,"ring_sizes":"5,6","interactions":null,"vina_score_reference":null,"vina_min_reference":null,"pb_failed":null,` +
		`"relax_rmsd":null,"relax_max":null,"strain_raw":null,"vina_score_raw":null,"quick_dock":null,` +
		`"fingerprint":"AQI=","reward":0.5}],"summary":{"molecules":1,"complete":1,"figures":[` +
		`{"column":"vina_score","count":1,"mean":-5.25,"median":-5.25,"low":-5.25,"high":-5.25},` +
		`{"column":"atoms","count":1,"mean":2,"median":2,"low":2,"high":2},{"column":"valid","count":1,"mean":1,"median":1,"low":1,"high":1},` +
		`{"column":"connected","count":1,"mean":0,"median":0,"low":0,"high":0},{"column":"alerts","count":1,"mean":0,"median":0,"low":0,"high":0},` +
		`{"column":"reward","count":1,"mean":0.5,"median":0.5,"low":0.5,"high":0.5}],"incomplete":{}}}`
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
	s.Alerts, s.AlertNames, s.RingSizes = 2, "quinone_A(370);x", "none"
	var out bytes.Buffer
	if err := WriteCSV(&out, []Score{s, s}, Extra{Name: "reward", Values: []float64{0.5, math.NaN()}}); err != nil {
		t.Fatal(err)
	}
	want := "name,smiles,vina_score,vina_min,vina_dock,qed,sa,logp,atoms,strain,clashes,pb_valid,error,valid,connected," +
		"tpsa,weight,hbd,hba,rotatable,lipinski,alerts,alert_names,similarity,efficiency,ring_sizes,interactions," +
		"vina_score_reference,vina_min_reference,pb_failed,relax_rmsd,relax_max,strain_raw,vina_score_raw,quick_dock,reward\n" +
		`"a, b",CO,,,,0.5,,,0,,3,false,"why: ""x""",false,false,,,,,,,2,quinone_A(370);x,,,none,,,,,,,,,,0.5` + "\n" +
		`"a, b",CO,,,,0.5,,,0,,3,false,"why: ""x""",false,false,,,,,,,2,quinone_A(370);x,,,none,,,,,,,,,,` + "\n"
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
			s := drawScore(t, func(field reflect.Value) {
				switch field.Kind() {
				case reflect.Float64:
					field.SetFloat(figure.Draw(t, "figure"))
				case reflect.String:
					field.SetString(word.Draw(t, "word"))
				case reflect.Int:
					field.SetInt(rapid.Int64Range(0, 99).Draw(t, "number"))
				case reflect.Bool:
					field.SetBool(rapid.Bool().Draw(t, "flag"))
				case reflect.Pointer:
					field.Set(reflect.ValueOf(rapid.SampledFrom([]*bool{nil, new(true), new(false)}).Draw(t, "maybe")))
				case reflect.Slice:
					field.SetBytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
				default:
					t.Fatal("what kind of field is this?")
				}
			})
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
		attached := cmpopts.IgnoreFields(Score{}, "PoseMin", "PoseDock", "PoseRelax", "PoseQuick", "PoseMended", "Depiction", "Fingerprint") // are not in the table
		if d := cmp.Diff(scores, back, same, attached); d != "" {
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

// drawScore draws every field of a score, so that one that a file does not hold is missed.
func drawScore(t *rapid.T, draw func(reflect.Value)) Score {
	var s Score
	for i := range reflect.TypeFor[Score]().NumField() {
		draw(reflect.ValueOf(&s).Elem().Field(i))
	}
	return s
}

func TestNumber(t *testing.T) {
	s := blankScore()
	s.QED, s.Atoms, s.Valid, s.PBValid = 0.25, 7, true, new(false)
	for name, want := range map[string]float64{"qed": 0.25, "atoms": 7, "valid": 1, "connected": 0, "pb_valid": 0, "tpsa": math.NaN()} {
		if got, ok := s.Number(name); !ok || got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%s is %v, %v; want %v", name, got, ok, want)
		}
	}
	s.PBValid = nil
	if got, ok := s.Number("pb_valid"); !ok || !math.IsNaN(got) {
		t.Errorf("an unknown pb_valid is %v, %v", got, ok)
	}
	for _, name := range []string{"smiles", "interactions", "pose_min", "QED", ""} {
		if got, ok := s.Number(name); ok {
			t.Errorf("%q is the number %v", name, got)
		}
	}
	if n := Numbers(); len(n) != 24 || n[0] != "vina_score" || n[22] != "vina_min_reference" || n[23] != "quick_dock" {
		t.Error(n)
	}
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
	if got := (Efficiency | Interactions | DockPose).wanted().names(); !cmp.Equal(got, []string{"vina_min", "vina_dock", "pose_dock"}) {
		t.Errorf("a worker is asked for %v", got)
	}
	for i, name := range MetricNames() {
		if m, ok := MetricOf(name); !ok || m != 1<<i {
			t.Errorf("%s is %b, %v", name, m, ok)
		}
	}
	if m, ok := MetricOf("name"); ok || MendedPose != 1<<(len(metricNames)-1) {
		t.Errorf("%b: as many bits as names were expected", m)
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
